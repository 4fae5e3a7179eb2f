package load

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/parser"

	"github.com/meshgen/meshgen/internal/diag"
)

// folder is what the loader sees of one folder of overlays/.
type folder struct {
	name     string
	packages map[string][]string // files by package; "" means no package clause
	others   bool                // there are other files or folders
	deeper   []string            // folders below that hold files of package mesh
}

// findClusters lists the clusters and reports the folders that are none.
func (s *Source) findClusters() diag.List {
	entries, err := fs.ReadDir(s.fsys, overlays)
	if err != nil {
		return diag.List{{
			Code: codeNoOverlays, Severity: diag.Error,
			Message:    "overlays/ cannot be read as a folder: " + reason(err),
			Suggestion: "run meshgen init, or give the repository's folder with -C",
			Position:   diag.Position{File: overlays},
		}}
	}
	var list diag.List
	lower := map[string]string{}
	for _, e := range entries {
		at := path.Join(overlays, e.Name())
		if _, err := fs.Stat(s.fsys, at); err != nil && e.Type()&fs.ModeSymlink != 0 && label.MatchString(e.Name()) {
			list = append(list, lostLink(at))
		}
		if hidden(e.Name()) || !s.isFolder(at) {
			continue
		}
		f := s.lookAt(e.Name())
		if _, ok := f.packages[packageName]; !ok {
			list = append(list, f.noCluster()...)
			continue
		}
		if len(f.deeper) > 0 {
			list = append(list, f.tooDeep())
		}
		list = append(list, folderName(f.name)...)
		if other, ok := lower[strings.ToLower(f.name)]; ok {
			list = append(list, diag.Diagnostic{
				Code: codeFolderName, Severity: diag.Error, Cluster: f.name,
				Message:    fmt.Sprintf("the folders %s and %s differ only in case, and some file systems take them for one", other, f.name),
				Suggestion: "rename one of the two folders",
				Position:   diag.Position{File: path.Join(overlays, f.name)},
			})
		}
		lower[strings.ToLower(f.name)] = f.name
		s.clusters = append(s.clusters, f.name)
	}
	slices.Sort(s.clusters)
	return append(list, strangers(s.lookAt("."))...)
}

// lostLink reports a link that may stand for a cluster and cannot be followed.
// To pass over it would take the cluster's files away from the rendered folder.
func lostLink(at string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: codeNoPackage, Severity: diag.Error,
		Message:    at + " is a symbolic link that leaves the repository or leads nowhere, so it is no cluster",
		Suggestion: "put the folder itself in its place, or remove the link",
		Position:   diag.Position{File: at},
	}
}

// isFolder says whether a path is a folder, symbolic links followed.
func (s *Source) isFolder(name string) bool {
	info, err := fs.Stat(s.fsys, name)
	return err == nil && info.IsDir()
}

// lookAt reads the package clauses of one folder of overlays/. A file that
// cannot be read counts as one of package mesh, so that loading the cluster
// says what is wrong with it.
func (s *Source) lookAt(name string) folder {
	f := folder{name: name, packages: map[string][]string{}}
	dir := path.Join(overlays, name)
	entries, err := fs.ReadDir(s.fsys, dir)
	if err != nil {
		return f
	}
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		switch {
		case hidden(e.Name()):
		case s.isFolder(file):
			if name != "." && s.holdsMesh(file) {
				f.deeper = append(f.deeper, file)
			}
		case source(e.Name()):
			p := s.packageOf(file)
			f.packages[p] = append(f.packages[p], file)
			continue
		}
		f.others = f.others || !hidden(e.Name())
	}
	return f
}

// holdsMesh says whether a folder has a file of package mesh.
func (s *Source) holdsMesh(dir string) bool {
	entries, _ := fs.ReadDir(s.fsys, dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !e.IsDir() && source(e.Name()) && s.packageOf(path.Join(dir, e.Name())) == packageName
	})
}

// packageOf returns the package of a CUE file, or "" if it names none.
func (s *Source) packageOf(file string) string {
	content, problem := readFile(s.fsys, file, maxCUE)
	if problem != nil {
		return packageName
	}
	f, err := parser.ParseFile(file, content, parser.PackageClauseOnly)
	if err != nil || f.PackageName() == "" && len(unmerged(file, content)) > 0 {
		return packageName
	}
	return f.PackageName()
}

