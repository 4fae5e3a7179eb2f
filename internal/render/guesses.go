package render

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
)

// independent returns what is wrong with a cluster whatever is meant where load
// found errors: what the stages say of every guess, and at no place that an error
// reaches. To say nothing is better than to report what follows from an error,
// so a guess that nothing can be made of ends the matter. Of what other clusters
// have settled it does not ask; of the rest it returns what it found out.
func (c *compiler) independent(loaded load.Result, known verdicts) (holds diag.List, asked map[string]bool) {
	key := keyOf(loaded)
	asked = map[string]bool{}
	var common diag.List
	for i, guess := range loaded.Guesses {
		list, ok := c.saidOf(loaded.Cluster, guess)
		if !ok {
			return nil, nil
		}
		if i == 0 {
			for _, d := range list {
				switch sure, settled := known[key(d)].settled(); {
				case settled && sure:
					holds = append(holds, d)
				case !settled && !loaded.Doubts(d):
					common, asked[key(d)] = append(common, d), false
				}
			}
		}
		common = slices.DeleteFunc(common, func(d diag.Diagnostic) bool { return !holdsAlike(list, d) })
		if len(common) == 0 {
			return holds, asked
		}
	}
	for _, d := range c.unsupposed(loaded, common) {
		holds, asked[key(d)] = append(holds, d), true
	}
	return holds, asked
}

// maxSuppositions is how many texts are tried for what a cluster's errors stand
// for. A cluster with findings enough to need more has enough to be told.
const maxSuppositions = 24

// unsupposed returns those findings that would stay if what was got wrong were
// meant to be what the finding speaks of: a name that leads nowhere, say, leads
// somewhere once the name that was got wrong is that one.
func (c *compiler) unsupposed(loaded load.Result, list diag.List) diag.List {
	supposed := map[string]diag.List{} // what is said then, by the text
	tried := 0
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		for _, text := range spokenOf(d) {
			then, known := supposed[text]
			if !known {
				guess := loaded.Suppose(text)
				if guess == nil {
					continue
				}
				ok := false
				if tried++; tried <= maxSuppositions {
					then, ok = c.saidOf(loaded.Cluster, *guess)
				}
				if !ok {
					return true
				}
				supposed[text] = then
			}
			if !holdsAlike(then, d) {
				return true
			}
		}
		return false
	})
}

// spokenOf returns the texts in quotes of a message and the names of its path.
func spokenOf(d diag.Diagnostic) []string {
	texts := intent.Names(d.Path)
	for rest := d.Message; rest != ""; {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			rest = rest[1:]
			continue
		}
		if text, err := strconv.Unquote(quoted); err == nil && rest[0] == '"' {
			texts = append(texts, text)
		}
		rest = rest[len(quoted):]
	}
	return texts
}

// saidOf returns what the stages say of a guess, or false where they fail.
func (c *compiler) saidOf(cluster string, guess load.Guess) (diag.List, bool) {
	var list diag.List
	err := fault.Guard(func() error {
		loaded := load.Result{Cluster: cluster, Intent: guess.Intent, Diagnostics: guess.Diagnostics}
		out, err := c.whole(loaded, likely)
		list = append(out.list, c.beyond(loaded, out)...)
		return err
	})()
	return list, err == nil
}

// holdsAlike says whether a list has a diagnostic that says the same of the same
// place, whatever it advises.
func holdsAlike(list diag.List, d diag.Diagnostic) bool {
	want := same(d)
	return slices.ContainsFunc(list, func(e diag.Diagnostic) bool { return e.Code == d.Code && same(e) == want })
}

// same is all of a diagnostic but its advice and notes.
func same(d diag.Diagnostic) string {
	return fmt.Sprint(d.Code, d.Severity, d.Path, d.Position, d.Message)
}
