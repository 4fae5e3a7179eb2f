package overlay

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// twins are the objects that meshgen would make twice, because a person's name
// meets another: a gateway istiod beside istiod, a rule that has the name of a
// policy of the mesh. They are told once for a pair of makers, however many
// objects the two share.
type twins struct {
	mesh  model.Mesh
	pairs []pair
}

// pair is two makers and what both make.
type pair struct {
	path, other string // the intent's path to mend, and who else makes the object
	first       object.ID
	more        int
}

// add takes an object that is there already. It returns false where no person's
// word is behind either: then it is meshgen that is wrong.
func (t *twins) add(there, again object.Object) bool {
	path, other := t.pathOf(again.Origin), there.Origin
	if q := t.pathOf(there.Origin); path == "" || q != "" && chosenness(q) > chosenness(path) {
		path, other = q, again.Origin
	}
	if path == "" {
		return false
	}
	maker := t.pathOf(other)
	if maker == "" || maker == path {
		maker = "component " + other.Component
	}
	for i := range t.pairs {
		if p := &t.pairs[i]; p.path == path && p.other == maker {
			p.more++
			return true
		}
	}
	t.pairs = append(t.pairs, pair{path: path, other: maker, first: again.ID()})
	return true
}

// brought says whether an object is of a chart that the repository brings, and
// nothing that a person named.
func (t *twins) brought(o object.Object) bool {
	return o.Origin.Brought && t.pathOf(o.Origin) == ""
}

// pathOf returns the intent's path whose name or values an object has, or "".
func (t *twins) pathOf(o object.Origin) string {
	gateway, isGateway := strings.CutPrefix(o.Component, "gateway-")
	switch {
	case o.Path != "":
		return o.Path
	case isGateway:
		return intent.Join("gateways", gateway)
	}
	raw := map[string]map[string]any{
		"base": t.mesh.Values.Base, "istiod": t.mesh.Values.Istiod, "cni": t.mesh.Values.CNI, "ztunnel": t.mesh.Values.Ztunnel,
	}
	if len(raw[o.Component]) > 0 {
		return "values." + o.Component
	}
	return ""
}

// chosenness orders paths by how likely it is that their name is the one to change:
// raw values last, then by how much people chose.
func chosenness(path string) int {
	if strings.HasPrefix(path, "values.") {
		return 0
	}
	return 1 + strings.Count(path, ".")
}

// list returns what is to be said.
func (t *twins) list() diag.List {
	var list diag.List
	for _, p := range t.pairs {
		what := p.first.String()
		switch {
		case p.more == 1:
			what += " and 1 more object"
		case p.more > 1:
			what += fmt.Sprintf(" and %d more objects", p.more)
		}
		d := diag.Diagnostic{
			Code: "MG5005", Severity: diag.Error, Path: p.path,
			Message:    fmt.Sprintf("%s would be made twice: by %s and by %s", what, p.path, p.other),
			Suggestion: fmt.Sprintf("rename %s", p.path),
		}
		switch {
		case strings.HasPrefix(p.path, "values."):
			d.Suggestion = fmt.Sprintf("change %s so that the chart makes each object once", p.path)
		case strings.HasPrefix(p.path, "gateways.") && p.first.Namespace != "":
			d.Suggestion += fmt.Sprintf(", or set %s.namespace to another than %q", p.path, p.first.Namespace)
		}
		list = append(list, d)
	}
	return list
}
