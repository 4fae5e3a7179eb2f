package workload

import (
	"encoding/json"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/object"
)

// Controllers of Gateways that istiod has (pilot/pkg/config/kube/gatewaycommon,
// classinfo.go, and pkg/config/constants).
const (
	gatewayController  = "istio.io/gateway-controller"
	meshController     = "istio.io/mesh-controller"
	eastWestController = "istio.io/eastwest-controller"
)

// builtinClasses are the classes that istiod makes itself.
func builtinClasses() map[string]string {
	return map[string]string{"istio": gatewayController, "istio-waypoint": meshController, "istio-east-west": eastWestController}
}

// parameters is what istiod reads of a Gateway.
type parameters struct {
	Metadata struct {
		Annotations map[string]string `json:"annotations"`
		Labels      map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		GatewayClassName string `json:"gatewayClassName"`
		Addresses        []struct {
			Type *string `json:"type"`
		} `json:"addresses"`
		Listeners []struct {
			Port int32 `json:"port"`
		} `json:"listeners"`
		Infrastructure struct {
			Labels        map[string]string `json:"labels"`
			Annotations   map[string]string `json:"annotations"`
			ParametersRef struct {
				Group string `json:"group"`
				Kind  string `json:"kind"`
				Name  string `json:"name"`
			} `json:"parametersRef"`
		} `json:"infrastructure"`
	} `json:"spec"`
}

// gateway adds what istiod makes for a Gateway of Gateway API: a Deployment and
// a Service from its template of the class, changed by the ConfigMap of the
// class and then by the one that the Gateway names, each a set of strategic
// merge patches; and an autoscaler and a disruption budget where one of them is
// patched (deploymentcontroller.go, configureIstioGateway and applyOverlay).
func (c *cluster) gateway(o object.Object, nodes []hardware.Node) {
	var g parameters
	if !c.decode(o, &g) {
		return
	}
	controller := c.classes[g.Spec.GatewayClassName]
	if controller != gatewayController && controller != meshController && controller != eastWestController || !managed(g) {
		return
	}
	ns := o.Namespace()
	if ns == "" {
		ns = "default"
	}
	deployment := o.Name()
	if controller == gatewayController {
		deployment += "-" + g.Spec.GatewayClassName
	}
	if override := g.Metadata.Annotations["gateway.istio.io/name-override"]; override != "" {
		deployment = override
	}
	labels := g.Spec.Infrastructure.Labels
	if labels == nil {
		labels = g.Metadata.Labels // pilot's EnableGatewayAPICopyLabelsAnnotations is on
	}
	made := c.template(g, controller, o.Name(), ns, deployment, labels)

	overlays := []map[string]any{}
	if overlay, ok := c.overlays[g.Spec.GatewayClassName]; ok {
		overlays = append(overlays, overlay)
	}
	if ref := g.Spec.Infrastructure.ParametersRef; ref.Name != "" && ref.Kind == "ConfigMap" && ref.Group == "" {
		config, ok := c.configs[name{ns, ref.Name}]
		if !ok {
			return // istiod makes nothing of a Gateway whose parameters are not there
		}
		overlays = append(overlays, object.Map(config.Value, "data"))
	}
	var deploy appsv1.Deployment
	var svc corev1.Service
	for _, err := range []error{patched(made.deployment, overlays, "deployment", &deploy), patched(made.service, overlays, "service", &svc)} {
		if err != nil {
			c.problems = append(c.problems, Problem{o, err})
			return
		}
	}
	c.extras(o, overlays, ns, deployment, made.selector)

	path := o.Origin.Path
	w := Workload{
		Kind: "Deployment", Namespace: ns, Name: deployment, Role: Gateway, Path: path, Envoy: true,
		Update: deploymentUpdate(deploy.Spec.Strategy), Pod: &deploy.Spec.Template.Spec, Origin: o.Origin,
		labels: deploy.Spec.Template.Labels, Source: "made by istiod for the Gateway " + o.Name(),
	}
	if controller != gatewayController {
		w.Role = Waypoint
		if strings.HasSuffix(path, ".waypoint") {
			w.Path = "dataPlane.waypoint"
		}
	}
	w.Replicas = c.scale(w, deploy.Spec.Replicas)
	c.add(w, o)
	if svc.Spec.Type == corev1.ServiceTypeLoadBalancer && svc.Spec.LoadBalancerClass == nil && c.mesh.Cluster.LoadBalancer == "servicelb" {
		svc.Name, svc.Namespace = deployment, ns
		c.balance(svc, path, o, nodes)
	}
}

// managed says whether istiod makes the pods: not where an address names a
// Service that exists (gateway_utils.go, IsManaged).
func managed(g parameters) bool {
	switch list := g.Spec.Addresses; {
	case len(list) == 0:
		return true
	case len(list) > 1:
		return false
	default:
		return list[0].Type == nil || *list[0].Type == "IPAddress"
	}
}

// made is what istiod's template gives, before overlays.
type made struct {
	deployment *appsv1.Deployment
	service    *corev1.Service
	selector   map[string]string
}

