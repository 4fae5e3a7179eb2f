package load

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// readHatches fills in the files that patches and manifests name, and checks
// that each gives its content in exactly one of the two ways. One that does not
// is reported and left out, so that later stages can go on with the rest.
func (s *Source) readHatches(in *intent.Intent) diag.List {
	var list diag.List
	for _, name := range slices.Sorted(maps.Keys(in.Mesh.Patches)) {
		p := in.Mesh.Patches[name]
		at := intent.Join("patches", name)
		problems := exactlyOne(in, at, "patch", p.Patch != "", p.Path != "")
		if p.Path != "" && p.Patch == "" {
			var text []byte
			text, p.File, problems = s.hatchFile(in, at+".path", p.Path)
			p.Patch = string(text)
			in.Mesh.Patches[name] = p
		}
		if list = append(list, problems...); problems.HasErrors() {
			delete(in.Mesh.Patches, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Mesh.Manifests)) {
		m := in.Mesh.Manifests[name]
		at := intent.Join("manifests", name)
		problems := exactlyOne(in, at, "objects", m.Objects != nil, m.Path != "")
		if m.Path != "" && m.Objects == nil {
			m.Text, m.File, problems = s.hatchFile(in, at+".path", m.Path)
			in.Mesh.Manifests[name] = m
		}
		if list = append(list, problems...); problems.HasErrors() {
			delete(in.Mesh.Manifests, name)
		}
	}
	return list
}

// exactlyOne reports an escape hatch that says both its content and a file, or
// neither.
func exactlyOne(in *intent.Intent, at, inline string, hasInline, hasPath bool) diag.List {
	d := diag.Diagnostic{Code: codeHatchChoice, Severity: diag.Error, Path: at, Position: in.Position(at)}
	switch {
	case hasInline && hasPath:
		d.Message = fmt.Sprintf("%s says both %s and path", at, inline)
		d.Suggestion = fmt.Sprintf("remove %s.%s or %s.path", at, inline, at)
		d.Position = in.Position(at + ".path")
	case !hasInline && !hasPath:
		d.Message = fmt.Sprintf("%s says neither %s nor path", at, inline)
		d.Suggestion = fmt.Sprintf("set %s.%s, or %s.path to a file", at, inline, at)
	default:
		return nil
	}
	return diag.List{d}
}

// hatchFile reads the file of an escape hatch. Its name is relative to the
// folder of the CUE file that says it, and stays inside the repository.
func (s *Source) hatchFile(in *intent.Intent, at, name string) ([]byte, string, diag.List) {
	where := in.Position(at)
	d := diag.Diagnostic{Code: codeHatchFile, Severity: diag.Error, Path: at, Position: where}
	dir := path.Dir(where.File)
	file := path.Join(dir, name)
	switch {
	case path.IsAbs(name) || strings.Contains(name, `\`) || strings.Contains(name, ":"):
		d.Message = fmt.Sprintf("%s is %q; want a path relative to %s, with / between folders", d.Path, name, dir)
		d.Suggestion = fmt.Sprintf("move the file into the repository, and set %s to its path from %s", d.Path, dir)
		return nil, "", diag.List{d}
	case !fs.ValidPath(file) || file == "..":
		d.Message = fmt.Sprintf("%s is %q, which leaves the repository", d.Path, name)
		d.Suggestion = fmt.Sprintf("move the file into the repository, and set %s to its path from %s", d.Path, dir)
		return nil, "", diag.List{d}
	}
	text, problem := readFile(s.fsys, file, maxText)
	if problem == nil {
		// A line that begins so is no YAML, not even as part of a text.
		if list := unmerged(file, text); len(list) > 0 {
			list[0].Path = at
			return nil, "", list
		}
		return text, file, nil
	}
	d.Message = problem.message
	d.Suggestion = "give another file"
	switch {
	case problem.missing:
		d.Suggestion = fmt.Sprintf("add the file, or correct %s", d.Path)
		if near := diag.Nearest(path.Base(file), s.filesOf(path.Dir(file))); near != "" {
			d.Suggestion = fmt.Sprintf("set %s to %q", d.Path, path.Join(path.Dir(name), near))
		}
	case problem.position.Line > 0:
		d.Suggestion = "write the file anew as UTF-8 text"
		d.Related = []diag.Note{{Message: "the byte stands here", Position: problem.position}}
	}
	return nil, "", diag.List{d}
}

// filesOf returns the names of the files in a folder, sorted.
func (s *Source) filesOf(dir string) []string {
	var names []string
	entries, _ := fs.ReadDir(s.fsys, dir)
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}
