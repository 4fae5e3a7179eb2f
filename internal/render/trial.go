package render

import (
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/fit"
	"github.com/meshgen/meshgen/internal/load"
)

// advice says how much is found out about what ends the troubles of the fit.
type advice int

const (
	tried  advice = iota // on pods and nodes, and then on the cluster as a whole where that may differ
	likely               // on pods and nodes
	none                 // nothing: only the troubles are wanted
)

// maxTrials is how many changes of one cluster are tried on the cluster as a whole.
// One takes a fifth of a second. What comes after them was tried on pods and nodes,
// as all of them were.
const maxTrials = 12

// around is what the fit asks of the objects that it is given. Where people write
// past the intent's fields, with raw values and patches, a field may be overruled in
// ways that decides does not see, such as by the parameters of a Gateway: there the
// changes that the fit would advise are typed in, and the cluster is compiled again.
func (e *explainer) around(loaded load.Result, how advice) fit.Around {
	around := fit.Around{Later: e.intent.Later, Decides: e.decides, Brief: how == none}
	m := e.intent.Mesh
	if how != tried || !e.trials || len(m.Patches) == 0 && !e.intent.Written("values") {
		return around
	}
	trials := 0
	around.Try = func(changes []fit.Change) (left diag.List, ok bool) {
		if trials++; trials > maxTrials {
			return nil, true
		}
		set := slices.Clone(e.source.Set)
		for _, c := range changes {
			set = append(set, Setting{Path: c.Path, Value: c.Value, Name: "advice"})
		}
		var out built
		err := fault.Guard(func() (err error) {
			out, err = e.stages(e.source.With(set).Load([]string{loaded.Cluster})[0], none)
			return err
		})()
		if err != nil || out.plan == nil {
			return nil, false
		}
		for _, d := range out.list {
			switch {
			case strings.HasPrefix(d.Code, "MG20"), d.Code == "MG3014":
				left = append(left, d)
			case d.Severity == diag.Error && !slices.ContainsFunc(e.list, func(o diag.Diagnostic) bool { return o.Code == d.Code && o.Path == d.Path }):
				return nil, false
			}
		}
		return left, true
	}
	return around
}
