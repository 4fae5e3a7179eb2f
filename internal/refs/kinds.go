package refs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// definition is a CustomResourceDefinition among the objects.
type definition struct {
	from   *subject
	served []string // versions
}

// definitions returns the CRDs among the objects, by kind.group.
func (f *finder) definitions() map[string]definition {
	if f.crds != nil {
		return f.crds
	}
	f.crds = map[string]definition{}
	for _, s := range f.byKind["CustomResourceDefinition.apiextensions.k8s.io"] {
		d := definition{from: s}
		for _, v := range object.List(s.Value, "spec", "versions") {
			m, _ := v.(map[string]any)
			if on, ok := m["served"].(bool); on || !ok {
				d.served = append(d.served, text(m, "name"))
			}
		}
		f.crds[object.String(s.Value, "spec", "names", "kind")+"."+object.String(s.Value, "spec", "group")] = d
	}
	return f.crds
}

// owned are the groups whose owners bring their CRDs: the controllers that
// people run beside a mesh, and what platforms bring. A group that stands here
// stands for those below it, too.
var owned = []string{
	"acid.zalan.do", "argoproj.io", "autoscaling.k8s.io", "bitnami.com", "cattle.io", "cert-manager.io", "cilium.io", "cloud.google.com",
	"cnpg.io", "crossplane.io", "elastic.co", "envoyproxy.io", "external-secrets.io", "externaldns.k8s.io", "flagger.app", "fluxcd.io",
	"gatekeeper.sh", "gke.io", "grafana.com", "hashicorp.com", "infisical.com", "isindir.github.com", "jaegertracing.io", "k8s.cni.cncf.io",
	"karpenter.sh", "keda.sh", "kiali.io", "knative.dev", "kyverno.io", "longhorn.io", "metallb.io", "metrics.k8s.io", "monitoring.coreos.com", "onepassword.com",
	"openshift.io", "opentelemetry.io", "policy.networking.k8s.io", "projectcalico.org", "secrets-store.csi.x-k8s.io", "snapshot.storage.k8s.io",
	"strimzi.io", "traefik.io", "velero.io", "victoriametrics.com", "wgpolicyk8s.io", "x-k8s.io",
}

// declaredKind holds an object of a custom kind against the CRDs: those among
// the objects know their versions, too.
func declaredKind(f *finder, s *subject) {
	group := s.id.Group
	if _, own := kindsOf[group]; own {
		return
	}
	definitions := f.definitions()
	if d, ok := definitions[s.kind]; ok {
		_, version, _ := strings.Cut(s.APIVersion(), "/")
		if slices.Contains(d.served, version) || len(d.served) == 0 {
			return
		}
		f.report(s, problem{
			code: "MG5065", keys: []string{"apiVersion"},
			message:    fmt.Sprintf("is written as %s, and its CustomResourceDefinition serves %s", s.APIVersion(), strings.Join(d.served, ", ")),
			suggestion: fmt.Sprintf("set apiVersion to %s/%s", group, d.served[0]),
		})
		return
	}
	if group == gatewayAPI && f.unservedGateway(s) {
		return
	}
	if !f.declaresGroup(group) {
		if meant := f.groupMeant(s); meant != "" {
			f.report(s, problem{
				code: "MG5063", keys: []string{"apiVersion"},
				message:    fmt.Sprintf("is of a kind that there is not: %s has no %s, and %s has", group, s.id.Kind, cmp.Or(groupOf(meant), meant)),
				suggestion: "set apiVersion to " + meant,
			})
			return
		}
	}
	if !f.whole || f.bringsGroup(group) || !f.once("kind "+s.kind) {
		return
	}
	p := problem{
		code: "MG5063", keys: []string{"kind"},
		message:    fmt.Sprintf("is of a custom kind, and nobody brings a CustomResourceDefinition of %s in %s", s.id.Kind, group),
		suggestion: fmt.Sprintf("add the definition to manifests, or declare who brings it: external: %q: \"...\"", "CustomResourceDefinition/*."+group),
	}
	siblings := siblingsOf(slices.Sorted(maps.Keys(definitions)), group)
	switch {
	case group == gatewayAPI && gatewayKind(s.id.Kind):
		if f.mesh.GatewayAPI != nil { // the platform brings them, or the delivery
			return
		}
		p.severity = diag.Warning
		p.suggestion = "set gitops.engine, whose delivery fetches the definitions, or cluster.gatewayAPI.crds to \"platform\" where they are there"
		siblings = nil
	case group == gatewayAPI:
		return // package validate knows the group's kinds
	case !strings.Contains(group, "."):
		p.suggestion = "set apiVersion to the group and the version of the kind"
	case !f.allKnown(group):
		p.severity = diag.Warning // an operator that nobody told us of, perhaps
	}
	if near := diag.Nearest(s.id.Kind, siblings); near != "" {
		p.suggestion = "set kind to " + near
	}
	f.report(s, p)
}