// noCluster says what keeps a folder from being a cluster. A folder that holds
// another package is a library, which is fine, unless its file has the name of a
// cluster's: rendering would then take the cluster away without a word.
func (f folder) noCluster() diag.List {
	dir := path.Join(overlays, f.name)
	d := diag.Diagnostic{Code: codeNoPackage, Severity: diag.Error, Position: diag.Position{File: dir}}
	other := f.packageOf(path.Join(dir, meshFile))
	switch bare := f.packages[""]; {
	case other != "":
		d.Message = fmt.Sprintf("the file is of package %s, not mesh, so the folder %s is no cluster", other, dir)
		d.Suggestion = "write package mesh, or, where the folder is a library, give the file another name than " + meshFile
		d.Position = diag.Position{File: path.Join(dir, meshFile), Line: 1, Column: 1}
	case len(f.packages) > 1 || len(f.packages) == 1 && len(bare) == 0:
		return nil
	case len(bare) > 0:
		d.Message = "the file does not say its package, so the folder " + dir + " is no cluster"
		d.Suggestion = "write package mesh at the top of " + bare[0]
		d.Position = diag.Position{File: bare[0], Line: 1, Column: 1}
	case len(f.deeper) > 0:
		d = f.tooDeep()
	default:
		d.Message = "the folder " + dir + " holds no CUE package, so it is no cluster"
		d.Suggestion = "add " + dir + "/mesh.cue that begins with package mesh, or remove the folder"
		if f.others {
			d.Suggestion = "add " + dir + "/mesh.cue that begins with package mesh, or move the folder out of overlays/"
		}
	}
	return diag.List{d}
}

// meshFile is what people call the file of a cluster.
const meshFile = "mesh.cue"

// packageOf returns the package that one of the folder's files names, or "".
func (f folder) packageOf(file string) string {
	for name, files := range f.packages {
		if slices.Contains(files, file) {
			return name
		}
	}
	return ""
}

// tooDeep reports a cluster that stands in a folder of a folder.
func (f folder) tooDeep() diag.Diagnostic {
	return diag.Diagnostic{
		Code: codeNoPackage, Severity: diag.Error,
		Message:    "clusters stand directly below overlays/, and " + f.deeper[0] + " is deeper",
		Suggestion: fmt.Sprintf("move it to %s/%s-%s", overlays, f.name, path.Base(f.deeper[0])),
		Position:   diag.Position{File: f.deeper[0]},
	}
}

// strangers reports the files of a folder that are not of package mesh: CUE
// would leave them out without a word.
func strangers(f folder) diag.List {
	var list diag.List
	for name, files := range f.packages {
		for _, file := range files {
			d := diag.Diagnostic{
				Code: codeOtherPackage, Severity: diag.Warning,
				Message:    fmt.Sprintf("the file is of package %s, not mesh, so it is no part of the mesh", name),
				Suggestion: "write package mesh, or move the file to a folder of its own",
				Position:   diag.Position{File: file, Line: 1, Column: 1},
			}
			switch name {
			case packageName:
				continue
			case "", "_":
				d.Message = "the file does not say its package, so it is no part of the mesh"
				d.Suggestion = "write package mesh at the top of the file"
			}
			list = append(list, d)
		}
	}
	return list.Sorted()
}

// folderName reports a folder whose name cannot be a cluster's: it becomes
// part of Kubernetes names.
func folderName(name string) diag.List {
	if name == "shared" {
		return diag.List{{
			Code: codeFolderName, Severity: diag.Error, Cluster: name,
			Message:    `a cluster cannot be called "shared": rendered/shared holds what clusters share`,
			Suggestion: "rename the folder",
			Position:   diag.Position{File: path.Join(overlays, name)},
		}}
	}
	if label.MatchString(name) {
		return nil
	}
	suggestion := "rename the folder: lower-case letters, digits and dashes, at most 63"
	if better := strings.Trim(notLabel.ReplaceAllString(strings.ToLower(name), "-"), "-"); label.MatchString(better) {
		suggestion = fmt.Sprintf("rename the folder to %s", better)
	}
	return diag.List{{
		Code: codeFolderName, Severity: diag.Error, Cluster: name,
		Message:    fmt.Sprintf("the folder's name %q cannot be a cluster's: Kubernetes takes lower-case letters, digits and dashes", name),
		Suggestion: suggestion,
		Position:   diag.Position{File: path.Join(overlays, name)},
	}}
}

var (
	label    = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	notLabel = regexp.MustCompile(`[^a-z0-9]+`)
)
