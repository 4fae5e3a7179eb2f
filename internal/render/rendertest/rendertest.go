// Package rendertest compiles intents for the tests of the compiler and of its stages.
package rendertest

import (
	"bytes"
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/schema"
)

// Repository completes the input of a case: every file of in, in a module that
// the schema belongs to, so that a case holds nothing but what it is about.
func Repository(t testing.TB, in fs.FS) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{"cue.mod/module.cue": {Data: []byte("module: \"meshgen.dev@v0\"\nlanguage: version: \"v0.16.0\"\n")}}
	add := func(fsys fs.FS, below string) {
		err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := fs.ReadFile(fsys, path)
			files[below+path] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(schema.FS, "schema/")
	add(in, "")
	return files
}

// Vet compiles the clusters of a case, and returns all that is said of them.
func Vet(t testing.TB, in fs.FS) diag.List {
	t.Helper()
	_, list, err := render.Compile(context.Background(), render.Input{FS: Repository(t, in), Parallel: 2, Version: "0.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Text writes diagnostics as the command does.
func Text(t testing.TB, list diag.List) string {
	t.Helper()
	var out bytes.Buffer
	if err := diag.Text(&out, list, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
