package policy

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	networking "istio.io/api/networking/v1"
	security "istio.io/api/security/v1"
	telemetry "istio.io/api/telemetry/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	gatewayapi "sigs.k8s.io/gateway-api/apis/v1"
	gatewayv1beta1 "sigs.k8s.io/gateway-api/apis/v1beta1"

	"github.com/meshgen/meshgen/internal/object"
)

// istioSpecs and kubernetesTypes hold what an object must read back into.
var istioSpecs = map[string]func() proto.Message{
	"networking.istio.io/v1 Gateway":             func() proto.Message { return &networking.Gateway{} },
	"networking.istio.io/v1 VirtualService":      func() proto.Message { return &networking.VirtualService{} },
	"networking.istio.io/v1 DestinationRule":     func() proto.Message { return &networking.DestinationRule{} },
	"networking.istio.io/v1 ServiceEntry":        func() proto.Message { return &networking.ServiceEntry{} },
	"security.istio.io/v1 PeerAuthentication":    func() proto.Message { return &security.PeerAuthentication{} },
	"security.istio.io/v1 RequestAuthentication": func() proto.Message { return &security.RequestAuthentication{} },
	"security.istio.io/v1 AuthorizationPolicy":   func() proto.Message { return &security.AuthorizationPolicy{} },
	"telemetry.istio.io/v1 Telemetry":            func() proto.Message { return &telemetry.Telemetry{} },
}

var kubernetesTypes = map[string]func() any{
	"v1 Namespace":                         func() any { return &corev1.Namespace{} },
	"v1 ConfigMap":                         func() any { return &corev1.ConfigMap{} },
	"networking.k8s.io/v1 NetworkPolicy":   func() any { return &networkingv1.NetworkPolicy{} },
	"gateway.networking.k8s.io/v1 Gateway": func() any { return &gatewayapi.Gateway{} },
	"gateway.networking.k8s.io/v1 HTTPRoute": func() any {
		return &gatewayapi.HTTPRoute{}
	},
	"gateway.networking.k8s.io/v1beta1 ReferenceGrant": func() any { return &gatewayv1beta1.ReferenceGrant{} },
}

// localKinds are the kinds whose structs are this package's own.
var localKinds = map[string]bool{
	"metallb.io/v1beta1 IPAddressPool": true, "metallb.io/v1beta1 L2Advertisement": true,
	"metallb.io/v1beta1 BGPAdvertisement": true, "cert-manager.io/v1 Certificate": true,
	"monitoring.coreos.com/v1 ServiceMonitor": true, "monitoring.coreos.com/v1 PodMonitor": true,
	"kiali.io/v1alpha1 Kiali": true, "cilium.io/v2 CiliumClusterwideNetworkPolicy": true,
}

// TestStrict holds that every object reads back into its upstream type without
// a field that the type lacks, and that no kind is forgotten here.
func TestStrict(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases {
		for _, o := range Objects(c.mesh) {
			kind := o.APIVersion() + " " + o.Kind()
			seen[kind] = true
			switch {
			case istioSpecs[kind] != nil:
				text, err := json.Marshal(o.Value["spec"])
				if err != nil {
					t.Fatal(err)
				}
				if err := protojson.Unmarshal(text, istioSpecs[kind]()); err != nil {
					t.Errorf("%s: %v: %v", c.name, o.ID(), err)
				}
			case kubernetesTypes[kind] != nil:
				if err := strictly(o.Value, kubernetesTypes[kind]()); err != nil {
					t.Errorf("%s: %v: %v", c.name, o.ID(), err)
				}
			case !localKinds[kind]:
				t.Errorf("%s: nothing here reads %s", c.name, kind)
			}
		}
	}
	for _, kinds := range []map[string]bool{keys(istioSpecs), keys(kubernetesTypes), localKinds} {
		for kind := range kinds {
			if !seen[kind] {
				t.Errorf("no case makes a %s", kind)
			}
		}
	}
}

func keys[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for key := range m {
		out[key] = true
	}
	return out
}

func strictly(from, into any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// TestInfrastructure applies the patches of a Gateway's ConfigMap as istiod
// does: each is a strategic merge patch on the object of its key.
func TestInfrastructure(t *testing.T) {
	data := object.Map(GatewayAPIGateways(gatewayAPIMesh())[0].Value, "data")
	apply := func(key string, original, typed any) {
		t.Helper()
		documents, err := object.Parse([]byte(data[key].(string)))
		if err != nil || len(documents) != 1 {
			t.Fatalf("%s: %d documents, %v", key, len(documents), err)
		}
		patch, err := json.Marshal(documents[0])
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(original)
		if err != nil {
			t.Fatal(err)
		}
		merged, err := strategicpatch.StrategicMergePatch(text, patch, typed)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if err := strictly(json.RawMessage(merged), typed); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	// The resources that istiod's template gives every gateway.
	resources := map[string]any{
		"limits": map[string]any{"cpu": "2", "memory": "1Gi"}, "requests": map[string]any{"cpu": "100m", "memory": "128Mi"},
	}
	container := map[string]any{"name": "istio-proxy", "image": "proxyv2", "resources": resources}
	deployment := map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}}

	var got appsv1.Deployment
	apply("deployment", deployment, &got)
	pod := got.Spec.Template.Spec
	if len(pod.Containers) != 1 || pod.Containers[0].Image != "proxyv2" {
		t.Errorf("the patch adds a container: %+v", pod.Containers)
	}
	if diff := cmp.Diff([]string{"memory"}, resourceNames(pod.Containers[0].Resources.Limits)); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
	apply("service", map[string]any{}, &corev1.Service{})
	apply("horizontalPodAutoscaler", map[string]any{"spec": map[string]any{"maxReplicas": 1}}, &autoscalingv2.HorizontalPodAutoscaler{})
	apply("podDisruptionBudget", map[string]any{}, &policyv1.PodDisruptionBudget{})
}

func resourceNames(list corev1.ResourceList) []string {
	var names []string
	for name := range list {
		names = append(names, string(name))
	}
	return names
}
