package chart

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"

	"helm.sh/helm/v3/pkg/chart"
)

// part is templates of a chart that have to be run together, because one writes
// to values that another reads, or defines what another includes; and what they
// read. Most are one template.
type part struct {
	templates []string
	needs     []string // the templates whose definitions are included
	helpers   []string // the helpers among them
	reads     reads
	writes    [][]string
}

// division is a chart, divided: what has to run for every release, to know the
// final values, and the parts. A chart that is not divided has no parts.
type division struct {
	preludes []string // and their helpers
	defined  string   // what preludes define for others
	parts    []part
}

// divide reads the templates of a chart and finds its parts. There are none when
// a template may write to the values in a way that is not understood, or when it
// is not clear whose definition is included.
func divide(templates []*chart.File) division {
	f := finder{trees: map[string][]definition{}}
	for _, file := range templates {
		trees := map[string]*parse.Tree{}
		tree := parse.New(file.Name)
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(string(file.Data), "", "", trees); err != nil {
			return division{} // Helm says it better
		}
		for name, tree := range trees {
			f.trees[name] = append(f.trees[name], definition{file.Name, tree})
		}
	}
	var all []string // helpers
	for _, file := range templates {
		if isHelper(file.Name) {
			all = append(all, file.Name)
		}
	}
	defined, ok := f.definedByPreludes()
	if !ok {
		return division{}
	}
	d := division{defined: defined}
	for _, file := range templates {
		if isHelper(file.Name) {
			continue
		}
		f.start()
		f.template(file.Name, true)
		helpers := slices.Sorted(maps.Keys(f.helpers))
		if f.any {
			helpers = all
		}
		if isPrelude(file.Name) {
			d.preludes = append(append(d.preludes, file.Name), helpers...)
			continue
		}
		if f.lost {
			return division{}
		}
		d.parts = join(d.parts, part{[]string{file.Name}, slices.Sorted(maps.Keys(f.needs)), helpers, f.out.tidy(), f.writes})
	}
	return d
}

// definedByPreludes returns the definitions of preludes, to be had without
// running them again. There are none when somebody else defines the same.
func (f *finder) definedByPreludes() (string, bool) {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.trees)) {
		for _, d := range f.trees[name] {
			if !isPrelude(d.file) || name == d.file || d.tree.Root == nil {
				continue
			}
			if len(f.trees[name]) > 1 {
				return "", false
			}
			fmt.Fprintf(&text, "{{define %q}}%s{{end}}", name, d.tree.Root)
		}
	}
	return text.String(), true
}

// join adds a part to others, together with those that it cannot be apart from.
func join(parts []part, added part) []part {
	var apart []part
	for _, p := range parts {
		if !p.reads.meet(added.writes) && !added.reads.meet(p.writes) && !overlap(p.needs, added.templates) && !overlap(added.needs, p.templates) {
			apart = append(apart, p)
			continue
		}
		added.templates = append(slices.Clone(p.templates), added.templates...)
		added.reads = reads{append(slices.Clone(p.reads.paths), added.reads.paths...), p.reads.all || added.reads.all}.tidy()
		added.needs = append(slices.Clone(p.needs), added.needs...)
		added.helpers = append(slices.Clone(p.helpers), added.helpers...)
		added.writes = append(slices.Clone(p.writes), added.writes...)
	}
	return append(apart, added)
}

// overlap says whether two lists have something in common.
func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// isHelper says whether a template is there for its definitions.
func isHelper(name string) bool { return strings.HasPrefix(path.Base(name), "_") }

// isPrelude says whether a template is one of those by which Istio's charts lay
// profiles between their defaults and the person's values. Helm runs templates
// of a folder from the end of the alphabet, which is what their names are for.
func isPrelude(name string) bool { return strings.HasPrefix(name, "templates/zz") }
