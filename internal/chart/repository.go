package chart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// versionPath is the intent's path of the release, where people are told what is
// wrong with its charts.
const versionPath = "istio.version"

// addAgain is the way out of charts that are not as they were added.
const addAgain = "take charts/ back from version control, or run meshgen charts add with the release's archives"

// Repository returns the charts of an Istio release that a repository holds: none
// where it holds none of the release. They go before the built-in ones of the
// same release. What is wrong with them, and a release of which nobody has
// charts, comes as diagnostics at the intent's istio.version.
func Repository(fsys fs.FS, version string) (Set, diag.List) {
	folder := releaseFolder(version)
	if info, err := fs.Stat(fsys, folder); err != nil || !info.IsDir() {
		return nil, unknownRelease(version)
	}
	r := repositoryReader{fsys: fsys, version: version, folder: folder}
	if !patchRelease.MatchString(version) {
		return nil, unknownRelease(version)
	}
	text, err := readSmall(fsys, path.Join(folder, PinsFile))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			r.wrong(PinsFile, "%s has no %s, which pins its charts", folder, PinsFile)
		} else {
			r.wrong(PinsFile, "%s cannot be read: %s", path.Join(folder, PinsFile), cause(err))
		}
		return nil, r.list
	}
	p, err := parsePins(text, version)
	if err != nil {
		r.wrong(PinsFile, "%s cannot be read: %v", path.Join(folder, PinsFile), err)
		return nil, r.list
	}
	r.strangers(p)
	set := Set{}
	for _, name := range slices.Sorted(maps.Keys(p.Charts)) {
		if c := r.chart(name, p.Charts[name]); c != nil {
			set[name] = c
		}
	}
	if len(r.list) > 0 {
		return nil, r.list
	}
	return set, nil
}

// unknownRelease says that there are no charts of a release, unless it is the
// built-in one.
func unknownRelease(version string) diag.List {
	d := diag.Diagnostic{
		Code: "MG3003", Severity: diag.Error, Path: versionPath,
		Message:    "meshgen has no charts of Istio " + version,
		Suggestion: fmt.Sprintf("set istio.version to %q", BuiltinVersion),
	}
	switch {
	case version == BuiltinVersion:
		return nil
	case patchRelease.MatchString(version):
		d.Alternatives = []string{"bring the charts of " + version + ": run meshgen charts add with the archives of helm pull"}
	default:
		d.Message = fmt.Sprintf("this meshgen drives Istio %s, and %s is none of its releases", minor, version)
		d.Alternatives = []string{"take the meshgen of that minor"}
	}
	return diag.List{d}
}

// repositoryReader reads the charts of a release.
type repositoryReader struct {
	fsys            fs.FS
	version, folder string
	list            diag.List
}

// wrong reports that charts are not as they were added.
func (r *repositoryReader) wrong(file, format string, args ...any) {
	r.list = append(r.list, diag.Diagnostic{
		Code: "MG4020", Severity: diag.Error, Path: versionPath,
		Message:    fmt.Sprintf(format, args...),
		Suggestion: addAgain,
		Related:    []diag.Note{{Message: "the charts of the release", Position: diag.Position{File: path.Join(r.folder, file)}}},
	})
}

// strangers reports what stands beside the charts without a pin: somebody may
// take it for one of them.
func (r *repositoryReader) strangers(p pins) {
	entries, err := fs.ReadDir(r.fsys, r.folder)
	if err != nil {
		r.wrong("", "%s cannot be read: %s", r.folder, cause(err))
	}
	for _, entry := range entries {
		name := entry.Name()
		if _, pinned := p.Charts[name]; pinned || name == PinsFile || strings.HasPrefix(name, ".") {
			continue
		}
		r.wrong(name, "%s/%s is no chart that %s pins", r.folder, name, PinsFile)
	}
}

// chart reads one chart, holds it against its pin and looks what it would do.
func (r *repositoryReader) chart(name string, pinned pin) *Chart {
	folder := path.Join(r.folder, name)
	files, err := readFolder(r.fsys, folder)
	if err != nil {
		r.wrong(name, "the chart %s cannot be taken: %v", folder, err)
		return nil
	}
	if digest := "sha256:" + files.Digest(); digest != pinned.Digest {
		r.wrong(name, "the chart %s is not the one that was added: its digest is %s, and %s has %s", folder, short(digest), PinsFile, short(pinned.Digest))
		return nil
	}
	c, problems := admit(files)
	for _, p := range problems {
		r.list = append(r.list, diag.Diagnostic{
			Code: "MG4021", Severity: diag.Error, Path: versionPath,
			Message:    fmt.Sprintf("the chart %s is refused: %s", folder, p),
			Suggestion: "take the chart of an Istio release: run meshgen charts add with the archive of helm pull",
			Related:    []diag.Note{{Message: "it stands here", Position: diag.Position{File: path.Join(folder, p.file), Line: p.line}}},
		})
	}
	if c == nil {
		return nil
	}
	if c.Name != name || c.Version != r.version {
		r.wrong(name, "the chart %s is %s %s", folder, c.Name, c.Version)
		return nil
	}
	c.folder = folder
	return c
}

// readSmall returns the content of a file that is never large.
func readSmall(fsys fs.FS, name string) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // to open a named pipe would wait for ever
		return nil, errors.New("it is no file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxYAMLBytes+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxYAMLBytes {
		return nil, fmt.Errorf("it has more than %d bytes", maxYAMLBytes)
	}
	return text, nil
}

// cause is an error of the file system's without the path, which may be absolute.
func cause(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// short is enough of a digest to tell it from another.
func short(digest string) string { return digest[:min(len(digest), len("sha256:")+12)] }
