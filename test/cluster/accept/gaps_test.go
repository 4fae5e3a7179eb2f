package accept

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
)

// mutant is a valid object with one thing broken.
type mutant struct {
	of     string // the object's kind and name
	seed   string // which object it was, among those of all files
	what   string // where, and what was done
	object *unstructured.Unstructured
	server string // why the cluster refuses it, or ""
}

// broke is how many objects gaps has broken, and brokeRefused how many of them
// the cluster refuses; of those, meshgen takes stillOpen. For the page.
var broke, brokeRefused, stillOpen int

// excused is what the API server says of objects that other clusters take.
var excused = []struct{ says, why string }{
	{"not configured on this cluster", "which IP families there are is a choice of the cluster's"},
	{"this cluster is not configured for dual-stack", "which IP families there are is a choice of the cluster's"},
	{`RuntimeClass "x" not found`, "somebody else makes it"},
	{"admin access to devices requires the", "whoever makes the namespace labels it"},
}

// isExcused says whether another cluster would take what this one refuses.
func isExcused(says string) bool {
	for _, e := range excused {
		if strings.Contains(says, e.says) {
			return true
		}
	}
	return false
}

// gaps breaks the valid objects in every field, in every way that fits it. What
// the API server or istiod refuses of that, meshgen must refuse, but for what
// testdata/open.txt lists, which only gets shorter. MESHGEN_GAPS=FILE writes what
// meshgen takes, with the answers, into a file.
func gaps(t *testing.T, c *kube.Cluster) {
	var all []*mutant
	kinds := published(t, c)
	seeds, whole := corpus(t, "valid", "validate"), map[string]*unstructured.Unstructured{}
	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		objects, err := kube.Parse(seeds[name])
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			seed := fmt.Sprintf("seed-%d", len(whole))
			whole[seed] = o
			for _, m := range mutants(kinds, o) {
				m.seed = seed
				all = append(all, m)
			}
		}
	}
	broke = len(all)
	for _, m := range all {
		if m.server = ask(c, m.object); m.server != "" {
			brokeRefused++
		}
	}
	t.Logf("%d broken objects, of which the cluster refuses %d", broke, brokeRefused)

	before := said(t, whole)
	open := missed(t, all, before)
	// An object among many may go unseen, or seem to be refused for what the
	// others do: the last word has a run of its own. Nor does it count what is said
	// of the object when it is whole, such as that what it refers to is not there.
	files := map[string][]byte{}
	for i, m := range open {
		text, err := yaml.Marshal(m.object.Object)
		if err != nil {
			t.Fatal(err)
		}
		files[fmt.Sprintf("gap-%d", i)] = text
	}
	answers := map[string]diag.List{}
	if len(files) > 0 {
		answers = vet(t, files, nil)
	}
	var found, report []string
	for i, m := range open {
		if !more(answers[fmt.Sprintf("gap-%d", i)], before[m.seed]) {
			found = append(found, m.of+": "+m.what)
			report = append(report, fmt.Sprintf("%s: %s\n    %s: %s", m.of, m.what, refuser(m.server), m.server))
		}
	}
	if path := os.Getenv("MESHGEN_GAPS"); path != "" {
		if err := os.WriteFile(path, []byte(strings.Join(report, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("testdata/open.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
	stillOpen = len(found)
	for i, gap := range found {
		if !slices.Contains(known, gap) {
			t.Errorf("the cluster refuses what meshgen takes:\n%s", report[i])
		}
	}
	for _, gap := range known {
		if !slices.Contains(found, gap) {
			t.Errorf("meshgen refuses this now, or the cluster takes it; remove the line from testdata/open.txt: %s", gap)
		}
	}
}

// more says whether there are more errors of a code than others are.
func more(list diag.List, others map[string]int) bool {
	for code, n := range counted(list) {
		if n > others[code] {
			return true
		}
	}
	return false
}

// counted counts errors by their code.
func counted(list diag.List) map[string]int {
	out := map[string]int{}
	for _, d := range list {
		if d.Severity == diag.Error {
			out[d.Code]++
		}
	}
	return out
}

// said returns how many errors of each code meshgen has of each seed as it is: that
// what it refers to is not there, or that a Secret stands in the clear. That is not
// why the cluster refuses what is broken of it.
func said(t *testing.T, seeds map[string]*unstructured.Unstructured) map[string]map[string]int {
	t.Helper()
	files := map[string][]byte{}
	for name, o := range seeds {
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	out := map[string]map[string]int{}
	for name, list := range vet(t, files, nil) {
		out[name] = counted(list)
	}
	return out
}

// missed returns the mutants that the cluster refuses and meshgen, asked of many
// at once, does not refuse for what each is by itself, and more than the seed.
func missed(t *testing.T, all []*mutant, before map[string]map[string]int) []*mutant {
	t.Helper()
	const many = 150
	in := fstest.MapFS{"overlays/mesh.cue": {Data: []byte(base)}}
	at := map[string]*mutant{}
	for i, m := range all {
		if m.server == "" || isExcused(m.server) {
			continue
		}
		text, err := yaml.Marshal(m.object.Object)
		if err != nil {
			t.Fatal(err)
		}
		dir, name := fmt.Sprintf("overlays/batch-%d", i/many), fmt.Sprintf("m%d", i)
		file := filepath.ToSlash(filepath.Join(dir, name+".yaml"))
		in[file] = &fstest.MapFile{Data: text}
		at[file] = m
		intent := in[dir+"/mesh.cue"]
		if intent == nil {
			intent = &fstest.MapFile{Data: []byte("package mesh\n\n")}
			in[dir+"/mesh.cue"] = intent
		}
		intent.Data = fmt.Appendf(intent.Data, "manifests: %s: path: %q\n", name, name+".yaml")
	}
	_, list := mesh.Compile(t, rendertest.Repository(t, in))
	for _, d := range list {
		// Copies of one object get into each other's way; what is between objects
		// does not count here.
		m := at[d.Position.File]
		if m != nil && d.Severity == diag.Error && (d.Code < "MG5050" || d.Code > "MG5069") && before[m.seed][d.Code] == 0 {
			delete(at, d.Position.File)
		}
	}
	return slices.SortedFunc(maps.Values(at), func(a, b *mutant) int {
		return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.what, b.what))
	})
}

// mutants returns an object broken in every field, and with each field that it
// lacks and its kind has. Each has a name of its own.
func mutants(known *shapes, o *unstructured.Unstructured) []*mutant {
	var out []*mutant
	add := func(path []any, what string, change func(parent any, key any)) {
		c := o.DeepCopy()
		c.SetName(fmt.Sprintf("%s-%d", c.GetName(), len(out)))
		at := any(c.Object)
		for _, step := range path[:len(path)-1] {
			at = child(at, step)
		}
		change(at, path[len(path)-1])
		out = append(out, &mutant{of: o.GetKind() + "/" + o.GetName(), what: where(path) + " " + what, object: c})
	}
	set := func(path []any, value any) {
		add(path, "= "+short(value), func(parent, key any) { put(parent, key, value) })
	}
	// One more than the shape says that there can be.
	beyond := func(path []any, value any, shape map[string]any) {
		most := func(key string) int {
			n, _ := known.resolve(shape)[key].(float64)
			return int(n)
		}
		switch v := value.(type) {
		case string:
			if n := most("maxLength"); n > 0 {
				set(path, v+strings.Repeat("a", max(0, n+1-len(v))))
			}
		case []any:
			if n := most("maxItems"); n > 0 && len(v) > 0 {
				var more []any
				for i := range n + 1 {
					more = append(more, another(v[i%len(v)], i))
				}
				add(path, fmt.Sprintf("= %d elements", n+1), func(parent, key any) { put(parent, key, more) })
			}
		case map[string]any:
			if n := most("maxProperties"); n > 0 {
				more := maps.Clone(v)
				for i := range n + 1 {
					more[fmt.Sprintf("key-%d", i)] = "x"
				}
				add(path, fmt.Sprintf("= %d fields", n+1), func(parent, key any) { put(parent, key, more) })
			}
		}
	}
	var walk func(path []any, value any, shape map[string]any)
	walk = func(path []any, value any, shape map[string]any) {
		if len(path) == 1 && (path[0] == "apiVersion" || path[0] == "kind") {
			return
		}
		if len(path) == 2 && path[0] == "metadata" && path[1] == "name" {
			for i, bad := range []string{"Upper", "under_score", "-dash", "dash-", "dot.", "sp ace", strings.Repeat("a", 254), strings.Repeat("b", 64)} {
				set(path, strings.Replace(bad, "a", fmt.Sprintf("a%d", i), 1))
			}
			return
		}
		if len(path) > 0 {
			if _, element := path[len(path)-1].(int); !element {
				add(path, "removed", func(parent, key any) { delete(parent.(map[string]any), key.(string)) })
			}
			set(path, nil)
			if served(path) && shape != nil {
				beyond(path, value, shape)
			}
		}
		switch v := value.(type) {
		case map[string]any:
			if len(path) > 0 {
				set(path, "text")
				set(path, []any{})
				set(path, map[string]any{})
			}
			for _, key := range []string{"unknownField", "sp ace"} {
				add(append(slices.Clone(path), key), "= x", func(parent, _ any) { put(parent, key, "x") })
			}
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(append(slices.Clone(path), key), v[key], known.field(shape, key))
			}
			if !served(path) || podsElsewhere(o, path) {
				return
			}
			for _, key := range known.fields(shape) {
				if _, there := v[key]; there || len(path) == 0 {
					continue
				}
				for _, value := range known.samples(known.field(shape, key), 2) {
					set(append(slices.Clone(path), key), value)
				}
			}
		case []any:
			set(path, "text")
			set(path, map[string]any{})
			set(path, []any{})
			if len(v) > 0 {
				set(path, append(slices.Clone(v), v[0]))
				set(path, append(slices.Clone(v), "text"))
			}
			for i, e := range v[:min(len(v), 2)] {
				walk(append(slices.Clone(path), i), e, known.field(shape, i))
			}
		case string:
			for _, bad := range []any{"", "Not_A valid!Value", "-1", strings.Repeat("a", 300), int64(5), map[string]any{"a": "b"}} {
				set(path, bad)
			}
		case int64:
			for _, bad := range []any{int64(-1), int64(0), int64(70000), int64(1) << 40, 1.5, "text", ""} {
				set(path, bad)
			}
		case bool:
			set(path, "yes")
			set(path, !v)
		case float64:
			set(path, -1.0)
			set(path, "text")
		}
	}
	walk(nil, o.Object, known.kinds[o.GroupVersionKind()])
	return out
}

// another returns an element like another, with names and values of its own, so
// that the two can stand in one list.
func another(element any, number int) any {
	switch v := element.(type) {
	case string:
		return fmt.Sprintf("%s%d", v, number)
	case map[string]any:
		c := maps.Clone(v)
		for _, key := range []string{"name", "value", "hostname", "sectionName", "key"} {
			if text, ok := c[key].(string); ok {
				c[key] = fmt.Sprintf("%s%d", text, number)
			}
		}
		for _, key := range []string{"port", "number"} {
			if n, ok := c[key].(int64); ok {
				c[key] = n + int64(number)
			}
		}
		return c
	}
	return element
}

// served says whether a path is one of a field that people write.
func served(path []any) bool {
	return len(path) == 0 || path[0] != "metadata" && path[0] != "status"
}

// podsElsewhere says whether a path is in the template of pods of a kind whose
// templates are those of a Deployment: once is enough.
func podsElsewhere(o *unstructured.Unstructured, path []any) bool {
	return slices.Contains([]string{"DaemonSet", "StatefulSet", "Job", "CronJob", "ReplicaSet"}, o.GetKind()) && slices.Contains(path, any("template"))
}

// child returns what stands at a key of a map, or an index of a list.
func child(parent, key any) any {
	if i, ok := key.(int); ok {
		return parent.([]any)[i]
	}
	return parent.(map[string]any)[key.(string)]
}

func put(parent, key, value any) {
	if i, ok := key.(int); ok {
		parent.([]any)[i] = value
		return
	}
	parent.(map[string]any)[key.(string)] = value
}

// short writes a value, and not all of it if it is long.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil || len(text) > 80 {
		return fmt.Sprintf("%.80s…", text)
	}
	return string(text)
}

// where writes a path: spec.ports[0].name.
func where(path []any) string {
	s := ""
	for _, step := range path {
		if i, ok := step.(int); ok {
			s += fmt.Sprintf("[%d]", i)
		} else {
			s += "." + step.(string)
		}
	}
	return strings.TrimPrefix(s, ".")
}
