package workload_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/workload"
)

// parse returns the objects of a YAML stream.
func parse(t testing.TB, text string) []object.Object {
	t.Helper()
	docs, err := object.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var objects []object.Object
	for _, doc := range docs {
		objects = append(objects, object.Object{Value: doc, Origin: object.Origin{Component: "manifest-extra", Path: "manifests.extra"}})
	}
	return objects
}

// bare is a mesh on a platform that runs no pods of its own.
func bare() model.Mesh {
	return model.Mesh{Cluster: model.Cluster{Platform: "gke", Kubernetes: 35, CNI: intent.CNI{Provider: "other", KubeProxyReplacement: true}}}
}

// TestControllers: each kind that makes pods, and what others say of it.
func TestControllers(t *testing.T) {
	found, problems := workload.Of(bare(), parse(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled, namespace: a}
spec:
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: scaled}}
    spec:
      priorityClassName: high
      initContainers:
      - {name: first, resources: {requests: {cpu: "1", memory: 32Mi}}}
      - {name: beside, restartPolicy: Always, resources: {requests: {cpu: 100m, memory: 64Mi}}}
      containers:
      - {name: main, resources: {requests: {cpu: 200m}, limits: {memory: 128Mi}}}
      - {name: other, resources: {limits: {cpu: 300m, memory: 64Mi}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: any, namespace: a}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}, minReplicas: 2, maxReplicas: 7}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: half, namespace: a}
