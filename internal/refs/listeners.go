package refs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold Gateways, ListenerSets and routes of Gateway API
// against what istiod's controller takes of them: the CRDs allow more, and istiod
// then serves nothing and says so in a status that nobody reads
// (pilot/pkg/config/kube/gateway, conversion.go; gatewaycommon,
// deploymentcontroller.go).

// ofIstio says whether istiod serves a Gateway by Envoy, and its class.
func (f *finder) ofIstio(g *subject) (class string, ok bool) {
	class = object.String(g.Value, "spec", "gatewayClassName")
	_, ours := istioClasses[class]
	return class, class != "istio-agentgateway" && (ours || f.bringsClass(class))
}

// servedListeners looks at a Gateway's listeners, and at what istiod makes a
// Deployment and a Service from.
func servedListeners(f *finder, s *subject) {
	class, ok := f.ofIstio(s)
	if s.ours() && len(s.Origin.Patches) == 0 || !ok {
		return
	}
	f.listeners(s, class)
	const kind = "networking.istio.io/service-type"
	types := []string{"ClusterIP", "NodePort", "LoadBalancer"}
	if v, there := s.Annotations()[kind].(string); there && !slices.Contains(types, v) && !strings.Contains(v, "${") {
		suggestion := fmt.Sprintf("set %s to one of %s", kind, strings.Join(types, ", "))
		for _, t := range types {
			if strings.EqualFold(t, v) {
				suggestion = fmt.Sprintf("set %s to %s", kind, t)
			}
		}
		f.unserving(s, []string{"metadata", "annotations", kind}, fmt.Sprintf("wants a Service of the type %q, which there is not: istiod makes no Service", v), suggestion)
	}
	f.parameters(s)
}

// unserving reports what keeps a Gateway or a route from being served at all.
func (f *finder) unserving(s *subject, keys []string, message, suggestion string) {
	f.report(s, problem{code: "MG5067", severity: diag.Error, keys: keys, message: message, suggestion: suggestion})
}

// listenerProtocols are those that istiod takes of listeners. HBONE is for waypoints
// and gateways between networks.
var listenerProtocols = []string{"HTTP", "HTTPS", "TLS", "TCP"}

func (f *finder) listeners(s *subject, class string) {
	parsePath("spec.listeners[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		protocol := text(m, "protocol")
		at := below(keys, "protocol")
		switch {
		case protocol == "" || slices.Contains(listenerProtocols, protocol) || strings.Contains(protocol, "${"):
		case protocol == "HBONE" && class != "istio":
		case protocol == "HBONE":
			f.unserving(s, at, fmt.Sprintf("speaks HBONE in %s, which waypoints and gateways of the class istio-east-west do: the listener is not served", field(at)), fmt.Sprintf("set %s to HTTP, HTTPS, TLS or TCP", field(at)))
		default:
			suggestion := fmt.Sprintf("set %s to HTTP, HTTPS, TLS or TCP", field(at))
			if up := strings.ToUpper(protocol); slices.Contains(append(listenerProtocols, "HBONE"), up) {
				suggestion = fmt.Sprintf("set %s to %s", field(at), up)
			}
			f.unserving(s, at, fmt.Sprintf("speaks %q in %s, which istiod does not know: the listener is not served", protocol, field(at)), suggestion)
		}
		parsePath("tls.certificateRefs[]").maps(m, keys, func(keys []string, ref map[string]any) {
			kind, group := text(ref, "kind"), text(ref, "group")
			if (kind == "" || kind == "Secret") && (group == "" || group == "core") {
				return
			}
			f.unserving(s, below(keys, "kind"), fmt.Sprintf("takes its certificate from a %s in %s, and istiod reads Secrets alone: the listener is not served", kind, field(keys)), fmt.Sprintf("set %s to Secret, and the name to one's", field(below(keys, "kind"))))
		})
		f.routeKinds(s, below(keys, "allowedRoutes", "kinds"), protocol, object.List(m, "allowedRoutes", "kinds"))
	})
}

