package diag

import (
	"fmt"
	"slices"
)

// Fold returns the diagnostics with each mistake said once. What several
// clusters say alike is kept once, without a cluster: a mistake in a file that
// lies under many clusters is one mistake. So is a contradiction that a second
// cluster sees through the first, because it is made of the first: there the
// code and the path are the same, and the places of one are among the places
// of the other. The order is that of the first of each.
func (l List) Fold() List {
	folded := make(List, 0, len(l))
	first := map[string]int{}
	for _, d := range l {
		cluster := d.Cluster
		d.Cluster = ""
		key := fmt.Sprintf("%#v", d)
		d.Cluster = cluster
		i, ok := first[key]
		switch {
		case !ok:
			first[key] = len(folded)
			folded = append(folded, d)
		case folded[i].Cluster != cluster:
			folded[i].Cluster = ""
		}
	}
	through := map[string][]int{} // code and path, to those with more than one place
	for i, d := range folded {
		if d.Position.IsValid() && d.placed() {
			key := d.Code + " " + d.Path
			through[key] = append(through[key], i)
		}
	}
	at := -1
	return slices.DeleteFunc(slices.Clone(folded), func(d Diagnostic) bool {
		at++
		for _, i := range through[d.Code+" "+d.Path] {
			if o := folded[i]; i != at && d.placed() && o.Cluster != d.Cluster && len(o.Related) < len(d.Related) && d.speaksOf(o) {
				return true
			}
		}
		return false
	})
}

// placed says whether the diagnostic has notes, and each of them a place: one
// that also explains itself in words is about its own cluster.
func (d Diagnostic) placed() bool {
	return len(d.Related) > 0 && !slices.ContainsFunc(d.Related, func(n Note) bool { return !n.Position.IsValid() })
}

// speaksOf says whether all places of the other are places of the diagnostic.
func (d Diagnostic) speaksOf(other Diagnostic) bool {
	has := func(p Position) bool {
		return p == d.Position || slices.ContainsFunc(d.Related, func(n Note) bool { return n.Position == p })
	}
	return has(other.Position) && !slices.ContainsFunc(other.Related, func(n Note) bool { return !has(n.Position) })
}
