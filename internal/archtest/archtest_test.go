package archtest

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// root is the module's root, seen from this package.
const root = "../.."

// sources returns the Go files of the main module by folder and name. Nested
// modules are not part of it.
func sources(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	fsys := os.DirFS(root)
	err := fs.WalkDir(fsys, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, nested := fs.Stat(fsys, path.Join(p, "go.mod"))
			name := entry.Name()
			if p != "." && (nested == nil || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(p) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		if all[path.Dir(p)] == nil {
			all[path.Dir(p)] = map[string]string{}
		}
		all[path.Dir(p)][path.Base(p)] = string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRules holds the module to the rules.
func TestRules(t *testing.T) {
	all := sources(t)
	for _, dir := range slices.Sorted(maps.Keys(all)) {
		for _, breach := range check(dir, all[dir]) {
			t.Error(breach)
		}
	}
	for _, l := range layers {
		if all[l.path] == nil {
			t.Errorf("the rules speak of package %s, which is gone", l.path)
		}
	}
}

// TestTables holds the tables to what a reader expects of them.
func TestTables(t *testing.T) {
	known := func(p string) bool { return slices.ContainsFunc(layers, func(l layer) bool { return l.path == p }) }
	for i, l := range layers {
		if l.note == "" {
			t.Errorf("the rule of %s has no reason", l.path)
		}
		for _, p := range l.may {
			below := slices.ContainsFunc(layers[:i], func(l layer) bool { return l.path == p })
			if !below && !slices.Contains(types, l.path) && !slices.Contains(stages, l.path) {
				t.Errorf("%s may import %s, which is no package that stands before it", l.path, p)
			}
		}
	}
	for _, o := range slices.Concat(owners, guarded) {
		if o.note == "" {
			t.Errorf("the rule of %s has no reason", o.path)
		}
		for _, p := range o.may {
			if p != everybody && !known(p) {
				t.Errorf("the rule of %s speaks of package %s, which is gone", o.path, p)
			}
		}
	}
	for _, p := range slices.Concat(types, stages, clocked) {
		if !known(p) {
			t.Errorf("a list speaks of package %s, which is gone", p)
		}
	}
}

// TestChecker shows that each rule refuses what it is there to refuse, and
// nothing else.
func TestChecker(t *testing.T) {
	for _, test := range []struct {
		name, dir, file, text string
		want                  []string
	}{
		{
			name: "what is allowed", dir: "internal/load",
			text: `package load
import (
	"io/fs"
	"net/netip"
	"time"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"golang.org/x/sync/errgroup"
	"github.com/meshgen/meshgen/internal/diag"
)
var table = map[string]int{"a": 1}
var compiled = must("x")
type t struct{ n int }
func (t *t) init() { t.n++ }
func f() { table := map[string]int{}; table["b"] = 2; delete(table, "b"); _ = time.Second }
func g(compiled *int) { *compiled = 1; for table := range 3 { _ = table } }
`,
		},
		{
			name: "a stage that imports a stage", dir: "internal/resolve",
			text: "package resolve\nimport \"github.com/meshgen/meshgen/internal/load\"\n",
			want: []string{"internal/resolve/x.go:2: internal/resolve may not import internal/load: " + stageNote},
		},
		{
			name: "a type that imports a stage", dir: "internal/model",
			text: "package model\nimport \"github.com/meshgen/meshgen/internal/check\"\n",
			want: []string{"internal/model/x.go:2: internal/model may not import internal/check: " + typeNote},
		},
		{
			name: "render from elsewhere", dir: "internal/disk",
			text: "package disk\nimport \"github.com/meshgen/meshgen/internal/render\"\n",
			want: []string{"internal/disk/x.go:2: internal/disk may not import internal/render: files in, files out: what they mean is not its business"},
		},
		{
			name: "a library of somebody else's", dir: "internal/policy",
			text: "package policy\nimport \"sigs.k8s.io/yaml/goyaml.v2\"\n",
			want: []string{"internal/policy/x.go:2: internal/policy may not import sigs.k8s.io/yaml/goyaml.v2: one writer of YAML, or equal objects give different bytes"},
		},
		{
			name: "the longest path decides", dir: "internal/chart",
			text: "package chart\nimport (\n\"istio.io/istio/manifests\"\n\"istio.io/istio/pkg/config\"\n)\n",
			want: []string{"internal/chart/x.go:4: internal/chart may not import istio.io/istio/pkg/config: all but manifests needs replace lines in go.mod, which break go install"},
		},
		{
			name: "a library that nobody owns", dir: "internal/cli",
			text: "package cli\nimport \"example.com/left-pad\"\n",
			want: []string{"internal/cli/x.go:2: no package owns example.com/left-pad: say in owners which one, and why"},
		},
		{
			name: "a path that only begins alike", dir: "internal/cli",
			text: "package cli\nimport \"github.com/spf13/cobra-x\"\n",
			want: []string{"internal/cli/x.go:2: no package owns github.com/spf13/cobra-x: say in owners which one, and why"},
		},
		{
			name: "a package without a rule", dir: "internal/new",
			text: "package new\n",
			want: []string{"internal/new/x.go:1: no rule speaks of package internal/new: say in layers what it may import"},
		},
		{
			name: "the system, the network and luck", dir: "internal/render",
			text: "package render\nimport (\n\"math/rand/v2\"\n\"net/http\"\n\"os/signal\"\n)\n",
			want: []string{
				"internal/render/x.go:3: internal/render may not import math/rand/v2: the same input gives the same bytes",
				"internal/render/x.go:4: internal/render may not import net/http: nothing talks to a network",
				"internal/render/x.go:5: internal/render may not import os/signal: input and output stand at the edges; a stage reads through an fs.FS and returns a tree",
			},
		},
		{
			name: "a test may look further", dir: "internal/render", file: "x_test.go",
			text: "package render_test\nimport (\n\"os\"\n\"time\"\n\"sigs.k8s.io/kustomize/api/krusty\"\n\"math/rand\"\n)\nvar now = time.Now()\n",
			want: []string{"internal/render/x_test.go:6: internal/render may not import math/rand: the same input gives the same bytes"},
		},
		{
			name: "the clock, by another name", dir: "internal/policy",
			text: "package policy\nimport t \"time\"\nfunc f() any { _ = t.Hour; return t.Now() }\n",
			want: []string{"internal/policy/x.go:3: internal/policy may not call time.Now: no byte depends on when meshgen runs"},
		},
		{
			name: "init", dir: "internal/check",
			text: "package check\nfunc init() {}\n",
			want: []string{"internal/check/x.go:2: func init: what happens at the start of a program must be written where the program starts"},
		},
		{
			name: "variables that change", dir: "internal/check",
			text: `package check
import (
	"sync"
	"os/exec"
)
var (
	n     int
	seen  = map[string]bool{}
	state struct{ list []int }
	mu    sync.Mutex
	done  chan bool
	once  = sync.OnceValue(func() int { return 1 })
)
func f() {
	n++
	seen["a"] = true
	delete(seen, "a")
	state.list[0], _ = 1, 2
	p := &n
	exec.ErrDot = nil
	_ = p
}
`,
			want: []string{
				"internal/check/x.go:4: internal/check may not import os/exec: what another program prints is not ours to promise",
				"internal/check/x.go:10: mu is there to change (sync.Mutex): keep it in a value that its users hold",
				"internal/check/x.go:11: done is a channel for the whole package: pass it to those who need it",
				"internal/check/x.go:12: once is there to change (sync.OnceValue): keep it in a value that its users hold",
				"internal/check/x.go:15: this changes n, a variable of a package: what a function remembers, its callers cannot see",
				"internal/check/x.go:16: this changes seen, a variable of a package: what a function remembers, its callers cannot see",
				"internal/check/x.go:17: this changes seen, a variable of a package: what a function remembers, its callers cannot see",
				"internal/check/x.go:18: this changes state, a variable of a package: what a function remembers, its callers cannot see",
				"internal/check/x.go:19: this takes the address of n, a variable of a package: what a function remembers, its callers cannot see",
				"internal/check/x.go:20: this changes exec.ErrDot, a variable of a package: what a function remembers, its callers cannot see",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := "x.go"
			if test.file != "" {
				file = test.file
			}
			if diff := cmp.Diff(test.want, check(test.dir, map[string]string{file: test.text})); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}
