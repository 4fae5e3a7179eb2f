package refs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find routes of Gateway API that nothing comes to, for
// another takes the very same requests: Gateway API asks the more exact match
// first, and of equal ones that of the older route, or else of the first by name
// (HTTPRouteRule.matches). istiod appends the routes of a parent and a host to
// each other and sorts them so (pilot/pkg/config/kube/gateway, mergeHTTPRoutes).

// twins warns of a route with a match that another route of its kind has too,
// for the same parent and host, and that leads elsewhere; and of a match that an
// earlier rule of the same route has.
func twins(f *finder, s *subject) {
	if s.asMade() {
		return
	}
	ownTwins(f, s)
	parsePath("spec.rules[].matches[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
		exact := map[string]string{}
		for _, v := range object.List(m, "headers") {
			if h, _ := v.(map[string]any); withDefault(text(h, "type"), "Exact") == "Exact" {
				exact[text(h, "name")] = text(h, "value")
			}
		}
		f.oppositeHeaders(s, below(keys, "headers"), exact)
	})
	f.eachOther(s, "parent", routeSeats, func(other *subject, key string) bool {
		_, host, _ := strings.Cut(key, " ")
		for _, a := range routeMatches(s) {
			for _, b := range routeMatches(other) {
				if a.key != b.key || object.Equal(a.does, b.does) {
					continue
				}
				f.conflict(s, a.keys,
					fmt.Sprintf("has in %s the same match as %s of %s, for %s at the same parent: the rule of the older of the two is asked, and the other never", field(a.keys), field(b.keys), other.id, hostText(host)),
					fmt.Sprintf("put what both do into one rule of %s, or let them match different requests", orPath(other)))
				return true
			}
		}
		return false
	})
}

// ownTwins looks at the rules of one route.
func ownTwins(f *finder, s *subject) {
	seen := map[string][]string{}
	for _, m := range routeMatches(s) {
		if first, twice := seen[m.key]; twice && first[2] != m.keys[2] {
			f.vain(s, m.keys, fmt.Sprintf("has in %s a match that %s has too: nothing comes to it here", field(m.keys), field(first)), fmt.Sprintf("remove %s, or put what both rules do into one", field(m.keys)))
			return
		} else if !twice {
			seen[m.key] = m.keys
		}
	}
}

// routeSeats returns where a route takes requests: its parents, each with each
// of its hosts. A route for calls in the mesh counts with those of its own
// namespace, which are callers' of that namespace or everybody's.
func routeSeats(s *subject) []string {
	hosts := textsOf(object.Map(s.Value, "spec"), "hostnames")
	if len(hosts) == 0 {
		hosts = []string{"*"}
	}
	var seats []string
	parsePath("spec.parentRefs[]").maps(s.Value, nil, func(_ []string, m map[string]any) {
		namespace, name := s.named(m)
		port := ""
		if n, ok := number(m["port"]); ok {
			port = strconv.Itoa(n)
		}
		kind := text(m, "kind")
		seat := strings.Join([]string{kind, namespace, name, text(m, "sectionName"), port}, "/")
		if kind == "Service" || kind == "ServiceEntry" {
			seats = append(seats, s.id.Namespace+"/"+seat+" *") // hosts are those of the parent
			return
		}
		for _, host := range hosts {
			seats = append(seats, strings.TrimPrefix(seat, "Gateway")+" "+strings.ToLower(host))
		}
	})
	return slices.DeleteFunc(seats, func(seat string) bool { return strings.Contains(seat, "${") })
}

// routeMatch is one match of a route: its conditions in one way of writing, what
// its rule does, and where it stands.
type routeMatch struct {
	key  string
	does map[string]any
	keys []string
}

// routeMatches returns the matches of a route of any kind; one without is every
// request, and a route of bytes has no other.
func routeMatches(s *subject) []routeMatch {
	var list []routeMatch
	for i, v := range object.List(s.Value, "spec", "rules") {
		rule, _ := v.(map[string]any)
		does := map[string]any{}
		for key, v := range rule {
			if key != "matches" && key != "name" {
				does[key] = v
			}
		}
		keys := []string{"spec", "rules", strconv.Itoa(i)}
		matches := object.List(rule, "matches")
		if len(matches) == 0 {
			list = append(list, routeMatch{matchKey(s.id.Kind, nil), does, keys})
		}
		for n, v := range matches {
			m, _ := v.(map[string]any)
			list = append(list, routeMatch{matchKey(s.id.Kind, m), does, below(keys, "matches", strconv.Itoa(n))})
		}
		if len(list) > mostMatches {
			break
		}
	}
	return list
}

// matchKey writes a match so that equal ones are written alike: with Gateway
// API's defaults, the names of headers in small letters, and the first of each
// name alone.
func matchKey(kind string, m map[string]any) string {
	var parts []string
	for _, list := range []string{"headers", "queryParams"} {
		seen := map[string]bool{}
		for _, v := range object.List(m, list) {
			h, _ := v.(map[string]any)
			name := text(h, "name")
			if list == "headers" {
				name = strings.ToLower(name)
			}
			if !seen[name] {
				seen[name] = true
				parts = append(parts, fmt.Sprintf("%s %q %s %q", list, name, withDefault(text(h, "type"), "Exact"), text(h, "value")))
			}
		}
	}
	if kind == "GRPCRoute" {
		method := object.Map(m, "method")
		parts = append(parts, fmt.Sprintf("grpc %s %q %q", withDefault(text(method, "type"), "Exact"), text(method, "service"), text(method, "method")))
	} else {
		path := object.Map(m, "path")
		way, value := withDefault(text(path, "type"), "PathPrefix"), withDefault(text(path, "value"), "/")
		if way == "PathPrefix" && value != "/" {
			value = strings.TrimSuffix(value, "/")
		}
		parts = append(parts, fmt.Sprintf("path %s %q", way, value), "method "+text(m, "method"))
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

func withDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
