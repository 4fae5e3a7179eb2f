package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

var policyOff = Check{
	Doc: Doc{
		Code: "MG3031", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "A raw value turns off what the intent asks for",
		Text:   "The mesh's policy stands in istio-system and holds everywhere because that is the root namespace; istiod looks only at namespaces that discoverySelectors select; without enableAutoMtls sidecars call in plain text, which a strict mesh refuses; routes name Services by cluster.local; gateways see what is exported to them. A raw value, or a patch of the ConfigMap, that changes one of these leaves the rest of the intent rendered and without effect.\nRemove the value, or say it in the intent's own field.",
		Before: "mtls: stage: \"strict\"\nmeshConfig: rootNamespace: \"policy\"",
		After:  "mtls: stage: \"strict\"",
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		refuse := func(path, message, suggestion string, severity diag.Severity) {
			list = append(list, diag.Diagnostic{Severity: severity, Path: path, Message: message, Suggestion: suggestion})
		}
		for _, key := range []string{"rootNamespace", "enableAutoMtls", "discoverySelectors", "outboundTrafficPolicy", "defaultVirtualServiceExportTo", "defaultServiceExportTo", "defaultDestinationRuleExportTo"} {
			value, path, ok := meshConfigValue(m, key)
			if !ok {
				continue
			}
			switch key {
			case "rootNamespace":
				if name, _ := value.(string); name != "" && name != model.RootNamespace && !strings.Contains(name, "$") {
					refuse(path, fmt.Sprintf("the mesh's policy stands in %s, and holds for no other namespace when %s is the root", model.RootNamespace, name), "remove "+path, "")
				}
			case "enableAutoMtls":
				if on, isBool := value.(bool); isBool && !on && strict(m) {
					refuse(path, "sidecars call in plain text without it, and strict workloads refuse that", "remove "+path+`, or set mtls.stage to "permissive"`, "")
				}
			case "discoverySelectors":
				list = append(list, undiscovered(m, path, value)...)
			case "defaultVirtualServiceExportTo", "defaultServiceExportTo", "defaultDestinationRuleExportTo":
				list = append(list, unexported(m, key, path, value)...)
			case "outboundTrafficPolicy":
				config, _ := value.(map[string]any)
				mode, _ := config["mode"].(string)
				ambient, sidecars := modes(m)
				switch {
				case m.Egress.RegistryOnly && mode != "" && mode != "REGISTRY_ONLY":
					refuse(path+".mode", fmt.Sprintf("%s overrules egress.policy, which is \"registry-only\"", mode), "remove "+path+".mode, or egress.policy", "")
				case !m.Egress.RegistryOnly && mode == "REGISTRY_ONLY" && len(sidecars) == 0 && (len(ambient) > 0 || m.Mode == intent.Ambient):
					refuse(path+".mode", "ztunnel passes on what the mesh does not know, and the mesh is ambient", "remove "+path+".mode", "")
				}
			}
		}
		global := object.Map(m.Values.Istiod, "global")
		if name, _ := global["istioNamespace"].(string); name != "" && name != model.RootNamespace {
			refuse("values.istiod.global.istioNamespace", fmt.Sprintf("the control plane and the mesh's policy stand in %s", model.RootNamespace), "remove values.istiod.global.istioNamespace", "")
		}
		if domain := object.String(global, "proxy", "clusterDomain"); domain != "" && domain != "cluster.local" {
			path := "values.istiod.global.proxy.clusterDomain"
			switch {
			case len(m.Routes) > 0 || slices.ContainsFunc(m.Egress.Hosts, func(h model.EgressHost) bool { return h.Through != nil }):
				refuse(path, fmt.Sprintf("routes name Services by svc.cluster.local, and istiod would know them by svc.%s alone", domain), "remove "+path+", or write the VirtualServices in manifests", "")
			default:
				refuse(path, fmt.Sprintf("meshgen names Services by svc.cluster.local, and istiod would know them by svc.%s alone", domain), "remove "+path, diag.Warning)
			}
		}
		return list
	},
}

