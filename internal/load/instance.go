package load

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/schema"
)

// batch is what the clusters of one call share: a CUE context, which belongs
// to one goroutine, and the packages that are already in it.
type batch struct {
	source *Source
	ctx    *cue.Context
	build  *build.Context
	schema *build.Instance
	loaded map[string]*build.Instance
	open   []string // import paths that are being read, to see a cycle
	list   diag.List

	// changes take the place of what the files of a cluster say.
	changes []change

	// shared is the loose batch in which this one's clusters are explained.
	shared *batch
	// blank holds the places of names that mean nothing; they become _.
	blank map[diag.Position]bool
	// blind says that names of fields went with them.
	blind bool
}

// newBatch returns an empty batch. In a loose one the schema's definitions allow
// everything, so that only what people contradict among themselves is an error.
func (s *Source) newBatch(loose bool) (*batch, error) {
	b := &batch{source: s, ctx: cuecontext.New(), build: build.NewContext(), loaded: map[string]*build.Instance{}}
	b.schema = b.build.NewInstance("schema", nil)
	b.schema.ImportPath = schema.ImportPath
	files, err := schemaFiles()
	if err != nil {
		return nil, err
	}
	for _, name := range files.Paths() {
		f, err := parser.ParseFile(schemaPrefix+name, files[name], parser.Version(languageVersion))
		if err != nil {
			return nil, err
		}
		if loose {
			f = loosened(f)
		}
		if err := b.schema.AddSyntax(f); err != nil {
			return nil, err
		}
	}
	if err := b.schema.Complete(); err != nil {
		return nil, err
	}
	return b, nil
}

// schemaPrefix marks positions in the schema, which no message shows.
const schemaPrefix = "meshgen.dev/schema:"

// loosened returns a file that has the definitions of a schema's file, each
// allowing everything.
func loosened(f *ast.File) *ast.File {
	out := &ast.File{Filename: f.Filename, Decls: []ast.Decl{&ast.Package{Name: ast.NewIdent("schema")}}}
	for _, d := range f.Decls {
		if field, ok := d.(*ast.Field); ok {
			if id, ok := field.Label.(*ast.Ident); ok && strings.HasPrefix(id.Name, "#") {
				out.Decls = append(out.Decls, &ast.Field{Label: ast.NewIdent(id.Name), Value: ast.NewIdent("_")})
			}
		}
	}
	return out
}

// instance builds the package of a cluster.
func (b *batch) instance(cluster string) (*build.Instance, diag.List) {
	b.list = nil
	dir := path.Join(overlays, cluster)
	inst := b.newInstance(dir, packageName, path.Join(b.source.module, dir)+":"+packageName)
	return inst, b.list
}

// newInstance reads a package and everything that it imports. Problems go to
// the batch's list.
func (b *batch) newInstance(dir, pkg, importPath string) *build.Instance {
	inst := b.build.NewInstance(dir, func(pos token.Pos, path string) *build.Instance { return b.imported(pos, path) })
	inst.ImportPath, inst.PkgName, inst.Module = importPath, pkg, b.source.module
	files, problems := b.source.packageFiles(dir, pkg)
	b.list = append(b.list, problems...)
	if len(b.open) == 0 { // the cluster itself, and not what it imports
		files = replace(files, dir, b.changes)
	}
	for _, f := range files {
		if err := inst.AddSyntax(f); err != nil {
			b.list = append(b.list, b.buildErrors(err)...)
		}
		if len(b.blank) > 0 {
			b.blankOut(f)
		}
	}
	if err := inst.Complete(); err != nil && !b.list.HasErrors() {
		b.list = append(b.list, b.buildErrors(inst.Err)...)
	}
	return inst
}

