package schedule

import (
	"testing"
	"time"

	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
)

func TestQuick(t *testing.T) {
	begun := time.Now()
	fits := 0
	for seed := range uint64(2000) {
		p := scheduletest.Case(seed)
		c := NewCluster(Nodes(p.Nodes), Namespaces(p.Namespaces))
		pods, err := Pods(p.Pods)
		if err != nil {
			t.Fatal(err)
		}
		if c.Scenario().Add(pods...).Judge().Fits {
			fits++
		}
	}
	t.Log(fits, time.Since(begun))
}
