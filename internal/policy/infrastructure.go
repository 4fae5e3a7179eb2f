package policy

import (
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

func infrastructureName(g *model.Gateway) string { return g.Name + "-infrastructure" }

// infrastructure returns the ConfigMap that a Gateway's parametersRef names. Its
// keys are strategic merge patches on what istiod makes for the Gateway; an
// autoscaler and a disruption budget are made only when they are patched
// (istiod, pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go).
func infrastructure(m model.Mesh, g *model.Gateway) object.Object {
	data := map[string]any{"deployment": text(deploymentPatch(g))}
	if patch := servicePatch(m, g); len(patch) > 0 {
		data["service"] = text(patch)
	}
	if a := g.Autoscaling; a != nil {
		data["horizontalPodAutoscaler"] = text(map[string]any{"spec": autoscalerSpec(a)})
	}
	if b := g.DisruptionBudget; b != nil && g.Least() > 1 {
		data["podDisruptionBudget"] = text(map[string]any{"spec": budgetSpec(b)})
	}
	return meta{
		apiVersion: "v1", kind: "ConfigMap",
		namespace: g.Namespace, name: infrastructureName(g),
		component: "gateways", path: g.Path,
	}.fields(map[string]any{"data": data})
}

// text writes a patch as YAML.
func text(patch map[string]any) string {
	out, err := object.Marshal(patch)
	if err != nil {
		panic("policy: " + err.Error())
	}
	return string(out)
}

// deploymentPatch replaces the resources as a whole, because a limit that the
// intent leaves out must not stay behind from the mesh's default.
func deploymentPatch(g *model.Gateway) map[string]any {
	resources := map[string]any{"$patch": "replace"}
	if requests := resourceList(g.Resources.Requests); len(requests) > 0 {
		resources["requests"] = requests
	}
	if limits := resourceList(g.Resources.Limits); len(limits) > 0 {
		resources["limits"] = limits
	}
	pod := podPlacement(g)
	pod["containers"] = []any{map[string]any{"name": "istio-proxy", "resources": resources}}
	spec := map[string]any{"template": map[string]any{"spec": pod}}
	if g.Autoscaling == nil {
		spec["replicas"] = g.Replicas
	}
	return map[string]any{"spec": spec}
}

func resourceList(list intent.ResourceList) map[string]any {
	out := map[string]any{}
	if list.CPU != "" {
		out["cpu"] = list.CPU
	}
	if list.Memory != "" {
		out["memory"] = list.Memory
	}
	return out
}

// podPlacement returns the fields of a pod's spec that say where it runs.
func podPlacement(g *model.Gateway) map[string]any {
	s := g.Scheduling
	pod := map[string]any{}
	if len(s.NodeSelector) > 0 {
		pod["nodeSelector"] = value(s.NodeSelector)
	}
	if len(s.Affinity) > 0 {
		var terms []any
		for _, labels := range s.Affinity {
			var expressions []any
			for _, key := range slices.Sorted(maps.Keys(labels)) { // a list, from a map
				expressions = append(expressions, map[string]any{
					"key": key, "operator": "In", "values": []any{labels[key]},
				})
			}
			terms = append(terms, map[string]any{"matchExpressions": expressions})
		}
		pod["affinity"] = map[string]any{"nodeAffinity": map[string]any{
			"requiredDuringSchedulingIgnoredDuringExecution": map[string]any{"nodeSelectorTerms": terms},
		}}
	}
	if len(s.Tolerations) > 0 {
		var tolerations []any
		for _, t := range s.Tolerations {
			toleration := map[string]any{}
			for key, field := range map[string]string{"key": t.Key, "operator": t.Operator, "value": t.Value, "effect": t.Effect} {
				if field != "" {
					toleration[key] = field
				}
			}
			tolerations = append(tolerations, toleration)
		}
		pod["tolerations"] = tolerations
	}
	if s.Spread != "" {
		// As the charts' values say it, so that all gateways spread alike: see
		// component.TopologySpread for the reasons.
		pod["topologySpreadConstraints"] = []any{map[string]any{
			"maxSkew": 1, "topologyKey": s.Spread, "whenUnsatisfiable": "DoNotSchedule",
			"nodeTaintsPolicy": "Honor", "matchLabelKeys": []any{"pod-template-hash"},
			"labelSelector": map[string]any{"matchLabels": value(g.Selector)},
		}}
	}
	return pod
}

// servicePatch is empty when the Service that istiod makes is what is wanted.
func servicePatch(m model.Mesh, g *model.Gateway) map[string]any {
	patch := map[string]any{}
	annotations := map[string]any{}
	for key, text := range g.Service.Annotations {
		annotations[key] = text
	}
	if g.Pool != "" {
		annotations["metallb.io/address-pool"] = g.Pool
	}
	if g.Address != "" && byMetalLB(m) {
		annotations["metallb.io/loadBalancerIPs"] = g.Address
	}
	if len(annotations) > 0 {
		patch["metadata"] = map[string]any{"annotations": annotations}
	}
	spec := map[string]any{}
	if g.Service.ExternalTrafficPolicy != "" {
		spec["externalTrafficPolicy"] = g.Service.ExternalTrafficPolicy
	}
	if g.Service.LoadBalancerClass != "" {
		spec["loadBalancerClass"] = g.Service.LoadBalancerClass
	}
	if len(spec) > 0 {
		patch["spec"] = spec
	}
	return patch
}

// byMetalLB says whether MetalLB gives the addresses. It takes one from an
// annotation, and refuses a Service that has the deprecated field loadBalancerIP
// beside it, which istiod fills from a Gateway's addresses.
func byMetalLB(m model.Mesh) bool { return m.Cluster.LoadBalancer == "metallb" }

// autoscalerSpec leaves scaleTargetRef to istiod.
func autoscalerSpec(a *intent.Autoscaling) map[string]any {
	return map[string]any{
		"minReplicas": a.Min,
		"maxReplicas": a.Max,
		"metrics": []any{map[string]any{
			"type": "Resource",
			"resource": map[string]any{
				"name":   "cpu",
				"target": map[string]any{"type": "Utilization", "averageUtilization": a.CPU},
			},
		}},
	}
}

// budgetSpec leaves the selector to istiod.
func budgetSpec(b *intent.DisruptionBudget) map[string]any {
	spec := map[string]any{}
	if b.MinAvailable != nil {
		spec["minAvailable"] = b.MinAvailable
	}
	if b.MaxUnavailable != nil {
		spec["maxUnavailable"] = b.MaxUnavailable
	}
	return spec
}
