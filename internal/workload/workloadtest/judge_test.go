package workloadtest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
)

// TestVerdicts: what is said of the changes on which test/cluster/place holds this
// against the real controllers. They ended those that end, and stopped in those
// that stop. Run make e2e-place before you change it with MESHGEN_UPDATE=1.
func TestVerdicts(t *testing.T) {
	seeds := map[string]string{}
	for seed := range uint64(400) {
		u := scheduletest.ChangeOf(seed)
		v, _, ok, err := Judge(u)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if ok {
			key := KindOf(u) + ", " + []string{"ends", "may stop", "stops"}[v]
			seeds[key] += fmt.Sprintf(" %d", seed)
		}
	}
	var b strings.Builder
	for _, kind := range Kinds() {
		for _, verdict := range []string{"ends", "may stop", "stops"} {
			if list := seeds[kind+", "+verdict]; list != "" {
				fmt.Fprintf(&b, "%s, %s:%s\n", kind, verdict, list)
			}
		}
	}
	const file = "testdata/verdicts.txt"
	if os.Getenv("MESHGEN_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