// imported returns the package that an import means, nil for CUE's own. It
// also returns nil when there is a problem, which goes to the batch's list; the
// caller then builds nothing.
func (b *batch) imported(pos token.Pos, importPath string) *build.Instance {
	p := ast.ParseImportPath(importPath)
	if p.Path == schema.ImportPath {
		return b.schema
	}
	if inst := b.loaded[importPath]; inst != nil {
		return inst
	}
	first, _, _ := strings.Cut(p.Path, "/")
	module := b.source.module
	var dir string
	switch {
	case p.Path == module || strings.HasPrefix(p.Path, module+"/"):
		dir = path.Join(".", strings.TrimPrefix(p.Path, module))
		dir = path.Clean(strings.TrimPrefix(dir, "/"))
	case !strings.Contains(first, "."):
		if !slices.Contains(builtins(), p.Path) {
			b.list = append(b.list, b.noImport(pos, p.Path))
			return nil
		}
		return nil
	default:
		for _, place := range []string{"cue.mod/pkg", "cue.mod/gen", "cue.mod/usr"} {
			if b.source.isFolder(path.Join(place, p.Path)) {
				dir = path.Join(place, p.Path)
			}
		}
	}
	if dir == "" || !b.source.isFolder(dir) {
		b.list = append(b.list, b.noImport(pos, p.Path))
		return nil
	}
	if slices.Contains(b.open, importPath) {
		b.list = append(b.list, diag.Diagnostic{
			Code: codeImport, Severity: diag.Error,
			Message:    "packages import each other in a circle: " + strings.Join(append(b.open, importPath), ", "),
			Suggestion: "move what they share to a package that imports neither",
			Position:   position(pos),
		})
		return nil
	}
	b.open = append(b.open, importPath)
	before := len(b.list)
	inst := b.newInstance(dir, p.Qualifier, importPath)
	b.open = b.open[:len(b.open)-1]
	if len(inst.Files) == 0 && len(b.list) == before {
		b.list = append(b.list, diag.Diagnostic{
			Code: codeImport, Severity: diag.Error,
			Message:    fmt.Sprintf("the folder %s has no file of package %s", dir, p.Qualifier),
			Suggestion: fmt.Sprintf("write package %s at the top of its files, or import %q with the package's name after a colon", p.Qualifier, p.Path),
			Position:   position(pos),
		})
	}
	if len(b.list) > before {
		return nil
	}
	b.loaded[importPath] = inst
	return inst
}

// noImport says that an import leads nowhere.
func (b *batch) noImport(pos token.Pos, importPath string) diag.Diagnostic {
	known := append(builtins(), schema.ImportPath)
	d := diag.Diagnostic{
		Code: codeImport, Severity: diag.Error,
		Message:    fmt.Sprintf("there is no package %q", importPath),
		Suggestion: fmt.Sprintf("import a package of this repository, below %q, or vendor it in cue.mod/pkg/%s; meshgen fetches nothing", b.source.module, importPath),
		Position:   position(pos),
	}
	if near := diag.Nearest(importPath, known); near != "" {
		d.Suggestion = fmt.Sprintf("import %q", near)
	} else if strings.HasPrefix(importPath, b.source.module+"/") {
		d.Suggestion = fmt.Sprintf("add the folder %s with a CUE file, or remove the import", strings.TrimPrefix(importPath, b.source.module+"/"))
	}
	return d
}

// builtins are the packages of CUE's standard library.
func builtins() []string {
	return []string{
		"crypto/ed25519", "crypto/hmac", "crypto/md5", "crypto/sha1", "crypto/sha256", "crypto/sha512",
		"encoding/base64", "encoding/csv", "encoding/hex", "encoding/json", "encoding/openapi", "encoding/pem", "encoding/toml", "encoding/xml", "encoding/yaml",
		"html", "list", "math", "math/bits", "net", "path", "regexp", "strconv", "strings", "struct",
		"text/tabwriter", "text/template", "time", "tool", "tool/cli", "tool/exec", "tool/file", "tool/http", "tool/os", "uuid",
	}
}
