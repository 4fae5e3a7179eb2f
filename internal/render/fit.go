package render

import (
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// placeFit gives what the fit found a place where nobody wrote what it is about:
// what a component asks for by default stands in no file, but its nodes do. An
// object that cannot be counted is not said to be so where a stage before has
// found what is wrong with it.
func placeFit(list, before diag.List, in intent.Intent) diag.List {
	list = slices.Clone(list)
	for i := range list {
		if top, _, _ := strings.Cut(list[i].Path, "."); !in.Written(top) {
			list[i].Position = in.Position("cluster.nodePools")
		}
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == "MG2014" && before.HasErrors() })
}
