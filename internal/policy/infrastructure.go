package policy

import (
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
		data["podDisruptionBudget"] = text(map[string]any{"spec": model.BudgetSpec(*b)}) // its selector is istiod's
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
	resources := model.ContainerResources(g.Resources)
	resources["$patch"] = "replace"
	pod := g.Scheduling.PodSpec(g.Selector)
	pod["containers"] = []any{map[string]any{"name": "istio-proxy", "resources": resources}}
	spec := map[string]any{"template": map[string]any{"spec": pod}}
	if g.Autoscaling == nil {
		spec["replicas"] = g.Replicas
	}
	return map[string]any{"spec": spec}
}

// servicePatch is empty when the Service that istiod makes is what is wanted.
func servicePatch(m model.Mesh, g *model.Gateway) map[string]any {
	patch := map[string]any{}
	if annotations := g.ServiceAnnotations(m.Cluster); len(annotations) > 0 {
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
