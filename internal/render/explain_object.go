package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// find returns the one object that a query names.
func (e *explainer) find(q Query) (object.Object, error) {
	kind, group, grouped := strings.Cut(q.Kind, ".")
	var kinds, names, wanted []string // of the objects, of those of the kind, and the namespaces of those of the name
	var found []object.Object
	for _, o := range slices.Concat(e.overlay.Objects, e.delivery) {
		id := o.ID()
		kinds = append(kinds, id.Kind)
		if !strings.EqualFold(id.Kind, kind) || grouped && !strings.EqualFold(id.Group, group) {
			continue
		}
		names = append(names, id.Name)
		if id.Name != q.Name {
			continue
		}
		wanted = append(wanted, id.Namespace)
		if q.Namespace == "" || q.Namespace == id.Namespace {
			found = append(found, o)
		}
	}
	if len(wanted) == 0 {
		if gone, err := e.deleted(q); gone != nil || err != nil {
			return object.Object{}, cmp.Or(err, gone)
		}
	}
	switch {
	case len(names) == 0:
		return object.Object{}, unknown(fmt.Sprintf("%s has no object of kind %s", q.Cluster, q.Kind), "", kind, kinds)
	case len(wanted) == 0:
		return object.Object{}, unknown(fmt.Sprintf("%s has no %s/%s", q.Cluster, q.Kind, q.Name), q.Kind+"/", q.Name, names)
	case len(found) == 0:
		return object.Object{}, &UnknownError{
			fmt.Sprintf("%s has no %s/%s in namespace %s", q.Cluster, q.Kind, q.Name, q.Namespace),
			wayOut(wanted),
		}
	case len(found) > 1:
		return object.Object{}, ambiguous(q, found)
	}
	return found[0], nil
}

// deleted says which patch deletes an object, or returns nil if none does.
func (e *explainer) deleted(q Query) (gone, err error) {
	kind, _, _ := strings.Cut(q.Kind, ".")
	is := func(o object.Object) bool { return strings.EqualFold(o.Kind(), kind) && o.Name() == q.Name }
	if !slices.ContainsFunc(e.made, is) {
		return nil, nil
	}
	for _, p := range e.mesh.Patches {
		without, err := e.without(p.Name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(without.Objects, is) {
			return &UnknownError{
				fmt.Sprintf("%s has no %s/%s: %s deletes it", q.Cluster, q.Kind, q.Name, p.Path),
				fmt.Sprintf("look at %s, in %s", p.Path, e.intent.Position(p.Path).File),
			}, nil
		}
	}
	return nil, nil
}

// wayOut says which namespace to type.
func wayOut(namespaces []string) string {
	if namespaces[0] == "" {
		return "leave -n out: the object belongs to the whole cluster"
	}
	slices.Sort(namespaces)
	return "set -n to " + strings.Join(slices.Compact(namespaces), " or ")
}

// ambiguous says how to tell objects apart.
func ambiguous(q Query, found []object.Object) error {
	var namespaces, groups, ids []string
	for _, o := range found {
		id := o.ID()
		ids = append(ids, id.String())
		namespaces = append(namespaces, id.Namespace)
		groups = append(groups, strings.TrimSuffix(id.Kind+"."+id.Group, ".")+"/"+id.Name)
	}
	slices.Sort(ids)
	slices.Sort(groups)
	message := fmt.Sprintf("%s has several: %s", q.Cluster, strings.Join(ids, ", "))
	if groups = slices.Compact(groups); len(groups) > 1 {
		return &UnknownError{message, "write " + strings.Join(groups, " or ")}
	}
	return &UnknownError{message, wayOut(namespaces)}
}

// unknown says that a word is none of the known ones, with the nearest, or with all
// of them if none is near and they are few. before stands before each.
func unknown(message, before, word string, known []string) error {
	const few = 20
	end := near(before, word, known)
	slices.Sort(known)
	known = slices.DeleteFunc(slices.Compact(known), func(s string) bool { return s == "" })
	if end != "" || len(known) == 0 || len(known) > few {
		return &UnknownError{message + end, ""}
	}
	return &UnknownError{message, "ask for " + before + strings.Join(known, ", "+before)}
}

// near ends a message with the known word that is nearest, if any is near, and
// with what stands before it.
func near(before, word string, known []string) string {
	slices.Sort(known)
	if nearest := diag.Nearest(word, slices.Compact(known)); nearest != "" {
		return "; did you mean " + before + nearest + "?"
	}
	return ""
}

// field returns the field of an object at a path.
func field(o object.Object, at string) (object.Field, error) {
	f, err := object.Find(o.Value, at)
	var missing *object.FieldError
	if !errors.As(err, &missing) {
		return f, err
	}
	unknown := &UnknownError{Message: fmt.Sprintf("%s: %s", o.ID(), missing)}
	before := missing.At.Path
	if len(missing.Known) == 0 {
		unknown.Suggestion = "ask for " + before + ", which holds no other field"
		return object.Field{}, unknown
	}
	for _, mark := range []string{".", "[", "/"} { // whichever stands between the two
		var names []string
		for _, known := range missing.Known {
			if name, ok := strings.CutPrefix(known, before+mark); ok || before == "" {
				names = append(names, name)
			}
		}
		hint := near(strings.TrimPrefix(before+mark, "."), strings.TrimPrefix(missing.Name, "["), names)
		if hint != "" {
			unknown.Message += hint
			return object.Field{}, unknown
		}
	}
	unknown.Suggestion = "ask for one of " + strings.Join(missing.Known, ", ")
	return object.Field{}, unknown
}

// maker returns what made an object.
func (e *explainer) maker(o object.Object) Maker {
	origin := o.Origin
	m := Maker{Component: origin.Component, Chart: origin.Chart, Template: origin.Template, Path: origin.Path, File: origin.File}
	if used, ok := e.edition.set[origin.Chart]; ok {
		m.Version = used.Version
	}
	if origin.Path != "" && e.intent.Written(origin.Path) {
		m.Position = e.position(origin.Path)
	}
	return m
}

// place returns the layer of an object and the file that holds it.
func (e *explainer) place(o object.Object) (layer, file string, err error) {
	files := e.overlay.Tree
	for _, p := range files.Paths() {
		shared := slices.Contains(e.overlay.SharedFiles, p)
		if name := path.Base(p); name != o.Origin.Component+".yaml" && name != "crds.yaml" || path.Base(path.Dir(path.Dir(p))) == "host" {
			continue
		}
		docs, err := object.Parse(files[p])
		if err != nil {
			return "", "", fmt.Errorf("%s: %w", p, err)
		}
		if !slices.ContainsFunc(docs, func(doc map[string]any) bool { return object.Object{Value: doc}.ID() == o.ID() }) {
			continue
		}
		if !shared {
			return path.Base(path.Dir(p)), p, nil
		}
		for _, other := range files.Paths() { // the layer that refers to the base
			if path.Base(other) == "kustomization.yaml" && bytes.Contains(files[other], []byte("../"+path.Dir(p))) {
				return path.Base(path.Dir(other)), p, nil
			}
		}
	}
	return "", "", fmt.Errorf("%s is in no file", o.ID())
}
