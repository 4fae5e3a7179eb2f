package cli

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/preset"
	"github.com/meshgen/meshgen/internal/tree"
)

// runInit runs init in a folder and returns its status and both outputs.
func runInit(t *testing.T, dir string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := &Container{
		Dir: dir, Getenv: func(string) string { return "" }, Stdout: &out, Stderr: &errs, CPUs: 1,
	}
	status = c.Run(context.Background(), append([]string{"init"}, args...))
	return status, out.String(), errs.String()
}

// folder returns the files below a folder, by their paths.
func folder(t *testing.T, dir string) tree.Tree {
	t.Helper()
	files := tree.Tree{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(p)
		files[filepath.ToSlash(name)] = data
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func presetFiles(t *testing.T, name, module string) tree.Tree {
	t.Helper()
	p, _ := preset.Find(name)
	files, err := p.Repository(preset.Options{Module: module})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestInit(t *testing.T) {
	dir := t.TempDir()
	status, stdout, stderr := runInit(t, dir, "a/fleet", "--preset", "homelab")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if diff := cmp.Diff(presetFiles(t, "homelab", "fleet.example@v0"), folder(t, filepath.Join(dir, "a", "fleet"))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	want := `made .gitattributes
made .gitignore
made .pre-commit-config.yaml
made README.md
made cue.mod/module.cue
made overlays/homelab/mesh.cue
made overlays/mesh.cue
made cue.mod/pkg/meshgen.dev/schema/ (11 files)
`
	if diff := cmp.Diff(want, stdout); diff != "" {
		t.Errorf("standard output (-want +got):\n%s", diff)
	}
}

// What is there is kept, even where a link stands that leads out.
func TestInitKeeps(t *testing.T) {
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "outside")
	put(t, dir, ".gitattributes", "mine\n")
	if err := os.Symlink(outside, filepath.Join(dir, "README.md")); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := runInit(t, dir, "--preset", "k3s-sidecar", "--cluster", "shop", "--module", "acme.com/fleet", "-o", "json")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if !strings.Contains(stdout, "\"kept\": [\n    \".gitattributes\",\n    \"README.md\"\n  ]") {
		t.Errorf("standard output:\n%s", stdout)
	}
	if want := "2 files were there already, and kept\n"; !strings.HasPrefix(stderr, want) {
		t.Errorf("standard error %q, want %q first", stderr, want)
	}
	if data, err := os.ReadFile(filepath.Join(dir, ".gitattributes")); err != nil || string(data) != "mine\n" {
		t.Errorf(".gitattributes is %q now: %v", data, err)
	}
	if _, err := os.Lstat(outside); err == nil {
		t.Error("init wrote through a link")
	}
	if data, err := os.ReadFile(filepath.Join(dir, "cue.mod", "module.cue")); err != nil || !strings.HasPrefix(string(data), "module: \"acme.com/fleet@v0\"\n") {
		t.Errorf("module.cue is %q: %v", data, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "overlays", "shop", "mesh.cue")); err != nil {
		t.Error(err)
	}
}

// If one file cannot be made, none is, and no folder stays behind.
func TestInitFails(t *testing.T) {
	t.Run("a file where a folder must be", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "overlays", "a file\n")
		status, stdout, stderr := runInit(t, dir, "--preset", "k3s-ambient")
		if status != 3 || stdout != "" || !strings.Contains(stderr, "nothing was made in "+dir) {
			t.Errorf("status %d, output %q, %q", status, stdout, stderr)
		}
		if diff := cmp.Diff(tree.Tree{"overlays": []byte("a file\n")}, folder(t, dir)); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("what is left: %v, %v", entries, err)
		}
	})
	t.Run("a folder where a file must be", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "README.md/x", "a file\n")
		status, _, stderr := runInit(t, dir, "new", "--preset", "k3s-ambient")
		if status != 0 {
			t.Fatalf("status %d: %s", status, stderr)
		}
		status, _, stderr = runInit(t, dir, ".", "--preset", "k3s-ambient")
		if status != 3 || !strings.Contains(stderr, "README.md is a folder") {
			t.Errorf("status %d: %s", status, stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "overlays")); err == nil {
			t.Error("init left files behind")
		}
	})
	t.Run("a file as the repository", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "x", "")
		status, _, stderr := runInit(t, dir, "x/fleet", "--preset", "k3s-ambient")
		if status != 3 {
			t.Errorf("status %d: %s", status, stderr)
		}
	})
}

