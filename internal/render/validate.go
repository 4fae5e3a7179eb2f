package render

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/overlay"
	"github.com/meshgen/meshgen/internal/validate"
)

// explained is how many of a cluster's findings are traced to what decides
// them. To trace one may take dozens of renderings; a chart that is wrong in
// more places than this is most likely wrong for one reason.
const explained = 8

// validate holds everything that the cluster gets against what its kinds may
// be, and traces what is wrong to where it was written.
func (c *compiler) validate(b *built) (diag.List, error) {
	findings, err := c.validator.Objects(b.mesh, slices.Concat(b.overlay.Objects, b.delivery))
	if err != nil || len(findings) == 0 {
		return nil, err
	}
	e := &explainer{compiler: c, built: *b, workers: 1}
	if e.leaves, err = leavesOf(b.intent.Mesh); err != nil {
		return nil, err
	}
	var list diag.List
	told := map[string]bool{}
	for i, f := range findings {
		if awaited(b.list, f) {
			continue
		}
		d := diag.Diagnostic{Code: f.Code, Severity: diag.Error, Path: f.Object.Origin.Path, Message: f.Message, Suggestion: f.Suggestion}
		if f.Warning {
			d.Severity = diag.Warning
		}
		if i < explained || e.manifestOf(f.Object) != nil {
			if err := e.blame(&d, f); err != nil {
				return nil, err
			}
		}
		if !said(b.list, d, f.Object.Origin.Path) && (e.manifestOf(f.Object) != nil || !twice(told, d, f)) {
			list = append(list, d)
		}
	}
	return list, nil
}

// said says whether a check of the intent has said already what a finding does,
// at the intent's line, where it says it better: of the same value, of a request
// above its limit, of the certificate that a server of a gateway lacks, or of a
// port that a gateway needs for itself, or of how much a route can hold. A finding that no value could be blamed
// for stands at asked, the path that asked for the object: what else is wrong at
// that path is another matter.
func said(list diag.List, d diag.Diagnostic, asked string) bool {
	return slices.ContainsFunc(list, func(e diag.Diagnostic) bool {
		if e.Severity != diag.Error || !strings.HasPrefix(e.Code, "MG3") || d.Path == "" {
			return false
		}
		below := e.Code == "MG3008" && strings.HasPrefix(d.Path, e.Path+".")
		port, _, _ := strings.Cut(e.Message, " of a gateway is taken by")
		twice := e.Code == "MG3010" && d.Code == "MG5035" && strings.HasPrefix(e.Path, d.Path+".") && strings.Contains(d.Message, ": "+port+",")
		sized := e.Code == "MG3011" && d.Code == "MG5034" && strings.HasPrefix(e.Path, d.Path+".") && strings.Contains(d.Message, "of which there can be")
		return e.Path == d.Path && d.Path != asked || below || twice || sized || e.Code == "MG3009" && strings.HasPrefix(e.Path, d.Path+".") && strings.Contains(d.Message, "].tls.")
	})
}

// twice says whether another finding speaks of the same field of the same
// object that meshgen made, at the same place: the intent's one value is wrong
// in two ways, and is mended once.
func twice(told map[string]bool, d diag.Diagnostic, f validate.Finding) bool {
	key := fmt.Sprint(d.Code, d.Path, d.Position, f.Object.ID(), f.Path)
	before := told[key]
	told[key] = true
	return before && f.Path != ""
}

// blame gives a diagnostic the place of what decides the field: a patch, a line
// of a manifest, a raw value, or the intent.
func (e *explainer) blame(d *diag.Diagnostic, f validate.Finding) error {
	field := nearestField(f)
	if e.manifestOf(f.Object) == nil && f.Object.Origin.Chart == "" && len(f.Object.Origin.Patches) == 0 {
		if at, ok := e.named(f.Object, field, f.Message); ok {
			d.Path, d.Position = at, e.intent.Name(at)
			return nil
		}
	}
	causes, err := e.causes(context.Background(), f.Object, field)
	if err != nil {
		return err
	}
	cause, ok := culprit(causes, field)
	if cause.By != ByPatch {
		if done, err := e.broken(d, f); done || err != nil {
			return err
		}
	}
	if !ok {
		return nil
	}
	d.Path = cause.Path
	if name := lastName(field.Keys); ofName(name, f.Message) && cause.File == "" {
		switch path := cause.Path; {
		case cause.By == ByManifest && e.manifestOf(f.Object).File == "":
			d.Position = e.intent.Name(intent.Join(f.Object.Origin.Path, field.Keys...))
		case lastName(intent.Names(path)) == name:
			d.Position = e.intent.Name(path)
		}
	}
	if !d.Position.IsValid() && cause.Position != nil {
		d.Position = *cause.Position
	}
	switch cause.By {
	case ByPatch:
		d.Message = fmt.Sprintf("after the patch, %s", d.Message)
		e.inPatch(d, cause.Path, f.Object.ID(), field)
		d.Suggestion += fmt.Sprintf(" in what %s makes of it", cause.Path)
	case ByValues, ByIntent, ByDefault:
		if d.Path != f.Object.Origin.Path {
			d.Suggestion += "; it follows from " + cause.Path
		}
	}
	return nil
}

// inPatch gives a diagnostic the line of the patch's text that brings a field.
func (e *explainer) inPatch(d *diag.Diagnostic, path string, id object.ID, field object.Field) {
	for _, p := range e.mesh.Patches {
		if p.Path != path {
			continue
		}
		if step, ok := overlay.PatchPlace(p, id, field.Keys, field.Value); ok {
			d.Path, d.Position, d.Message = step.Path, step.Position, step.Message(d.Message)
		} else if p.File != "" {
			d.Position = diag.Position{File: p.File, Line: 1, Column: 1}
		}
	}
}

// culprit returns the cause of a field that a person would change: a patch or a
// manifest, which have the last word; else what holds the very value; else what
// somebody wrote before what nobody did. False means that no cause has a place.
func culprit(causes []Cause, field object.Field) (Cause, bool) {
	weight := func(c Cause) int {
		switch {
		case c.Path == "":
			return 0
		case c.By == ByPatch || c.By == ByManifest:
			return 9
		}
		w := 1
		if c.By == ByValues || c.By == ByIntent {
			w += 2
		}
		if _, truth := field.Value.(bool); !truth && c.Value != nil && plainText(c.Value) == plainText(field.Value) {
			w += 4
		}
		if c.By == ByValues { // where the intent has a field, the raw value still wins
			w++
		}
		return w
	}
	var best Cause
	for _, c := range causes {
		if weight(c) > weight(best) {
			best = c
		}
	}
	return best, best.Path != ""
}

// nearestField returns the field of a finding or, if it is not there, the
// nearest one around it.
func nearestField(f validate.Finding) object.Field {
	field, err := object.Find(f.Object.Value, f.Path)
	var missing *object.FieldError
	if errors.As(err, &missing) {
		return missing.At
	}
	return field
}
