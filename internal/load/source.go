// Package load turns what people write into intents: CUE in, plain structs and
// diagnostics out. It is the only package that knows CUE.
//
// Loading a cluster takes two steps. The first resolves what people wrote, with
// their own defaults, against schema.#Mesh; the second lays the result over the
// schema's defaults. Both are CUE's own evaluation, and where they succeed
// nothing else happens.
//
// Where they fail, CUE's errors are not translated but replaced. The files are
// evaluated once more without the schema, which shows what people contradict
// among themselves; what is left is held against the schema field by field, by
// a reader of the schema that knows its comments. So every mistake is found,
// each is said once, at the place of the person's value and in the language's
// own words. What neither pass can place is said in general terms, at the
// position that CUE gives.
//
// Packages are put together here and not by cue/load: it cannot import from
// cue.mod/pkg out of an fs.FS, would look for modules on the network, and
// stops at the first import that fails. The rules are CUE's own: the files of
// the package mesh in overlays/ and above belong to every cluster's instance.
package load

import (
	"bytes"
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/tree"
	"github.com/meshgen/meshgen/schema"
)

const (
	overlays    = "overlays" // the folder that people write in
	packageName = "mesh"     // the CUE package of a mesh
	moduleFile  = "cue.mod/module.cue"

	// vendored is where plain CUE finds the schema in a user's repository.
	vendored = "cue.mod/pkg/" + schema.ImportPath

	// languageVersion is CUE's, where the module does not say one.
	languageVersion = "v0.16.0"
)

// Source is a repository, opened: what all of its clusters share.
type Source struct {
	fsys     fs.FS
	module   string // the CUE module's path, without its major version
	version  string // the CUE language version of the module
	clusters []string
	language *language

	// Watch, if not nil, sees to it that no evaluation goes on for ever. It is
	// set before anything is loaded.
	Watch Watch

	// Set are laid over what people wrote in each cluster, to see what would be.
	// It is set before anything is loaded.
	Set []Setting

	runaway atomic.Bool // an evaluation was given up, and may still be running
}

// With returns a source of the same files with other settings.
func (s *Source) With(set []Setting) *Source {
	return &Source{fsys: s.fsys, module: s.module, version: s.version, clusters: s.clusters, language: s.language, Watch: s.Watch, Set: set}
}

// Result is one cluster, loaded. Intent is nil when the files give no whole
// intent; a problem with the file of a patch or manifest leaves it standing.
type Result struct {
	Cluster     string
	Intent      *intent.Intent
	Diagnostics diag.List

	// Guesses are what the cluster may be once its errors are mended, where the
	// files give values enough. Suppose returns the guess in which each wrong text
	// and name is meant to be the given one, nil where none could be. Doubts says
	// whether what is said of all guesses may still follow from the errors.
	Guesses []Guess
	Suppose func(text string) *Guess
	Doubts  func(diag.Diagnostic) bool
}

// Open reads what all clusters share: the module and the list of the clusters'
// folders. The Source is usable even when there are errors.
func Open(fsys fs.FS) (*Source, diag.List) {
	s := &Source{fsys: fsys, version: languageVersion}
	l, err := readLanguage()
	if err != nil {
		return s, diag.List{schemaFault("", err)}
	}
	s.language = l
	if _, err := fs.Stat(fsys, overlays); err != nil {
		if info, err := fs.Lstat(fsys, overlays); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			d := lostLink(overlays)
			d.Code, d.Message = codeNoOverlays, "overlays is a symbolic link that leaves the repository or leads nowhere"
			return s, diag.List{d}
		}
		return s, diag.List{{
			Code: codeNoOverlays, Severity: diag.Error,
			Message:    "there is no folder overlays/ here, so there is nothing to compile",
			Suggestion: "run meshgen init, or give the repository's folder with -C",
			Position:   diag.Position{File: overlays},
		}}
	}
	list := s.readModule()
	list = append(list, s.compareSchema()...)
	list = append(list, s.findClusters()...)
	if len(s.clusters) == 0 && !list.HasErrors() {
		list = append(list, diag.Diagnostic{
			Code: codeNoClusters, Severity: diag.Error,
			Message:    "overlays/ has no cluster: no folder in it holds files of package mesh",
			Suggestion: "add overlays/<cluster>/mesh.cue that begins with package mesh",
			Position:   diag.Position{File: overlays},
		})
	}
	return s, list.Sorted()
}

// Clusters returns the names of the clusters, sorted: the folders of overlays/
// that hold files of package mesh.
func (s *Source) Clusters() []string { return slices.Clone(s.clusters) }

// Choices returns the values that a field of the language has to choose from, by
// the intent's path; none where it takes any value of a type.
func (s *Source) Choices(path string) []string {
	e := explainer{language: s.language}
	return unquoted(e.values(e.fieldAt(intent.Names(path)).kind))
}

// SchemaDigest returns the digest of the schema that the binary holds, as
// "sha256:" and hexadecimal digits.
func (s *Source) SchemaDigest() string {
	files, _ := schemaFiles()
	return "sha256:" + files.Digest()
}

