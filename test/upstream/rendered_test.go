package upstream

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// root is the repository's.
const root = "../.."

// places are the folders whose YAML files are looked at; a place that is not
// there is passed over, but together they must hold something.
var places = []string{"rendered", "testdata/golden", "internal/gitops/testdata"}

// placeholder is what Flux puts a value in the place of; a word stands for it
// here, because no definition allows the braces.
var placeholder = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// TestRendered holds every object of the rendered folders to its kind.
func TestRendered(t *testing.T) {
	h := newHolder(t)
	seen := 0
	for _, place := range places {
		err := filepath.WalkDir(filepath.Join(root, place), func(path string, entry fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || entry.IsDir() || !rendered(place, path) {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for i, doc := range split(placeholder.ReplaceAll(content, []byte("placeholder"))) {
				object, err := parse(doc)
				if err != nil {
					t.Errorf("%s: document %d: %v", path, i+1, err)
					continue
				}
				if object == nil {
					continue
				}
				seen++
				for _, problem := range h.hold(object) {
					t.Errorf("%s: %s %s: %s", path, text(object, "kind"), text(object, "metadata", "name"), problem)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen == 0 {
		t.Error("there is nothing to look at")
	}
	t.Logf("%d objects", seen)
}

// rendered says whether a file holds objects that meshgen wrote: YAML, below a
// golden case's want, and not for the node's own configuration.
func rendered(place, path string) bool {
	path = filepath.ToSlash(path)
	return strings.HasSuffix(path, ".yaml") && !strings.Contains(path, "/host/") &&
		(place != "testdata/golden" || strings.Contains(path, "/want/"))
}

// holder holds objects to their kinds. Objects that it has seen are not looked
// at again: clusters share most of theirs.
type holder struct {
	custom  definitions
	scheme  *runtime.Scheme
	builtin runtime.Decoder
	seen    map[string]bool
}

func newHolder(t *testing.T) *holder {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme, apiextensions.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return &holder{
		custom:  fetch(t),
		scheme:  s,
		builtin: serializer.NewSerializerWithOptions(serializer.DefaultMetaFactory, s, s, serializer.SerializerOptions{Strict: true}),
		seen:    map[string]bool{},
	}
}

// hold returns what is wrong with an object.
func (h *holder) hold(object map[string]any) []string {
	canonical, err := yaml.Marshal(object)
	if err != nil {
		return []string{err.Error()}
	}
	if h.seen[string(canonical)] {
		return nil
	}
	h.seen[string(canonical)] = true

	version, kind := text(object, "apiVersion"), text(object, "kind")
	switch {
	case version == "kustomize.config.k8s.io/v1beta1":
		return problem(yaml.UnmarshalStrict(canonical, &types.Kustomization{}))
	case version == "kiali.io/v1alpha1" && kind == "Kiali":
		return holdKiali(object)
	case h.scheme.Recognizes(schema.FromAPIVersionAndKind(version, kind)):
		json, err := yaml.YAMLToJSON(canonical)
		if err != nil {
			return problem(err)
		}
		_, _, err = h.builtin.Decode(json, nil, nil)
		return problem(err)
	}
	if d, ok := h.custom[version+" "+kind]; ok {
		return d.hold(object)
	}
	return []string{fmt.Sprintf("no source defines %s %s", version, kind)}
}

func problem(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}
