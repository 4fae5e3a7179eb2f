package mean

import (
	"sync"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
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
