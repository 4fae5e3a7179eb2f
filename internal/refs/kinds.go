package refs

import (
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
	case len(siblings) == 0:
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
	return slices.ContainsFunc(f.mesh.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (strings.HasSuffix(e.Name, "."+group) || e.Name == "*")
	})
}
