package chart

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// metered runs the templates of a chart from outside. Helm's engine trusts a
// chart: a loop of a thousand million rounds, a text that doubles forty times
// and a map that holds itself take the process with them, and text/template can
// neither be stopped nor be given less memory. This engine is Helm's, call for
// call, with a meter in it: every function is one that Helm has, every loop,
// call and text is paid for from a budget, and a test holds its texts against
// Helm's for Istio's charts. What a template sees are plain maps, so that no
// pointer is printed, and nothing of Helm's or Go's own version can be asked for.
type metered struct {
	chart     *chart.Chart
	base      *template.Template // all templates, metered; never run itself
	functions template.FuncMap
	files     map[string][]byte
	steps     int // of a rendering; tests give less
}

// newMetered parses a chart's templates, in Helm's order: where two define the
// same, the last one counts.
func newMetered(c *chart.Chart) (*metered, error) {
	m := &metered{chart: c, functions: originals(), files: map[string][]byte{}, steps: maxSteps}
	for _, f := range c.Files {
		m.files[f.Name] = f.Data
	}
	var b budget
	t := template.New("gotpl").Option("missingkey=zero").Funcs(m.callable(&b, nil))
	for _, f := range inOrder(c.Templates) {
		if _, err := t.New(m.full(f)).Parse(string(f.Data)); err != nil {
			return nil, err
		}
	}
	for _, part := range t.Templates() {
		meter(part.Tree)
	}
	m.base = t
	return m, nil
}

// full is the name that Helm gives a template.
func (m *metered) full(f *chart.File) string { return path.Join(m.chart.Name(), f.Name) }

// inOrder sorts templates as Helm does: the deepest folder first, and in a
// folder from the end of the alphabet.
func inOrder(files []*chart.File) []*chart.File {
	return slices.SortedFunc(slices.Values(files), func(a, b *chart.File) int {
		if byDepth := strings.Count(b.Name, "/") - strings.Count(a.Name, "/"); byDepth != 0 {
			return byDepth
		}
		return strings.Compare(b.Name, a.Name)
	})
}

// callable returns all functions that templates call. Without a template there
// is nothing to run, and they are there to be parsed.
func (m *metered) callable(b *budget, t *template.Template) template.FuncMap {
	all := template.FuncMap{
		enterFunction: b.enter, leaveFunction: b.leave, tickFunction: b.tick, showFunction: b.show,
		rangeFunction: func(v any) any {
			b.spend(b.elements(v))
			return v
		},
		compareFunction: func(v any) any {
			if text, ok := v.(string); ok {
				b.text(len(text))
			}
			return v
		},
		"include": func(name string, data any) (string, error) { return m.include(b, t, name, data) },
		"tpl":     func(text string, data any) (string, error) { return m.tpl(b, t, text, data) },
	}
	for name, f := range m.functions {
		all[name] = b.charged(name, f)
	}
	return all
}

// run runs templates of the chart, and returns their texts by template.
func (m *metered) run(files []*chart.File, data chartutil.Values) (texts map[string]string, err error) {
	defer func() {
		if r := recover(); r != nil { // of a function that does not expect what it is given
			texts, err = nil, fmt.Errorf("a template failed: %v", r)
		}
	}()
	b := newBudget(m.steps)
	t, err := m.base.Clone()
	if err != nil {
		return nil, err
	}
	t.Funcs(m.callable(b, t))
	own, _ := data["Release"].(map[string]any)
	values, _ := asMap(data["Values"])
	root := map[string]any{
		"Chart":        map[string]any{"Name": m.chart.Name(), "Version": m.chart.Metadata.Version, "AppVersion": m.chart.AppVersion(), "Description": m.chart.Metadata.Description, "IsRoot": true},
		"Capabilities": capabilities(data),
		"Files":        chartFiles{b, m.files},
		"Release":      own,
		"Subcharts":    map[string]any{},
		"Values":       copyMap(values), // templates write into it
	}
	texts = map[string]string{}
	for _, f := range inOrder(files) {
		if isHelper(f.Name) {
			continue
		}
		root["Template"] = map[string]any{"Name": m.full(f), "BasePath": m.chart.Name() + "/templates"}
		out := &output{b: b}
		if err := t.ExecuteTemplate(out, m.full(f), root); err != nil {
			return nil, err
		}
		texts[m.full(f)] = strings.ReplaceAll(out.String(), "<no value>", "") // as Helm has it
	}
	return texts, b.check(root["Values"])
}

