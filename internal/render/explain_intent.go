package render

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// leavesOf returns the scalars of an intent, by their paths.
func leavesOf(m intent.Mesh) ([]component.Leaf, error) {
	values, err := valuesOf(m)
	return component.Leaves(values), err
}

// below says whether an intent's path is another, or stands below it.
func below(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || strings.ContainsRune(".[", rune(rest[0])))
}

func (e *explainer) position(path string) *diag.Position {
	p := e.intent.Position(path)
	return &p
}

// pathCause says what stands at a path of the intent, and who wrote it.
func (e *explainer) pathCause(path string) Cause {
	cause := Cause{By: ByUnset, Path: path}
	for _, leaf := range e.leaves {
		switch {
		case leaf.Key == path && leaf.Value != nil:
			cause.By = ByDefault
			if object.IsScalar(leaf.Value) {
				cause.Value = leaf.Value
			}
		case leaf.Key != path && below(leaf.Key, path):
			cause.By = ByDefault
		}
	}
	if e.intent.Written(path) {
		cause.By, cause.Position = ByIntent, e.position(path)
	}
	return cause
}

// intentCauses explains a field of an object that no chart made. If what
// stands below the path that asked for the object holds the very value, that
// is where it comes from; of several, those whose name is the field's. Otherwise
// it is what changes the field when it changes, if that is little.
func (e *explainer) intentCauses(o object.Object, f object.Field) []Cause {
	asked := o.Origin.Path
	var same, named []Cause
	for _, leaf := range e.leaves {
		if !below(leaf.Key, asked) || !object.IsScalar(f.Value) || f.Value == nil || plainText(leaf.Value) != plainText(f.Value) {
			continue
		}
		same = append(same, e.pathCause(leaf.Key))
		if lastName(leaf.Keys) == lastName(f.Keys) {
			named = append(named, e.pathCause(leaf.Key))
		}
	}
	_, truth := f.Value.(bool) // there are but two: the same one somewhere means nothing
	switch {
	case len(named) > 0:
		return named
	case len(same) > 0 && !truth:
		return same
	}
	if causes := e.probedCauses(o, f); len(causes) > 0 {
		return causes
	}
	cause := e.pathCause(asked)
	cause.Reason = "meshgen derives the field from what stands there"
	if cause.By == ByUnset {
		cause.Reason = "meshgen makes the object for what else the intent says"
	}
	return []Cause{cause}
}

// plainText returns a scalar as JSON writes it.
func plainText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// lastName returns the last of some keys that is no index.
func lastName(keys []string) string {
	for _, key := range slices.Backward(keys) {
		if _, err := strconv.Atoi(key); err != nil {
			return key
		}
	}
	return ""
}

// manifestOf returns the person's manifest that holds an object, or nil.
func (e *explainer) manifestOf(o object.Object) *model.Manifest {
	for i, m := range e.mesh.Manifests {
		if o.Origin.Component == "manifest-"+m.Name {
			return &e.mesh.Manifests[i]
		}
	}
	return nil
}

// manifestCauses explains a field of an object that a person's manifest holds;
// it returns none if the field is not there.
func (e *explainer) manifestCauses(o object.Object, f object.Field) []Cause {
	m := e.manifestOf(o)
	if m.File == "" {
		path := intent.Join(o.Origin.Path, f.Keys...)
		if !e.intent.Written(path) {
			return nil
		}
		return []Cause{{By: ByManifest, Path: o.Origin.Path, Position: e.position(path)}}
	}
	for _, doc := range e.documents(m)[o.ID()] {
		value, _ := doc.Value.(map[string]any)
		if _, err := object.Find(value, f.Path); err != nil {
			continue
		}
		line, column := doc.Place(f.Keys...)
		return []Cause{{By: ByManifest, Path: m.Path, Position: &diag.Position{File: m.File, Line: line, Column: column}}}
	}
	return nil
}

// documents returns the documents of a manifest by what they hold, read once.
func (e *explainer) documents(m *model.Manifest) map[object.ID][]object.Document {
	if read, ok := e.read[m.Name]; ok {
		return read
	}
	byID := map[object.ID][]object.Document{}
	docs, _ := object.Manifests(m.Text) // overlay has read it: it parses
	for _, doc := range docs {
		value, _ := doc.Value.(map[string]any)
		id := (object.Object{Value: value}).ID()
		byID[id] = append(byID[id], doc)
	}
	if e.read == nil {
		e.read = map[string]map[object.ID][]object.Document{}
	}
	e.read[m.Name] = byID
	return byID
}
