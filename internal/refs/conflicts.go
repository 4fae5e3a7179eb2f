package refs

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find objects that contradict each other: istiod takes
// what one of them says, by their age or their names, and passes over the other.

// eachOther calls visit for the objects of the same kind and revision that have
// a key in common with an object, so that a pair is looked at once: of what a
// person wrote as the second where one of the two is meshgen's, or else in the
// order of the objects. When visit says that it is done, it is not asked of the
// key any more. Objects are indexed by their keys once, under what names these.
func (f *finder) eachOther(s *subject, by string, keys func(s *subject) []string, visit func(other *subject, key string) (done bool)) {
	index, ok := f.shared[s.kind+" by "+by]
	if !ok {
		index = map[string][]*subject{}
		for _, o := range f.byKind[s.kind] {
			for _, key := range keys(o) {
				index[key] = append(index[key], o)
			}
		}
		f.shared[s.kind+" by "+by] = index
	}
	seen := map[*subject]bool{s: true}
	for _, key := range keys(s) {
		for _, other := range index[key] {
			if seen[other] || s.ours() && !other.ours() || s.ours() == other.ours() && f.isBefore(s, other) {
				continue
			}
			seen[other] = true
			if forRevision(other) == forRevision(s) && visit(other, key) {
				break
			}
		}
	}
}

// fullHosts returns the hosts that an object names in a list, in full.
func fullHosts(key string) func(s *subject) []string {
	return func(s *subject) []string {
		var hosts []string
		for _, v := range object.List(s.Value, "spec", key) {
			if name, _ := v.(string); name != "" {
				hosts = append(hosts, fullHost(name, s))
			}
		}
		return hosts
	}
}

// conflict reports that an object contradicts another.
func (f *finder) conflict(s *subject, keys []string, message, suggestion string) {
	f.report(s, problem{code: "MG5068", severity: diag.Warning, keys: keys, message: message, suggestion: suggestion})
}

// exports returns the namespaces that see an object; "*" for all.
func exports(s *subject) []string {
	var list []string
	for _, v := range object.List(s.Value, "spec", "exportTo") {
		name, _ := v.(string)
		if name == "." {
			name = s.id.Namespace
		}
		list = append(list, name)
	}
	if len(list) == 0 {
		return []string{"*"}
	}
	return list
}

// seenTogether says whether a namespace sees both of two objects.
func seenTogether(a, b *subject) bool {
	one, other := exports(a), exports(b)
	return slices.Contains(one, "*") || slices.Contains(other, "*") ||
		slices.ContainsFunc(one, func(name string) bool { return slices.Contains(other, name) })
}

// fullHost writes a host as istiod does: with the namespace of the object that
// names it where it is a bare name.
func fullHost(name string, s *subject) string {
	if name != "" && !strings.ContainsAny(name, ".*$") {
		return name + "." + s.id.Namespace + ".svc.cluster.local"
	}
	return strings.ToLower(name)
}

// meshHosts reports two VirtualServices of the mesh with a host in common:
// sidecars take the routes of the older one alone (IST0109).
func meshHosts(f *finder, s *subject) {
	if !ofMesh(s) {
		return
	}
	f.eachOther(s, "host", fullHosts("hosts"), func(other *subject, host string) bool {
		if !ofMesh(other) || !sameAudience(s, other) {
			return false
		}
		parsePath("spec.hosts[]").each(s.Value, nil, func(keys []string, v any) {
			if name, _ := v.(string); fullHost(name, s) == host {
				f.conflict(s, below(keys),
					fmt.Sprintf("is for the host %s in the mesh, as is %s, and sidecars take the routes of the older of the two alone", host, other.id),
					fmt.Sprintf("put the routes into %s, or bind one of the two to a gateway", other.id))
			}
		})
		return true
	})
}

// sameAudience says whether two objects are exported to all, or both to a
// namespace by name: one for a namespace alone goes before one for all.
func sameAudience(a, b *subject) bool {
	one, other := exports(a), exports(b)
	return slices.ContainsFunc(one, func(name string) bool { return slices.Contains(other, name) })
}

