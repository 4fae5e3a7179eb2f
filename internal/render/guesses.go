package render

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/load"
)

// independent returns what is wrong with a cluster whatever is meant where load
// found errors: what the stages say of every guess, and at no place that an error
// reaches. To say nothing is better than to report what follows from an error,
// so a guess that nothing can be made of ends the matter.
func (c *compiler) independent(loaded load.Result) diag.List {
	var common diag.List
	for i, guess := range loaded.Guesses {
		var out built
		err := fault.Guard(func() (err error) {
			out, err = c.whole(load.Result{Cluster: loaded.Cluster, Intent: guess.Intent, Diagnostics: guess.Diagnostics})
			return err
		})()
		if err != nil {
			return nil
		}
		found := map[string]bool{}
		for _, d := range out.list {
			found[sameAs(d)] = true
		}
		var kept diag.List
		if i == 0 {
			common = out.list
		}
		for _, d := range common {
			if found[sameAs(d)] && !loaded.Doubts(d) {
				kept = append(kept, d)
			}
		}
		if common = kept; len(common) == 0 {
			return nil
		}
	}
	return common
}

// sameAs is equal for diagnostics that say the same of the same place, whatever
// they advise.
func sameAs(d diag.Diagnostic) string {
	return fmt.Sprint(d.Code, d.Severity, d.Path, d.Position, d.Message)
}