// siblingsOf returns the kinds of a group among kinds with their groups.
func siblingsOf(kinds []string, group string) []string {
	var found []string
	for _, k := range kinds {
		if bare, of := splitKind(k); of == group {
			found = append(found, bare)
		}
	}
	return found
}

// bringsGroup says whether a group's owner is known, or the intent declares one
// of its definitions.
func (f *finder) bringsGroup(group string) bool {
	if slices.ContainsFunc(owned, func(o string) bool { return group == o || strings.HasSuffix(group, "."+o) }) && !strings.HasPrefix(group, "gateway.networking.x-") {
		return true
	}
	return f.declaresGroup(group)
}

// declaresGroup says whether the intent declares one of a group's definitions.
func (f *finder) declaresGroup(group string) bool {
	return slices.ContainsFunc(f.mesh.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (strings.HasSuffix(e.Name, "."+group) || e.Name == "*")
	})
}

// allKnown says whether nobody can bring definitions of a group that are not at
// hand: some of them are, or it is Istio's, or it has no dot, which the API server
// asks of every definition's group.
func (f *finder) allKnown(group string) bool {
	return !strings.Contains(group, ".") || group == "istio.io" || strings.HasSuffix(group, ".istio.io") ||
		len(siblingsOf(slices.Collect(maps.Keys(f.definitions())), group)) > 0
}

// groupMeant returns the apiVersion that is likely meant by one whose group has
// no such kind: that of a group which has it, and whose name is nearly the same,
// or the same but for an ending of its domain; where all definitions of the
// group are at hand, also one of the same owner, or the only one.
func (f *finder) groupMeant(s *subject) string {
	definitions := f.definitions()
	versions := map[string]string{} // by group, of those that have the kind
	for _, rows := range versionsOf {
		for _, v := range rows {
			if slices.Contains(strings.Fields(v.kinds), s.id.Kind) && versions[groupOf(v.name)] == "" {
				if newest, ok := strings.CutPrefix(served(versionsOf[s.id.Kind+"."+groupOf(v.name)], int(f.mesh.Cluster.Kubernetes)), "set apiVersion to "); ok {
					versions[groupOf(v.name)] = newest
				}
			}
		}
	}
	for kind, d := range definitions {
		if bare, group := splitKind(kind); bare == s.id.Kind && len(d.served) > 0 {
			versions[group] = group + "/" + slices.MinFunc(d.served, func(a, b string) int { return len(a) - len(b) }) // v1, where there is one
		}
	}
	if gatewayKind(s.id.Kind) {
		versions[gatewayAPI] = gatewayAPI + "/v1"
	}
	groups := slices.Sorted(maps.Keys(versions))
	if near := diag.Nearest(s.id.Group, groups); near != "" {
		return versions[near]
	}
	_, written, _ := strings.Cut(s.APIVersion(), "/")
	_, domain, _ := strings.Cut(s.id.Group, ".")
	for _, group := range groups {
		first, of, _ := strings.Cut(group, ".")
		shortened := group == s.id.Group+".k8s.io" || s.id.Group == group+".k8s.io" || first == s.id.Group
		if shortened || group == written || of == domain && domain != "" && f.allKnown(s.id.Group) {
			return versions[group]
		}
	}
	if len(groups) == 1 && f.allKnown(s.id.Group) {
		return versions[groups[0]]
	}
	return ""
}
