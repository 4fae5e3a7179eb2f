package change

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// peerAuthentication says who is refused, or let in, from now on. A policy that
// is added or removed is held against what stands above it only as far as the
// policy itself tells: one that lets plaintext in is an exception to something
// strict, or it would not be there.
func peerAuthentication(was, is object.Object, o Object) []Effect {
	before, after := modes(was), modes(is)
	var breaks, opens []string
	for _, scope := range union(before, after) {
		from, to := before[scope], after[scope]
		switch {
		case from == to:
		case to == "STRICT":
			breaks = append(breaks, scope)
		case from == "STRICT":
			opens = append(opens, scope)
		case accepts(from) && to == "" && exception(was, scope):
			breaks = append(breaks, scope)
		case from == "" && accepts(to) && exception(is, scope):
			opens = append(opens, scope)
		}
	}
	out := one(plaintextBreaks, "plaintext clients break: "+strings.Join(breaks, ", "), true, len(breaks) > 0)
	return append(out, one(plaintextOpens, "plaintext clients are let in: "+strings.Join(opens, ", "), false, len(opens) > 0)...)
}

func accepts(mode string) bool { return mode == "PERMISSIVE" || mode == "DISABLE" }

// exception says whether a policy's scope is a part of the mesh: a namespace,
// selected workloads, or ports. In the root namespace a policy speaks for all of it.
func exception(o object.Object, scope string) bool {
	return o.Namespace() != model.RootNamespace || strings.HasPrefix(scope, "port ") || object.Map(o.Value, "spec", "selector") != nil
}

// modes returns what a policy says of each of its scopes: all ports, and each port.
func modes(o object.Object) map[string]string {
	out := map[string]string{}
	if o.Value == nil {
		return out
	}
	if mode := object.String(o.Value, "spec", "mtls", "mode"); mode != "" && mode != "UNSET" {
		out["all ports"] = mode
	}
	for port, v := range object.Map(o.Value, "spec", "portLevelMtls") {
		m, _ := v.(map[string]any)
		if mode, _ := m["mode"].(string); mode != "" && mode != "UNSET" {
			out[fmt.Sprint("port ", port)] = mode
		}
	}
	return out
}

func union(a, b map[string]string) []string {
	keys := slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b)))
	slices.Sort(keys)
	return slices.Compact(keys)
}