// schemaFiles returns the embedded schema.
func schemaFiles() (tree.Tree, error) {
	names, err := fs.Glob(schema.FS, "*.cue")
	if err != nil {
		return nil, err
	}
	files := tree.Tree{}
	for _, n := range names {
		b, err := schema.FS.ReadFile(n)
		if err != nil {
			return nil, err
		}
		files[n] = b
	}
	return files, nil
}

// readModule reads the module's path and its language version. It looks at
// the two fields alone: what else a module file may hold concerns plain CUE.
func (s *Source) readModule() diag.List {
	content, problem := readFile(s.fsys, moduleFile, maxCUE)
	if problem != nil {
		if problem.missing {
			return diag.List{{
				Code: codeNoOverlays, Severity: diag.Error,
				Message:    "there is no file " + moduleFile + ", so this is no CUE module and imports lead nowhere",
				Suggestion: "run meshgen init",
				Position:   diag.Position{File: moduleFile},
			}}
		}
		return diag.List{problem.diagnostic(codeUnreadable, "write the file anew as UTF-8 text")}
	}
	f, err := parser.ParseFile(moduleFile, content)
	if err != nil {
		if list := unmerged(moduleFile, content); len(list) > 0 {
			return list
		}
		return syntaxErrors(err, content)
	}
	for _, d := range f.Decls {
		field, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		name, _, _ := ast.LabelName(field.Label)
		switch v := field.Value.(type) {
		case *ast.BasicLit:
			if text, err := literal.Unquote(v.Value); err == nil && name == "module" {
				s.module, _, _ = strings.Cut(text, "@")
			}
		case *ast.StructLit:
			for _, d := range v.Elts {
				inner, ok := d.(*ast.Field)
				if !ok || name != "language" {
					continue
				}
				lit, ok := inner.Value.(*ast.BasicLit)
				if n, _, _ := ast.LabelName(inner.Label); !ok || n != "version" {
					continue
				}
				if text, err := literal.Unquote(lit.Value); err == nil {
					s.version = text
				}
			}
		}
	}
	if s.module == "" {
		return diag.List{{
			Code: codeImport, Severity: diag.Error,
			Message:    moduleFile + " does not name the module",
			Suggestion: `add module: "example.com/fleet@v0", with a name of your own`,
			Position:   diag.Position{File: moduleFile, Line: 1, Column: 1},
		}}
	}
	if !supported(s.version) {
		return diag.List{{
			Code: codeImport, Severity: diag.Error,
			Message:    "the module asks for CUE " + s.version + "; this meshgen reads up to " + newestLanguage,
			Suggestion: `set language.version to "` + languageVersion + `", or use a newer meshgen`,
			Position:   diag.Position{File: moduleFile, Line: 1, Column: 1},
		}}
	}
	return nil
}

// compareSchema says when the schema that plain CUE would find in the
// repository is not the one that this binary holds.
func (s *Source) compareSchema() diag.List {
	folder := vendored
	if s.module == schema.Module {
		folder = "schema"
	}
	want, err := schemaFiles()
	if err != nil {
		return diag.List{schemaFault("", err)}
	}
	have := tree.Tree{}
	names, _ := fs.Glob(s.fsys, folder+"/*.cue")
	for _, n := range names {
		if b, problem := readFile(s.fsys, n, maxCUE); problem == nil {
			have[path.Base(n)] = b
		}
	}
	changes := tree.Compare(have, want)
	if len(changes) == 0 {
		return nil
	}
	message := folder + " is not the schema of this meshgen: " + changes[0].Path + " differs"
	switch {
	case len(have) == 0:
		message = folder + " is missing, so the stock cue command cannot read these files"
	case len(changes) > 1:
		message = folder + " is not the schema of this meshgen: " + changes[0].Path + " and others differ"
	}
	return diag.List{{
		Code: codeSchemaDiffers, Severity: diag.Warning,
		Message:    message + "; meshgen uses its own",
		Suggestion: "run meshgen init --update-schema",
		Position:   diag.Position{File: folder},
	}}
}

// supported says whether a CUE language version is one that this binary's
// parser knows. A version that is no version is CUE's to refuse.
func supported(version string) bool {
	have, want := versionParts(version), versionParts(newestLanguage)
	return cmp.Or(cmp.Compare(have[0], want[0]), cmp.Compare(have[1], want[1])) <= 0
}

// newestLanguage is the language of the CUE release in go.mod.
const newestLanguage = "v0.17"

// versionParts returns major and minor of a version such as v0.16.0.
func versionParts(v string) (parts [2]int) {
	for i, p := range strings.SplitN(strings.TrimPrefix(v, "v"), ".", 3) {
		for _, c := range []byte(p) {
			if i > 1 || c < '0' || c > '9' || parts[i] > 1<<20 {
				break
			}
			parts[i] = parts[i]*10 + int(c-'0')
		}
	}
	return parts
}

// hidden says whether CUE ignores a file or folder because of its name.
func hidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// source says whether a file name is one of a package's, as opposed to a
// test, a tool or another kind of file.
func source(name string) bool {
	return strings.HasSuffix(name, ".cue") && !hidden(name) &&
		!strings.HasSuffix(name, "_test.cue") && !strings.HasSuffix(name, "_tool.cue")
}

// trimBOM removes the byte order mark that some editors write.
func trimBOM(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) }