// A file that comes while init works is not overwritten, and all is taken back.
func TestStagerRefusesToOverwrite(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := &stager{root: root}
	for _, name := range []string{"a/one", "b/two"} {
		if err := s.stage(name, []byte("init's")); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, "b/two", "a person's")
	if err := s.finish(s.settle(false)); err == nil {
		t.Error("no error")
	}
	if diff := cmp.Diff(tree.Tree{"b/two": []byte("a person's")}, folder(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err == nil {
		t.Error("the folder a is left")
	}
}

func TestInitUpdateSchema(t *testing.T) {
	dir := t.TempDir()
	files := presetFiles(t, "production", "fleet.example@v0")
	for name, data := range files {
		put(t, dir, name, string(data))
	}
	schema := "cue.mod/pkg/meshgen.dev/schema/"
	put(t, dir, schema+"mesh.cue", "package schema // edited\n")
	put(t, dir, schema+"old.cue", "package schema\n")
	put(t, dir, schema+"NOTES", "mine\n")
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(schema+"types.cue"))); err != nil {
		t.Fatal(err)
	}
	overlay := "package mesh // mine\n"
	put(t, dir, "overlays/production/mesh.cue", overlay)

	// From a folder below, as the other commands.
	status, stdout, stderr := runInit(t, filepath.Join(dir, "overlays"), "--update-schema", "-o", "json")
	want := `{
  "made": [
    "cue.mod/pkg/meshgen.dev/schema/types.cue"
  ],
  "kept": [],
  "replaced": [
    "cue.mod/pkg/meshgen.dev/schema/mesh.cue"
  ],
  "removed": [
    "cue.mod/pkg/meshgen.dev/schema/old.cue"
  ]
}
`
	if status != 0 || stdout != want || stderr != "" {
		t.Errorf("status %d, output:\n%s%s", status, stdout, stderr)
	}
	files["overlays/production/mesh.cue"] = []byte(overlay)
	files[schema+"NOTES"] = []byte("mine\n")
	if diff := cmp.Diff(files, folder(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	status, stdout, stderr = runInit(t, dir, "--update-schema")
	if status != 0 || stdout != "" || stderr != "cue.mod/pkg/meshgen.dev/schema is this meshgen's schema already\n" {
		t.Errorf("again: status %d, %q, %q", status, stdout, stderr)
	}
}

func TestInitWrongUse(t *testing.T) {
	own := t.TempDir()
	put(t, own, "cue.mod/module.cue", "module: \"meshgen.dev@v0\"\n")
	const usage = "usage: meshgen init [DIR] --preset PRESET [flags]\n"
	tests := []struct {
		name   string
		dir    string
		args   []string
		status int
		stderr string
	}{
		{"no preset", "", nil, 2, "meshgen: which preset?\n    try: name one of k3s-sidecar, k3s-ambient, homelab, production behind --preset\n" + usage},
		{"wrong preset", "", []string{"--preset", "homelap"}, 2,
			"meshgen: --preset homelap is none of k3s-sidecar, k3s-ambient, homelab, production; did you mean homelab?\n" + usage},
		{"wrong cluster", "", []string{"--preset", "homelab", "--cluster", "../x"}, 2,
			"meshgen: --cluster ../x is no cluster's name\n    try: use lower-case letters, digits and -, at most 63, and not the name shared\n" + usage},
		{"wrong module", "", []string{"--preset", "homelab", "--module", "fleet"}, 2,
			"meshgen: the module \"fleet\" has no dot before its first slash\n    try: write --module fleet.example\n" + usage},
		{"two folders", "", []string{"a", "b", "--preset", "homelab"}, 2, "meshgen: what is b? The command takes one folder\n" + usage},
		{"two wishes", "", []string{"--preset", "homelab", "--update-schema"}, 2, "meshgen: --update-schema goes with no other flag of init\n" + usage},
		{"meshgen's own repository", own, []string{"--preset", "homelab"}, 2,
			"meshgen: the module here is meshgen.dev, which holds the schema itself and needs no copy\n" + usage},
		{"meshgen's own schema", own, []string{"--update-schema"}, 2,
			"meshgen: the module here is meshgen.dev, which holds the schema itself and needs no copy\n" + usage},
		{"no repository", "", []string{"--update-schema"}, 3,
			"meshgen: this is no meshgen repository: no folder from here upwards holds cue.mod/\n    try: run meshgen init --preset k3s-sidecar\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := test.dir
			if dir == "" {
				dir = t.TempDir()
			}
			before := folder(t, dir)
			status, stdout, stderr := runInit(t, dir, test.args...)
			if status != test.status || stdout != "" {
				t.Errorf("status %d, want %d; standard output %q", status, test.status, stdout)
			}
			if diff := cmp.Diff(test.stderr, stderr); diff != "" {
				t.Errorf("standard error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, folder(t, dir)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}
