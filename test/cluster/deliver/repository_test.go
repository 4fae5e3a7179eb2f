package deliver

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fluxcd/pkg/sourceignore"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// repository is a folder that stands for a Git repository: rendered/ as it is
// committed, which a test may change as a commit would.
type repository string

func newRepository(t *testing.T) repository {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "rendered"), os.DirFS(filepath.Join(kube.Root(), "rendered"))); err != nil {
		t.Fatal(err)
	}
	return repository(dir)
}

// path returns the path of a file.
func (r repository) path(name string) string {
	return filepath.Join(string(r), filepath.FromSlash(name))
}

// change replaces the content of a file by what a function makes of it, which
// must differ.
func (r repository) change(t *testing.T, name string, edit func(text string) string) {
	t.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil {
		t.Fatal(err)
	}
	edited := edit(string(text))
	if edited == string(text) {
		t.Fatalf("%s is not changed", name)
	}
	if err := os.WriteFile(r.path(name), []byte(edited), 0o644); err != nil {
		t.Fatal(err)
	}
}

// without returns the edit of a kustomization.yaml that leaves resources out.
func without(resources ...string) func(string) string {
	return func(text string) string {
		for _, r := range resources {
			text = strings.Replace(text, "- "+r+"\n", "", 1)
		}
		return text
	}
}

// less is the edit that leaves the last document of a YAML stream out.
func less(text string) string {
	if i := strings.LastIndex(text, "\n---\n"); i >= 0 {
		return text[:i+1]
	}
	return text
}

// pack returns the archive that source-controller makes of a folder: the files
// that a GitRepository's ignore rules leave.
func pack(t *testing.T, dir, ignore string) []byte {
	t.Helper()
	matcher := sourceignore.NewDefaultMatcher(sourceignore.ReadPatterns(strings.NewReader(ignore), nil), nil)
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || matcher.Match(strings.Split(name, "/"), false) {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			return err
		}
		_, err = archive.Write(text)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	if err == nil {
		err = zipped.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
