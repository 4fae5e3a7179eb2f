package fit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// TestTry: advice that leaves the trouble when the whole cluster is compiled with
// it, or brings another, is not printed; what changes the nodes alone is not tried.
func TestTry(t *testing.T) {
	const (
		request = `set controlPlane.resources.requests.memory to "960Mi"`
	)
	same := diag.Diagnostic{Code: "MG2003", Severity: diag.Error, Path: "controlPlane.resources.requests.memory", Message: "an update of istiod never ends"}
	for _, test := range []struct {
		name string
		left diag.List
		ok   bool
		want []string // what is advised
	}{
		{"nothing is left", nil, true, []string{request, `set cluster.nodePools.node.memory to "3Gi"`, `set cluster.nodePools.node.count to 2`}},
		{"it is left", diag.List{same}, true, []string{`set cluster.nodePools.node.memory to "3Gi"`, `set cluster.nodePools.node.count to 2`}},
		{"another of the kind is left", diag.List{{Code: "MG2003", Severity: diag.Error, Path: same.Path, Message: "an update of ztunnel never ends"}}, true,
			[]string{request, `set cluster.nodePools.node.memory to "3Gi"`, `set cluster.nodePools.node.count to 2`}},
		{"something else comes", diag.List{{Code: "MG2006", Severity: diag.Error}}, true, []string{`set cluster.nodePools.node.memory to "3Gi"`, `set cluster.nodePools.node.count to 2`}},
		{"a warning comes", diag.List{{Code: "MG2006", Severity: diag.Warning}}, true, []string{request, `set cluster.nodePools.node.memory to "3Gi"`, `set cluster.nodePools.node.count to 2`}},
		{"it does not compile", nil, false, []string{`set cluster.nodePools.node.memory to "3Gi"`, `set cluster.nodePools.node.count to 2`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster(t).pool("node", 1, "4", "2000Mi").istiod(1, "100m", "1000Mi", "")
			var tried []Change
			_, list := Check(c.mesh, c.objects, Around{Try: func(changes []Change) (diag.List, bool) {
				tried = append(tried, changes...)
				return test.left, test.ok
			}})
			if len(list) != 1 {
				t.Fatal(list)
			}
			if diff := cmp.Diff(test.want, append([]string{list[0].Suggestion}, list[0].Alternatives...)); diff != "" {
				t.Errorf("advice (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]Change{{"controlPlane.resources.requests.memory", `"960Mi"`}}, tried); diff != "" {
				t.Errorf("tried (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrief: whoever wants no advice gets the troubles alone.
func TestBrief(t *testing.T) {
	c := newCluster(t).pool("node", 1, "4", "2000Mi").istiod(1, "100m", "1000Mi", "")
	_, list := Check(c.mesh, c.objects, Around{Brief: true})
	if len(list) != 1 || list[0].Code != "MG2003" || list[0].Alternatives != nil {
		t.Error(list)
	}
}

// TestDecides: a value that something else than the intent decides is told at its
// place, and is changed there where it stands as it is.
func TestDecides(t *testing.T) {
	line := diag.Position{File: "p.yaml", Line: 7, Column: 3}
	for _, test := range []struct {
		name    string
		decider Decider
		path    string
		want    string
	}{
		{"a raw value", Decider{Path: "values.istiod.memory", Value: true}, "values.istiod.memory", `set values.istiod.memory to "960Mi"`},
		{"a patch", Decider{Path: "patches.big", Position: line}, "patches.big", "lower what istiod asks for to 960Mi of memory, where patches.big sets it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCluster(t).pool("node", 1, "4", "2000Mi").istiod(1, "100m", "1000Mi", "")
			_, list := Check(c.mesh, c.objects, Around{Decides: func(o object.Object, field string) (Decider, bool) {
				return test.decider, o.Name() == "istiod" && field == "spec.template.spec.containers[main].resources.requests.memory"
			}})
			if len(list) != 1 {
				t.Fatal(list)
			}
			got := diag.Diagnostic{Path: list[0].Path, Position: list[0].Position, Suggestion: list[0].Suggestion}
			if diff := cmp.Diff(diag.Diagnostic{Path: test.path, Position: test.decider.Position, Suggestion: test.want}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
