package importer_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/format"
	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/importer"
)

// inputs returns the lists of nodes in testdata, by name.
func inputs(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, pattern := range []string{"testdata/*.json", "testdata/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(name)] = data
		}
	}
	return all
}

// TestNodes compares what lists of nodes become with the files beside them;
// MESHGEN_UPDATE=1 writes those anew. It is the same in the other order.
func TestNodes(t *testing.T) {
	for name, data := range inputs(t) {
		t.Run(name, func(t *testing.T) {
			result, list := importer.Nodes(name, data)
			got := written(t, result) + "\n// Said:\n" + text(t, list)
			file := filepath.Join("testdata", strings.TrimSuffix(name, filepath.Ext(name))+".want")
			if os.Getenv("MESHGEN_UPDATE") == "1" {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if filepath.Ext(name) == ".json" {
				again, _ := importer.Nodes(name, backwards(t, data))
				if diff := cmp.Diff(written(t, result), written(t, again)); diff != "" {
					t.Errorf("another order of the nodes gives another file:\n%s", diff)
				}
			}
			careful(t, result, data)
		})
	}
}

// backwards returns a list of nodes in the other order.
func backwards(t *testing.T, data []byte) []byte {
	t.Helper()
	var list map[string]any
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list["items"].([]any))
	out, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// careful holds pools to what makes them safe to plan with: none has more than
// any of its nodes. It knows nodes by status.capacity of JSON alone.
func careful(t *testing.T, result importer.Result, data []byte) {
	t.Helper()
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Status   struct{ Capacity, Allocatable map[string]any }
		}
	}
	if json.Unmarshal(data, &list) != nil {
		return
	}
	nodes := 0
	for _, p := range result.Pools {
		memory, err := hardware.ParseMemory(p.Memory)
		if err != nil {
			t.Fatal(err)
		}
		nodes += p.Count
		if len(p.Nodes) != p.Count {
			t.Errorf("pool %s has %d nodes and %d names", p.Name, p.Count, len(p.Nodes))
		}
		for _, n := range list.Items {
			text, _ := n.Status.Capacity["memory"].(string)
			if have, err := hardware.ParseMemory(text); slices.Contains(p.Nodes, n.Metadata.Name) && (err != nil || memory > have) {
				t.Errorf("pool %s has %s of memory, and node %s %s", p.Name, p.Memory, n.Metadata.Name, text)
			}
		}
	}
	if nodes != result.Nodes {
		t.Errorf("the pools hold %d of %d nodes", nodes, result.Nodes)
	}
}

func written(t testing.TB, r importer.Result) string {
	t.Helper()
	if len(r.Pools) == 0 {
		return ""
	}
	text, err := r.CUE()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := format.Source(text); err != nil || !bytes.Equal(again, text) {
		t.Errorf("the file is not as cue fmt has it (%v):\n%s", err, text)
	}
	return string(text)
}

