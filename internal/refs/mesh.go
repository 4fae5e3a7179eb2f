package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// injectionLabels warns of a namespace that asks for sidecars twice (IST0123):
// istio-injection wins over istio.io/rev, whatever that says. Namespaces of the
// intent, MG3029 has looked at.
func injectionLabels(f *finder, s *subject) {
	labels := s.Labels()
	if s.asMade() || labels["istio-injection"] == nil || labels["istio.io/rev"] == nil {
		return
	}
	f.report(s, problem{
		code: "MG5067", severity: diag.Warning, keys: []string{"metadata", "labels", "istio.io/rev"},
		message:    "has the labels istio-injection and istio.io/rev, and the first alone counts",
		suggestion: "remove one of the two",
	})
}

// noSidecar warns of a Sidecar for pods that have none, for they are ambient (IST0167).
func noSidecar(f *finder, s *subject) {
	n := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == s.id.Namespace })
	if s.asMade() || n < 0 || !f.mesh.Namespaces[n].Mesh || f.mesh.Namespaces[n].Mode != intent.Ambient {
		return
	}
	f.report(s, problem{
		code: "MG5067", severity: diag.Warning, keys: []string{"kind"},
		message:    fmt.Sprintf("is for sidecars, and the pods of %s are ambient and have none", s.id.Namespace),
		suggestion: fmt.Sprintf("remove it, or set %s to \"sidecar\"", intent.Join("namespaces", s.id.Namespace, "mode")),
	})
}

// oneTarget warns of a Service that sends to a port of pods of the mesh to which
// another Service sends from another port (IST0137): a sidecar knows one Service
// for each port of its pod, and takes the older for all of its traffic.
func oneTarget(f *finder, s *subject) {
	want := selector{labels: object.Map(s.Value, "spec", "selector")}
	if s.asMade() || want.isEmpty() || !f.inMesh(s.id.Namespace) {
		return
	}
	pods := f.selected(s.id.Namespace, want)
	for n, v := range object.List(s.Value, "spec", "ports") {
		mine, _ := v.(map[string]any)
		other, theirs, pod := f.firstTo(s, pods, targetOf(mine))
		if other == nil || sameProtocol(mine, theirs) && fmt.Sprint(mine["port"]) == fmt.Sprint(theirs["port"]) {
			continue
		}
		at := []string{"spec", "ports", fmt.Sprint(n), "port"}
		f.conflict(s, at,
			fmt.Sprintf("sends port %v to port %s of %s, to which %s sends port %v: a sidecar knows one Service for each port of its pod", mine["port"], targetOf(mine), pod.from.id, other.id, theirs["port"]),
			fmt.Sprintf("set %s to %v, or let one of the two send to another port", field(at), theirs["port"]))
	}
}

// firstTo returns the first Service before another that sends to a port of some
// of its pods, with its port and the pod; nil if there is none.
func (f *finder) firstTo(s *subject, pods []workload, target string) (*subject, map[string]any, workload) {
	for _, other := range f.byKind["Service."] {
		theirs := selector{labels: object.Map(other.Value, "spec", "selector")}
		if other == s || other.id.Namespace != s.id.Namespace || theirs.isEmpty() || !other.ours() && f.isBefore(s, other) {
			continue
		}
		i := slices.IndexFunc(pods, func(w workload) bool { return !w.injected && theirs.matches(w.labels) })
		if i < 0 {
			continue
		}
		for _, v := range object.List(other.Value, "spec", "ports") {
			if m, _ := v.(map[string]any); targetOf(m) == target {
				return other, m, pods[i]
			}
		}
	}
	return nil, nil, workload{}
}

// targetOf is where a port of a Service leads.
func targetOf(port map[string]any) string {
	if target := port["targetPort"]; target != nil {
		return fmt.Sprint(target)
	}
	return fmt.Sprint(port["port"])
}

func sameProtocol(a, b map[string]any) bool {
	p, q := text(a, "protocol"), text(b, "protocol")
	return p == q || strings.TrimPrefix(p, "TCP")+strings.TrimPrefix(q, "TCP") == ""
}