// ofMesh says whether a VirtualService is for the mesh's own proxies.
func ofMesh(s *subject) bool {
	gateways := object.List(s.Value, "spec", "gateways")
	return len(gateways) == 0 || slices.Contains(gateways, any("mesh"))
}

// mergedRules reports two DestinationRules of a host that istiod merges: of a
// subset, or of a traffic policy, that both have, it takes the older rule's
// (pilot/pkg/model/destination_rule.go, mergeDestinationRule).
func mergedRules(f *finder, s *subject) {
	byHost := func(s *subject) []string { return []string{fullHost(object.String(s.Value, "spec", "host"), s)} }
	of := byHost(s)[0]
	selector := object.Map(s.Value, "spec", "workloadSelector", "matchLabels")
	f.eachOther(s, "host", byHost, func(other *subject, _ string) bool {
		if other.id.Namespace != s.id.Namespace || !seenTogether(s, other) ||
			!reflect.DeepEqual(selector, object.Map(other.Value, "spec", "workloadSelector", "matchLabels")) {
			return false
		}
		said := false
		parsePath("spec.subsets[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
			name := text(m, "name")
			for _, v := range object.List(other.Value, "spec", "subsets") {
				o, _ := v.(map[string]any)
				if text(o, "name") != name || reflect.DeepEqual(o, m) {
					continue
				}
				said = true
				f.conflict(s, below(keys, "name"),
					fmt.Sprintf("has the subset %q of %s, as has %s with other words, and istiod takes the older of the two", name, of, other.id),
					fmt.Sprintf("rename the subset, or remove it from %s", other.id))
			}
		})
		policy, theirs := object.Map(s.Value, "spec", "trafficPolicy"), object.Map(other.Value, "spec", "trafficPolicy")
		if len(policy) > 0 && len(theirs) > 0 && !reflect.DeepEqual(policy, theirs) {
			said = true
			f.conflict(s, []string{"spec", "trafficPolicy"},
				fmt.Sprintf("has a trafficPolicy for %s, as has %s, and istiod takes the older of the two", of, other.id),
				fmt.Sprintf("put spec.trafficPolicy into %s", other.id))
		}
		return said
	})
}

// sharedServers reports two Gateways on the same pods, with a host in common on
// one port that ends TLS: istiod skips the server of one (IST0145;
// pilot/pkg/model/gateway.go, CheckDuplicates). Plain HTTP is merged.
func sharedServers(f *finder, s *subject) {
	f.eachOther(s, "host", tlsHosts, func(other *subject, _ string) bool {
		if !f.samePods(s, other) {
			return false
		}
		said := false
		parsePath("spec.servers[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
			for _, v := range object.List(other.Value, "spec", "servers") {
				o, _ := v.(map[string]any)
				if said || !endsTLS(m) || !endsTLS(o) || text(m, "bind") != text(o, "bind") || !reflect.DeepEqual(at(m, []string{"port", "number"}), at(o, []string{"port", "number"})) {
					continue
				}
				for i, host := range object.List(m, "hosts") {
					name, _ := host.(string)
					if !slices.ContainsFunc(object.List(o, "hosts"), func(v any) bool { theirs, _ := v.(string); return bareHost(theirs) == bareHost(name) }) {
						continue
					}
					said = true
					n, _ := number(at(m, []string{"port", "number"}))
					place := below(keys, "hosts", fmt.Sprint(i))
					f.conflict(s, place,
						fmt.Sprintf("serves %s on port %d, as does %s on the same pods, and istiod skips the server of one of the two", name, n, other.id),
						fmt.Sprintf("remove %s, or the host from %s", field(place), other.id))
					break
				}
			}
		})
		return said
	})
}

