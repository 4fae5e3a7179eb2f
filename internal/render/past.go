package render

import (
	"slices"
	"sync"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/load"
)

// maxPast is how many clusters with errors are looked at past these. It takes
// dozens of compilations each, so that a slip in the base of a thousand clusters
// would cost minutes; and their people have enough to mend by then.
const maxPast = 20

// past returns what else is wrong with a cluster whose errors ended its way.
func (c *compiler) past(loaded load.Result, b built) diag.List {
	var list diag.List
	if len(loaded.Guesses) > 0 {
		list = c.independent(loaded)
	}
	return append(list, c.beyond(loaded, b)...)
}

// firstWrong is the first of the clusters that have errors, whichever was
// compiled first. The others let go of what looking past them would need.
type firstWrong struct {
	mu    sync.Mutex
	known []int
}

// add takes note of a result that has errors.
func (f *firstWrong) add(results []result, i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, _ := slices.BinarySearch(f.known, i)
	f.known = slices.Insert(f.known, at, i)
	if last := len(f.known) - 1; last >= maxPast {
		results[f.known[last]].past = nil
		f.known = f.known[:last]
	}
}

// indexes are those of the results to look at, in order.
func (f *firstWrong) indexes() []int { return f.known }
