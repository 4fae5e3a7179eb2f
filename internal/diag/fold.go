package diag

import "fmt"

// Fold returns the diagnostics with those that several clusters share kept
// once, without a cluster: a mistake in a file that lies under many clusters is
// one mistake. Diagnostics are the same when nothing but the cluster differs.
// The order is that of the first of each.
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
	return folded
}
