package chart

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Renderer renders releases and remembers what it rendered. It is safe for
// concurrent use; what it returns is shared and must not be changed.
type Renderer struct {
	charts Set

	mu       sync.Mutex
	releases memo[string, *rendering]
	again    map[string]bool // the charts that have been rendered

	parts memo[partKey, []object.Object]
	texts *texts
}

// How many releases and parts of charts are remembered before the older half
// goes. A fleet whose clusters all differ would otherwise be held in memory as a
// whole.
const (
	releaseGeneration = 64
	partGeneration    = 512
)

// rendering is a release that is being rendered, or has been.
type rendering struct {
	done    chan struct{}
	objects []object.Object
	err     error
}

// NewRenderer returns a renderer of the charts.
func NewRenderer(charts Set) *Renderer {
	return &Renderer{
		charts:   charts,
		again:    map[string]bool{},
		releases: memo[string, *rendering]{generation: releaseGeneration},
		texts:    newTexts(),
		parts:    memo[partKey, []object.Object]{generation: partGeneration},
	}
}

// Render returns the objects of a release for a Kubernetes minor version, in no
// particular order. What the person's raw values have wrong comes as
// diagnostics; an error is meshgen's own fault.
func (r *Renderer) Render(release model.Release, kubernetes model.Minor) ([]object.Object, diag.List, error) {
	c, ok := r.charts[release.Chart]
	if !ok {
		return nil, nil, fmt.Errorf("no chart is named %q", release.Chart)
	}
	if list := slices.Concat(c.unknownKeys(release), c.shadowed(release), c.mistyped(release), c.templates(release)); len(list) > 0 {
		return nil, list, nil
	}
	if unknown := c.keys.unknown(release.Values); len(unknown) > 0 {
		if c.folder != "" {
			return nil, c.broken(&refusal{message: fmt.Sprintf("it does not read %s, which meshgen sets", strings.Join(unknown[0], "."))}), nil
		}
		return nil, nil, fmt.Errorf("meshgen sets %s, which chart %s does not read", strings.Join(unknown[0], "."), c.Name)
	}
	objects, err := r.once(c, release, kubernetes)
	var refused *refusal
	switch {
	case !errors.As(err, &refused):
		return objects, nil, err
	case c.folder != "" && (refused.exhausted || len(release.Raw) == 0):
		return nil, c.broken(refused), nil
	case len(release.Raw) > 0:
		return nil, r.blame(c, release, kubernetes, refused), nil
	}
	return nil, nil, err
}

// unknownKeys reports the raw values that the chart would ignore.
func (c *Chart) unknownKeys(release model.Release) diag.List {
	var list diag.List
	for _, key := range c.keys.unknown(release.Raw) {
		at := strings.Join(key, ".")
		d := diag.Diagnostic{
			Code: "MG4001", Severity: diag.Error, Path: release.RawPath + "." + at,
			Message:    fmt.Sprintf("chart %s %s has no value %s, and would ignore it", c.Name, c.Version, at),
			Suggestion: "remove it, or name a value of the chart's values.yaml",
		}
		parent, name := key[:len(key)-1], key[len(key)-1]
		if nearest := diag.Nearest(name, c.keys.names(parent)); nearest != "" {
			d.Suggestion = "rename it to " + nearest
		}
		list = append(list, d)
	}
	return list
}

// once renders each distinct release a single time, however many clusters and
// goroutines ask for it.
func (r *Renderer) once(c *Chart, release model.Release, kubernetes model.Minor) ([]object.Object, error) {
	values, err := json.Marshal(release.Values)
	if err != nil {
		return nil, fmt.Errorf("values of %s: %w", release.Component, err)
	}
	sum := sha256.Sum256(values)
	if !c.capabilities {
		kubernetes = 0 // the chart does not look at it
	}
	key := strings.Join([]string{c.Digest, release.Component, release.Name, release.Namespace, strconv.Itoa(int(kubernetes)), hex.EncodeToString(sum[:])}, "\x00")
	done, ok := r.reserve(key)
	if ok {
		<-done.done
		return done.objects, done.err
	}
	defer close(done.done)
	done.objects, done.err = r.render(c, release, kubernetes)
	return done.objects, done.err
}

