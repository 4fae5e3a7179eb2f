package refs

import (
	"fmt"
	"strconv"

	"github.com/meshgen/meshgen/internal/object"
)

// bothKinds warns of a VirtualService and a route of Gateway API for calls to
// one Service: sidecars take one of the two alone, and a waypoint asks the older
// first, and the other for what that leaves
// (pilot/pkg/networking/core/listener_waypoint.go, buildWaypointInboundHTTPRouteConfig).
func bothKinds(f *finder, s *subject) {
	if !ofMesh(s) || len(object.List(s.Value, "spec", "http")) == 0 {
		return
	}
	hosts := map[host]string{}
	for _, v := range object.List(s.Value, "spec", "hosts") {
		name, _ := v.(string)
		if h, inside := inCluster(name, s.id.Namespace); inside {
			hosts[h] = name
		}
	}
	for _, kind := range []string{"HTTPRoute", "GRPCRoute"} {
		for _, route := range f.byKind[kind+"."+gatewayAPI] {
			if s.asMade() && route.asMade() {
				continue
			}
			parsePath("spec.parentRefs[]").maps(route.Value, nil, func(keys []string, m map[string]any) {
				namespace, name := route.named(m)
				h := host{namespace, name}
				if text(m, "kind") != "Service" || hosts[h] == "" || f.unreadHost(h) || !f.sidecarsAnywhere() && !overlap(s, route) || !f.once(fmt.Sprint("both ", s.id, route.id)) {
					return
				}
				one, other, at := s, route, []string{"spec", "hosts"}
				if s.asMade() {
					one, other, at = route, s, below(keys)
				}
				how := "a waypoint asks the older of the two first"
				if f.sidecarsAnywhere() {
					how = "sidecars take one of the two alone"
				}
				f.conflict(one, at, fmt.Sprintf("is for calls in the mesh to %s in %s, as is %s: %s", name, namespace, other.id, how), fmt.Sprintf("put the rules of both into %s", orPath(other)))
			})
		}
	}
}

// overlap says whether a VirtualService or a route takes requests that the other
// one is for, too.
func overlap(s, route *subject) bool {
	for _, r := range object.List(s.Value, "spec", "http") {
		rule, _ := r.(map[string]any)
		matches := object.List(rule, "match")
		if len(matches) == 0 {
			matches = []any{map[string]any{}}
		}
		for _, v := range matches {
			mine, _ := v.(map[string]any)
			for _, theirs := range asVirtual(route) {
				if takes(mine, theirs) || takes(theirs, mine) {
					return true
				}
			}
		}
	}
	return false
}

// asVirtual writes the matches of a route as those of a VirtualService.
func asVirtual(route *subject) []map[string]any {
	var list []map[string]any
	ways := map[string]string{"": "exact", "Exact": "exact", "RegularExpression": "regex"}
	for i := range object.List(route.Value, "spec", "rules") {
		rule, _ := at(route.Value, []string{"spec", "rules", strconv.Itoa(i)}).(map[string]any)
		matches := object.List(rule, "matches")
		if len(matches) == 0 {
			list = append(list, map[string]any{})
		}
		for _, v := range matches {
			m, _ := v.(map[string]any)
			out := map[string]any{}
			if path := object.Map(m, "path"); len(path) > 0 {
				way := ways[text(path, "type")]
				if text(path, "type") == "" || way == "" {
					way = "prefix"
				}
				out["uri"] = map[string]any{way: withDefault(text(path, "value"), "/")}
			}
			if method := object.Map(m, "method"); len(method) > 0 { // of gRPC
				out["uri"] = map[string]any{"prefix": "/" + text(method, "service") + "/" + text(method, "method")}
			} else if method := text(m, "method"); method != "" {
				out["method"] = map[string]any{"exact": method}
			}
			for _, of := range []string{"headers", "queryParams"} {
				named := map[string]any{}
				for _, v := range object.List(m, of) {
					h, _ := v.(map[string]any)
					named[text(h, "name")] = map[string]any{ways[text(h, "type")]: text(h, "value")}
				}
				if len(named) > 0 {
					out[of] = named
				}
			}
			list = append(list, out)
		}
	}
	return list
}
