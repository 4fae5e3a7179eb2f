package load_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/diag"
)

// TestClosed holds that the same is said whether CUE closes what embeds #Mesh,
// and meshgen evaluates it once, or leaves it open, and meshgen closes it.
func TestClosed(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	const attribute = "@experiment(explicitopen)\n"
	tried := 0
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := repository(t, a)
		_, want := everything(files)
		closing := map[string]bool{}
		for path, f := range files {
			if strings.HasPrefix(path, "overlays/") && bytes.Contains(f.Data, []byte("schema.#Mesh")) && bytes.HasPrefix(f.Data, []byte("package ")) {
				f.Data = append([]byte(attribute), f.Data...)
				closing[path] = true
			}
		}
		if len(closing) == 0 {
			continue
		}
		tried++
		_, got := everything(files)
		up := func(p *diag.Position) {
			if closing[p.File] && p.Line > 0 {
				p.Line-- // the attribute's
			}
		}
		for i := range got {
			up(&got[i].Position)
			for j := range got[i].Related {
				up(&got[i].Related[j].Position)
			}
		}
		if diff := cmp.Diff(text(want), text(got)); diff != "" {
			t.Errorf("%s: diagnostics differ (-open +closed):\n%s", name, diff)
		}
	}
	if tried < 30 {
		t.Errorf("%d archives embed #Mesh; there were more than 30", tried)
	}
}