// template follows files/kube-gateway.yaml and files/waypoint.yaml of the istiod
// chart, as far as the scheduler and ServiceLB look.
func (c *cluster) template(g parameters, controller, gateway, ns, deployment string, labels map[string]string) made {
	all := map[string]string{
		"sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none",
		"service.istio.io/canonical-name": deployment, "service.istio.io/canonical-revision": "latest",
	}
	for key, value := range labels {
		all[key] = value
	}
	all["gateway.networking.k8s.io/gateway-name"] = gateway
	all["gateway.networking.k8s.io/gateway-class-name"] = g.Spec.GatewayClassName
	all["gateway.istio.io/managed"] = strings.ReplaceAll(controller, "/", "-")

	container := corev1.Container{Name: proxyContainer, Ports: []corev1.ContainerPort{
		{ContainerPort: 15020, Protocol: corev1.ProtocolTCP}, {ContainerPort: 15021, Protocol: corev1.ProtocolTCP}, {ContainerPort: 15090, Protocol: corev1.ProtocolTCP},
	}}
	var pod corev1.PodSpec
	kind := corev1.ServiceTypeLoadBalancer
	if controller == gatewayController {
		container.Resources = c.injector.values.Global.Proxy.Resources
	} else {
		waypoint := c.injector.values.Global.Waypoint
		container.Resources = waypoint.Resources
		pod.Affinity, pod.NodeSelector = waypoint.Affinity, waypoint.NodeSelector
		pod.Tolerations, pod.TopologySpreadConstraints = waypoint.Tolerations, waypoint.TopologySpreadConstraints
		if controller == meshController {
			kind = corev1.ServiceTypeClusterIP
		}
	}
	pod.Containers = []corev1.Container{container}
	if asked := g.Metadata.Annotations["networking.istio.io/service-type"]; asked != "" {
		kind = corev1.ServiceType(asked)
	}

	out := made{deployment: &appsv1.Deployment{}, service: &corev1.Service{}, selector: map[string]string{"gateway.networking.k8s.io/gateway-name": gateway}}
	out.deployment.APIVersion, out.deployment.Kind = "apps/v1", "Deployment"
	out.deployment.Name, out.deployment.Namespace = deployment, ns
	out.deployment.Spec.Template.Labels, out.deployment.Spec.Template.Spec = all, pod
	out.service.APIVersion, out.service.Kind = "v1", "Service"
	out.service.Name, out.service.Namespace, out.service.Labels = deployment, ns, labels
	out.service.Spec.Type = kind
	out.service.Spec.Ports = []corev1.ServicePort{{Name: "status-port", Port: 15021, Protocol: corev1.ProtocolTCP}}
	taken := map[int32]bool{}
	for i, l := range g.Spec.Listeners {
		if !taken[l.Port] {
			taken[l.Port] = true
			out.service.Spec.Ports = append(out.service.Spec.Ports, corev1.ServicePort{Name: fmt.Sprintf("listener-%d", i), Port: l.Port, Protocol: corev1.ProtocolTCP})
		}
	}
	return out
}

// patched lays the overlays of a key over what istiod makes.
func patched[T any](base *T, overlays []map[string]any, key string, into *T) error {
	text, err := json.Marshal(base)
	if err != nil {
		return err
	}
	for _, overlay := range overlays {
		patch, err := overlayPatch(overlay, key)
		if err != nil {
			return err
		}
		if patch == nil {
			continue
		}
		if text, err = strategicpatch.StrategicMergePatch(text, patch, *base); err != nil {
			return fmt.Errorf("the patch %q does not apply: %w", key, err)
		}
	}
	return json.Unmarshal(text, into)
}

// overlayPatch returns the patch of a key of a ConfigMap, as JSON; nil for none.
func overlayPatch(data map[string]any, key string) ([]byte, error) {
	text, ok := data[key].(string)
	if !ok {
		return nil, nil
	}
	docs, err := object.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the patch %q cannot be read: %w", key, err)
	}
	if len(docs) == 0 {
		return nil, nil
	}
	return json.Marshal(docs[0])
}

// extras keeps the autoscaler and the disruption budget that overlays bring.
func (c *cluster) extras(o object.Object, overlays []map[string]any, ns, deployment string, selector map[string]string) {
	for _, extra := range []struct {
		key   string
		spec  map[string]any
		keep  func(object.Object)
		patch bool
	}{
		{key: "horizontalPodAutoscaler", keep: c.autoscaler, spec: map[string]any{
			"scaleTargetRef": map[string]any{"kind": "Deployment", "name": deployment}, "maxReplicas": int64(1),
		}},
		{key: "podDisruptionBudget", keep: c.budget, spec: map[string]any{"selector": map[string]any{"matchLabels": anyMap(selector)}}},
	} {
		spec, found := extra.spec, false
		for _, overlay := range overlays {
			text, ok := overlay[extra.key].(string)
			if !ok {
				continue
			}
			docs, err := object.Parse([]byte(text))
			if err != nil || len(docs) == 0 {
				continue
			}
			found = true
			for key, value := range object.Map(docs[0], "spec") {
				spec[key] = value
			}
		}
		if found {
			extra.keep(object.Object{Origin: o.Origin, Value: map[string]any{
				"metadata": map[string]any{"name": deployment, "namespace": ns}, "spec": spec,
			}})
		}
	}
}

func anyMap(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for key, value := range m {
		out[key] = value
	}
	return out
}
