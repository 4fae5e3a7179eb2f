package diag

// Fold returns the list with what several clusters say alike, at one place, said
// once and of no cluster: a mistake in the base is one mistake.
func (l List) Fold() List {
	type key struct {
		code, path, message string
		severity            Severity
		position            Position
	}
	first := map[key]int{}
	var out List
	for _, d := range l {
		k := key{d.Code, d.Path, d.Message, d.Severity, d.Position}
		i, ok := first[k]
		if !ok || !d.Position.IsValid() {
			first[k] = len(out)
			out = append(out, d)
			continue
		}
		if out[i].Cluster != d.Cluster {
			out[i].Cluster = ""
		}
	}
	return out
}
