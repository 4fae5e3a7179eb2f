package render_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"

	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// inputs are every golden case that compiles, and the repository itself.
func inputs(t *testing.T) map[string]fs.FS {
	t.Helper()
	all := map[string]fs.FS{"repository": os.DirFS(root)}
	golden := filepath.Join(root, "testdata/golden")
	cases, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if !strings.HasPrefix(c.Name(), "refused-") {
			all[c.Name()] = rendertest.Repository(t, os.DirFS(filepath.Join(golden, c.Name(), "in")))
		}
	}
	return all
}

// TestSameBytes: the same input gives the same bytes, in any order of its
// files, on any number of workers and cores, a first and a second time.
// Script tests vary what only a process can: folder, time zone, locale, umask.
func TestSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	for name, in := range inputs(t) {
		t.Run(name, func(t *testing.T) {
			want, _ := compile(t, in, 1)
			if len(want) == 0 {
				t.Fatal("the case gives nothing")
			}
			for _, v := range []struct{ parallel, cores int }{{1, 4}, {2, 2}, {7, 1}} {
				before := runtime.GOMAXPROCS(v.cores)
				got, _ := compile(t, backwards{in}, v.parallel)
				runtime.GOMAXPROCS(before)
				for _, change := range tree.Compare(want, got) {
					t.Errorf("%d workers on %d cores: %s %s", v.parallel, v.cores, change.Path, change.Kind)
				}
			}
		})
	}
}

// backwards lists folders in the reverse order.
type backwards struct{ fs.FS }

func (b backwards) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(b.FS, name)
	slices.Reverse(entries)
	return entries, err
}

// TestOneByOne: a cluster compiled alone gives the bytes that it gives among others.
func TestOneByOne(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	for name, in := range inputs(t) {
		all, _ := compile(t, in, 2)
		together := tree.Tree{}
		for _, cluster := range clusters(all) {
			one, _ := compileOnly(t, in, cluster)
			if err := together.Merge(one); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, change := range tree.Compare(all, together) {
			t.Errorf("%s: one by one, %s is %s", name, change.Path, change.Kind)
		}
	}
}

// clusters are the names of the clusters of a tree.
func clusters(files tree.Tree) []string {
	var names []string
	for _, p := range files.Paths() {
		if cluster, file, _ := strings.Cut(p, "/"); file == "kustomization.yaml" {
			names = append(names, cluster)
		}
	}
	return names
}

// TestObjects holds every object that we write to what a cluster wants of it.
func TestObjects(t *testing.T) {
	for name, in := range inputs(t) {
		files, _ := compile(t, in, 2)
		seen := map[string]string{}
		for _, p := range files.Paths() {
			if path.Ext(p) != ".yaml" || strings.Contains(p, "/host/") || path.Base(p) == "kustomization.yaml" {
				continue
			}
			docs, err := object.Parse(files[p])
			if err != nil {
				t.Errorf("%s: %s: %v", name, p, err)
			}
			var objects []object.Object
			for _, doc := range docs {
				objects = append(objects, object.Object{Value: doc})
			}
			if len(objects) != len(object.Split(files[p])) || len(objects) == 0 {
				t.Errorf("%s: %s has empty documents", name, p)
			}
			if !slices.IsSortedFunc(objects, object.Object.Compare) {
				t.Errorf("%s: %s is out of order", name, p)
			}
			again, err := object.Encode(objects)
			if err != nil || string(again) != string(files[p]) {
				t.Errorf("%s: %s does not read back as it was written (%v)", name, p, err)
			}
			cluster, _, _ := strings.Cut(p, "/")
			for _, o := range objects {
				id := o.ID()
				if first, twice := seen[cluster+id.String()]; twice {
					t.Errorf("%s: %s: %s stands in %s too", name, p, id, first)
				}
				seen[cluster+id.String()] = p
				if id.Kind == "" || id.Name == "" || o.APIVersion() == "" {
					t.Errorf("%s: %s: an object without kind, name or version: %s", name, p, id)
				}
				if (id.Namespace == "") != clusterScoped[id.Kind] {
					t.Errorf("%s: %s: %s has namespace %q", name, p, id, id.Namespace)
				}
			}
			for _, word := range []string{":latest", "/testing", "RELEASE-NAME", "1.0.0"} {
				if strings.Contains(string(files[p]), "image: ") && strings.Contains(string(files[p]), word) && !strings.Contains(p, "crds") {
					t.Errorf("%s: %s holds %q: a development chart's placeholder", name, p, word)
				}
			}
		}
	}
}

// clusterScoped are the kinds that we write and that have no namespace.
var clusterScoped = map[string]bool{
	"Namespace": true, "CustomResourceDefinition": true, "ClusterRole": true, "ClusterRoleBinding": true,
	"MutatingWebhookConfiguration": true, "ValidatingWebhookConfiguration": true,
	"CiliumClusterwideNetworkPolicy": true,
}

// TestKustomize: every kustomization that we write builds, by kustomize itself,
// to the objects that stand in its files. The CRDs, most of the bytes, are built
// with the first cluster of a case alone.
func TestKustomize(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	for name, in := range inputs(t) {
		files, _ := compile(t, in, 2)
		memory := filesys.MakeFsInMemory()
		for _, p := range files.Paths() {
			if err := memory.WriteFile("/"+p, files[p]); err != nil {
				t.Fatal(err)
			}
		}
		for i, cluster := range clusters(files) {
			folders := []string{cluster}
			if i > 0 {
				folders = layers(files, cluster)
			}
			built := map[string]any{}
			for _, folder := range folders {
				resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(memory, "/"+folder)
				if err != nil {
					t.Errorf("%s: %s does not build: %v", name, folder, err)
					continue
				}
				text, err := resources.AsYaml()
				if err != nil {
					t.Fatal(err)
				}
				add(t, built, text)
			}
			held := map[string]any{}
			for _, p := range files.Paths() {
				in := slices.Contains(layers(files, cluster), path.Dir(p)) || i == 0 && strings.HasPrefix(p, "shared/")
				if in && path.Base(p) != "kustomization.yaml" {
					add(t, held, files[p])
				}
			}
			if len(held) == 0 {
				t.Errorf("%s: %s holds nothing", name, cluster)
			}
			for _, id := range slices.Sorted(maps.Keys(held)) {
				if diff := cmp.Diff(held[id], built[id]); diff != "" {
					t.Errorf("%s: %s: %s: -held +built:\n%s", name, cluster, id, diff)
				}
				delete(built, id)
			}
			for id := range built {
				t.Errorf("%s: %s: kustomize builds %s, which is in no file", name, cluster, id)
			}
		}
	}
}

// layers are the folders of a cluster's layers, the shared CRDs left out.
func layers(files tree.Tree, cluster string) []string {
	var folders []string
	for _, p := range files.Paths() {
		folder := path.Dir(p)
		layer, ok := strings.CutPrefix(folder, cluster+"/")
		if ok && layer[0] >= '0' && layer[0] <= '9' && layer != "10-crds" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// add adds the objects of a YAML stream by their IDs.
func add(t *testing.T, objects map[string]any, text []byte) {
	t.Helper()
	docs, err := object.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		objects[object.Object{Value: doc}.ID().String()] = doc
	}
}
