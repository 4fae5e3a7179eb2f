package component

import (
	"maps"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// gateways are the gateways that come from the chart; those of Gateway API are
// made by istiod, from objects of package policy.
func gateways(m model.Mesh) []model.Release {
	var releases []model.Release
	for _, g := range m.Gateways {
		if g.API != "chart" {
			continue
		}
		raw := m.Values.Gateways[g.Name]
		releases = append(releases, model.Release{
			Component: "gateway-" + g.Name, Chart: "gateway", Name: g.Name, Namespace: g.Namespace,
			Values: Merge(gateway(m, g), raw), Raw: raw, RawPath: intent.Join("values.gateways", g.Name),
		})
	}
	return releases
}

// statusPort is where a load balancer asks a gateway for its health.
const statusPort = 15021

func gateway(m model.Mesh, g model.Gateway) map[string]any {
	// Its name says nothing of its protocol, which istioctl validate asks for; the
	// Services that istiod makes of Gateways have the same.
	ports := []any{map[string]any{"name": "status-port", "port": statusPort, "protocol": "TCP", "appProtocol": "tcp", "targetPort": statusPort}}
	for _, p := range g.Ports {
		ports = append(ports, map[string]any{"name": p.Name, "port": p.Number, "protocol": "TCP", "targetPort": p.Number})
	}
	service := map[string]any{"type": g.Service.Type, "ports": ports, "annotations": g.ServiceAnnotations(m.Cluster)}
	if g.Address != "" && !m.Cluster.UsesMetalLB() {
		service["loadBalancerIP"] = g.Address
	}
	if g.Service.ExternalTrafficPolicy != "" {
		service["externalTrafficPolicy"] = g.Service.ExternalTrafficPolicy
	}
	if g.Service.LoadBalancerClass != "" {
		service["loadBalancerClass"] = g.Service.LoadBalancerClass
	}

	values := map[string]any{
		"name":      g.ServiceName,
		"revision":  m.Istio.Revision,
		"resources": model.ContainerResources(g.Resources),
		"service":   service,
	}
	if s := g.Autoscaling; s != nil {
		values["autoscaling"] = map[string]any{
			"enabled": true, "minReplicas": s.Min, "maxReplicas": s.Max, "targetCPUUtilizationPercentage": s.CPU,
		}
	} else {
		values["autoscaling"] = map[string]any{"enabled": false}
		values["replicaCount"] = g.Replicas
		if m.Values.Gateways[g.Name]["kind"] == "DaemonSet" { // a pod on each node
			values["replicaCount"] = nil
		}
	}
	if g.DisruptionBudget != nil {
		values["podDisruptionBudget"] = model.BudgetSpec(*g.DisruptionBudget)
	}
	if len(m.Istio.PullSecrets) > 0 {
		var secrets []any
		for _, name := range m.Istio.PullSecrets {
			secrets = append(secrets, map[string]any{"name": name})
		}
		values["imagePullSecrets"] = secrets
	}
	if policy := networkPolicy(m); len(policy) > 0 {
		values["global"] = policy
	}
	maps.Copy(values, g.Scheduling.PodSpec(g.Selector))
	return values
}
