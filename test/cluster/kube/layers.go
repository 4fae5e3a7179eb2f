package kube

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Layer is one layer of a rendered cluster: what kustomize builds from its folder.
type Layer struct {
	Name    string // such as 20-control-plane
	Objects []*unstructured.Unstructured
}

// numbered is the name of a layer's folder.
var numbered = regexp.MustCompile(`^\d\d-`)

// Layers builds the layers of a rendered cluster, a folder as rendered/NAME, in
// the order in which they are delivered, which is that of their names. The
// delivery folder is no layer; Kustomize builds it.
func Layers(t testing.TB, dir string) []Layer {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var layers []Layer
	for _, e := range entries { // ReadDir sorts
		if e.IsDir() && numbered.MatchString(e.Name()) {
			layers = append(layers, Layer{e.Name(), Kustomize(t, filepath.Join(dir, e.Name()))})
		}
	}
	if len(layers) == 0 {
		t.Fatalf("%s has no layers", dir)
	}
	return layers
}

// Kustomize builds a folder as kubectl and Flux do.
func Kustomize(t testing.TB, dir string) []*unstructured.Unstructured {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatalf("kustomize build %s: %v", dir, err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	return objects
}

// Parse reads the objects of a YAML stream. Empty documents are passed over. A
// key that stands twice is an error.
func Parse(stream []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for reader, n := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(stream))), 1; ; n++ {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		var value map[string]any
		if err := utiljson.Unmarshal(text, &value); err != nil { // whole numbers become integers
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		if value != nil {
			out = append(out, &unstructured.Unstructured{Object: value})
		}
	}
}
