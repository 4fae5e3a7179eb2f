package render

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/resolve"
)

const (
	maxEnding = 8 // errors that end a cluster's way and are looked past
	maxNamed  = 3 // names that are tried in the place of one that leads nowhere
)

// beyond returns what else is wrong with a cluster that did not come as far as
// its overlay, because a name leads nowhere or a chart refuses a value. Such a
// value is replaced by names that lead somewhere, or taken out; what is said
// whichever it is, and not at the value's place, does not follow from it.
func (c *compiler) beyond(loaded load.Result, b built) diag.List {
	if loaded.Intent == nil || len(b.overlay.Tree) > 0 {
		return nil
	}
	values, err := valuesOf(loaded.Intent.Mesh)
	ending := slices.DeleteFunc(slices.Clone(b.list), func(d diag.Diagnostic) bool {
		return d.Severity != diag.Error || d.Path == "" || d.Code != "MG3001" && d.Code != "MG3002" && !strings.HasPrefix(d.Code, "MG400")
	})
	if err != nil || len(ending) == 0 || len(ending) > maxEnding {
		return nil
	}
	choices, ways := make([][]replacement, len(ending)), 1
	for i, d := range ending {
		if choices[i] = replacements(*loaded.Intent, values, d); len(choices[i]) == 0 {
			return nil
		}
		ways = max(ways, len(choices[i]))
	}
	var common diag.List
	laid := 0
	for way := range ways {
		changed := any(values)
		for i := range ending {
			r := choices[i][min(way, len(choices[i])-1)]
			changed, _ = with(changed, r.keys, r.change)
		}
		in, ok := remade(*loaded.Intent, changed)
		if !ok {
			return nil
		}
		out, ok := c.tried(loaded.Cluster, in)
		switch {
		case !ok:
			return nil
		case len(out.overlay.Tree) == 0:
			continue // it says no more than was said before
		case laid == 0:
			common = out.list
		}
		laid++
		common = slices.DeleteFunc(common, func(d diag.Diagnostic) bool {
			if strings.HasPrefix(d.Code, "MG507") {
				return true // secrets have been looked for in all that is written
			}
			return !holdsAlike(out.list, d) || holdsAlike(b.list, d) || slices.ContainsFunc(ending, func(e diag.Diagnostic) bool { return reaches(e, d, values) })
		})
		if len(common) == 0 {
			return nil
		}
	}
	return common
}

// replacement is a change of what stands at some keys.
type replacement struct {
	keys   []string
	change func(any) (any, bool) // as with takes it
}

// replacements returns what may stand in the place of a value that ends a
// cluster's way: names of the intent that lead somewhere there, and nothing. An
// element of a list goes with its list.
func replacements(in intent.Intent, values map[string]any, d diag.Diagnostic) []replacement {
	var found []replacement
	keys := intent.Names(d.Path)
	name := strings.HasPrefix(d.Code, "MG300")
	if name {
		for _, name := range slices.Sorted(maps.Keys(namesIn(values, map[string]bool{}))) {
			r := replacement{keys, func(any) (any, bool) { return name, true }}
			if len(found) < maxNamed && resolves(in, values, r, d) {
				found = append(found, r)
			}
		}
	}
	if _, err := strconv.Atoi(keys[len(keys)-1]); err == nil {
		keys = keys[:len(keys)-1]
	}
	if r := (replacement{keys, gone}); !name || resolves(in, values, r, d) {
		found = append(found, r)
	}
	return found
}

// resolves says whether resolve no longer says something after a change.
func resolves(in intent.Intent, values any, r replacement, d diag.Diagnostic) bool {
	changed, ok := with(values, r.keys, r.change)
	if !ok {
		return false
	}
	other, ok := remade(in, changed)
	if !ok {
		return false
	}
	var list diag.List
	err := fault.Guard(func() error {
		_, list = resolve.Mesh(other.Mesh)
		return nil
	})()
	return err == nil && !slices.ContainsFunc(list, func(e diag.Diagnostic) bool { return e.Path == d.Path })
}

// namesIn collects the names of maps and the texts in a value that may be names.
func namesIn(v any, found map[string]bool) map[string]bool {
	switch v := v.(type) {
	case string:
		found[v] = len(v) <= 63
	case map[string]any:
		for name, below := range v {
			found[name] = true
			namesIn(below, found)
		}
	case []any:
		for _, below := range v {
			namesIn(below, found)
		}
	}
	return found
}

// reaches says whether a finding may follow from an error: it stands at its
// place or inside it, or speaks of the value that was replaced.
func reaches(e, d diag.Diagnostic, values map[string]any) bool {
	if below(d.Path, e.Path) {
		return true
	}
	var at any = values
	for _, name := range intent.Names(e.Path) {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v) {
				at = v[i]
			}
		}
	}
	text, ok := at.(string)
	return ok && strings.Contains(d.Message, strconv.Quote(text))
}

// tried takes an intent that nobody wrote through the stages, false where they
// fail.
func (c *compiler) tried(cluster string, in intent.Intent) (out built, ok bool) {
	err := fault.Guard(func() (err error) {
		out, err = c.whole(load.Result{Cluster: cluster, Intent: &in}, likely)
		return err
	})()
	return out, err == nil
}

// valuesOf returns a mesh as JSON holds it.
func valuesOf(m intent.Mesh) (map[string]any, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var values map[string]any
	return values, decoder.Decode(&values)
}

// remade returns an intent with other values, but for patches and manifests,
// whose files have been read.
func remade(in intent.Intent, values any) (intent.Intent, bool) {
	text, err := json.Marshal(values)
	if err != nil {
		return in, false
	}
	mesh, err := load.Decode(text)
	if err != nil {
		return in, false
	}
	mesh.Patches, mesh.Manifests = in.Mesh.Patches, in.Mesh.Manifests
	in.Mesh = *mesh
	return in, true
}
