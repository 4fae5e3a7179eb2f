package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var noEffect = Check{
	Doc: Doc{
		Code: "MG3032", Since: "0.2.0", Severity: diag.Warning, Also: diag.Error,
		Title:  "A field has no effect",
		Text:   "A fixed address is asked of a load balancer, and a Service of another type has none; K3s' ServiceLB gives the nodes' own addresses, and leaves Services with a class to others; an autoscaler without metrics-server knows no CPU use; an issuer that no rule names, and a provider that nothing sends to, become nothing; a provider is found by the full name of its Service alone; a tag called as the revision is says nothing that the revision does not. An error where it cannot work at all.\nRemove the field, or say what it needs.",
		Before: "gateways: public: {address: \"192.0.2.10\", servers: web: hosts: [\"a.example.com\"]}",
		After:  "cluster: {loadBalancer: \"metallb\", disabled: [\"traefik\", \"servicelb\"], metallb: pools: public: addresses: [\"192.0.2.10/32\"]}\ngateways: public: {address: \"192.0.2.10\", pool: \"public\", servers: web: hosts: [\"a.example.com\"]}",
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		list := slices.Concat(balancerFields(m), withoutMetrics(m), ownTags(m))
		// What the fleet's base says is for the clusters that have use for it.
		own := func(path string) bool { return strings.HasPrefix(in.Position(path).File, in.Folder+"/") }
		for _, issuer := range m.Authorization.Issuers {
			if !slices.ContainsFunc(m.Authorization.Rules, func(r model.AuthRule) bool { return r.From.Issuer == issuer.Name }) && own(issuer.Path) {
				list = append(list, diag.Diagnostic{
					Path:       issuer.Path,
					Message:    fmt.Sprintf("no rule asks for a token of issuer %s, so that nobody checks one", issuer.Name),
					Suggestion: fmt.Sprintf("name it in from.issuer of a rule, or remove %s", issuer.Path),
				})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(m.Telemetry.Providers)) {
			path := intent.Join("telemetry.providers", name)
			if !providerUsed(m, name) && own(path) {
				d := diag.Diagnostic{
					Path:       path,
					Message:    fmt.Sprintf("nothing is sent to provider %s", name),
					Suggestion: fmt.Sprintf("name it in telemetry.tracing.provider or telemetry.accessLogs.provider, or remove %s", path),
				}
				if m.Telemetry.Providers[name].Prometheus != nil {
					d.Message = fmt.Sprintf("nothing names provider %s: proxies give their metrics to Prometheus without it, by Istio's own provider prometheus", name)
					d.Suggestion = "remove " + path
					d.Alternatives = []string{"name it in spec.metrics of a Telemetry in manifests"}
				}
				list = append(list, d)
			}
			list = append(list, shortService(path, m.Telemetry.Providers[name])...)
		}
		return append(list, unread(m, in, own)...)
	},
}

// balancerFields reports fields of gateways that their load balancer does not read.
// ServiceLB looks neither at loadBalancerIP nor at Services with a class (k3s,
// pkg/cloudprovider/servicelb.go; k8s.io/cloud-provider, wantsLoadBalancer).
func balancerFields(m model.Mesh) diag.List {
	const metallb = `set cluster.loadBalancer to "metallb", add "servicelb" to cluster.disabled, and write the addresses that MetalLB may give in cluster.metallb.pools`
	var list diag.List
	for _, g := range m.Gateways {
		servicelb := m.Cluster.LoadBalancer == "servicelb" && g.Service.Type == "LoadBalancer"
		address := g.Path + ".address"
		switch {
		case g.Address == "":
		case g.Service.Type != "LoadBalancer":
			list = append(list, diag.Diagnostic{
				Severity: diag.Error, Path: address,
				Message:    fmt.Sprintf("an address is asked of a load balancer, and the Service of gateway %s is of type %s", g.Name, g.Service.Type),
				Suggestion: fmt.Sprintf(`remove %s, or set %s.service.type to "LoadBalancer"`, address, g.Path),
			})
		case servicelb && g.Service.LoadBalancerClass == "":
			list = append(list, diag.Diagnostic{
				Path:         address,
				Message:      fmt.Sprintf("K3s' ServiceLB gives gateway %s the addresses of the nodes, whatever is asked", g.Name),
				Suggestion:   "remove " + address,
				Alternatives: []string{metallb},
			})
		}
		if class := g.Service.LoadBalancerClass; class != "" && servicelb {
			list = append(list, diag.Diagnostic{
				Path:       g.Path + ".service.loadBalancerClass",
				Message:    fmt.Sprintf("ServiceLB leaves Services with a class to others: gateway %s gets no address unless something else in the cluster is for class %s", g.Name, class),
				Suggestion: fmt.Sprintf("remove %s.service.loadBalancerClass", g.Path),
			})
		}
	}
	return list
}

// ownTags reports tags that are called as the revision is. Two webhooks would
// then inject the same pods, and istioctl makes no such tag either (istio,
// istioctl/pkg/tag/generate.go: "found existing control plane revision").
func ownTags(m model.Mesh) diag.List {
	var list diag.List
	for _, tag := range m.Istio.Tags {
		if m.Istio.Revision != "" && tag == m.Istio.Revision {
			list = append(list, diag.Diagnostic{
				Severity: diag.Error, Path: "istio.tags",
				Message:    fmt.Sprintf("the tag %q is the revision itself, which namespaces can name without a tag", tag),
				Suggestion: fmt.Sprintf("remove %q from istio.tags", tag),
			})
		}
	}
	return list
}

// withoutMetrics reports autoscalers on a cluster that leaves metrics-server out.
func withoutMetrics(m model.Mesh) diag.List {
	if !slices.Contains(m.Cluster.Disabled, "metrics-server") || mentioned(m, "metrics.k8s.io") ||
		slices.ContainsFunc(m.External, func(e model.External) bool { return e.Kind == "APIService" }) {
		return nil
	}
	var list diag.List
	hold := func(path string, s model.Scale) {
		if s.Autoscaling == nil {
			return
		}
		list = append(list, diag.Diagnostic{
			Path:       path + ".autoscaling",
			Message:    "the autoscaler knows no CPU use, for cluster.disabled leaves metrics-server out: it never adds a replica",
			Suggestion: `remove "metrics-server" from cluster.disabled`,
			Alternatives: []string{
				`set external."APIService/v1beta1.metrics.k8s.io" to who brings the metrics`,
				fmt.Sprintf("set %s.replicas, and remove %s.autoscaling", path, path),
			},
		})
	}
	hold("controlPlane", m.ControlPlane.Scale)
	for _, g := range m.Gateways {
		hold(g.Path, g.Scale)
	}
	return list
}

// providerUsed says whether anything sends to a provider: a field of the intent,
// or a person's own Telemetry, patch or mesh config that names it.
func providerUsed(m model.Mesh, name string) bool {
	if t := m.Telemetry.Tracing; t != nil && t.Provider == name {
		return true
	}
	if l := m.Telemetry.AccessLogs; l != nil && l.Provider == name {
		return true
	}
	return mentioned(m, name)
}

// mentioned says whether a person's manifests, patches or mesh config hold a word.
func mentioned(m model.Mesh, word string) bool {
	holds := func(v any) bool {
		text, err := json.Marshal(v)
		return err != nil || bytes.Contains(text, []byte(word))
	}
	return holds(m.MeshConfig) || holds(m.Values.Istiod) ||
		slices.ContainsFunc(m.Manifests, func(f model.Manifest) bool {
			return bytes.Contains(f.Text, []byte(word)) || len(f.Objects) > 0 && holds(f.Objects)
		}) ||
		slices.ContainsFunc(m.Patches, func(p model.Patch) bool { return strings.Contains(p.Patch.Patch, word) })
}

// shortService reports a provider whose Service is named as within a namespace:
// istiod looks for the host as it is written, and drops the provider
// (pilot/pkg/model/telemetry_logging.go, LookupCluster).
func shortService(path string, p intent.Provider) diag.List {
	var list diag.List
	for _, e := range []struct {
		kind string
		at   *intent.Endpoint
	}{{"opentelemetry", p.OpenTelemetry}, {"zipkin", p.Zipkin}, {"envoyOtelAls", p.EnvoyOtelALS}} {
		if e.at == nil {
			continue
		}
		name := e.at.Service[strings.LastIndex(e.at.Service, "/")+1:]
		at := path + "." + e.kind + ".service"
		full, rest := "", strings.Split(name, ".")
		switch {
		case strings.Contains(name, "$"):
		case len(rest) == 1:
			full = name + ".<its namespace>.svc.cluster.local"
		case rest[len(rest)-1] == "svc":
			full = name + ".cluster.local"
		}
		if full != "" {
			list = append(list, diag.Diagnostic{
				Severity: diag.Error, Path: at,
				Message:    fmt.Sprintf("istiod knows no Service by the short name %q, and sends nothing to the provider", name),
				Suggestion: fmt.Sprintf("set %s to %q", at, full),
			})
		}
	}
	return list
}
