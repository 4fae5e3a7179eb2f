package refs

import (
	"fmt"
	"net/netip"

	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find what the API server gives once and two Services
// ask for: it refuses the second (pkg/registry/core/service, alloc.go of
// Kubernetes), and the layer that holds it is never ready.

// given is who asks for a thing first: of meshgen's own objects, then in order.
func (f *finder) given() map[string]*subject {
	if f.first != nil {
		return f.first
	}
	f.first = map[string]*subject{}
	for _, ours := range []bool{true, false} {
		for _, s := range f.byKind["Service."] {
			if s.ours() != ours {
				continue
			}
			for _, asked := range claims(s) {
				if f.first[asked.what] == nil {
					f.first[asked.what] = s
				}
			}
		}
	}
	return f.first
}

// claim is what a Service asks for, and where.
type claim struct {
	what string
	keys []string
}

// claims returns the ports of nodes and the addresses that a Service asks for. A
// port is given to one Service whatever the protocol; the Service itself may
// use it for several.
func claims(s *subject) []claim {
	var list []claim
	switch kind := object.String(s.Value, "spec", "type"); kind {
	case "NodePort", "LoadBalancer":
		add := func(keys []string, v any) {
			if n, ok := number(v); ok && n > 0 {
				list = append(list, claim{fmt.Sprintf("port %d of the nodes", n), below(keys)})
			}
		}
		parsePath("spec.ports[].nodePort").each(s.Value, nil, add)
		parsePath("spec.healthCheckNodePort").each(s.Value, nil, add)
	case "ExternalName":
		return nil
	}
	add := func(keys []string, v any) {
		text, _ := v.(string)
		if address, err := netip.ParseAddr(text); err == nil {
			list = append(list, claim{"the address " + address.String() + " of the cluster", below(keys)})
		}
	}
	parsePath("spec.clusterIP").each(s.Value, nil, add)
	parsePath("spec.clusterIPs[]").each(s.Value, nil, add)
	return list
}

// givenOnce reports what another Service has asked for before.
func givenOnce(f *finder, s *subject) {
	first := f.given()
	said := map[string]bool{}
	for _, asked := range claims(s) {
		other := first[asked.what]
		if other == nil || other == s || said[asked.what] {
			continue
		}
		said[asked.what] = true
		try := fmt.Sprintf("remove %s, for the API server to choose one, or set it to another", field(asked.keys))
		f.report(s, problem{
			code: "MG5066", keys: asked.keys,
			message:    fmt.Sprintf("asks for %s in %s, as does %s, and the API server refuses the second", asked.what, field(asked.keys), other.id),
			suggestion: try,
		})
	}
}
