package refs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/meshconfig"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold what people write beside the intent against what
// proxies and the injector read.

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
	if !ok || s.asMade() {
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