spec: {minAvailable: 51%, selector: {matchLabels: {app: scaled}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: elsewhere, namespace: b}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: scaled}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: everyone}
value: 7
globalDefault: true
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: idle, namespace: a}
spec: {replicas: 0, strategy: {type: Recreate}, template: {spec: {containers: [{name: c}]}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: idle, namespace: a}
spec: {scaleTargetRef: {kind: Deployment, name: idle}, maxReplicas: 5}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: a}
spec: {updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}, template: {spec: {priorityClassName: system-node-critical, containers: [{name: c, resources: {requests: {cpu: 10m}}}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec: {replicas: 3, template: {spec: {runtimeClassName: kata, containers: [{name: c, resources: {requests: {memory: 1Gi}}}]}}}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: kata}
handler: kata
overhead: {podFixed: {memory: 120Mi, cpu: 250m}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: a}
spec: {parallelism: 4, completions: 2, template: {spec: {containers: [{name: c}]}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: a}
spec: {schedule: "0 0 * * *", jobTemplate: {spec: {template: {spec: {containers: [{name: c, resources: {requests: {cpu: 2}}}]}}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: ranged}
spec: {containers: [{name: bare}, {name: limited, resources: {limits: {cpu: 100m}}}]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: defaults, namespace: ranged}
spec: {limits: [{type: Container, default: {cpu: 500m, memory: 256Mi}, defaultRequest: {cpu: 50m}}, {type: Pod, max: {cpu: 4}}]}
`), nil)
	for _, p := range problems {
		t.Error(p.Object.ID(), p.Err)
	}
	golden(t, "controllers", describe(found))
}

// TestServiceLB: which Services K3s makes pods for, and where these go.
func TestServiceLB(t *testing.T) {
	services := `
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: a}
spec: {type: LoadBalancer, ports: [{port: 443}, {port: 443, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: pooled, namespace: a, labels: {svccontroller.k3s.cattle.io/lbpool: dmz}, annotations: {svccontroller.k3s.cattle.io/priorityclassname: system-cluster-critical}}
spec: {type: LoadBalancer, ports: [{port: 8443}]}
---
apiVersion: v1
kind: Service
metadata: {name: another, namespace: a}
spec: {type: LoadBalancer, loadBalancerClass: example.com/lb, ports: [{port: 443}]}
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: a}
spec: {ports: [{port: 443}]}
`
	labelled := func(labels map[string]string) []hardware.Node {
		return []hardware.Node{{Labels: nil}, {Labels: labels}}
	}
	for _, test := range []struct {
		name     string
		balancer string
		disabled []string
		nodes    []hardware.Node
		want     map[string]map[string]string // node selectors, by workload
	}{
		{"every node", "servicelb", []string{"traefik"}, labelled(nil), map[string]map[string]string{"svclb-plain": nil, "svclb-pooled": nil}},
		{"with Traefik", "servicelb", nil, labelled(nil), map[string]map[string]string{"svclb-plain": nil, "svclb-pooled": nil, "svclb-traefik": nil}},
		{"an allow-list", "servicelb", []string{"traefik"}, labelled(map[string]string{"svccontroller.k3s.cattle.io/enablelb": "true"}),
			map[string]map[string]string{
				"svclb-plain":  {"svccontroller.k3s.cattle.io/enablelb": "true"},
				"svclb-pooled": {"svccontroller.k3s.cattle.io/enablelb": "true", "svccontroller.k3s.cattle.io/lbpool": "dmz"},
			}},
		{"MetalLB", "metallb", []string{"traefik"}, labelled(nil), map[string]map[string]string{}},
	} {
		m := model.Mesh{Cluster: model.Cluster{Platform: "k3s", LoadBalancer: test.balancer, Disabled: test.disabled, CNI: intent.CNI{Provider: "flannel"}}}
		found, problems := workload.Of(m, parse(t, services), test.nodes)
		if len(problems) > 0 {
			t.Error(problems)
		}
		got := map[string]map[string]string{}
		for _, w := range found {
			if w.Role != workload.ServiceLB {
				continue
			}
			got[w.Name] = w.Pod.NodeSelector
			if w.Name == "svclb-plain" {
				first, second := w.Pod.Containers[0].Ports[0], w.Pod.Containers[1].Ports[0]
				if first.HostPort != 443 || first.Protocol != "TCP" || second.HostPort != 443 || second.Protocol != "UDP" || w.Spec.Priority() != 2000001000 {
					t.Errorf("%s: %+v, %+v, priority %d", test.name, first, second, w.Spec.Priority())
				}
			}
			if w.Name == "svclb-pooled" && w.Spec.Priority() != 2000000000 {
				t.Errorf("%s: the annotation's class has priority %d", test.name, w.Spec.Priority())
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

// TestBroken: what cannot be read is a problem, and no panic.
func TestBroken(t *testing.T) {
	found, problems := workload.Of(bare(), parse(t, `
kind: Deployment
apiVersion: apps/v1
metadata: {name: a}
spec: {replicas: many}
---
kind: Deployment
apiVersion: apps/v1
metadata: {name: b}
spec: {template: {spec: {containers: [{name: c, resources: {requests: {cpu: lots}}}]}}}
---
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: c}
spec: [1]
---
kind: HorizontalPodAutoscaler
apiVersion: autoscaling/v2
metadata: {name: d}
spec: 1
---
kind: PodDisruptionBudget
apiVersion: policy/v1
metadata: {name: e}
spec: {selector: {matchExpressions: [{key: a, operator: Near}]}}
---
kind: Gateway
apiVersion: gateway.networking.k8s.io/v1
metadata: {name: f}
spec: {gatewayClassName: [istio]}
---
kind: Pod
apiVersion: v1
metadata: {name: g}
spec: {containers: [{name: c}], affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: z, labelSelector: {matchExpressions: [{key: a, operator: Odd}]}}]}}}
---
kind: Service
apiVersion: v1
metadata: {name: h}
---
kind: Pod
metadata: {}
`), nil)
	var names []string
	for _, p := range problems {
		names = append(names, p.Object.Name())
		if p.Err == nil {
			t.Error(p.Object.ID(), "has no error")
		}
	}
	if diff := cmp.Diff([]string{"d", "e", "a", "b", "c", "f", "g"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(found) != 1 {
		t.Errorf("%v are workloads", found)
	}
}

func TestUpdate(t *testing.T) {
	found, _ := workload.Of(bare(), parse(t, `
kind: Deployment
apiVersion: apps/v1
metadata: {name: a}
spec: {strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 10%}}, template: {spec: {containers: [{name: c}]}}}
---
kind: DaemonSet
apiVersion: apps/v1
metadata: {name: b}
spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 10%}}, template: {spec: {containers: [{name: c}]}}}
`), nil)
	for i, want := range [][]int{{0, 1, 0, 1, 0, 2}, {0, 1, 0, 2, 0, 3}} { // for 5, 15 and 25 pods
		w := found[i]
		var got []int
		for _, n := range []int{5, 15, 25} {
			surge, unavailable := w.Update.For(w.Kind, n)
			got = append(got, surge, unavailable)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", w, diff)
		}
	}
}
