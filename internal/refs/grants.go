package refs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// verbs are what the API server asks of roles, for requests and by itself
// (https://kubernetes.io/docs/reference/access-authn-authz/authorization/).
// Controllers may ask for others, and have a colon in them as a rule.
var verbs = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "proxy", "use", "bind", "escalate", "impersonate", "approve", "sign", "attest", "*"}

// wholeCluster are resources that no Role of one namespace can grant: requests
// for them are of no namespace.
var wholeCluster = map[string]string{
	"nodes": "", "persistentvolumes": "", "clusterroles": "rbac.authorization.k8s.io", "clusterrolebindings": "rbac.authorization.k8s.io",
	"storageclasses": "storage.k8s.io", "priorityclasses": "scheduling.k8s.io", "ingressclasses": "networking.k8s.io", "runtimeclasses": "node.k8s.io",
	"customresourcedefinitions": "apiextensions.k8s.io", "mutatingwebhookconfigurations": "admissionregistration.k8s.io", "validatingwebhookconfigurations": "admissionregistration.k8s.io",
}

// grants warns of what a role says and grants nothing: a version for a group, one
// object's name for the resource's, a resource in a group that has it not, a
// verb that nobody asks for. It looks at Kubernetes' own groups alone.
func grants(f *finder, s *subject) {
	if s.ours() {
		return
	}
	for i, v := range object.List(s.Value, "rules") {
		rule, _ := v.(map[string]any)
		at := func(list string, n int) []string { return []string{"rules", strconv.Itoa(i), list, strconv.Itoa(n)} }
		groups := textsOf(rule, "apiGroups")
		known := len(groups) > 0
		for n, group := range groups {
			bare, version, cut := strings.Cut(group, "/")
			if _, own := kindsOf[bare]; cut && own {
				f.grantsNothing(s, at("apiGroups", n), fmt.Sprintf("names the version %s", version), fmt.Sprintf("set %s to %q", field(at("apiGroups", n)), bare))
			}
			_, own := kindsOf[group]
			known = known && own
		}
		if !known {
			continue // others may bring what is meant
		}
		for n, verb := range textsOf(rule, "verbs") {
			if slices.Contains(verbs, verb) || strings.Contains(verb, ":") || strings.Contains(verb, "${") {
				continue
			}
			suggestion := "use verbs such as get, list, watch, create, update, patch and delete"
			if near := diag.Nearest(verb, verbs); near != "" {
				suggestion = fmt.Sprintf("set %s to %q", field(at("verbs", n)), near)
			}
			f.grantsNothing(s, at("verbs", n), fmt.Sprintf("names the verb %q, for which the API server asks nobody", verb), suggestion)
		}
		for n, resource := range textsOf(rule, "resources") {
			f.grantedResource(s, at("resources", n), groups, resource)
		}
	}
}

// grantedResource looks at one resource of a rule.
func (f *finder) grantedResource(s *subject, keys, groups []string, resource string) {
	bare, _, _ := strings.Cut(resource, "/")
	if group, whole := wholeCluster[bare]; whole && s.id.Kind == "Role" && slices.Contains(groups, group) {
		f.grantsNothing(s, keys, fmt.Sprintf("names %s, which are of no namespace", bare), "write a ClusterRole with a ClusterRoleBinding instead")
		return
	}
	var elsewhere []string
	singular := ""
	for group, kinds := range kindsOf {
		for _, kind := range kinds {
			name := plural(object.ID{Kind: kind})
			if kind == "Endpoints" {
				name = "endpoints"
			}
			within := slices.Contains(groups, group)
			switch {
			case name == bare && within:
				return
			case name == bare:
				elsewhere = append(elsewhere, group)
			case within && strings.EqualFold(kind, bare), within && strings.EqualFold(name, bare):
				singular = name
			}
		}
	}
	slices.Sort(elsewhere) // from a map
	switch {
	case singular != "":
		f.grantsNothing(s, keys, fmt.Sprintf("names %q, and the resource is called %s", bare, singular), fmt.Sprintf("set %s to %q", field(keys), strings.Replace(resource, bare, singular, 1)))
	case len(elsewhere) > 0:
		f.grantsNothing(s, keys, fmt.Sprintf("names %s, which are in none of its apiGroups", bare), fmt.Sprintf("add %q to %s", elsewhere[0], field(append(keys[:2:2], "apiGroups"))))
	}
}

// grantsNothing warns of a part of a rule that is without effect.
func (f *finder) grantsNothing(s *subject, keys []string, why, suggestion string) {
	f.report(s, problem{code: "MG5067", severity: diag.Warning, keys: keys, message: fmt.Sprintf("%s in %s: it grants nothing", why, field(keys)), suggestion: suggestion})
}

// textsOf returns a list of texts of a map.
func textsOf(m map[string]any, key string) []string {
	var out []string
	for _, v := range object.List(m, key) {
		text, _ := v.(string)
		out = append(out, text)
	}
	return out
}
