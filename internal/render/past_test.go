package render

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/load"
)

// TestFirstWrong: the same clusters are looked at past their errors, whichever
// ends first.
func TestFirstWrong(t *testing.T) {
	const clusters = 3 * maxKept
	for _, step := range []int{1, 7, clusters - 1} { // each has no factor in common with the number of clusters
		results := make([]result, clusters)
		var f firstWrong
		for k := range clusters {
			i := (k*step + 5) % clusters
			if i%2 == 1 {
				continue // without an error
			}
			results[i].past = func(verdicts) (diag.List, map[string]bool) { return nil, nil }
			f.add(results, i)
		}
		var want []int
		for i := range maxKept {
			want = append(want, 2*i)
		}
		if got := f.known; !slices.Equal(got, want) {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
		for i := range results {
			if kept := results[i].past != nil; kept != slices.Contains(want, i) {
				t.Errorf("step %d: result %d: kept %v", step, i, kept)
			}
		}
	}
}

// TestVerdicts: what some clusters agree on of a finding is known of the others
// that have the same errors, and of no other.
func TestVerdicts(t *testing.T) {
	finding := diag.Diagnostic{Code: "MG3001", Message: "there is no gateway \"publik\"", Position: diag.Position{File: "overlays/mesh.cue", Line: 7}}
	loaded := func(cluster, err string) load.Result {
		return load.Result{Cluster: cluster, Diagnostics: diag.List{{Code: "MG1002", Message: err, Position: diag.Position{File: "overlays/" + cluster + "/mesh.cue", Line: 3}}}}
	}
	type answer struct{ Holds, Known bool }
	ask := func(v verdicts, r load.Result) answer {
		holds, known := v[keyOf(r)(finding)].settled()
		return answer{holds, known}
	}
	known := verdicts{}
	learn := func(r load.Result, holds bool) { known.learn(map[string]bool{keyOf(r)(finding): holds}) }
	var got []answer
	for _, cluster := range []string{"one", "two", "three"} {
		got = append(got, ask(known, loaded("four", "misspelt")))
		learn(loaded(cluster, "misspelt"), true)
		learn(loaded(cluster, "missing"), false)
	}
	got = append(got, ask(known, loaded("four", "misspelt")), ask(known, loaded("four", "missing")), ask(known, loaded("four", "out of range")))
	learn(loaded("five", "misspelt"), false)
	got = append(got, ask(known, loaded("four", "misspelt")))
	want := []answer{{false, false}, {true, false}, {true, false}, {true, true}, {false, true}, {false, false}, {true, false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
