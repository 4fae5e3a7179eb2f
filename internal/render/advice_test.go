package render_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
	"github.com/meshgen/meshgen/internal/render/rendertest"
)

// TestAdvice types what the fit's diagnostics say to type, in every golden case,
// and compiles the case again from its files: the trouble must be gone, and
// nothing new must come. The fit tries its advice on pods and nodes; here the
// charts are rendered anew, so that a path that does not reach the pod is found
// out as well.
func TestAdvice(t *testing.T) {
	if testing.Short() {
		t.Skip("slow, and writes nothing")
	}
	golden := filepath.Join(root, "testdata/golden")
	cases, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, c := range cases {
		files := rendertest.Repository(t, os.DirFS(filepath.Join(golden, c.Name(), "in")))
		if want, err := os.ReadFile(filepath.Join(golden, c.Name(), "want/diagnostics.txt")); err != nil || !strings.Contains(string(want), "(MG20") {
			continue
		}
		_, before := compile(t, files, 1)
		for _, d := range before {
			if !strings.HasPrefix(d.Code, "MG20") {
				continue
			}
			for _, text := range append([]string{d.Suggestion}, d.Alternatives...) {
				set := typed(text)
				if set == nil {
					continue
				}
				tried++
				t.Run(c.Name()+"/"+text, func(t *testing.T) {
					_, after := compileInput(t, render.Input{FS: files, Parallel: 1, Version: version, Set: set})
					for _, left := range after {
						same := func(o diag.Diagnostic) bool { return o.Code == left.Code && o.Path == left.Path }
						if same(d) || left.Severity == diag.Error && !slices.ContainsFunc(before, same) {
							t.Errorf("the advice of\n%sleaves\n%s", render1(d), render1(left))
						}
					}
				})
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d changes were tried: the test has lost its cases", tried)
	}
}

func render1(d diag.Diagnostic) string { return text(diag.List{d}) }

var (
	setTo = regexp.MustCompile(`^set (\S+) to (.+)$`)
	added = regexp.MustCompile(`^add \d+ agents? like .+: (cluster\.nodePools\.\S+): (\{.+\})$`)
)

// typed reads what a diagnostic says to type; nil where it is not one change of
// values, but a choice, or something outside of the intent.
func typed(advice string) []render.Setting {
	advice, _, _ = strings.Cut(advice, ", the largest that")
	if m := added.FindStringSubmatch(advice); m != nil {
		return []render.Setting{{Path: m[1], Value: m[2], Name: "advice"}}
	}
	var set []render.Setting
	for _, part := range strings.Split(strings.ReplaceAll(advice, ", set ", " and set "), " and set ") {
		if len(set) > 0 {
			part = "set " + part
		}
		m := setTo.FindStringSubmatch(part)
		if m == nil || strings.Contains(m[2], ", or ") || strings.Contains(m[2], " on a ") {
			return nil
		}
		set = append(set, render.Setting{Path: m[1], Value: m[2], Name: "advice"})
	}
	return set
}
