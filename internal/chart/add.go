package chart

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/tree"
)

// Source is a chart that somebody wants to add: an archive or a folder.
type Source struct {
	Name    string // as it was typed; for diagnostics
	Archive []byte // as helm pull brings it; nil for a folder
	Folder  fs.FS  // with Chart.yaml at its root; nil for an archive
}

// Addition is what adding charts to a repository would do.
type Addition struct {
	// Files are the files to write, by their path below the repository.
	Files tree.Tree

	// Folders are the charts' folders: what stands there and is not among the
	// files goes.
	Folders []string

	// Charts are the charts that were given, by release and name.
	Charts []Added
}

// Added is one chart of an addition.
type Added struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	Folder  string `json:"folder"`
	Was     string `json:"was"` // what was there: "" for nothing, same, or other
}

// attributes keep Git from changing the ends of lines, and with them digests.
const attributes = "# Charts are pinned by digest: Git must not touch the ends of their lines.\n* -text\n"

// Add says what has to be written for a repository to hold charts. A release's
// charts do not change: another chart of the same name and version is refused
// unless it may replace the first. What is wrong with the sources comes as
// diagnostics, all of it at once, and then nothing is to be written.
func Add(repository fs.FS, sources []Source, replace bool) (Addition, diag.List, error) {
	a := adder{fsys: repository, replace: replace, out: Addition{Files: tree.Tree{}}, releases: map[string]pins{}}
	for _, s := range sources {
		a.source(s)
	}
	if a.list.HasErrors() {
		return Addition{}, a.list.Sorted(), nil
	}
	for _, version := range slices.Sorted(maps.Keys(a.releases)) {
		text, err := a.releases[version].encode()
		if err != nil {
			return Addition{}, nil, err
		}
		a.out.Files[path.Join(releaseFolder(version), PinsFile)] = text
	}
	at := path.Join(Folder, ".gitattributes")
	if _, err := fs.Stat(repository, at); errors.Is(err, fs.ErrNotExist) {
		a.out.Files[at] = []byte(attributes)
	}
	slices.SortFunc(a.out.Charts, func(a, b Added) int { return strings.Compare(a.Folder, b.Folder) })
	slices.Sort(a.out.Folders)
	return a.out, nil, nil
}

type adder struct {
	fsys     fs.FS
	replace  bool
	out      Addition
	releases map[string]pins // as they will be
	list     diag.List
}

func (a *adder) refuse(code string, at diag.Position, suggestion, format string, args ...any) {
	a.list = append(a.list, diag.Diagnostic{
		Code: code, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Suggestion: suggestion, Position: at,
	})
}

// source looks at one chart, and takes it if it may.
func (a *adder) source(s Source) {
	const taken = "take the chart of an Istio release, as helm pull brings it"
	at := diag.Position{File: s.Name}
	var files tree.Tree
	var err error
	kept := pin{}
	if s.Folder != nil {
		files, err = readFolder(s.Folder, ".")
	} else if files, err = readArchive(s.Archive); err == nil {
		kept.Archive = "sha256:" + tree.Digest(s.Archive)
	}
	if err != nil {
		a.refuse("MG4021", at, taken, "the chart is refused: %v", err)
		return
	}
	c, problems := admit(files)
	for _, p := range problems {
		at, said := at, p.String()
		if s.Folder != nil && p.file != "" {
			at, said = diag.Position{File: path.Join(s.Name, p.file), Line: p.line}, "it "+p.said
		}
		a.refuse("MG4021", at, taken, "the chart is refused: %s", said)
	}
	if c == nil {
		return
	}
	folder := path.Join(releaseFolder(c.Version), c.Name)
	if slices.Contains(a.out.Folders, folder) {
		a.refuse("MG4021", at, "name it once", "chart %s %s is named twice", c.Name, c.Version)
		return
	}
	release, ok := a.release(c.Version)
	if !ok {
		return
	}
	kept.Digest = c.Digest
	added := Added{Name: c.Name, Version: c.Version, Digest: c.Digest, Folder: folder}
	if before, ok := release.Charts[c.Name]; ok {
		if added.Was = "same"; before.Digest != c.Digest {
			added.Was = "other"
		} else if kept.Archive == "" {
			kept.Archive = before.Archive
		}
		if added.Was == "other" && !a.replace {
			a.refuse("MG4020", at, "find out why the two differ; then run meshgen charts add --replace",
				"%s pins another chart %s %s: %s, and this one is %s", path.Join(releaseFolder(c.Version), PinsFile), c.Name, c.Version, short(before.Digest), short(c.Digest))
			return
		}
	}
	release.Charts[c.Name] = kept
	for name, content := range files {
		a.out.Files[path.Join(folder, name)] = content
	}
	a.out.Folders = append(a.out.Folders, folder)
	a.out.Charts = append(a.out.Charts, added)
}

// release returns the pins of a release, as far as they are known.
func (a *adder) release(version string) (pins, bool) {
	if p, ok := a.releases[version]; ok {
		return p, true
	}
	p := pins{Istio: version, Charts: map[string]pin{}}
	file := path.Join(releaseFolder(version), PinsFile)
	text, err := readSmall(a.fsys, file)
	if err == nil {
		p, err = parsePins(text, version)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !a.replace {
		a.refuse("MG4020", diag.Position{File: file}, "take the file back from version control, or run meshgen charts add --replace with all charts of the release", "%s cannot be read: %s", file, cause(err))
		return pins{}, false
	}
	if err != nil || p.Charts == nil {
		p = pins{Istio: version, Charts: map[string]pin{}}
	}
	a.releases[version] = p
	return p, true
}
