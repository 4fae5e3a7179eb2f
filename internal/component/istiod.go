package component

import (
	"maps"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// istiod is the control plane. Keys of the chart's pilot section keep their
// prefix: without it a profile's value would win over ours.
func istiod(m model.Mesh) []model.Release {
	pilot := map[string]any{
		"resources": model.ContainerResources(m.ControlPlane.Resources),
		"env":       Merge(environment(m), envMap(m.ControlPlane.Env)),
	}
	if s := m.ControlPlane.Autoscaling; s != nil {
		pilot["autoscaleEnabled"] = true
		pilot["autoscaleMin"], pilot["autoscaleMax"] = s.Min, s.Max
		pilot["cpu"] = map[string]any{"targetAverageUtilization": s.CPU}
	} else {
		pilot["autoscaleEnabled"] = false
		pilot["replicaCount"] = m.ControlPlane.Replicas
	}
	maps.Copy(pilot, m.ControlPlane.Scheduling.PodSpec(map[string]string{"app": "istiod", "istio.io/rev": m.Istio.RevisionLabel()}))
	if m.CNI.Enabled && m.Sidecars {
		pilot["cni"] = map[string]any{"enabled": true} // sidecars come without an init container
	}

	global := shared(m)
	global["logging"] = map[string]any{"level": "default:" + m.ControlPlane.LogLevel}
	global["proxy"] = map[string]any{
		"resources": model.ContainerResources(m.Proxy.Resources),
		"logLevel":  m.Proxy.LogLevel,
	}
	global["waypoint"] = map[string]any{"resources": model.ContainerResources(m.Waypoint)}
	if m.Cluster.IstioPlatform != "" {
		global["platform"] = m.Cluster.IstioPlatform
	}
	if m.IstioCSR != nil {
		global["caAddress"] = m.IstioCSRHost() + ":443"
	}

	values := map[string]any{
		"global":       global,
		"pilot":        pilot,
		"base":         map[string]any{"validationFailurePolicy": "Fail"}, // as in base
		"revision":     m.Istio.Revision,
		"revisionTags": object.Strings(m.Istio.Tags...),
		"meshConfig":   Merge(meshConfig(m), m.MeshConfig),
	}
	if m.Ambient {
		values["profile"] = "ambient"
	}
	if b := m.ControlPlane.DisruptionBudget; b != nil {
		values["pdb"] = model.BudgetSpec(*b)
	}
	releases := release("istiod", values, m.Values.Istiod)
	if all := allProviders(m); len(all) > 0 {
		releases[0].Values = Merge(releases[0].Values, map[string]any{"meshConfig": map[string]any{"extensionProviders": all}})
	}
	return releases
}

// allProviders returns the extension providers of the raw values, of the intent
// and of the raw mesh config: a list laid over another would replace it, and
// take the providers away that our own policies name. Check has looked for names
// that stand in two of them.
func allProviders(m model.Mesh) []any {
	return slices.Concat(object.List(m.Values.Istiod, "meshConfig", "extensionProviders"),
		extensionProviders(m.Telemetry.Providers), object.List(m.MeshConfig, "extensionProviders"))
}

// environment is what the intent says that istiod reads from its environment.
//
// Since Istio 1.25 istiod itself gives addresses to ServiceEntries, unless it is
// told not to, and a sidecar uses them if it answers DNS; the sidecar's own
// ISTIO_META_DNS_AUTO_ALLOCATE is deprecated. Waypoints always use the addresses
// (istiod, pilot/pkg/model/service.go, nodeUsesAutoallocatedIPs), so an ambient
// mesh keeps them.
func environment(m model.Mesh) map[string]any {
	env := map[string]any{}
	if m.IstioCSR != nil {
		env["ENABLE_CA_SERVER"] = "false"
	}
	if dns := m.Proxy.DNS; dns.Capture && (dns.AutoAllocate || !m.Ambient) {
		env["PILOT_ENABLE_IP_AUTOALLOCATE"] = strconv.FormatBool(dns.AutoAllocate)
	}
	return env
}

// meshConfig is what the intent says in the words of istio.mesh.v1alpha1.MeshConfig.
func meshConfig(m model.Mesh) map[string]any {
	config := map[string]any{}
	proxy := map[string]any{}
	if m.Proxy.HoldApplicationUntilProxyStarts {
		proxy["holdApplicationUntilProxyStarts"] = true
	}
	if m.Proxy.DNS.Capture {
		proxy["proxyMetadata"] = map[string]any{"ISTIO_META_DNS_CAPTURE": "true"}
	}
	if len(proxy) > 0 {
		config["defaultConfig"] = proxy
	}
	if m.Egress.RegistryOnly {
		config["outboundTrafficPolicy"] = map[string]any{"mode": "REGISTRY_ONLY"}
	}
	if logs := m.Telemetry.AccessLogs; logs != nil && logs.Format == "json" {
		config["accessLogEncoding"] = "JSON" // what the built-in provider envoy writes
	}
	return config
}

func extensionProviders(providers map[string]intent.Provider) []any {
	var list []any
	for _, name := range slices.Sorted(maps.Keys(providers)) {
		provider := map[string]any{"name": name}
		switch p := providers[name]; {
		case p.OpenTelemetry != nil:
			at := endpoint(*p.OpenTelemetry)
			if p.OpenTelemetry.HTTP != nil {
				at["http"] = map[string]any{"path": p.OpenTelemetry.HTTP.Path}
			}
			provider["opentelemetry"] = at
		case p.Zipkin != nil:
			provider["zipkin"] = endpoint(*p.Zipkin)
		case p.EnvoyOtelALS != nil:
			provider["envoyOtelAls"] = endpoint(*p.EnvoyOtelALS)
		default:
			provider["prometheus"] = map[string]any{}
		}
		list = append(list, provider)
	}
	return list
}

func endpoint(e intent.Endpoint) map[string]any {
	return map[string]any{"service": e.Service, "port": e.Port}
}
