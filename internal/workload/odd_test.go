package workload_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/workload"
)

// odd are values of each kind that JSON has.
var odd = []any{nil, "x", "-1%", int64(-1), int64(1) << 40, 1.5, true, []any{nil}, []any{"x"}, map[string]any{"x": nil}, map[string]any{}}

// variants calls f with copies of a value, each with something odd in the place
// of one of its parts.
func variants(v any, f func(any)) {
	for _, o := range odd {
		f(o)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			variants(v[key], func(part any) {
				c := maps.Clone(v)
				c[key] = part
				f(c)
			})
		}
	case []any:
		for i := range v {
			variants(v[i], func(part any) {
				c := slices.Clone(v)
				c[i] = part
				f(c)
			})
		}
	}
}

// TestOddFields puts values of the wrong kind into each field of each kind of
// object: none may panic.
func TestOddFields(t *testing.T) {
	b := newBuilder(t)
	m := b.mesh(t, "edge-berlin")
	m.Cluster.Disabled = nil
	base := b.objects(t, m)
	base = slices.DeleteFunc(base, func(o object.Object) bool {
		return !slices.Contains([]string{"Namespace", "ConfigMap", "MutatingWebhookConfiguration"}, o.Kind())
	})
	nodes := hardware.Nodes(m.Cluster)
	for _, o := range parse(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 10%}}
  template:
    metadata: {labels: {a: b}, annotations: {sidecar.istio.io/proxyCPU: 10m}}
    spec:
      priorityClassName: x
      overhead: {cpu: 1}
      containers: [{name: c, ports: [{containerPort: 1, hostPort: 2, protocol: TCP}], resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}}]
      initContainers: [{name: d, restartPolicy: Always}]
      tolerations: [{key: a, operator: Exists}]
      nodeSelector: {a: b}
      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]}}, podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: a, labelSelector: {matchLabels: {a: b}}}]}}
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}, template: {spec: {containers: [{name: c}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: a, labels: {svccontroller.k3s.cattle.io/lbpool: x}, annotations: {svccontroller.k3s.cattle.io/priorityclassname: y}}
spec: {type: LoadBalancer, ports: [{port: 80, protocol: TCP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: a, namespace: a, annotations: {gateway.istio.io/name-override: b}, labels: {a: b}}
spec: {gatewayClassName: istio, addresses: [{type: IPAddress}], listeners: [{port: 80}], infrastructure: {labels: {a: b}, parametersRef: {group: "", kind: ConfigMap, name: istio}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec: {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: 1, maxReplicas: 2}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: a}
spec: {minAvailable: 1, selector: {matchLabels: {a: b}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: x}
value: 1
globalDefault: true
preemptionPolicy: Never
---
apiVersion: v1
kind: LimitRange
metadata: {name: a, namespace: shop}
spec: {limits: [{type: Container, default: {cpu: 1}, defaultRequest: {memory: 1Gi}}]}
---
apiVersion: node.k8s.io/v1
kind: RuntimeClass
metadata: {name: a}
overhead: {podFixed: {cpu: 1}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: a}
webhooks: [{name: a.sidecar-injector.istio.io, namespaceSelector: {matchExpressions: [{key: a, operator: In, values: [b]}]}, objectSelector: {matchLabels: {a: b}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio-sidecar-injector, namespace: istio-system, labels: {gateway.istio.io/defaults-for-class: istio}}
data: {values: '{"global":{"proxy":{"resources":[]}}}', config: "policy: [x]", deployment: "spec: 1"}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
`) {
		var others []object.Object // what an injected pod needs beside itself
		if o.Kind() == "Deployment" {
			others = base
		}
		i := 0
		variants(o.Value, func(v any) {
			i++
			value, ok := v.(map[string]any)
			if !ok {
				return
			}
			value = maps.Clone(value)
			value["kind"] = o.Kind()
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("%s, variant %d: %v: %s", o.Kind(), i, r, fmt.Sprint(value))
				}
			}()
			found, _ := workload.Of(m, append(slices.Clip(others), object.Object{Value: value, Origin: o.Origin}), nodes)
			for _, w := range found {
				w.Update.For(w.Kind, 3)
				for _, b := range w.Budgets {
					b.Allows(3)
				}
				if w.Replicas.Min < 0 || w.Replicas.Max < w.Replicas.Min {
					t.Errorf("%s, variant %d: %+v", o.Kind(), i, w.Replicas)
				}
			}
		})
	}
}
