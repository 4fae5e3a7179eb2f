package preset

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every folder of presets is listed, and every preset has its two files.
func TestAll(t *testing.T) {
	entries, err := fs.ReadDir(content, "presets")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	listed := map[string]bool{}
	for _, name := range Names() {
		listed[name] = true
	}
	for _, folder := range folders {
		if !listed[folder] {
			t.Errorf("presets/%s is not listed", folder)
		}
	}
	if len(listed) != len(folders) {
		t.Errorf("%d presets are listed, %d have a folder", len(listed), len(folders))
	}
}

func TestRepository(t *testing.T) {
	p, ok := Find("k3s-ambient")
	if !ok {
		t.Fatal("no preset")
	}
	files, err := p.Repository(Options{Cluster: "shop-7", Module: "fleet.example@v0"})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, path := range files.Paths() {
		if !strings.HasPrefix(path, SchemaFolder+"/") {
			paths = append(paths, path)
		}
	}
	want := []string{
		".gitattributes", ".gitignore", ".pre-commit-config.yaml", "README.md", "cue.mod/module.cue",
		"overlays/mesh.cue", "overlays/shop-7/mesh.cue",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got, want := string(files[ModuleFile]), "module: \"fleet.example@v0\"\nlanguage: version: \"v0.16.0\"\n"; got != want {
		t.Errorf("module file %q, want %q", got, want)
	}
	if readme := string(files["README.md"]); strings.Contains(readme, "{{") || !strings.Contains(readme, "overlays/shop-7/mesh.cue") {
		t.Errorf("the README does not name the cluster:\n%s", readme)
	}
	if files[SchemaFolder+"/mesh.cue"] == nil {
		t.Errorf("no schema at %s", SchemaFolder)
	}
}

// The stock cue command, which go.mod names as a tool, takes what init makes,
// offline; and it refuses a misspelt field, in the base and in the cluster.
func TestStockCUE(t *testing.T) {
	// go tool would compile all that cue is made of anew under -trimpath.
	cue := filepath.Join(t.TempDir(), "cue")
	if out, err := exec.Command("go", "build", "-ldflags=-s", "-o", cue, "cuelang.org/go/cmd/cue").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			files, err := p.Repository(Options{Module: "fleet.example@v0"})
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for name, data := range files {
				write(t, filepath.Join(dir, name), data)
			}
			run := func(args ...string) (string, error) {
				cmd := exec.Command(cue, args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "CUE_CACHE_DIR="+t.TempDir(), "CUE_REGISTRY=none")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := run("vet", "-c", "./overlays/..."); err != nil {
				t.Errorf("cue vet: %v\n%s", err, out)
			}
			if out, err := run("fmt", "--check", "./..."); err != nil || out != "" {
				t.Errorf("cue fmt: %v\n%s", err, out)
			}
			for _, file := range []string{"overlays/mesh.cue", "overlays/" + p.Cluster + "/mesh.cue"} {
				path := filepath.Join(dir, file)
				write(t, path, append([]byte(nil), append(files[file], "modee: \"ambient\"\n"...)...))
				out, err := run("vet", "-c", "./overlays/...")
				if err == nil || !strings.Contains(out, "modee: field not allowed") {
					t.Errorf("a misspelt field in %s passes: %v\n%s", file, err, out)
				}
				write(t, path, files[file])
			}
		})
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestModuleFor(t *testing.T) {
	for folder, want := range map[string]string{
		"fleet":         "fleet.example@v0",
		"My Fleet_2":    "my-fleet-2.example@v0",
		"mesh.acme.com": "mesh.acme.com@v0",
		"..":            "fleet.example@v0",
		"Флот":          "fleet.example@v0",
		"a..b":          "fleet.example@v0",
	} {
		got := ModuleFor(folder)
		if got != want {
			t.Errorf("ModuleFor(%q) = %q, want %q", folder, got, want)
		}
		if _, err := Module(got); err != nil {
			t.Errorf("ModuleFor(%q) gives what Module refuses: %v", folder, err)
		}
	}
}

func TestModule(t *testing.T) {
	tests := []struct{ name, want, err string }{
		{"acme.com/fleet", "acme.com/fleet@v0", ""},
		{"acme.com/fleet@v2", "acme.com/fleet@v2", ""},
		{"fleet", "", `the module "fleet" has no dot before its first slash`},
		{"acme.com/Fleet", "", `the module "acme.com/Fleet" is no path of lower-case letters, digits, dots, - and _`},
		{"acme.com//fleet", "", `the module "acme.com//fleet" is no path of lower-case letters, digits, dots, - and _`},
		{"acme.com@latest", "", `the module "acme.com@latest" ends with @latest, which is no major version such as @v0`},
		{"ac_me.com", "", `the module "ac_me.com" is no path of lower-case letters, digits, dots, - and _`},
		{"a..b", "", `the module "a..b" is no path of lower-case letters, digits, dots, - and _`},
		{"meshgen.dev", "", "the module meshgen.dev is meshgen's own"},
	}
	for _, test := range tests {
		got, err := Module(test.name)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != test.want || text != test.err {
			t.Errorf("Module(%q) = %q, %q; want %q, %q", test.name, got, text, test.want, test.err)
		}
	}
}

func TestClusterName(t *testing.T) {
	for name, want := range map[string]bool{
		"edge-1": true, "a": true, "": false, "Edge": false, "-a": false, "a.b": false, "../x": false, "shared": false,
	} {
		if got := ClusterName(name); got != want {
			t.Errorf("ClusterName(%q) = %v, want %v", name, got, want)
		}
	}
}
