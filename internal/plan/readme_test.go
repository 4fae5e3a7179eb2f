package plan_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/plan"
	"github.com/meshgen/meshgen/internal/render"
)

// TestReadme holds the plans that README.md shows to what plan prints of this
// repository's own cluster. MESHGEN_UPDATE=1 writes them anew.
func TestReadme(t *testing.T) {
	compiled := func(set ...render.Setting) plan.Plan {
		out, list, err := render.Compile(context.Background(), render.Input{FS: os.DirFS("../.."), Clusters: []string{"edge-berlin"}, Set: set})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Plans) != 1 {
			t.Fatalf("there is no plan: %v", list)
		}
		p := out.Plans[0]
		return plan.Plan{
			Cluster: p.Cluster, Platform: p.Platform, Kubernetes: fmt.Sprintf("1.%d", p.Kubernetes), Mode: string(p.Mode),
			Errors: p.Errors, Warnings: p.Warnings, Report: p.Report,
		}
	}
	now, then := compiled(), compiled(render.Setting{Path: "mode", Value: "ambient"})
	var one, both bytes.Buffer
	if err := plan.Text(&one, []plan.Plan{now}, false); err != nil {
		t.Fatal(err)
	}
	if err := plan.CompareText(&both, []plan.Comparison{{Cluster: now.Cluster, With: []string{"mode=ambient"}, Now: &now, Then: &then}}, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for command, shown := range map[string]string{"meshgen plan edge-berlin": one.String(), "meshgen plan edge-berlin --compare mode=ambient": both.String()} {
		before, rest, ok := strings.Cut(want, "$ "+command+"\n")
		_, after, closed := strings.Cut(rest, "```\n")
		if !ok || !closed {
			t.Fatalf("README.md does not show %s", command)
		}
		want = before + "$ " + command + "\n" + shown + "```\n" + after
	}
	if os.Getenv("MESHGEN_UPDATE") == "1" {
		if err := os.WriteFile("../../README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("README.md does not show what plan prints; write it anew with MESHGEN_UPDATE=1 (-plan +README):\n%s", diff)
	}
}
