package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// sharedRoutes warns of a VirtualService with a host in common with another one
// on the same Gateway, where a rule of one takes all that a rule of the other
// matches. istiod strings the rules of both together, the older object's first
// and those that take every request last (pilot/pkg/networking/core/gateway.go
// and route/route.go, SortVHostRoutes): of two that take the same, one is never
// asked, and which one differs between clusters. Of bytes it takes the older
// object's alone. What the intent's routes have among themselves, MG3030 has
// looked at; rules that take different requests go together well.
func sharedRoutes(f *finder, s *subject) {
	if s.asMade() {
		return
	}
	f.eachOther(s, "gateway", f.servedByGateway, func(other *subject, key string) bool {
		gateway, host, _ := strings.Cut(key, " ")
		namespace, _, _ := strings.Cut(gateway, "/")
		if !exportedTo(s, namespace) || !exportedTo(other, namespace) {
			return false
		}
		for _, protocol := range []string{"http", "tls", "tcp"} {
			mine, theirs := f.asked(s, protocol, gateway), f.asked(other, protocol, gateway)
			for _, a := range mine {
				for _, b := range theirs {
					if protocol == "http" && takesAll(a.match) != takesAll(b.match) || !takes(a.match, b.match) && !takes(b.match, a.match) || object.Equal(a.does, b.does) {
						continue
					}
					f.conflict(s, a.keys,
						fmt.Sprintf("is for %s on the Gateway %s, as is %s, and %s takes requests that %s of that one matches too: istiod asks the older of the two objects first", hostText(host), gateway, other.id, field(a.keys), field(b.keys)),
						fmt.Sprintf("put the rules into %s, or let them match different requests", orPath(other)))
					return true
				}
			}
		}
		return false
	})
}

// orPath names the intent's path that an object comes from, or else the object.
func orPath(s *subject) string {
	if s.ours() && s.Origin.Path != "" {
		return s.Origin.Path
	}
	return s.id.String()
}

func hostText(host string) string {
	if host == "*" {
		return "every host"
	}
	return "the host " + host
}

// exportedTo says whether a namespace sees an object.
func exportedTo(s *subject, namespace string) bool {
	list := exports(s)
	return slices.Contains(list, "*") || slices.Contains(list, namespace)
}

// servedByGateway returns the Gateways that a VirtualService is bound to, each
// with the hosts that it answers for by it: the narrower one of a server's and
// the VirtualService's own.
func (f *finder) servedByGateway(s *subject) []string {
	var list []string
	for _, v := range object.List(s.Value, "spec", "gateways") {
		gateway := f.istioGatewayOf(s, v)
		if gateway == nil {
			continue
		}
		for _, served := range servedTo(gateway, s.id.Namespace) {
			for _, h := range object.List(s.Value, "spec", "hosts") {
				host, _ := h.(string)
				switch {
				case strings.Contains(host+served, "${"):
				case model.HostCovers(served, host):
					list = append(list, gateway.id.Namespace+"/"+gateway.id.Name+" "+strings.ToLower(host))
				case model.HostCovers(host, served):
					list = append(list, gateway.id.Namespace+"/"+gateway.id.Name+" "+strings.ToLower(served))
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// servedTo returns the hosts that a Gateway serves to a namespace.
func servedTo(gateway *subject, namespace string) []string {
	var served []string
	parsePath("spec.servers[].hosts[]").each(gateway.Value, nil, func(_ []string, v any) {
		host, _ := v.(string)
		to, bare, ok := strings.Cut(host, "/")
		if !ok {
			to, bare = "*", host
		}
		if to == "." {
			to = gateway.id.Namespace
		}
		if to == "*" || to == namespace {
			served = append(served, bare)
		}
	})
	return served
}

// askedMatch is one match of a rule, and what the rule does.
type askedMatch struct {
	match map[string]any
	does  map[string]any
	keys  []string
}

// asked returns the matches of a VirtualService that a Gateway asks. One that
// hands over to another VirtualService is that one's to speak of.
func (f *finder) asked(s *subject, protocol, gateway string) []askedMatch {
	var list []askedMatch
	for i, r := range object.List(s.Value, "spec", protocol) {
		rule, _ := r.(map[string]any)
		if len(object.Map(rule, "delegate")) > 0 {
			continue
		}
		does := map[string]any{}
		for key, v := range rule {
			if key != "match" && key != "name" {
				does[key] = v
			}
		}
		matches := object.List(rule, "match")
		if len(matches) == 0 {
			matches = []any{map[string]any{}}
		}
		for _, v := range matches {
			m, _ := v.(map[string]any)
			if names := object.List(m, "gateways"); len(names) > 0 && !slices.ContainsFunc(names, func(v any) bool {
				g := f.istioGatewayOf(s, v)
				return g != nil && g.id.Namespace+"/"+g.id.Name == gateway
			}) {
				continue
			}
			match := map[string]any{}
			for key, v := range m {
				if key != "gateways" {
					match[key] = v
				}
			}
			if len(list) < mostMatches {
				list = append(list, askedMatch{match, does, []string{"spec", protocol, fmt.Sprint(i)}})
			}
		}
	}
	return list
}

// takesAll says whether a match is of every request, as istiod reads it
// (IsCatchAllRoute): such rules come last.
func takesAll(match map[string]any) bool {
	for key, v := range match {
		switch key {
		case "uri":
			uri, _ := v.(map[string]any)
			if prefix, ok := uri["prefix"].(string); ok && prefix != "/" || !ok && uri["regex"] != ".*" {
				return false
			}
		case "headers", "withoutHeaders", "queryParams", "method", "scheme", "authority":
			if !isEmpty(v) {
				return false
			}
		}
	}
	return true
}
