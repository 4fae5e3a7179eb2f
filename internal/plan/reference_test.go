package plan_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described are the structs of the JSON, in the order in which a reader meets
// them: the file, the type, and what the page calls it.
var described = []struct{ folder, name, title string }{
	{"../plan", "Document", "The document"},
	{"../diag", "Report", ""},
	{"../diag", "Counts", "Counts"},
	{"../diag", "Diagnostic", "A diagnostic"},
	{"../diag", "Position", "A position"},
	{"../diag", "Note", "A note"},
	{"../plan", "Plan", "A plan"},
	{"../fit", "Report", "A report"},
	{"../fit", "Amount", "An amount"},
	{"../fit", "Node", "A node"},
	{"../fit", "Reserve", "A reserve"},
	{"../fit", "Item", "An item"},
	{"../fit", "Total", "The total"},
	{"../fit", "Workload", "A workload"},
	{"../fit", "Answer", "An answer"},
	{"../fit", "Case", "A case"},
	{"../fit", "Pending", "Pending pods"},
	{"../fit", "Reason", "A reason"},
	{"../fit", "Budget", "A budget"},
	{"../fit", "Sizing", "A sizing"},
	{"../fit", "Resources", "Resources"},
	{"../plan", "CompareDocument", "The document with --compare"},
	{"../diag", "Report", ""},
	{"../plan", "comparisonJSON", "A comparison"},
	{"../plan", "differenceJSON", "The difference"},
	{"../plan", "difference", "An amount as it is and then"},
	{"../plan", "workloadChange", "A workload that changes"},
}

// TestReference holds docs/reference/plan.md to the types of the JSON.
// MESHGEN_UPDATE=1 writes it anew.
func TestReference(t *testing.T) {
	structs := map[string]*ast.StructType{}
	docs := map[string]string{}
	for _, folder := range []string{"../plan", "../diag", "../fit"} {
		names, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, s := range g.Specs {
					if spec, ok := s.(*ast.TypeSpec); ok {
						if st, ok := spec.Type.(*ast.StructType); ok {
							structs[folder+"."+spec.Name.Name], docs[folder+"."+spec.Name.Name] = st, oneLine(g.Doc)
						}
					}
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("<!-- Made from the types of the JSON by a test of internal/plan: do not edit. -->\n\n# meshgen plan -o json\n\n")
	b.WriteString("Fields keep their names and meanings from release to release; new ones may come.\nCPU is in millicores and memory in bytes. Lists are never null.\n")
	for _, d := range described {
		st := structs[d.folder+"."+d.name]
		if st == nil {
			t.Fatalf("there is no struct %s in %s", d.name, d.folder)
		}
		if d.title != "" {
			fmt.Fprintf(&b, "\n## %s\n\n", d.title)
			if doc := docs[d.folder+"."+d.name]; doc != "" {
				b.WriteString(cell(doc) + "\n\n")
			}
			b.WriteString("| field | type | |\n|---|---|---|\n")
		}
		for _, f := range st.Fields.List {
			if f.Tag == nil {
				continue // embedded: its own lines follow, or it is described above
			}
			tag, err := strconv.Unquote(f.Tag.Value)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, cell(types.ExprString(f.Type)), cell(strings.TrimSpace(oneLine(f.Doc)+" "+oneLine(f.Comment))))
		}
	}
	const file = "../../docs/reference/plan.md"
	if os.Getenv("MESHGEN_UPDATE") == "1" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(have)); diff != "" {
		t.Errorf("%s is not what the types say; write it anew with MESHGEN_UPDATE=1 (-types +file):\n%s", file, diff)
	}
}

func oneLine(g *ast.CommentGroup) string {
	return strings.Join(strings.Fields(g.Text()), " ")
}

func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "*", "", "fit.", "", "diag.", "").Replace(s)
}
