package fit

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
)

// The floor of a mesh with sidecars: 2 cores and 4 GiB in all, which is where
// K3s' own minimum and Istio's least sensible set meet. A machine that is sold
// with 4 GiB shows a little less to its kernel.
const (
	floorCPU    = 2000
	floorMemory = 3*hardware.Gi + hardware.Gi/2
	floorText   = "2 cores and 4Gi of memory"
)

// floor finds a cluster that is too small for sidecars, whatever they ask for.
func (s *setup) floor() diag.List {
	if s.mesh.Mode != intent.Sidecar {
		return nil
	}
	sum := s.capacity()
	path, suggestion := "cluster.nodePools", "add a node to cluster.nodePools"
	var lacks []string
	if sum.CPU < floorCPU {
		lacks = append(lacks, amount(cpu, sum.CPU))
	}
	if sum.Memory < floorMemory {
		lacks = append(lacks, amount(memory, sum.Memory))
	}
	if len(lacks) == 0 {
		return nil
	}
	if pools := s.mesh.Cluster.Pools; len(pools) == 1 && pools[0].Count == 1 {
		at := intent.Join(path, pools[0].Name)
		switch {
		case sum.CPU >= floorCPU:
			path, suggestion = at+".memory", fmt.Sprintf("set %s.memory to %q on a bigger machine", at, "4Gi")
		case sum.Memory >= floorMemory:
			path, suggestion = at+".cpu", fmt.Sprintf("set %s.cpu to %q on a bigger machine", at, "2")
		default:
			path, suggestion = at, fmt.Sprintf("set %s.cpu to %q and %s.memory to %q on a bigger machine", at, "2", at, "4Gi")
		}
	}
	return diag.List{{
		Code: "MG2008", Severity: diag.Error, Path: path,
		Message:    fmt.Sprintf("the cluster has %s in all, and a mesh with sidecars wants %s", and(lacks), floorText),
		Suggestion: suggestion + `, or set mode to "ambient"`,
	}}
}

// capacity is what all nodes have together.
func (s *setup) capacity() hardware.Amount {
	var sum hardware.Amount
	for _, n := range s.nodes {
		sum = sum.Add(n.Capacity)
	}
	return sum
}
