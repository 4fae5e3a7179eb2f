package fit

import (
	"cmp"
	"slices"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// roomy finds the components whose automatic size was brought down to the need
// because the comfort of all of them does not fit, and that can have theirs all
// the same: one after the other, each beside those before it. istiod comes first,
// without which no proxy learns anything; then what carries the traffic of many,
// gateways, ztunnel and waypoints; and last the sidecars, which multiply.
func (s *setup) roomy(f *findings) []string {
	var least []model.Sizing
	automatic := 0
	for _, z := range s.mesh.Sizings {
		if z.Size == intent.Auto {
			automatic++
		}
		if z.Least {
			least = append(least, z)
		}
	}
	if len(least) == 0 || automatic < 2 || f.crowded() {
		return nil
	}
	slices.SortStableFunc(least, func(a, b model.Sizing) int { return cmp.Compare(turn(a.Path), turn(b.Path)) })
	var paths []string
	for _, z := range least {
		now, err := hardware.ParseAmount(z.Resources.Requests)
		to, err2 := hardware.ParseAmount(z.Roomy.Requests)
		if err != nil || err2 != nil {
			continue // the schema has said so
		}
		which, sidecar := s.sized(z, now)
		changed := asking(which, sidecar, func(int, hardware.Amount) hardware.Amount { return to })(s)
		if changed == nil || changed.ask(func(t trouble) bool { return t.crowded() }).done {
			continue
		}
		paths, s = append(paths, z.Path), changed
	}
	return paths
}

// turn is when a component may ask for more.
func turn(path string) int {
	switch path {
	case "controlPlane":
		return 0
	case "dataPlane.ztunnel":
		return 2
	case "dataPlane.waypoint":
		return 3
	case "dataPlane.proxy":
		return 4
	}
	return 1
}

// sized are the workloads whose pods ask for what a size became, and whether it
// is their sidecars that do.
func (s *setup) sized(z model.Sizing, now hardware.Amount) (which []int, sidecar bool) {
	sidecar = z.Path == "dataPlane.proxy"
	for i, w := range s.work {
		if sidecar {
			if w.Sidecar && w.Mesh == now {
				which = append(which, i)
			}
			continue
		}
		if _, at, ok := s.resources(i); ok && at == z.Path+".resources" && w.Requests.Sub(ownless(w)) == now {
			which = append(which, i)
		}
	}
	return which, sidecar
}
