package render

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/load"
)

// A cluster's errors end its way, and what else is wrong with it shows only past
// them: the cluster is compiled again, with every value that may have been meant
// (independent) or with names that lead somewhere (beyond). That takes dozens of
// compilations, and a slip in the base of a thousand clusters is in all of them.
// So the first few find out the hard way which findings stay, in the order of
// their names; the others compile once, and ask again only of what is new.

const (
	maxKept = 20 // clusters that are kept in memory until they are looked past; the others are loaded once more
	agreed  = 3  // clusters that settle a finding when none of them differs
)

// past returns what else is wrong with a cluster whose errors ended its way, and
// whether it holds of each finding that had to be asked of, by its key.
type past func(known verdicts) (holds diag.List, asked map[string]bool)

// past returns the way past a cluster's errors, nil where there is none.
func (c *compiler) past(loaded load.Result, b built) past {
	if len(loaded.Guesses) == 0 && (loaded.Intent == nil || len(b.overlay.Tree) > 0) {
		return nil
	}
	return func(known verdicts) (holds diag.List, asked map[string]bool) {
		if len(loaded.Guesses) > 0 {
			holds, asked = c.independent(loaded, known)
		}
		return append(holds, c.beyond(loaded, b)...), asked
	}
}

// verdicts are what was found out of findings past the same errors, by their keys.
type verdicts map[string]verdict

// verdict counts the clusters in which a finding holds and in which it does not.
type verdict struct{ holds, falls int }

// settled says whether a finding is known to hold, or known to follow from an
// error.
func (v verdict) settled() (holds, known bool) {
	return v.holds > 0, v.holds >= agreed && v.falls == 0 || v.falls >= agreed && v.holds == 0
}

// learn takes note of what was found out of a cluster's findings.
func (v verdicts) learn(asked map[string]bool) {
	for key, holds := range asked {
		known := v[key]
		if holds {
			known.holds++
		} else {
			known.falls++
		}
		v[key] = known
	}
}

// keyOf returns what findings past a cluster's errors are known by: the same for
// the same finding past the same errors, whichever the cluster.
func keyOf(loaded load.Result) func(diag.Diagnostic) string {
	var past strings.Builder
	for _, e := range loaded.Diagnostics {
		past.WriteString(same(e) + "\n")
	}
	return func(d diag.Diagnostic) string {
		return strings.ReplaceAll(past.String()+same(d), loaded.Cluster, "\x00")
	}
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
	if last := len(f.known) - 1; last >= maxKept {
		results[f.known[last]].past = nil
		f.known = f.known[:last]
	}
}

// lookPast adds to the results what else is wrong with the clusters past their
// errors: the first in their order, then the others, on some workers, with what
// was found out of the first.
func (c *compiler) lookPast(ctx context.Context, workers int, results []result, progress func(total int)) error {
	known := verdicts{}
	var rest []string
	at := map[string]int{}
	for i := range results {
		r := &results[i]
		switch {
		case r.past != nil:
			if err := ctx.Err(); err != nil {
				return err
			}
			holds, asked := r.past(known)
			known.learn(asked)
			r.list, r.past = append(r.list, holds...), nil
		case r.blocked:
			at[r.name], rest = i, append(rest, r.name)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for part := range slices.Chunk(rest, batch) {
		group.Go(fault.Guard(func() error {
			for _, loaded := range c.source.Load(part) {
				if err := ctx.Err(); err != nil {
					return err
				}
				again, err := c.cluster(loaded)
				if err != nil {
					return fmt.Errorf("cluster %s: %w", loaded.Cluster, err)
				}
				if again.past != nil {
					holds, _ := again.past(known)
					i := at[loaded.Cluster]
					results[i].list = append(results[i].list, holds...)
				}
				progress(len(results) + len(rest))
			}
			return nil
		}))
	}
	return group.Wait()
}
