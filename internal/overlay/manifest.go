package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// written is an object as a person wrote it.
type written struct {
	value  any
	origin object.Origin
	layer  string

	// at returns the place of a path below the object.
	at func(keys ...string) place
}

// manifests returns the objects of people's manifests, and what is wrong with
// them. Objects that cannot be applied are left out.
func manifests(all []model.Manifest, others []item) ([]item, diag.List) {
	var list diag.List
	var found []written
	for _, m := range all {
		objects, problems := read(m)
		found, list = append(found, objects...), append(list, problems...)
	}

	owners := make(map[object.ID]item, len(others))
	for _, it := range others {
		owners[it.ID()] = it
	}
	var items []item
	for _, w := range found {
		value, problems := inspect(w.value)
		for _, p := range problems {
			list = append(list, p.at(w.at(p.keys...)))
		}
		if len(problems) > 0 {
			continue
		}
		it := item{Object: object.Object{Value: keep(value), Origin: w.origin}, layer: w.layer, place: w.at()}
		if owner, ok := owners[it.ID()]; ok {
			list = append(list, collision(it, owner))
			continue
		}
		owners[it.ID()] = it
		items = append(items, it)
	}
	return inScope(items, list)
}

// inScope leaves out the objects that lack their namespace, or have one that
// they cannot have. It wants all of them, because a CRD may say what a kind is.
func inScope(items []item, list diag.List) ([]item, diag.List) {
	declared := declaredScopes(items)
	var kept []item
	for _, it := range items {
		id := it.ID()
		s := scopeOf(id)
		if s == unknownScope {
			s = declared[id.Kind+"."+id.Group]
		}
		if s == unknownScope {
			kept = append(kept, it)
			continue
		}
		switch {
		case s == namespaced && id.Namespace == "":
			list = append(list, problem{
				code: "MG5004", message: fmt.Sprintf("%s has no namespace, so that it would land wherever the engine happens to look", id),
				suggestion: fmt.Sprintf("set metadata.namespace of %s", id),
			}.at(it.place))
		case s == clusterScoped && id.Namespace != "":
			list = append(list, problem{
				code: "MG5004", message: fmt.Sprintf("%s cannot have a namespace: the kind belongs to the whole cluster", id),
				suggestion: "remove metadata.namespace",
			}.at(it.place))
		default:
			kept = append(kept, it)
		}
	}
	return kept, list
}

// collision says that an object is there already.
func collision(it, owner item) diag.Diagnostic {
	p := problem{code: "MG5005"}
	switch {
	case owner.place != (place{}):
		p.message = fmt.Sprintf("%s stands in the manifests twice", it.ID())
		p.suggestion = "remove one of the two"
	case owner.Kind() == "Namespace":
		p.message = fmt.Sprintf("%s is made by meshgen already", it.ID())
		p.suggestion = fmt.Sprintf("remove the object, and set %[1]s.labels and %[1]s.annotations", intent.Join("namespaces", it.Name()))
	default:
		p.message = fmt.Sprintf("%s is made by meshgen already, by component %s", it.ID(), owner.Origin.Component)
		p.suggestion = "remove the object, and change meshgen's by the intent's own fields or by patches"
	}
	d := p.at(it.place)
	if owner.place.position.IsValid() {
		d.Related = []diag.Note{{Message: "the object stands here too", Position: owner.place.position}}
	}
	return d
}

// read returns the objects of a manifest, unseen.
func read(m model.Manifest) ([]written, diag.List) {
	origin := object.Origin{Component: "manifest-" + m.Name, Path: m.Path, File: m.File}
	if m.File == "" {
		return inline(m, origin)
	}
	at := func(line, column int) place {
		return place{path: m.Path, position: diag.Position{File: m.File, Line: line, Column: column}}
	}
	docs, err := object.Manifests(m.Text)
	if err != nil {
		return nil, diag.List{unreadable(err, m.Text, at)}
	}
	if len(docs) == 0 {
		return nil, diag.List{problem{
			code: "MG5007", message: "the manifest holds no object", suggestion: "remove " + m.Path + ", or write the objects into the file",
		}.at(at(1, 1))}
	}
	found := make([]written, len(docs))
	for i, d := range docs {
		found[i] = written{value: d.Value, origin: origin, layer: m.Layer, at: func(keys ...string) place { return at(d.Place(keys...)) }}
	}
	return found, nil
}

func inline(m model.Manifest, origin object.Origin) ([]written, diag.List) {
	if len(m.Objects) == 0 {
		return nil, diag.List{problem{
			code: "MG5007", message: "the manifest holds no object", suggestion: "set " + m.Path + ".path or " + m.Path + ".objects",
		}.at(place{path: m.Path})}
	}
	var found []written
	add := func(base string, value any) {
		own := origin
		own.Path = base
		found = append(found, written{value: value, origin: own, layer: m.Layer, at: func(keys ...string) place {
			return place{path: intent.Join(base, keys...)}
		}})
	}
	for i, value := range m.Objects {
		unpack(m.Path+".objects["+strconv.Itoa(i)+"]", plain(value), add)
	}
	return found, nil
}

// unpack adds an object or, if it is a List, what the list holds.
func unpack(base string, value any, add func(base string, value any)) {
	items, ok := object.Items(value)
	if !ok {
		add(base, value)
		return
	}
	for i, item := range items {
		unpack(base+".items["+strconv.Itoa(i)+"]", item, add)
	}
}

// template finds where a text that is no YAML is a template of Helm's or Go's:
// the first line with an action that stands in no quotes.
func template(text []byte) (line, column int, action string) {
	number := 0
	for l := range bytes.Lines(text) {
		number++
		from := bytes.Index(l, []byte("{{"))
		if from < 0 || bytes.ContainsAny(l[:from], "\"'#") {
			continue
		}
		length := bytes.Index(l[from:], []byte("}}"))
		if length < 0 {
			continue
		}
		return number, from + 1, string(l[from : from+length+2])
	}
	return 0, 0, ""
}

// unreadable turns an error of reading a text into a diagnostic.
func unreadable(err error, text []byte, at func(line, column int) place) diag.Diagnostic {
	var syntax *object.SyntaxError
	if !errors.As(err, &syntax) {
		syntax = &object.SyntaxError{Line: 1, Column: 1, Message: err.Error()}
	}
	p := problem{code: "MG5001", message: "this is not YAML: " + syntax.Message, suggestion: "mend the YAML"}
	switch {
	case syntax.Refused:
		p = problem{code: "MG5001", message: syntax.Message, suggestion: "write it in plain YAML, or split it into several files"}
	case syntax.Duplicate:
		p = problem{code: "MG5002", message: syntax.Message, suggestion: "remove one of the two"}
	}
	if line, column, action := template(text); line > 0 && !syntax.Refused && !syntax.Duplicate {
		p.message = fmt.Sprintf("the text is a template with %s, and meshgen takes plain YAML", action)
		p.suggestion = "write the value outright; what differs between clusters stands in the intent, in a patch, or in a placeholder ${NAME} that gitops.substitute names"
		syntax = &object.SyntaxError{Line: line, Column: column}
	}
	return p.at(at(syntax.Line, syntax.Column))
}

// plain returns a deep copy of a value with the numbers that an object holds:
// whole numbers as int64.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, value := range v {
			m[key] = plain(value)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i := range v {
			l[i] = plain(v[i])
		}
		return l
	case int:
		return int64(v)
	case float64:
		if whole := int64(v); float64(whole) == v && whole < 1<<53 && whole > -1<<53 {
			return whole
		}
	}
	return v
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
