package workload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/chart"
	"github.com/meshgen/meshgen/internal/component"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/policy"
	"github.com/meshgen/meshgen/internal/resolve"
	"github.com/meshgen/meshgen/internal/workload"
)

// builder makes the objects of clusters; it renders each chart once.
type builder struct {
	source   *load.Source
	renderer *chart.Renderer
}

func newBuilder(t testing.TB) *builder {
	t.Helper()
	charts, err := chart.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	source, list := load.Open(os.DirFS("../.."))
	if list.HasErrors() {
		t.Fatal(list)
	}
	return &builder{source: source, renderer: chart.NewRenderer(charts)}
}

// mesh returns the resolved mesh of a cluster of overlays.
func (b *builder) mesh(t testing.TB, cluster string) model.Mesh {
	t.Helper()
	loaded := b.source.Load([]string{cluster})[0]
	if loaded.Intent == nil {
		t.Fatal(loaded.Diagnostics)
	}
	m, list := resolve.Mesh(loaded.Intent.Mesh)
	if list.HasErrors() {
		t.Fatal(list)
	}
	return m
}

// objects returns what charts and policy make of a mesh, without patches.
func (b *builder) objects(t testing.TB, m model.Mesh) []object.Object {
	t.Helper()
	var objects []object.Object
	for _, release := range component.Releases(m) {
		rendered, list, err := b.renderer.Render(release, m.Cluster.Kubernetes)
		if err != nil || list.HasErrors() {
			t.Fatal(err, list)
		}
		objects = append(objects, rendered...)
	}
	return append(objects, policy.Objects(m)...)
}

// TestOverlays compares what runs on the clusters of overlays with testdata.
func TestOverlays(t *testing.T) {
	b := newBuilder(t)
	for _, cluster := range b.source.Clusters() {
		t.Run(cluster, func(t *testing.T) {
			m := b.mesh(t, cluster)
			found, problems := workload.Of(m, b.objects(t, m), hardware.Nodes(m.Cluster))
			for _, p := range problems {
				t.Error(p.Object.ID(), p.Err)
			}
			golden(t, cluster, describe(found))
		})
	}
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if os.Getenv("MESHGEN_UPDATE") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// describe writes workloads, one a paragraph.
func describe(list []workload.Workload) string {
	var s strings.Builder
	for _, w := range list {
		fmt.Fprintf(&s, "%s: %s", w, w.Role)
		if w.Path != "" {
			fmt.Fprintf(&s, " of %s", w.Path)
		}
		if w.PerNode {
			s.WriteString(", one a node")
		} else {
			fmt.Fprintf(&s, ", %d to %d", w.Replicas.Min, w.Replicas.Max)
		}
		if p := w.Spec.Priority(); p != 0 {
			fmt.Fprintf(&s, ", priority %d", p)
		}
		if w.Envoy {
			s.WriteString(", Envoy")
		}
		surge, unavailable := w.Update.For(w.Kind, max(w.Replicas.Min, 1))
		switch {
		case w.Update.Recreate:
			s.WriteString(", recreated")
		case w.Update.OnDelete:
			s.WriteString(", not rolled")
		default:
			fmt.Fprintf(&s, ", rolls +%d -%d", surge, unavailable)
		}
		for _, b := range w.Budgets {
			fmt.Fprintf(&s, ", budget %s allows %d", b.Name, b.Allows(w.Replicas.Min))
		}
		fmt.Fprintf(&s, "\n    asks for %s, limit %s, the mesh's %s\n", w.Requests, w.Limits, w.Mesh)
		for _, c := range w.Containers {
			kind := "container"
			if c.Init {
				kind = "init container"
			}
			if c.Sidecar {
				kind += " of the sidecar"
			}
			fmt.Fprintf(&s, "    %s %s: %s, limit %s\n", kind, c.Name, c.Requests, c.Limits)
		}
	}
	return s.String()
}
