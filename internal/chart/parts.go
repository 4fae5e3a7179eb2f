package chart

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// The clusters of a fleet differ in a few values, and a template reads a few of
// them. So a release is rendered in two steps: the preludes alone, which lay the
// profile between the chart's defaults and the release's values; and then only
// those parts of the chart that read a value which no release before had so.
// What a part reads is known from its text (divide), and a test holds the
// result against a rendering in one piece.

// handOut is a template that hands the final values out. Helm runs it last, for
// its name comes first; and .Release is a map that the caller has, too.
var handOut = &chart.File{Name: "templates/a", Data: []byte(`{{- $_ := set .Release "final" .Values -}}`)}

// final returns what a release's templates see once the preludes have run.
func (c *Chart) final(release model.Release, kubernetes model.Minor) (chartutil.Values, error) {
	// The schema, which takes milliseconds to compile, can only be broken by raw values.
	data, err := c.data(release, kubernetes, len(release.Raw) > 0)
	if err != nil {
		return nil, err
	}
	preludes := c.some(func(name string) bool { return slices.Contains(c.division().preludes, name) })
	if _, err := c.run(append(preludes, handOut), data); err != nil {
		return nil, err
	}
	own := data["Release"].(map[string]any)
	data["Values"] = own["final"]
	delete(own, "final")
	return data, nil
}

// some returns the templates whose names are wanted.
func (c *Chart) some(wanted func(name string) bool) []*chart.File {
	var files []*chart.File
	for _, f := range c.helm.Templates {
		if wanted(f.Name) {
			files = append(files, f)
		}
	}
	return files
}

// data returns what a release's templates see.
func (c *Chart) data(release model.Release, kubernetes model.Minor, schema bool) (chartutil.Values, error) {
	capabilities := chartutil.DefaultCapabilities.Copy()
	minor := strconv.Itoa(int(kubernetes))
	capabilities.KubeVersion = chartutil.KubeVersion{Version: "v1." + minor + ".0", Major: "1", Minor: minor}
	options := chartutil.ReleaseOptions{Name: release.Name, Namespace: release.Namespace, Revision: 1, IsInstall: true}
	// Helm changes the values that it is given.
	data, err := chartutil.ToRenderValuesWithSchemaValidation(c.helm, copyMap(release.Values), options, capabilities, !schema)
	if err != nil {
		return nil, refuse(err)
	}
	return data, nil
}

// run runs templates of the chart, and returns their texts by template.
func (c *Chart) run(templates []*chart.File, data chartutil.Values) (map[string]string, error) {
	if c.metered != nil {
		texts, err := c.metered.run(templates, data)
		if err != nil {
			return nil, refuseMetered(err)
		}
		return texts, nil
	}
	some := *c.helm
	some.Templates = templates
	texts, err := engine.Engine{Strict: false, EnableDNS: false}.Render(&some, data)
	if err != nil {
		return nil, refuse(err)
	}
	return texts, nil
}

// render renders a release, part by part where the chart has parts. The first
// of a chart is rendered in one piece: to look for parts would not pay for a
// single cluster.
func (r *Renderer) render(c *Chart, release model.Release, kubernetes model.Minor) ([]object.Object, error) {
	r.mu.Lock()
	first := !r.again[c.Name]
	r.again[c.Name] = true
	r.mu.Unlock()
	if first || c.metered != nil || len(c.division().parts) == 0 {
		return r.whole(c, release, kubernetes)
	}
	data, err := c.final(release, kubernetes)
	if err != nil {
		return nil, err
	}
	final, ok := asMap(data["Values"])
	if !ok {
		return nil, fmt.Errorf("chart %s has no values", c.Name)
	}
	var objects []object.Object
	var missing []part
	var keys []partKey
	for _, p := range c.division().parts {
		key, err := p.key(c, release, kubernetes, final)
		if err != nil {
			return nil, err
		}
		if known, ok := r.parts.get(key); ok {
			objects = append(objects, known...)
			continue
		}
		missing, keys = append(missing, p), append(keys, key)
	}
	if len(missing) == 0 {
		return objects, nil
	}
	templates := c.some(func(name string) bool {
		return slices.ContainsFunc(missing, func(p part) bool {
			return slices.Contains(p.templates, name) || slices.Contains(p.helpers, name)
		})
	})
	templates = append(templates, &chart.File{Name: "templates/_preludes.tpl", Data: []byte(c.division().defined)})
	made, err := r.piece(c, templates, release, data)
	if err != nil {
		return nil, err
	}
	for i, p := range missing {
		var own []object.Object
		for _, o := range made {
			if slices.Contains(p.templates, o.Origin.Template) {
				own = append(own, o)
			}
		}
		r.parts.put(keys[i], own)
	}
	return append(objects, made...), nil
}

// asMap returns a map of values by its plain type.
func asMap(values any) (map[string]any, bool) {
	switch values := values.(type) {
	case map[string]any:
		return values, true
	case chartutil.Values:
		return values, true
	}
	return nil, false
}

// partKey is what a part's objects depend on.
type partKey [sha256.Size]byte

func (p part) key(c *Chart, release model.Release, kubernetes model.Minor, final map[string]any) (partKey, error) {
	values, err := json.Marshal(p.reads.restrict(final))
	if err != nil {
		return partKey{}, fmt.Errorf("values of %s: %w", release.Component, err)
	}
	h := sha256.New()
	for _, s := range []string{c.Digest, release.Component, release.Name, release.Namespace, strconv.Itoa(int(kubernetes)), p.templates[0]} {
		h.Write([]byte(s + "\x00"))
	}
	h.Write(values)
	return partKey(h.Sum(nil)), nil
}
