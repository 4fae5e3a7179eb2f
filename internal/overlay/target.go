package overlay

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// criterion is one thing that a patch says about the objects that it is for.
type criterion struct {
	field string // where the patch says it, such as target.kind
	want  string
	value func(object.Object) string // what the object has there, to suggest
	match func(object.Object) bool
}

// targets returns the indexes of the objects that a part of a patch is for. The
// rules are kustomize's: a target selects by anchored regular expressions and
// selectors; without one, a strategic merge patch names its object in full.
func (p patch) targets(part part, items []item) ([]int, *problem) {
	criteria, prefix := named(part.merge), ""
	if p.Target != nil {
		var problem *problem
		if criteria, problem = p.selected(); problem != nil {
			return nil, problem
		}
		prefix = p.Path + "."
	}
	indexes := make([]int, len(items))
	for i := range items {
		indexes[i] = i
	}
	for _, c := range criteria {
		var matching []int
		for _, i := range indexes {
			if c.match(items[i].Object) {
				matching = append(matching, i)
			}
		}
		if len(matching) == 0 {
			return nil, missing(c, prefix, indexes, items)
		}
		indexes = matching
	}
	return indexes, nil
}

// named returns what a strategic merge patch says of its object.
func named(patch map[string]any) []criterion {
	o := object.Object{Value: patch}
	want := identify(o)
	return []criterion{
		{"kind", o.Kind(), object.Object.Kind, func(x object.Object) bool { return x.Kind() == o.Kind() }},
		{"apiVersion", o.APIVersion(), object.Object.APIVersion, func(x object.Object) bool { return x.APIVersion() == o.APIVersion() }},
		{"metadata.name", o.Name(), object.Object.Name, func(x object.Object) bool { return x.Name() == o.Name() }},
		{"metadata.namespace", o.Namespace(), object.Object.Namespace, func(x object.Object) bool { return identify(x).Equals(want) }},
	}
}

// identify returns an object's name as kustomize compares it.
func identify(o object.Object) resid.ResId {
	group, version := resid.ParseGroupVersion(o.APIVersion())
	return resid.NewResIdWithNamespace(resid.NewGvk(group, version, o.Kind()), o.Name(), o.Namespace())
}

// selected returns what a target says, or what is wrong with the target.
func (p patch) selected() ([]criterion, *problem) {
	t := p.Target
	selector := types.Selector{
		ResId:              resid.ResId{Gvk: resid.Gvk{Group: t.Group, Version: t.Version, Kind: t.Kind}, Name: t.Name, Namespace: t.Namespace},
		LabelSelector:      t.LabelSelector,
		AnnotationSelector: t.AnnotationSelector,
	}
	for _, e := range []struct{ field, text string }{{"group", t.Group}, {"version", t.Version}, {"kind", t.Kind}, {"name", t.Name}, {"namespace", t.Namespace}} {
		var bad *syntax.Error
		if _, err := regexp.Compile(e.text); errors.As(err, &bad) {
			return nil, &problem{code: "MG5015", message: fmt.Sprintf("%q is no regular expression: %s", e.text, bad.Code), suggestion: "mend the regular expression", path: p.Path + ".target." + e.field}
		}
	}
	regex, err := types.NewSelectorRegex(&selector)
	if err != nil {
		return nil, &problem{code: "MG5015", message: "the target holds what is no regular expression", suggestion: "mend the regular expression", path: p.Path + ".target"}
	}
	metadata := func(o object.Object) *yaml.RNode {
		m := map[string]any{"metadata": map[string]any{"labels": o.Labels(), "annotations": o.Annotations()}}
		node, err := yaml.FromMap(m)
		if err != nil {
			return yaml.NewMapRNode(nil)
		}
		return node
	}
	for _, s := range []struct{ field, text string }{{"labelSelector", t.LabelSelector}, {"annotationSelector", t.AnnotationSelector}} {
		if _, err := yaml.NewMapRNode(nil).MatchesLabelSelector(s.text); err != nil {
			return nil, &problem{code: "MG5015", message: fmt.Sprintf("%q is no selector", s.text), suggestion: "write the selector as for kubectl's -l, such as app=istiod", path: p.Path + ".target." + s.field}
		}
	}
	none := func(object.Object) string { return "" }
	all := []criterion{
		{"target.kind", t.Kind, object.Object.Kind, func(o object.Object) bool {
			return regex.MatchGvk(resid.Gvk{Group: t.Group, Version: t.Version, Kind: o.Kind()})
		}},
		{"target.group", t.Group, object.Object.Group, func(o object.Object) bool { return regex.MatchGvk(identify(o).Gvk) }},
		{"target.version", t.Version, func(o object.Object) string { return identify(o).Version }, func(o object.Object) bool { return regex.MatchGvk(identify(o).Gvk) }},
		{"target.name", t.Name, object.Object.Name, func(o object.Object) bool { return regex.MatchName(o.Name()) }},
		{"target.namespace", t.Namespace, object.Object.Namespace, func(o object.Object) bool { return regex.MatchNamespace(identify(o).EffectiveNamespace()) }},
		{"target.labelSelector", t.LabelSelector, none, func(o object.Object) bool { ok, _ := metadata(o).MatchesLabelSelector(t.LabelSelector); return ok }},
		{"target.annotationSelector", t.AnnotationSelector, none, func(o object.Object) bool {
			ok, _ := metadata(o).MatchesAnnotationSelector(t.AnnotationSelector)
			return ok
		}},
	}
	return slices.DeleteFunc(all, func(c criterion) bool { return c.want == "" }), nil
}

// missing says that no object meets a criterion, of those that met the ones
// before it.
func missing(c criterion, prefix string, indexes []int, items []item) *problem {
	set := map[string]bool{}
	for _, i := range indexes {
		if v := c.value(items[i].Object); v != "" {
			set[v] = true
		}
	}
	known := sortedKeys(set)
	p := &problem{code: "MG5010", message: fmt.Sprintf("the patch is for an object whose %s is %q, and there is none", strings.TrimPrefix(c.field, "target."), c.want)}
	if prefix != "" {
		p.path = prefix + c.field
	} else {
		p.keys = strings.Split(c.field, ".")
	}
	if c.want == "" {
		p.message = fmt.Sprintf("the patch does not say in which namespace %s stands", items[indexes[0]].Object.ID().Name)
		p.keys = []string{"metadata"}
	}
	switch nearest := diag.Nearest(c.want, known); {
	case len(known) == 1:
		p.suggestion = fmt.Sprintf("set %s%s to %q", prefix, c.field, known[0])
	case c.want != "" && nearest != "":
		p.suggestion = fmt.Sprintf("set %s%s to %q", prefix, c.field, nearest)
	case len(known) == 0:
		p.suggestion = "remove " + prefix + c.field
	case len(known) <= 8:
		p.suggestion = fmt.Sprintf("set %s%s to one of %s", prefix, c.field, strings.Join(known, ", "))
	default:
		p.suggestion = "name an object that `meshgen render` wrote without the patch"
	}
	return p
}