// reserve returns the rendering of a key, and whether somebody has begun it.
func (r *Renderer) reserve(key string) (*rendering, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	done, ok := r.releases.get(key)
	if !ok {
		done = &rendering{done: make(chan struct{})}
		r.releases.put(key, done)
	}
	return done, ok
}

// whole renders all of a chart in one go.
func (r *Renderer) whole(c *Chart, release model.Release, kubernetes model.Minor) ([]object.Object, error) {
	data, err := c.data(release, kubernetes, len(release.Raw) > 0)
	if err != nil {
		return nil, err
	}
	return r.piece(c, c.helm.Templates, release, data)
}

// piece renders templates of a chart in one go.
func (r *Renderer) piece(c *Chart, templates []*chart.File, release model.Release, data chartutil.Values) ([]object.Object, error) {
	texts, err := c.run(templates, data)
	if err != nil {
		return nil, err
	}
	labels := crdLabels(c, release)
	var docs []document
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if path.Ext(name) != ".yaml" {
			continue // helpers
		}
		origin := object.Origin{Component: release.Component, Chart: c.Name, Template: strings.TrimPrefix(name, c.Name+"/"), Brought: c.folder != ""}
		for _, text := range object.Split([]byte(texts[name])) {
			docs = append(docs, document{text, origin, labels})
		}
	}
	parsed := make([][]object.Object, len(docs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0)) // the base chart's CRDs are most of a cold run
	for i, doc := range docs {
		group.Go(fault.Guard(func() (err error) {
			if parsed[i], err = r.parse(doc); err != nil {
				return &refusal{message: fmt.Sprintf("%s gives YAML that does not parse: %v", doc.origin.Template, err)}
			}
			return nil
		}))
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	objects := slices.Concat(parsed...)
	if c.folder != "" {
		if err := checkObjects(objects); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// document is one document of a template's output.
type document struct {
	text   []byte
	origin object.Origin
	labels map[string]any // of a CRD; nil to leave it as it is
}

// parse reads one document of a template, and writes it as we write objects.
func (r *Renderer) parse(doc document) ([]object.Object, error) {
	values, err := r.texts.parse(doc.text)
	if err != nil {
		return nil, err
	}
	objects := make([]object.Object, len(values))
	for i, value := range values {
		if doc.labels != nil && value["kind"] == "CustomResourceDefinition" {
			stampCRD(value, doc.labels)
		}
		if value["kind"] != "CustomResourceDefinition" { // whose schemas may have null as a default
			dropNulls(value)
			dropEmpty(value)
		}
		if objects[i], err = r.texts.encoded(object.Object{Value: value, Origin: doc.origin}); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// dropNulls removes the keys that a template left without a value, such as an
// env: with nothing below it. The API server drops them too, and a GitOps engine
// that compares would see them come and go.
func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if value == nil {
				delete(v, key)
			} else {
				dropNulls(value)
			}
		}
	case []any:
		for _, element := range v {
			dropNulls(element)
		}
	}
}

// dropEmpty removes annotations and labels that a template left empty, as
// kustomize does: what we write is what it builds.
func dropEmpty(value map[string]any) {
	metadata := object.Map(value, "metadata")
	for _, key := range []string{"annotations", "labels"} {
		if m, ok := metadata[key].(map[string]any); ok && len(m) == 0 {
			delete(metadata, key)
		}
	}
}

// copyMap returns a deep copy of plain values.
func copyMap(m map[string]any) map[string]any {
	c := make(map[string]any, len(m))
	for k, v := range m {
		c[k] = copyValue(v)
	}
	return c
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return copyMap(v)
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = copyValue(v[i])
		}
		return c
	}
	return v
}
