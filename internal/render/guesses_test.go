package render_test

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestNothingFollows: a sound cluster with one slip in it, which the schema sees,
// is told of that slip and of nothing that follows from it. Some names and values of
// two clusters are got wrong, one after the other; MESHGEN_SLIPS names clusters of
// which all are.
func TestNothingFollows(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	names, every := []string{"edge-oslo", "production"}, 9
	if all := os.Getenv("MESHGEN_SLIPS"); all != "" {
		names, every = strings.Split(all, ","), 1
	}
	files := rendertest.Repository(t, os.DirFS(root))
	for _, cluster := range names {
		t.Run(cluster, func(t *testing.T) {
			name := path.Join("overlays", cluster, "mesh.cue")
			whole := string(files[name].Data)
			defer func() { files[name].Data = []byte(whole) }()
			tried := 0
			for i, s := range slipsIn(t, name, whole) {
				if i%every != 0 {
					continue
				}
				files[name].Data = []byte(whole[:s.at] + s.text + whole[s.at+s.length:])
				_, list, err := render.Compile(context.Background(), render.Input{FS: files, Clusters: []string{cluster}, Parallel: 1, Version: version})
				if err != nil {
					t.Fatal(err)
				}
				if slices.ContainsFunc(list, ofSchema) {
					tried++
					if slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return !ofSchema(d) }) {
						t.Errorf("%s for %s:\n%s", s.text, whole[s.at:s.at+s.length], text(list))
					}
				}
			}
			if tried < 5 {
				t.Errorf("of the slips only %d are errors of the schema", tried)
			}
		})
	}
}

// ofSchema says whether a diagnostic is about what the schema allows.
func ofSchema(d diag.Diagnostic) bool { return strings.HasPrefix(d.Code, "MG10") }

// slip is a change of a text.
type slip struct {
	at, length int
	text       string
}

// slipsIn gets each name and each value of a file wrong, in one way.
func slipsIn(t *testing.T, name, source string) []slip {
	t.Helper()
	f, err := parser.ParseFile(name, source)
	if err != nil {
		t.Fatal(err)
	}
	var slips []slip
	ast.Walk(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportDecl:
			return false
		case *ast.Field:
			if id, ok := n.Label.(*ast.Ident); ok {
				at := id.Pos().Offset()
				slips = append(slips, slip{at, len(id.Name), fmt.Sprintf("%sx%s", id.Name[:1], id.Name[1:])})
			}
		case *ast.BasicLit:
			wrong := `"not this"`
			if n.Kind == token.STRING {
				wrong = "7"
			}
			slips = append(slips, slip{n.Pos().Offset(), len(n.Value), wrong})
		}
		return true
	}, nil)
	return slips
}
