package refs

import (
	"fmt"
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
	origin := s.Origin
	switch {
	case len(origin.Patches) > 0:
		return intent.Join("patches", origin.Patches[len(origin.Patches)-1]), diag.Position{}
	case origin.Path != "":
		return origin.Path, diag.Position{}
	}
	if gateway, ok := strings.CutPrefix(origin.Component, "gateway-"); ok {
		if f.mesh.Values.Gateways[gateway] == nil {
			return intent.Join("gateways", gateway), diag.Position{}
		}
		return intent.Join("values.gateways", gateway), diag.Position{}
	}
	return "values." + origin.Component, diag.Position{}
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
		docs, _ = object.Documents(m.Text) // it was read before, or its objects would not be here
		if f.documents == nil {
			f.documents = map[string][]object.Document{}
		}
		f.documents[m.Name] = docs
	}
	return docs
}
