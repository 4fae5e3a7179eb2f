package check

import (
	"cmp"
	"slices"
)

// Docs returns the page of every code, in the order of the codes.
func Docs() []Doc {
	all := slices.Concat(references(), secretPages(), language(), hardware(), limits(), pages(), resolved(), charts(), releases(), hatches(), objects(), files(), commands())
	slices.SortFunc(all, func(a, b Doc) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// Find returns the page of a code, and whether there is one.
func Find(code string) (Doc, bool) {
	for _, d := range Docs() {
		if d.Code == code {
			return d, true
		}
	}
	return Doc{}, false
}