// protocolRoutes are the routes that a listener of a protocol can have
// (generateSupportedKinds).
var protocolRoutes = map[string][]string{
	"HTTP": {"HTTPRoute", "GRPCRoute"}, "HTTPS": {"HTTPRoute", "GRPCRoute"}, "TCP": {"TCPRoute"}, "TLS": {"TLSRoute", "TCPRoute"},
}

// routeKinds reports kinds of routes that a listener asks for and cannot have.
func (f *finder) routeKinds(s *subject, keys []string, protocol string, kinds []any) {
	can, known := protocolRoutes[protocol]
	for i, v := range kinds {
		m, _ := v.(map[string]any)
		kind := text(m, "kind")
		if !known || kind == "" || slices.Contains(can, kind) {
			continue
		}
		at := below(keys, fmt.Sprint(i), "kind")
		f.unserving(s, at, fmt.Sprintf("takes %ss in %s, and a listener that speaks %s has %ss: no such route is attached", kind, field(at), protocol, strings.Join(can, "s or ")), fmt.Sprintf("set %s to %s, or the protocol to another", field(at), can[0]))
	}
}

// overlays are what istiod lays over the objects that it makes for a Gateway, by
// the key of its parameters' ConfigMap.
func overlays() map[string]any {
	return map[string]any{
		"deployment": &apps.Deployment{}, "service": &core.Service{}, "serviceAccount": &core.ServiceAccount{},
		"horizontalPodAutoscaler": &autoscaling.HorizontalPodAutoscaler{}, "podDisruptionBudget": &policy.PodDisruptionBudget{},
	}
}

// parameters holds the ConfigMap of a Gateway against what istiod reads of it.
func (f *finder) parameters(s *subject) {
	ref := object.Map(s.Value, "spec", "infrastructure", "parametersRef")
	config := f.byID[object.ID{Kind: "ConfigMap", Namespace: s.id.Namespace, Name: text(ref, "name")}]
	keys := []string{"spec", "infrastructure", "parametersRef"}
	switch {
	case ref == nil:
		return
	case text(ref, "kind") != "ConfigMap" || text(ref, "group") != "":
		f.unserving(s, below(keys, "kind"), fmt.Sprintf("has its parameters in a %s in %s, and istiod reads ConfigMaps alone: neither Deployment nor Service is made", text(ref, "kind"), field(keys)), fmt.Sprintf("set %s to ConfigMap, and the group to \"\"", field(below(keys, "kind"))))
		return
	case config == nil:
		return // that it is not there, the table of fields says
	}
	data := object.Map(config.Value, "data")
	known := overlays()
	for _, key := range slices.Sorted(maps.Keys(data)) {
		into, ok := known[key]
		if !ok {
			names := slices.Sorted(maps.Keys(known))
			suggestion := "write one of " + strings.Join(names, ", ")
			if near := diag.Nearest(key, names); near != "" {
				suggestion = fmt.Sprintf("write %s instead of %s", near, key)
			}
			f.unserving(config, []string{"data", key}, fmt.Sprintf("is of the parameters of %s, and istiod knows no %s there: neither Deployment nor Service is made", s.id, key), suggestion)
			continue
		}
		value, ok := object.Embedded(text(data, key) + "\n")
		if !ok {
			f.unserving(config, []string{"data", key}, fmt.Sprintf("is of the parameters of %s, and %s is no YAML of an object: neither Deployment nor Service is made", s.id, key), "write the part of the object that is to change")
			continue
		}
		written, err := json.Marshal(withoutDirectives(value))
		if err != nil {
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(written))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(into); err != nil {
			f.unserving(config, []string{"data", key}, fmt.Sprintf("is of the parameters of %s, and its %s is none: %s", s.id, key, strings.TrimPrefix(err.Error(), "json: ")), "correct the field in "+key)
		}
	}
}