// tlsHosts returns the ports and hosts that a Gateway ends TLS for.
func tlsHosts(s *subject) []string {
	var list []string
	parsePath("spec.servers[]").maps(s.Value, nil, func(_ []string, m map[string]any) {
		for _, v := range object.List(m, "hosts") {
			if host, _ := v.(string); endsTLS(m) {
				n, _ := number(at(m, []string{"port", "number"}))
				list = append(list, fmt.Sprint(n, bareHost(host)))
			}
		}
	})
	return list
}

// bareHost is the host of a Gateway's server without the namespace before it.
func bareHost(name string) string {
	if _, bare, ok := strings.Cut(name, "/"); ok {
		return bare
	}
	return name
}

// endsTLS says whether a server is told from others by the name in TLS.
func endsTLS(server map[string]any) bool {
	protocol := strings.ToUpper(object.String(server, "port", "protocol"))
	return protocol == "HTTPS" || protocol == "TLS"
}

// samePods says whether two Gateways configure the same pods.
func (f *finder) samePods(a, b *subject) bool {
	one, other := object.Map(a.Value, "spec", "selector"), object.Map(b.Value, "spec", "selector")
	if reflect.DeepEqual(one, other) {
		return true
	}
	for _, all := range f.workloads {
		for _, w := range all {
			if (selector{labels: one}).matches(w.labels) && (selector{labels: other}).matches(w.labels) {
				return true
			}
		}
	}
	return false
}

// entryProtocols reports two ServiceEntries that give a port of a host different
// protocols (IST0177): the listeners are of one, and the other's traffic fails.
func entryProtocols(f *finder, s *subject) {
	f.eachOther(s, "host", fullHosts("hosts"), func(other *subject, _ string) bool {
		if !seenTogether(s, other) {
			return false
		}
		host := ""
		for _, v := range object.List(s.Value, "spec", "hosts") {
			if object.Has(object.List(other.Value, "spec", "hosts"), v) {
				host, _ = v.(string)
			}
		}
		said := false
		parsePath("spec.ports[]").maps(s.Value, nil, func(keys []string, m map[string]any) {
			for _, v := range object.List(other.Value, "spec", "ports") {
				o, _ := v.(map[string]any)
				mine, theirs := text(m, "protocol"), text(o, "protocol")
				if said || host == "" || !reflect.DeepEqual(m["number"], o["number"]) || strings.EqualFold(mine, theirs) {
					continue
				}
				said = true
				n, _ := number(m["number"])
				f.conflict(s, below(keys, "protocol"),
					fmt.Sprintf("says that %s speaks %s on port %d, and %s says %s", host, named(mine), n, other.id, named(theirs)),
					fmt.Sprintf("set %s to %q", field(below(keys, "protocol")), named(theirs)))
			}
		})
		return said
	})
}

// named is a protocol; none is TCP.
func named(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}

// singlePerWorkload reports an object with a selector beside another of its kind
// for the same workload (IST0110 and IST0159): istiod takes the older.
func singlePerWorkload(f *finder, s *subject) {
	keys := singleOf[s.kind]
	mine := selector{labels: object.Map(s.Value, keys...)}
	if mine.isEmpty() {
		return
	}
	pods := f.selected(s.id.Namespace, mine)
	f.eachOther(s, "namespace", func(s *subject) []string { return []string{s.id.Namespace} }, func(other *subject, _ string) bool {
		theirs := selector{labels: object.Map(other.Value, keys...)}
		if theirs.isEmpty() || s.id.Namespace == model.RootNamespace && s.kind != "Telemetry.telemetry.istio.io" {
			return false
		}
		what := mine.String()
		if !reflect.DeepEqual(mine.labels, theirs.labels) {
			i := slices.IndexFunc(pods, func(w workload) bool { return theirs.matches(w.labels) })
			if i < 0 {
				return false
			}
			what = pods[i].from.id.String()
		}
		f.report(s, problem{
			code: "MG5066", keys: below(keys),
			message:    fmt.Sprintf("is for %s, as is %s, and istiod takes only the older of the two", what, other.id),
			suggestion: fmt.Sprintf("put what it says into %s, or select other pods in %s", other.id, field(keys)),
		})
		return true
	})
}
