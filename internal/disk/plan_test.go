package disk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/lock"
	"github.com/meshgen/meshgen/internal/tree"
)

// rendered returns the tree that a compiler gives: the files, and for each
// cluster a lock that names its files and the shared ones.
func rendered(t testing.TB, files map[string]string) tree.Tree {
	t.Helper()
	out, locks := tree.Tree{}, map[string]lock.File{}
	for p := range files {
		if cluster := firstOf(p); cluster != Shared {
			locks[cluster] = lock.File{Meshgen: "0.1.0", Files: map[string]string{}}
		}
	}
	for p, content := range files {
		out[p] = []byte(content)
		for cluster, l := range locks {
			if first := firstOf(p); first == cluster || first == Shared {
				l.Files[p] = lock.Digest([]byte(content))
			}
		}
	}
	for cluster, l := range locks {
		encoded, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		out[cluster+"/"+lock.Name] = encoded
	}
	return out
}

// with returns a tree with some files laid over it; "-" removes a file.
func with(base tree.Tree, files map[string]string) tree.Tree {
	out := tree.Tree{}
	for p, c := range base {
		out[p] = c
	}
	for p, c := range files {
		if c == "-" {
			delete(out, p)
		} else {
			out[p] = []byte(c)
		}
	}
	return out
}