// withoutDirectives returns a strategic merge patch without what is said to the
// merging: $patch, $retainKeys and their like.
func withoutDirectives(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, below := range v {
			if !strings.HasPrefix(key, "$") {
				out[key] = withoutDirectives(below)
			}
		}
		return out
	case []any:
		var out []any
		for _, e := range v {
			if m, ok := e.(map[string]any); !ok || m["$patch"] == nil {
				out = append(out, withoutDirectives(e))
			}
		}
		return out
	}
	return v
}

// listenerSet holds a ListenerSet against the Gateway that it adds to.
func listenerSet(f *finder, s *subject) {
	ref := object.Map(s.Value, "spec", "parentRef")
	namespace, name := s.named(ref)
	kind, group := text(ref, "kind"), text(ref, "group")
	if name == "" || kind != "" && kind != "Gateway" || group != "" && group != gatewayAPI {
		return
	}
	keys := []string{"spec", "parentRef", "name"}
	if !f.exists("Gateway."+gatewayAPI, namespace, name) {
		f.missing(s, keys, "MG5057", "", "Gateway."+gatewayAPI, namespace, name)
		return
	}
	g := f.byID[object.ID{Group: gatewayAPI, Kind: "Gateway", Namespace: namespace, Name: name}]
	if g == nil {
		return
	}
	from := object.String(g.Value, "spec", "allowedListeners", "namespaces", "from")
	if from == "" || from == "None" || from == "Same" && namespace != s.id.Namespace {
		f.report(s, problem{
			code: "MG5057", keys: keys,
			message:    fmt.Sprintf("adds listeners to %s in %s, which admits none of namespace %s", g.id, field(keys), s.id.Namespace),
			suggestion: fmt.Sprintf("set spec.allowedListeners.namespaces.from of %s to Same or All", g.id),
		})
	}
	if class, ok := f.ofIstio(g); ok {
		f.listeners(s, class)
	}
}

// The filters that istiod takes, of rules and of backends.
var (
	httpFilters    = []string{"RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "RequestRedirect", "URLRewrite", "CORS"}
	grpcFilters    = []string{"RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror"}
	backendFilters = []string{"RequestHeaderModifier", "ResponseHeaderModifier"}
)

// routeFilters reports filters that istiod does not have: it answers 500 for the
// whole rule.
func routeFilters(f *finder, s *subject) {
	if s.ours() && len(s.Origin.Patches) == 0 || !f.served(s) {
		return
	}
	ofRules := httpFilters
	if s.id.Kind == "GRPCRoute" {
		ofRules = grpcFilters
	}
	for _, of := range []struct {
		at    string
		takes []string
	}{{"spec.rules[].filters[].type", ofRules}, {"spec.rules[].backendRefs[].filters[].type", backendFilters}} {
		parsePath(of.at).each(s.Value, nil, func(keys []string, v any) {
			kind, _ := v.(string)
			if kind == "" || slices.Contains(of.takes, kind) {
				return
			}
			at := below(keys)
			suggestion := fmt.Sprintf("remove %s, or use one of %s", field(at[:len(at)-1]), strings.Join(of.takes, ", "))
			if len(of.takes) < len(ofRules) && slices.Contains(ofRules, kind) {
				suggestion = fmt.Sprintf("move %s to the filters of the rule", field(at[:len(at)-1]))
			}
			f.unserving(s, at, fmt.Sprintf("has the filter %s in %s, which istiod does not have there: it answers 500 for the rule", kind, field(at)), suggestion)
		})
	}
}

// served says whether istiod serves a route: it is attached to a Gateway of its
// own, or is for calls in the mesh.
func (f *finder) served(s *subject) bool {
	found := false
	parsePath("spec.parentRefs[]").maps(s.Value, nil, func(_ []string, m map[string]any) {
		namespace, name := s.named(m)
		switch kind := text(m, "kind"); kind {
		case "", "Gateway":
			if g := f.byID[object.ID{Group: gatewayAPI, Kind: "Gateway", Namespace: namespace, Name: name}]; g != nil {
				_, ok := f.ofIstio(g)
				found = found || ok
			}
		case "Service", "ServiceEntry":
			found = true
		}
	})
	return found
}