// unexported reports a default by which gateways do not see what routes are made
// of: these say nothing of their own, and stand beside the services.
func unexported(m model.Mesh, key, path string, value any) diag.List {
	list, isList := value.([]any)
	if !isList || len(list) == 0 {
		return nil
	}
	for _, r := range m.Routes {
		in := r.Rules[0].To[0].Service.Namespace
		if slices.ContainsFunc(list, func(v any) bool { return v == "*" || v == r.Gateway.Namespace || v == "." && in == r.Gateway.Namespace }) {
			continue
		}
		what := fmt.Sprintf("the Services of route %s in %s are", r.Name, in)
		switch key {
		case "defaultVirtualServiceExportTo":
			if r.Gateway.API != "chart" {
				continue
			}
			what = fmt.Sprintf("route %s in %s is", r.Name, in)
		case "defaultDestinationRuleExportTo":
			if !slices.ContainsFunc(r.Rules, func(rule model.RouteRule) bool {
				return slices.ContainsFunc(rule.To, func(to model.Destination) bool { return to.Subset != "" })
			}) {
				continue
			}
			what = fmt.Sprintf("the subsets of route %s in %s are", r.Name, in)
		}
		return diag.List{{
			Path:       path,
			Message:    fmt.Sprintf("%s not exported to %s, where gateway %s is", what, r.Gateway.Namespace, r.Gateway.Name),
			Suggestion: fmt.Sprintf("add \"*\" or %q to %s", r.Gateway.Namespace, path),
		}}
	}
	return nil
}

// meshConfigValue returns what istiod's mesh config says at a key by the escape
// hatches, and which of them says it: values are laid over meshConfig.
func meshConfigValue(m model.Mesh, key string) (value any, path string, ok bool) {
	if value, ok = object.Map(m.Values.Istiod, "meshConfig")[key]; ok {
		return value, "values.istiod.meshConfig." + key, true
	}
	value, ok = m.MeshConfig[key]
	return value, "meshConfig." + key, ok
}

// strict says whether anything of the mesh takes mutual TLS alone.
func strict(m model.Mesh) bool {
	return m.MTLS.Stage == intent.Strict || slices.ContainsFunc(m.Namespaces, func(n model.Namespace) bool { return n.Mesh && n.Stage == intent.Strict })
}

// undiscovered reports the namespaces that the mesh is made of and that no
// selector selects; istiod makes no exception for its own
// (pkg/kube/namespace/filter.go). Labels that others put on a namespace are not known.
func undiscovered(m model.Mesh, path string, value any) diag.List {
	text, err := json.Marshal(value)
	var wanted []metav1.LabelSelector
	if err != nil || json.Unmarshal(text, &wanted) != nil || len(wanted) == 0 {
		return nil // meshConfig's own check says what is wrong with it
	}
	var selectors []labels.Selector
	for i := range wanted {
		s, err := metav1.LabelSelectorAsSelector(&wanted[i])
		if err != nil {
			return diag.List{{
				Path:       fmt.Sprintf("%s[%d]", path, i),
				Message:    fmt.Sprintf("istiod passes over all selectors, for this one is none: %v", err),
				Suggestion: "correct the selector's keys, operators and values",
			}}
		}
		selectors = append(selectors, s)
	}
	var all, sure, unsure []string
	for _, n := range m.Namespaces {
		if !n.Mesh && n.Name != model.RootNamespace && !slices.ContainsFunc(m.Gateways, func(g model.Gateway) bool { return g.Namespace == n.Name }) {
			continue
		}
		all = append(all, n.Name)
		set := labels.Set{"kubernetes.io/metadata.name": n.Name}
		for key, value := range n.Labels {
			set[key] = value
		}
		switch {
		case slices.ContainsFunc(selectors, func(s labels.Selector) bool { return s.Matches(set) }):
		case n.Create:
			sure = append(sure, n.Name)
		default:
			unsure = append(unsure, n.Name)
		}
	}
	var list diag.List
	for _, found := range []struct {
		names    []string
		severity diag.Severity
		more     string
	}{{sure, diag.Error, ""}, {unsure, diag.Warning, " by the labels that meshgen knows of"}} {
		if len(found.names) == 0 {
			continue
		}
		message := fmt.Sprintf("istiod does not look at %s: none of the selectors selects it%s", enumerate("namespace", found.names), found.more)
		if len(found.names) > 1 {
			message = fmt.Sprintf("istiod does not look at %s: none of the selectors selects them%s", enumerate("namespace", found.names), found.more)
		}
		if slices.Contains(found.names, model.RootNamespace) {
			message += ", and the mesh's policy stands in " + model.RootNamespace
		}
		list = append(list, diag.Diagnostic{
			Severity: found.severity, Path: path, Message: message,
			Suggestion: fmt.Sprintf(`add {matchExpressions: [{key: "kubernetes.io/metadata.name", operator: "In", values: ["%s"]}]} to %s`, strings.Join(all, `", "`), path),
		})
	}
	return list
}