func show(t testing.TB, p Plan) string {
	t.Helper()
	var b strings.Builder
	for _, c := range p.Changes {
		b.WriteString(string(c.Kind) + " " + c.Path + "\n")
	}
	if err := diag.Text(&b, p.Problems, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlan(t *testing.T) {
	fleet := rendered(t, map[string]string{"a/x": "ax", "a/y/z": "az", "b/x": "bx", "shared/crds/c": "crd"})
	justB := rendered(t, map[string]string{"b/x": "bx", "shared/crds/c": "crd"})
	newB := rendered(t, map[string]string{"b/x": "bx2", "shared/crds/d": "crd2"})
	for _, c := range []struct {
		name string
		have tree.Tree
		wish Wish
		want string
	}{
		{"first", nil, Wish{Tree: justB}, "added b/meshgen.lock\nadded b/x\nadded shared/crds/c\n"},
		{"same", fleet, Wish{Tree: fleet}, ""},
		{"a cluster went", fleet, Wish{Tree: justB}, "removed a/meshgen.lock\nremoved a/x\nremoved a/y/z\n"},
		{"some clusters keep the others", fleet, Wish{Tree: newB, Clusters: []string{"b"}},
			"changed b/meshgen.lock\nchanged b/x\nadded shared/crds/d\n"},
		{"shared base of one cluster goes", justB, Wish{Tree: newB, Clusters: []string{"b"}},
			"changed b/meshgen.lock\nchanged b/x\nremoved shared/crds/c\nadded shared/crds/d\n"},
		{"a file was deleted by hand", with(fleet, map[string]string{"a/x": "-"}), Wish{Tree: fleet}, "added a/x\n"},
		{"a lock was deleted by hand", with(fleet, map[string]string{"a/meshgen.lock": "-"}), Wish{Tree: fleet}, "added a/meshgen.lock\n"},
		{"edited", with(fleet, map[string]string{"a/x": "mine"}), Wish{Tree: fleet}, `changed a/x
rendered/a/x: this file was edited by hand: it is not as meshgen.lock has it (MG6002)
    try: say it in the intent, then run meshgen render --force, which drops the edit
`},
		{"edited, forced", with(fleet, map[string]string{"a/x": "mine"}), Wish{Tree: fleet, Force: true}, `changed a/x
rendered/a/x: warning: this file was edited by hand; the edit is overwritten (MG6002)
`},
		{"edited where nothing is rendered", with(fleet, map[string]string{"a/x": "mine"}), Wish{Tree: justB, Clusters: []string{"b"}}, ""},
		{"edited to what would be written", with(fleet, map[string]string{"b/x": "bx2"}),
			Wish{Tree: with(fleet, map[string]string{"b/x": "bx2"})}, ""},
		{"edited in a cluster that went", with(fleet, map[string]string{"a/x": "mine"}), Wish{Tree: justB}, `removed a/meshgen.lock
removed a/x
removed a/y/z
rendered/a/x: this file was edited by hand: it is not as meshgen.lock has it (MG6002)
    try: say it in the intent, then run meshgen render --force, which drops the edit
`},
		{"foreign", with(fleet, map[string]string{"a/mine": "m", "top": "t", "shared/s": "s"}), Wish{Tree: fleet}, `rendered/a/mine: this file is not meshgen's: no meshgen.lock names it (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which leaves it alone
rendered/shared/s: this file is not meshgen's: no meshgen.lock names it (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which leaves it alone
rendered/top: this file is not meshgen's: no meshgen.lock names it (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which leaves it alone
`},
		{"foreign, forced", with(fleet, map[string]string{"a/mine": "m", "top": "t"}), Wish{Tree: justB, Force: true},
			"removed a/meshgen.lock\nremoved a/x\nremoved a/y/z\n"},
		{"foreign elsewhere", with(fleet, map[string]string{"a/mine": "m", "top": "t"}), Wish{Tree: justB, Clusters: []string{"b"}}, ""},
		{"foreign in the way", with(justB, map[string]string{"b/y": "mine"}), Wish{Tree: with(justB, map[string]string{"b/y": "new"})}, `changed b/y
rendered/b/y: this file is not meshgen's, and stands where meshgen writes (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which overwrites it
`},
		{"foreign in the way, forced", with(justB, map[string]string{"b/y": "mine"}), Wish{Tree: with(justB, map[string]string{"b/y": "new"}), Force: true}, `changed b/y
rendered/b/y: warning: this file is not meshgen's, and stood where meshgen writes; it is overwritten (MG6001)
`},
		{"foreign, and the same bytes", with(justB, map[string]string{"b/y": "new"}), Wish{Tree: with(justB, map[string]string{"b/y": "new"})}, ""},
		{"foreign file for a folder", with(nil, map[string]string{"b": "mine"}), Wish{Tree: justB, Force: true}, `removed b
added b/meshgen.lock
added b/x
added shared/crds/c
rendered/b: warning: this file is not meshgen's, and stood where meshgen writes; it is overwritten (MG6001)
`},
		{"foreign folder for a file", with(justB, map[string]string{"b/y/mine": "mine"}), Wish{Tree: with(justB, map[string]string{"b/y": "new"})}, `added b/y
removed b/y/mine
rendered/b/y/mine: this file is not meshgen's, and stands where meshgen writes (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which overwrites it
`},
		{"own file becomes a folder", rendered(t, map[string]string{"b/x": "1"}), Wish{Tree: rendered(t, map[string]string{"b/x/y": "1"})},
			"changed b/meshgen.lock\nremoved b/x\nadded b/x/y\n"},
		{"a lock with a merge in it", with(fleet, map[string]string{"a/meshgen.lock": "<<<<<<< HEAD"}), Wish{Tree: fleet}, `changed a/meshgen.lock
rendered/a/meshgen.lock: this lock file cannot be read: it holds a merge conflict that nobody has resolved (MG6004)
    try: take the file back from version control, or run meshgen render --force
`},
		{"a lock with a merge in it, forced", with(fleet, map[string]string{"a/meshgen.lock": "<<<<<<< HEAD"}), Wish{Tree: fleet, Force: true}, `changed a/meshgen.lock
rendered/a/meshgen.lock: warning: this lock file cannot be read: it holds a merge conflict that nobody has resolved (MG6004)
`},
		{"a lock with a merge in it, of a cluster that went", with(fleet, map[string]string{"a/meshgen.lock": "<<<<<<< HEAD"}), Wish{Tree: justB}, `removed a/meshgen.lock
rendered/a/meshgen.lock: this lock file cannot be read: it holds a merge conflict that nobody has resolved (MG6004)
    try: take the file back from version control, or run meshgen render --force
`},
		{"a lock that claims another cluster's file", with(fleet, map[string]string{
			"a/meshgen.lock": `{"files": {"b/x": "` + lock.Digest([]byte("bx")) + `"}}`,
		}), Wish{Tree: fleet}, `changed a/meshgen.lock
rendered/a/meshgen.lock: this lock file cannot be read: it names b/x, which is another cluster's (MG6004)
    try: take the file back from version control, or run meshgen render --force
`},
		{"a broken lock elsewhere keeps shared files", with(fleet, map[string]string{"a/meshgen.lock": "?"}),
			Wish{Tree: newB, Clusters: []string{"b"}, Force: true}, `changed b/meshgen.lock
changed b/x
added shared/crds/d
rendered/a/meshgen.lock: warning: this lock file cannot be read: invalid character '?' looking for beginning of value (MG6004)
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Output{path: "rendered"}
			plan := o.Plan(Snapshot{Exists: true, Files: c.have}, c.wish)
			if diff := cmp.Diff(c.want, show(t, plan)); diff != "" {
				t.Error(diff)
			}
			if changes := tree.Compare(c.have, plan.Tree); !cmp.Equal(changes, plan.Changes) {
				t.Errorf("the changes do not lead to the tree: %v", changes)
			}
		})
	}
}

func TestPlanOdd(t *testing.T) {
	o := Output{path: "out"}
	for _, force := range []bool{false, true} {
		plan := o.Plan(Snapshot{Exists: true, Files: tree.Tree{}, Odd: []Odd{{"out/a/l", "symbolic link"}}}, Wish{Force: force})
		want := `out/a/l: this is a symbolic link, and meshgen writes only plain files and folders (MG6003)
    try: remove out/a/l
`
		if diff := cmp.Diff(want, show(t, plan)); diff != "" {
			t.Errorf("force %v: %s", force, diff)
		}
	}
}

// A shared base that another cluster's lock has with the bytes of an earlier
// release is not edited by hand.
func TestPlanSharedOfTwoReleases(t *testing.T) {
	have := rendered(t, map[string]string{"a/x": "1", "b/x": "1", "shared/c": "old"})
	newA := rendered(t, map[string]string{"a/x": "1", "shared/c": "new"})
	o := Output{path: "rendered"}
	first := o.Plan(Snapshot{Exists: true, Files: have}, Wish{Tree: newA, Clusters: []string{"a"}})
	if got, want := show(t, first), "changed a/meshgen.lock\nchanged shared/c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	all := rendered(t, map[string]string{"a/x": "1", "b/x": "1", "shared/c": "newest"})
	second := o.Plan(Snapshot{Exists: true, Files: first.Tree}, Wish{Tree: all})
	if got, want := show(t, second), "changed a/meshgen.lock\nchanged b/meshgen.lock\nchanged shared/c\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
