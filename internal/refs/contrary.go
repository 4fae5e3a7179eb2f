package refs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/meshconfig"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold what people write beside the intent against what
// the intent says of mutual TLS, and against what proxies read.

// strictMember says whether the workloads of a namespace take mutual TLS alone,
// by the intent, and no exception or policy of a person's own says otherwise of
// some of them.
func (f *finder) strictMember(namespace string) bool {
	i := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == namespace })
	if i < 0 || !f.mesh.Namespaces[i].Mesh || f.stageOf(namespace) != intent.Strict {
		return false
	}
	return !slices.ContainsFunc(f.mesh.MTLS.Exceptions, func(e model.MTLSException) bool { return e.Namespace == namespace }) &&
		!slices.ContainsFunc(f.byKind["PeerAuthentication.security.istio.io"], func(s *subject) bool { return !s.ours() && s.id.Namespace == namespace })
}

// stageOf is what the intent says that the workloads of a namespace take.
func (f *finder) stageOf(namespace string) intent.Stage {
	for _, n := range f.mesh.Namespaces {
		if n.Name == namespace && n.Stage != "" {
			return n.Stage
		}
	}
	return f.mesh.MTLS.Stage
}

// clientTLS are where a DestinationRule says how a host is called.
var clientTLS = []path{
	parsePath("spec.trafficPolicy.tls"), parsePath("spec.trafficPolicy.portLevelSettings[].tls"),
	parsePath("spec.subsets[].trafficPolicy.tls"), parsePath("spec.subsets[].trafficPolicy.portLevelSettings[].tls"),
}

// plainCalls reports a DestinationRule that has sidecars call a Service of a
// strict namespace without the mesh's certificates: each call is refused there.
func plainCalls(f *finder, s *subject) {
	h, inside := inCluster(object.String(s.Value, "spec", "host"), s.id.Namespace)
	if s.ours() && len(s.Origin.Patches) == 0 || !inside || !f.strictMember(h.namespace) {
		return
	}
	for _, p := range clientTLS {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			mode := text(m, "mode")
			if mode == "ISTIO_MUTUAL" || strings.Contains(mode, "${") {
				return
			}
			if mode == "" {
				mode = "DISABLE" // the first of the values
			}
			at := below(keys, "mode")
			f.report(s, problem{
				code: "MG5077", keys: at,
				message:    fmt.Sprintf("calls %s with TLS mode %s in %s, and the namespace %s takes mutual TLS of the mesh alone: every call is refused", object.String(s.Value, "spec", "host"), mode, field(at), h.namespace),
				suggestion: fmt.Sprintf("remove %s, or declare the port in mtls.exceptions", field(keys)),
			})
		})
	}
}

// openPeers reports a PeerAuthentication that opens what the intent says is
// strict: all of a namespace or of the mesh, or some workloads, without a reason.
func openPeers(f *finder, s *subject) {
	if s.ours() && len(s.Origin.Patches) == 0 || f.stageOf(s.id.Namespace) != intent.Strict {
		return
	}
	severity, who := diag.Error, "the namespace "+s.id.Namespace
	if s.id.Namespace == model.RootNamespace {
		who = "the mesh"
	}
	if !wholeNamespace(s) {
		severity, who = diag.Warning, "workloads of the namespace "+s.id.Namespace
	}
	hold := func(keys []string, mode, who string, severity diag.Severity) {
		if mode != "DISABLE" && mode != "PERMISSIVE" {
			return
		}
		f.report(s, problem{
			code: "MG5077", severity: severity, keys: keys,
			message:    fmt.Sprintf("sets %s to %s in %s, and the intent says strict", who, mode, field(keys)),
			suggestion: fmt.Sprintf("declare the ports in mtls.exceptions, with the reason, or set %s to \"permissive\"", f.stagePath(s.id.Namespace)),
		})
	}
	hold([]string{"spec", "mtls", "mode"}, object.String(s.Value, "spec", "mtls", "mode"), who, severity)
	ports := object.Map(s.Value, "spec", "portLevelMtls")
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		m, _ := ports[port].(map[string]any)
		hold([]string{"spec", "portLevelMtls", port, "mode"}, text(m, "mode"), "port "+port, diag.Warning)
	}
}

// stagePath is the field that says what a namespace takes.
func (f *finder) stagePath(namespace string) string {
	if namespace == model.RootNamespace {
		return "mtls.stage"
	}
	return intent.Join("namespaces", namespace) + ".mtls.stage"
}

// calledInPlain returns the rule of a kind by which the API server calls a
// Service: it has no certificate of the mesh, and a strict workload refuses it.
func calledInPlain(at string) rule {
	p := parsePath(at)
	return func(f *finder, s *subject) {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			namespace, name := text(m, "namespace"), text(m, "name")
			if name == "" || !f.strictMember(namespace) || !f.once("plain call"+s.id.String()+namespace+"/"+name) {
				return
			}
			f.report(s, problem{
				code: "MG5077", severity: diag.Warning, keys: below(keys, "name"),
				message:    fmt.Sprintf("has the API server call %s in %s, which is no part of the mesh, and the namespace %s takes mutual TLS alone: it is refused, unless the pods are not in the mesh", show("Service.", namespace, name), field(keys), namespace),
				suggestion: "declare the port of the pods in mtls.exceptions, or keep the pods out of the mesh by the label sidecar.istio.io/inject: \"false\"",
			})
		})
	}
}

