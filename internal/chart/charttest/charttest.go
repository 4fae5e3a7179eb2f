// Package charttest makes the archives that tests give to meshgen: the charts
// that go.mod brings, stamped and packed as a release of Istio packs them. No
// file of Istio's has to stand in this repository for it.
package charttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"istio.io/istio/manifests"
)

// folders are where the charts stand in istio.io/istio/manifests.
var folders = map[string]string{
	"base": "base", "istiod": "istio-control/istio-discovery", "cni": "istio-cni", "ztunnel": "ztunnel", "gateway": "gateway",
}

// Names returns the charts' names, sorted.
func Names() []string { return slices.Sorted(maps.Keys(folders)) }

// Files returns the files of a chart, stamped with a version as release-builder
// does: https://github.com/istio/release-builder, pkg/build/helm.go.
func Files(t testing.TB, name, version string) map[string]string {
	t.Helper()
	files := map[string]string{}
	folder := "charts/" + folders[name]
	err := fs.WalkDir(manifests.FS, folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(manifests.FS, path)
		files[strings.TrimPrefix(path, folder+"/")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	stamp := strings.NewReplacer("version: 1.0.0\n", "version: "+version+"\n", "appVersion: 1.0.0\n", "appVersion: "+version+"\n")
	files["Chart.yaml"] = stamp.Replace(files["Chart.yaml"])
	return files
}

// Pack returns files below a folder as an archive. The same files give the same
// bytes.
func Pack(t testing.TB, folder string, files map[string]string) []byte {
	t.Helper()
	var headers []tar.Header
	var contents []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		headers = append(headers, tar.Header{Name: folder + "/" + name, Typeflag: tar.TypeReg, Mode: 0o644})
		contents = append(contents, files[name])
	}
	return Tar(t, headers, contents)
}

// Tar returns an archive of any entries, with the contents of those that have one.
func Tar(t testing.TB, headers []tar.Header, contents []string) []byte {
	t.Helper()
	archive, err := TryTar(headers, contents)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// TryTar is Tar of entries that a tar may not be able to hold.
func TryTar(headers []tar.Header, contents []string) ([]byte, error) {
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for i, h := range headers {
		h.Size = int64(len(contents[i]))
		if err := w.WriteHeader(&h); err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(contents[i])); err != nil {
			return nil, err
		}
	}
	err := errors.Join(w.Close(), zipped.Close())
	return b.Bytes(), err
}
