package refs

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// hostsMeet says whether istiod takes two hosts for each other's (pkg/config/host,
// Name.Matches): as they are written, capitals included.
func hostsMeet(a, b string) bool {
	covers := func(pattern, name string) bool {
		suffix, wild := strings.CutPrefix(pattern, "*")
		return pattern == name || wild && strings.HasSuffix(name, suffix)
	}
	return covers(a, b) || covers(b, a)
}

// ownServices warns of a ServiceEntry that puts the host of one of the cluster's
// own Services outside of the mesh: istiod then has two services of one name.
func ownServices(f *finder, s *subject) {
	if location, _ := at(s.Value, []string{"spec", "location"}).(string); location == "MESH_INTERNAL" {
		return
	}
	parsePath("spec.hosts[]").each(s.Value, nil, func(keys []string, v any) {
		name, _ := v.(string)
		h, inside := inCluster(name, s.id.Namespace)
		if !inside || !strings.Contains(name, ".") || !f.whole || !f.exists("Service.", h.namespace, h.name) {
			return
		}
		at := below(keys)
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("declares %s to be outside of the mesh in %s, and it is %s: whoever calls it may reach either, and what is outside gets no mutual TLS", name, field(at), show("Service.", h.namespace, h.name)),
			suggestion: "remove it: Services of the cluster are known without",
		})
	})
}
