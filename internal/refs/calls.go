package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// calledServices returns the rule of a kind by which the API server calls a
// Service: it, and the port, must be there, or every request that the call is
// for fails.
func calledServices(at string) rule {
	p := parsePath(at)
	return func(f *finder, s *subject) {
		p.maps(s.Value, nil, func(keys []string, m map[string]any) {
			h := host{text(m, "namespace"), text(m, "name")}
			if h.name == "" || h.namespace == "" {
				return
			}
			if !f.exists("Service.", h.namespace, h.name) {
				if f.once("call" + s.id.String() + h.namespace + "/" + h.name) {
					f.missing(s, below(keys, "name"), "MG5060", "", "Service.", h.namespace, h.name)
				}
				return
			}
			wanted, ok := number(m["port"])
			if !ok {
				wanted = 443 // ServiceReference's default
			}
			f.servicePort(s, below(keys, "port"), "MG5060", h, wanted)
		})
	}
}

// boundRole holds the role that a binding grants against those that are there.
func boundRole(f *finder, s *subject) {
	m := object.Map(s.Value, "roleRef")
	kind, name, namespace := text(m, "kind"), text(m, "name"), s.id.Namespace
	if kind != "Role" && kind != "ClusterRole" {
		return
	}
	if kind == "ClusterRole" {
		namespace = ""
	}
	if what := kind + ".rbac.authorization.k8s.io"; !f.exists(what, namespace, name) {
		f.missing(s, []string{"roleRef", "name"}, "MG5062", "", what, namespace, name)
	}
}

// boundSubjects warns of service accounts of which nothing speaks: the binding
// grants them nothing until somebody makes them.
func boundSubjects(f *finder, s *subject) {
	parsePath("subjects[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		namespace, name := text(m, "namespace"), text(m, "name")
		if text(m, "kind") != "ServiceAccount" || namespace == "" || f.exists("ServiceAccount.", namespace, name) {
			return
		}
		severity := diag.Warning
		if s.ours() {
			severity = diag.Error
		}
		f.missing(s, below(keys, "name"), "MG5062", severity, "ServiceAccount.", namespace, name)
	})
}

// issuer holds a Certificate's issuer against those that are there.
func issuer(f *finder, s *subject) {
	m := object.Map(s.Value, "spec", "issuerRef")
	if group := text(m, "group"); group != "" && group != "cert-manager.io" {
		return
	}
	kind := text(m, "kind")
	if kind == "" {
		kind = "Issuer"
	}
	f.issuerNamed(s, []string{"spec", "issuerRef", "name"}, kind, text(m, "name"))
}

// issuerAnnotations does it for what cert-manager makes Certificates for.
func issuerAnnotations(f *finder, s *subject) {
	annotations := s.Annotations()
	if annotations["cert-manager.io/issuer-group"] != nil {
		return
	}
	for _, a := range [][2]string{{"cert-manager.io/cluster-issuer", "ClusterIssuer"}, {"cert-manager.io/issuer", "Issuer"}} {
		if name, _ := annotations[a[0]].(string); name != "" {
			f.issuerNamed(s, []string{"metadata", "annotations", a[0]}, a[1], name)
		}
	}
}

func (f *finder) issuerNamed(s *subject, keys []string, kind, name string) {
	namespace := s.id.Namespace
	if kind == "ClusterIssuer" {
		namespace = ""
	}
	if what := kind + ".cert-manager.io"; (kind == "Issuer" || kind == "ClusterIssuer") && !f.exists(what, namespace, name) {
		f.missing(s, keys, "MG5061", "", what, namespace, name)
	}
}

// knownNamespace reports a namespace that nobody makes, once: the API server
// refuses what is in it.
func knownNamespace(f *finder, s *subject) {
	name := s.id.Namespace
	if name == "" || f.exists("Namespace.", "", name) || !f.once("namespace "+name) {
		return
	}
	p := problem{
		code: "MG5064", keys: []string{"metadata", "namespace"},
		message:    fmt.Sprintf("stands in the namespace %s, which nobody makes", name),
		suggestion: fmt.Sprintf("add namespaces: %q: {}, with create: false if somebody else makes it", name),
	}
	near := f.nearNamespace(name)
	if near != "" {
		p.suggestion = fmt.Sprintf("set metadata.namespace to %q, or add namespaces: %q: {}", near, name)
	}
	if s.asMade() {
		f.intentNamespace(s, name, near)
		return
	}
	f.report(s, p)
}

// intentNamespace reports a namespace that the intent names for an object of
// meshgen's, and that nobody makes.
func (f *finder) intentNamespace(s *subject, name, near string) {
	d := diag.Diagnostic{
		Code: "MG5064", Severity: diag.Error, Path: s.Origin.Path,
		Message:    fmt.Sprintf("%s stands in the namespace %s, which nobody makes; the API server refuses what is in it", s.id, name),
		Suggestion: fmt.Sprintf("add namespaces: %q: create: false if somebody else makes it, or namespaces: %[1]q: {} to make it", name),
	}
	if near != "" {
		d.Suggestion = fmt.Sprintf("name the namespace %q instead, or %s", near, d.Suggestion)
	}
	f.found = append(f.found, Finding{Diagnostic: d, Object: s.Object, Field: "metadata.namespace", Why: d.Message})
}

// serviceNamespaces reports the namespaces of the intent's services that nobody
// makes: what is declared of a service is rendered into its namespace, and a
// route to a namespace that is not there leads nowhere.
func (f *finder) serviceNamespaces() {
	for _, service := range f.mesh.Services {
		name := service.Namespace
		if f.exists("Namespace.", "", name) || !f.once("namespace "+name) {
			continue
		}
		d := diag.Diagnostic{
			Code: "MG5064", Severity: diag.Error, Path: service.Path + ".namespace",
			Message:    fmt.Sprintf("service %s stands in the namespace %s, which nobody makes", service.Name, name),
			Suggestion: fmt.Sprintf("add namespaces: %q: create: false if somebody else makes it, or namespaces: %[1]q: {} to make it", name),
		}
		if near := f.nearNamespace(name); near != "" {
			d.Suggestion = fmt.Sprintf("set %s to %q, or %s", d.Path, near, d.Suggestion)
		}
		f.found = append(f.found, Finding{Diagnostic: d, Field: d.Path, Why: d.Message})
	}
}

// nearNamespace returns the name of a namespace that may be meant, or "".
func (f *finder) nearNamespace(name string) string {
	names := []string{"default", "kube-system"}
	for _, n := range f.byKind["Namespace."] {
		names = append(names, n.id.Name)
	}
	for _, n := range f.mesh.Namespaces {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	return diag.Nearest(name, slices.Compact(names))
}

func splitKind(kind string) (bare, group string) {
	bare, group, _ = strings.Cut(kind, ".")
	return bare, group
}
