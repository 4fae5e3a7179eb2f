package refs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// manifestPrefix begins the component of what a person's manifest holds.
const manifestPrefix = "manifest-"

// place returns where a person can change a field of an object: in the manifest
// that holds it, in the patch that was applied last, or at the intent's path
// that the object comes from. The position is set for a file of its own alone.
func (f *finder) place(s *subject, keys []string) (string, diag.Position) {
	if m := f.manifestOf(s); m != nil {
		if path, position, ok := f.inManifest(m, s, keys); ok {
			return path, position
		}
	}
	if path, ok := f.inMeshConfig(s, keys); ok {
		return path, diag.Position{}
	}
	origin := s.Origin
	switch {
	case len(origin.Patches) > 0:
		return intent.Join("patches", origin.Patches[len(origin.Patches)-1]), diag.Position{}
	case origin.Path != "":
		return origin.Path, diag.Position{}
	}
	if path, ok := f.rawValue(s, keys); ok {
		return path, diag.Position{}
	}
	if gateway, ok := strings.CutPrefix(origin.Component, "gateway-"); ok {
		if f.mesh.Values.Gateways[gateway] == nil {
			return intent.Join("gateways", gateway), diag.Position{}
		}
		return intent.Join("values.gateways", gateway), diag.Position{}
	}
	return "values." + origin.Component, diag.Position{}
}

// rawValue returns the path of the raw value that a field of a chart's object
// holds; false if none does, or several do.
func (f *finder) rawValue(s *subject, keys []string) (string, bool) {
	value := at(s.Value, keys)
	if text, ok := value.(string); s.Origin.Chart == "" || ok && text == "" || !object.IsScalar(value) || value == nil {
		return "", false
	}
	if _, truth := value.(bool); truth {
		return "", false // there are but two: the same one somewhere means nothing
	}
	path, raw := "values."+s.Origin.Component, map[string]map[string]any{
		"base": f.mesh.Values.Base, "istiod": f.mesh.Values.Istiod, "cni": f.mesh.Values.CNI, "ztunnel": f.mesh.Values.Ztunnel,
	}[s.Origin.Component]
	if gateway, ok := strings.CutPrefix(s.Origin.Component, "gateway-"); ok {
		path, raw = intent.Join("values.gateways", gateway), f.mesh.Values.Gateways[gateway]
	}
	var found []string
	eachScalar(path, raw, func(at string, v any) {
		if fmt.Sprint(v) == fmt.Sprint(value) {
			found = append(found, at)
		}
	})
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// eachScalar calls visit for the scalars below a value, in order, with their paths.
func eachScalar(path string, v any, visit func(path string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			eachScalar(intent.Join(path, key), v[key], visit)
		}
	case []any:
		for i, e := range v {
			eachScalar(fmt.Sprintf("%s[%d]", path, i), e, visit)
		}
	default:
		visit(path, v)
	}
}

// after says which patch leaves the object as it is, if one is to blame.
func (f *finder) after(s *subject, path string) string {
	if n := len(s.Origin.Patches); n > 0 && path == intent.Join("patches", s.Origin.Patches[n-1]) {
		return fmt.Sprintf(", as patch %q leaves it,", s.Origin.Patches[n-1])
	}
	if s.Origin.Chart != "" {
		return fmt.Sprintf(", of chart %s,", s.Origin.Chart)
	}
	return ""
}

// manifestOf returns the manifest that holds an object, or nil.
func (f *finder) manifestOf(s *subject) *model.Manifest {
	name, ok := strings.CutPrefix(s.Origin.Component, manifestPrefix)
	if !ok {
		return nil
	}
	for i := range f.mesh.Manifests {
		if f.mesh.Manifests[i].Name == name {
			return &f.mesh.Manifests[i]
		}
	}
	return nil
}

// inManifest returns the place of a field in a manifest; false when a patch has
// made the field what it is.
func (f *finder) inManifest(m *model.Manifest, s *subject, keys []string) (string, diag.Position, bool) {
	if m.File == "" {
		return intent.Join(s.Origin.Path, keys...), diag.Position{}, len(s.Origin.Patches) == 0
	}
	for _, doc := range f.documentsOf(m) {
		value, _ := doc.Value.(map[string]any)
		if (object.Object{Value: value}).ID() != s.id {
			continue
		}
		if len(s.Origin.Patches) > 0 && fmt.Sprint(at(value, keys)) != fmt.Sprint(at(s.Value, keys)) {
			return "", diag.Position{}, false
		}
		line, column := doc.Place(keys...)
		return m.Path, diag.Position{File: m.File, Line: line, Column: column}, true
	}
	return m.Path, diag.Position{File: m.File, Line: 1, Column: 1}, true
}

func (f *finder) documentsOf(m *model.Manifest) []object.Document {
	docs, ok := f.documents[m.Name]
	if !ok {
		docs, _ = object.Manifests(m.Text) // it was read before, or its objects would not be here
		if f.documents == nil {
			f.documents = map[string][]object.Document{}
		}
		f.documents[m.Name] = docs
	}
	return docs
}