// methodFields are where an AuthorizationPolicy names methods of HTTP.
var methodFields = []path{parsePath("spec.rules[].to[].operation.methods[]"), parsePath("spec.rules[].to[].operation.notMethods[]")}

// lowerMethods warns of a method in small letters: methods are compared letter
// by letter, and clients send them in capitals (RFC 9110, 9.1).
func lowerMethods(f *finder, s *subject) {
	for _, p := range methodFields {
		p.each(s.Value, nil, func(keys []string, v any) {
			method, _ := v.(string)
			if method == strings.ToUpper(method) || strings.Contains(method, "${") || strings.Contains(method, "/") { // of gRPC
				return
			}
			at := below(keys)
			f.report(s, problem{
				code: "MG5069", severity: diag.Warning, keys: at,
				message:    fmt.Sprintf("matches the method %q in %s, and clients send methods in capitals: it never matches", method, field(at)),
				suggestion: fmt.Sprintf("set %s to %q", field(at), strings.ToUpper(method)),
			})
		})
	}
}

// proxyAmounts are the annotations that hold an amount of a resource.
var proxyAmounts = []string{
	"sidecar.istio.io/proxyCPU", "sidecar.istio.io/proxyCPULimit", "sidecar.istio.io/proxyMemory", "sidecar.istio.io/proxyMemoryLimit",
}

// portLists are the annotations that hold ports, or ranges of them, with commas.
var portLists = []string{
	"traffic.sidecar.istio.io/excludeInboundPorts", "traffic.sidecar.istio.io/includeInboundPorts",
	"traffic.sidecar.istio.io/excludeOutboundPorts", "traffic.sidecar.istio.io/includeOutboundPorts",
}

// proxyAnnotations reports annotations of pods that istiod's injector cannot
// read: it refuses the pods then (pkg/kube/inject, webhook.go and
// annotations_validation.go).
func proxyAnnotations(f *finder, s *subject) {
	w, ok := podsOf(s)
	if !ok || s.ours() {
		return
	}
	template := templates[s.kind]
	annotations := object.Map(s.Value, append(slices.Clone(template), "metadata", "annotations")...)
	refuse := func(name, why, suggestion string) {
		f.report(s, problem{
			code: "MG5067", severity: diag.Error, keys: below(template, "metadata", "annotations", name),
			message: fmt.Sprintf("has the annotation %s with the value %q, %s, so that istiod injects nothing and the pods are refused", name, annotations[name], why), suggestion: suggestion,
		})
	}
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		value, isText := annotations[name].(string)
		if !isText || strings.Contains(value, "${") {
			continue
		}
		switch {
		case slices.Contains(proxyAmounts, name):
			if _, err := resource.ParseQuantity(value); err != nil {
				refuse(name, "which is no amount", fmt.Sprintf("set %s to an amount, such as \"100m\" or \"128Mi\"", name))
			}
		case slices.Contains(portLists, name):
			if !isPortList(value) || value == "*" && strings.Contains(name, "/exclude") {
				refuse(name, "which is no list of ports", fmt.Sprintf("write the ports of %s with commas, such as \"80,8080\"", name))
			}
		case name == "proxy.istio.io/config":
			config, ok := object.Embedded(value + "\n")
			if !ok && strings.TrimSpace(value) != "" {
				refuse(name, "which is no YAML", "write a ProxyConfig, in YAML")
			}
			for _, p := range meshconfig.Proxy(config) {
				message, suggestion := p.At(p.Path(name))
				f.report(s, problem{
					code: "MG5067", severity: diag.Error, keys: below(template, "metadata", "annotations", name),
					message: fmt.Sprintf("has an annotation that istiod cannot read, so that the pods are refused: %s", message), suggestion: suggestion,
				})
			}
		default:
			if why, suggestion := unreadable(name, value); why != "" {
				refuse(name, why, suggestion)
			}
		}
	}
	// A container of that name changes the sidecar; alone it leaves the pod without
	// an application.
	list := object.List(w.spec, "containers")
	if only, _ := first(list).(map[string]any); len(list) == 1 && text(only, "name") == "istio-proxy" && text(only, "image") != "auto" && f.inMesh(s.id.Namespace) && annotations["inject.istio.io/templates"] == nil {
		at := below(w.keys, "containers", "0", "name")
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("calls its only container istio-proxy in %s, which is what the sidecar is called: the two become one, and the image is not run", field(at)),
			suggestion: fmt.Sprintf("set %s to another name", field(at)),
		})
	}
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// isPortList says whether a text is what istio-init takes for ports: numbers
// with commas, or a star.
func isPortList(value string) bool {
	if value == "" || value == "*" {
		return true
	}
	for part := range strings.SplitSeq(value, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err != nil || n < 0 || n > 65535 {
			return false
		}
	}
	return true
}