func text(t testing.TB, list diag.List) string {
	t.Helper()
	var b strings.Builder
	if err := diag.Text(&b, list, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// status is the least that a node says of itself.
const status = `"status": {"capacity": {"cpu": "2", "memory": "4Gi"}, "nodeInfo": {"architecture": "amd64"}}`

// TestRefused is what bad input is answered with.
func TestRefused(t *testing.T) {
	utf16 := []byte("\xff\xfe")
	for _, c := range `{"kind": "PodList", "apiVersion": "v1"}` {
		utf16 = append(utf16, byte(c), 0)
	}
	for _, test := range []struct{ name, data, want string }{
		{"nothing", "", "nodes: nodes is empty (MG6006)\n    try: give what kubectl get nodes -o json prints\n"},
		{"a kind without a version", `{"kind": "PodList"}`, "nodes:1:10: this is of kind \"PodList\", and not a Node or a list of nodes (MG6006)\n    try: give what kubectl get nodes -o json prints\n"},
		{"no list of nodes", `{"kind": "List", "items": []}`, "nodes: nodes holds no node (MG6006)\n    try: give what kubectl get nodes -o json prints\n"},
		{"bytes", "\xff\xfe\xff", "nodes: nodes is not UTF-8 text (MG6006)\n    try: give what kubectl get nodes -o json prints\n"},
		{"PowerShell's UTF-16", string(utf16), "nodes:1:10: this is of kind \"PodList\", and not a Node or a list of nodes (MG6006)\n    try: give what kubectl get nodes -o json prints\n"},
		{
			"the table", "NAME    STATUS   ROLES\nnode-1  Ready    <none>\n",
			"nodes:1:1: this is text, and no list of nodes (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"cut off", "{\"kind\": \"List\",\n \"items\": [",
			"nodes:2:12: the JSON ends before it is complete (MG6006)\n    try: give all of what kubectl get nodes -o json prints\n",
		},
		{
			"a slip", "{\"kind\": \"List\",\n \"items\": [,]}",
			"nodes:2:12: this is not JSON: invalid character ',' looking for beginning of value (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"items of another type", `{"kind": "List", "items": {"a": 1}}`,
			"nodes:1:27: items is a mapping; want a list (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"a value of another type", "[\n  {\"kind\": \"Node\", \"metadata\": {\"name\": \"a\", \"labels\": {\"x\": 1}}, " + status + "}]",
			"nodes:2:56: metadata.labels is a number, and no string (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"no capacity", `{"kind": "Node", "metadata": {"name": "a"}, "status": {"nodeInfo": {"architecture": "amd64"}}}`,
			"nodes:1:55: node a does not say its capacity of cpu (MG6006)\n    try: give what kubectl get nodes -o json prints\n" +
				"nodes:1:55: node a does not say its capacity of memory (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"no quantity", "kind: Node\nmetadata: {name: a}\nstatus:\n  capacity:\n    cpu: 2\n    memory: lots\n  nodeInfo: {architecture: amd64}\n",
			"nodes:6:5: node a: status.capacity.memory is \"lots\", which is no quantity (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"too much", `{"kind": "Node", "metadata": {"name": "a"}, "status": {"capacity": {"cpu": "1e99", "memory": "1Gi"}, "nodeInfo": {"architecture": "amd64"}}}`,
			"nodes:1:76: node a: status.capacity.cpu is \"1e99\", which is more than a node can have (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"a name that breaks out", `{"kind": "Node", "metadata": {"name": "a\n}"}, ` + status + `}`,
			"nodes:1:39: \"a\\n}\" is no node's name (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"a label that is none", `{"kind": "Node", "metadata": {"name": "a", "labels": {"a b": "c"}}, ` + status + `}`,
			"nodes:1:62: node a: \"a b: c\" is no label (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
		{
			"the same twice", "[{\"metadata\": {\"name\": \"a\"}, " + status + "},\n{\"metadata\": {\"name\": \"a\"}, " + status + "}]",
			"nodes:2:23: node a stands here a second time (MG6006)\n    nodes:1:24: the first one\n    try: give the nodes of one cluster, each once\n",
		},
		{
			"nodes of something else", `{"apiVersion": "longhorn.io/v1beta2", "kind": "Node", "metadata": {"name": "a"}}`,
			"nodes:1:47: this is of kind \"longhorn.io/v1beta2 Node\", and not a Node or a list of nodes (MG6006)\n    try: give what kubectl get nodes -o json prints\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, list := importer.Nodes("nodes", []byte(test.data))
			if diff := cmp.Diff(test.want, text(t, list)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(result.Pools) > 0 {
				t.Errorf("it gives pools: %+v", result.Pools)
			}
		})
	}
}

// FuzzNodes feeds any bytes. It must not panic, and what it takes becomes a
// file that cue fmt leaves alone, with names that Kubernetes takes.
func FuzzNodes(f *testing.F) {
	for _, data := range inputs(f) {
		f.Add(data)
	}
	f.Add([]byte(`[{"metadata": {"name": "a"}, ` + status + `}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		result, list := importer.Nodes("nodes", data)
		if (len(result.Pools) == 0) != list.HasErrors() {
			t.Errorf("%d pools, and %v", len(result.Pools), list)
		}
		for _, d := range list {
			if d.Code == "" || d.Message == "" || d.Suggestion == "" || !d.Position.IsValid() {
				t.Errorf("a diagnostic lacks a part: %+v", d)
			}
		}
		seen := map[string]bool{}
		for _, p := range result.Pools {
			if seen[p.Name] || len(p.Name) > 63 || p.Name == "" || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(p.Name, "-") != p.Name {
				t.Errorf("%q is no pool's name, or stands twice", p.Name)
			}
			seen[p.Name] = true
		}
		written(t, result)
		careful(t, result, data)
	})
}
