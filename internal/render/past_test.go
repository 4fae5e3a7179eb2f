package render

import (
	"slices"
	"testing"

	"github.com/meshgen/meshgen/internal/diag"
)

// TestFirstWrong: the same clusters are looked at past their errors, whichever
// ends first.
func TestFirstWrong(t *testing.T) {
	const clusters = 3 * maxPast
	for _, step := range []int{1, 7, clusters - 1} { // each has no factor in common with the number of clusters
		results := make([]result, clusters)
		var f firstWrong
		for k := range clusters {
			i := (k*step + 5) % clusters
			if i%2 == 1 {
				continue // without an error
			}
			results[i].past = func() diag.List { return nil }
			f.add(results, i)
		}
		var want []int
		for i := range maxPast {
			want = append(want, 2*i)
		}
		if got := f.indexes(); !slices.Equal(got, want) {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
		for i := range results {
			if kept := results[i].past != nil; kept != slices.Contains(want, i) {
				t.Errorf("step %d: result %d: kept %v", step, i, kept)
			}
		}
	}
}