// check says whether what the templates made of the values can be worked with.
func (b *budget) check(values any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			var ok bool
			if err, ok = r.(*exhausted); !ok {
				panic(r)
			}
		}
	}()
	if _, ok := asMap(values); !ok {
		return errors.New("its templates leave no values")
	}
	b.size(values)
	return nil
}

// include runs a definition, and returns its text.
func (m *metered) include(b *budget, t *template.Template, name string, data any) (string, error) {
	out := &output{b: b}
	err := t.ExecuteTemplate(out, name, data)
	return out.String(), err
}

// tpl runs a text as a template that has the chart's definitions at hand.
func (m *metered) tpl(b *budget, parent *template.Template, text string, data any) (string, error) {
	b.spend(1000 + len(text)/2)
	if len(text) > maxTemplate {
		return "", fmt.Errorf("the text that is run as a template has %d bytes; the most that meshgen takes is %d", len(text), maxTemplate)
	}
	if problems := forbidden("text", text); len(problems) > 0 {
		return "", errors.New("a text that is run as a template " + problems[0].said)
	}
	called, err := inspect("text", text)
	if err != nil {
		return "", err
	}
	for _, name := range called.functions {
		if slices.Contains(ownFunctions, name) || slices.Contains(writers, name) { // it is there to put values in
			return "", fmt.Errorf("a text that is run as a template calls %s, which it may not", name)
		}
	}
	t, err := parent.Clone()
	if err != nil {
		return "", err
	}
	before := map[string]*parse.Tree{}
	for _, part := range t.Templates() {
		before[part.Name()] = part.Tree
	}
	b.spend(len(before))
	t, err = t.Option("missingkey=zero").Funcs(m.callable(b, t)).New("tpl").Parse(text)
	if err != nil {
		return "", fmt.Errorf("cannot parse the text as a template: %w", err)
	}
	for _, part := range t.Templates() {
		if before[part.Name()] != part.Tree {
			meter(part.Tree)
		}
	}
	out := &output{b: b}
	if err := t.Execute(out, data); err != nil {
		return "", err
	}
	return strings.ReplaceAll(out.String(), "<no value>", ""), nil
}

// chartFiles are the files of a chart that are no templates; a name leads
// nowhere else.
type chartFiles struct {
	b     *budget
	files map[string][]byte
}

// Get returns a file's text, or "" as Helm does.
func (f chartFiles) Get(name string) string {
	f.b.text(len(f.files[name]))
	return string(f.files[name])
}

// Lines returns a file's lines, the last one without its end.
func (f chartFiles) Lines(name string) []string {
	if f.files[name] == nil {
		return []string{}
	}
	f.b.spend(len(f.files[name]))
	return strings.Split(strings.TrimSuffix(string(f.files[name]), "\n"), "\n")
}

// Format keeps fmt from printing what is inside.
func (f chartFiles) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "files") }

// versions are API versions, of which a template can ask whether they are served.
type versions []string

// Has says whether a version is among them.
func (v versions) Has(version string) bool { return slices.Contains(v, version) }

// capabilities is what a template can learn about the cluster.
func capabilities(data chartutil.Values) map[string]any {
	c, ok := data["Capabilities"].(*chartutil.Capabilities)
	if !ok {
		return nil
	}
	return map[string]any{
		"KubeVersion": map[string]any{"Version": c.KubeVersion.Version, "GitVersion": c.KubeVersion.Version, "Major": c.KubeVersion.Major, "Minor": c.KubeVersion.Minor},
		"APIVersions": versions(c.APIVersions),
	}
}
