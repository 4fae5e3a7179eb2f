package workload_test

import (
	"testing"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/workload"
)

// FuzzOf: whatever people's manifests hold, nothing panics, and every object is
// either counted or a problem.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{
		"kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a, namespace: b}\nspec: {replicas: 2, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}}], tolerations: [{}], affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: [x]}]}]}}}}}}",
		"kind: Gateway\napiVersion: gateway.networking.k8s.io/v1\nmetadata: {name: a, namespace: b}\nspec: {gatewayClassName: istio, listeners: [{port: 1}], infrastructure: {parametersRef: {kind: ConfigMap, name: c}}}\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: c, namespace: b}\ndata: {deployment: \"spec: {template: {spec: {containers: [{name: istio-proxy, $patch: delete}]}}}\", horizontalPodAutoscaler: \"spec: {maxReplicas: 3}\", podDisruptionBudget: \"spec: {minAvailable: 10%}\"}",
		"kind: Service\napiVersion: v1\nmetadata: {name: a}\nspec: {type: LoadBalancer, ports: [{port: 80}, null]}",
		"kind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nmetadata: {name: a}\nspec: {scaleTargetRef: {kind: Deployment, name: a}, minReplicas: -1, maxReplicas: -4}",
		"kind: MutatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks: [{name: x.sidecar-injector.istio.io, namespaceSelector: {matchLabels: {a: 1}}}]",
		"kind: LimitRange\napiVersion: v1\nmetadata: {name: a}\nspec: {limits: [{type: Container, default: {cpu: x}}]}",
	} {
		f.Add(seed)
	}
	m := model.Mesh{Cluster: model.Cluster{
		Platform: "k3s", Kubernetes: 35, Datastore: "sqlite", LoadBalancer: "servicelb", CNI: intent.CNI{Provider: "flannel"},
		Pools: []model.Pool{{Name: "p", NodePool: intent.NodePool{Count: 1, Role: "server", CPU: "2", Memory: "4Gi", Arch: "amd64", MaxPods: 110}}},
	}}
	nodes := hardware.Nodes(m.Cluster)
	f.Fuzz(func(t *testing.T, text string) {
		docs, err := object.Parse([]byte(text))
		if err != nil {
			return
		}
		var objects []object.Object
		for _, doc := range docs {
			objects = append(objects, object.Object{Value: doc})
		}
		found, _ := workload.Of(m, objects, nodes)
		for _, w := range found {
			if w.Spec == nil || w.Next == nil || w.Replicas.Min > w.Replicas.Max || w.Replicas.Min < 0 {
				t.Errorf("%s: %+v", w, w.Replicas)
			}
			w.Update.For(w.Kind, 3)
			for _, b := range w.Budgets {
				b.Allows(3)
			}
		}
	})
}
