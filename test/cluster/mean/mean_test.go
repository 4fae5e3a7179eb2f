package mean

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/report"
)

func TestMain(m *testing.M) { kube.Main(m, kube.ControlPlane...) }

// held are the subjects that proxies were asked about, by cluster, while they
// were as the intent says.
var held struct {
	sync.Mutex
	subjects map[string][]string
}

// about is a subtest about a subject.
func (s *stand) about(subject string, check func(*stand)) {
	s.Run(subject, func(t *testing.T) {
		c := *s
		c.T = t
		check(&c)
		if t.Failed() {
			return
		}
		held.Lock()
		defer held.Unlock()
		if held.subjects == nil {
			held.subjects = map[string][]string{}
		}
		held.subjects[s.name] = append(held.subjects[s.name], subject)
	})
}

// TestZCompatibility writes what came out. It stands last, and needs the others.
func TestZCompatibility(t *testing.T) {
	table := report.Table{Head: []string{"cluster", "what proxies are told"}}
	for _, cluster := range []string{"edge-berlin", "edge-lagos", "edge-oslo", "production", "pi-cluster", "development", "testdata"} {
		subjects := held.subjects[cluster]
		if len(subjects) == 0 {
			t.Errorf("nothing was held against the intent of %s", cluster)
		}
		subjects = slices.Compact(slices.Sorted(slices.Values(subjects)))
		table.Rows = append(table.Rows, []string{cluster, strings.Join(subjects, "; ")})
	}
	report.Section(t, "mean", fmt.Sprintf("Kubernetes %s, Istio %s. istiod rejected no configuration.\n\n%s", kube.KubernetesVersion, kube.IstioVersion, table))
}
