package schedule

import (
	"testing"
	"time"

	"github.com/meshgen/meshgen/internal/schedule/scheduletest"
)

func TestQuick(t *testing.T) {
	var fits, certain, exhaustive, neither int
	orders := map[int]int{}
	var worst time.Duration
	begun := time.Now()
	for seed := range uint64(2000) {
		p := scheduletest.Case(seed)
		c := NewCluster(Nodes(p.Nodes), Namespaces(p.Namespaces))
		pods, err := Pods(p.Pods)
		if err != nil {
			t.Fatal(err)
		}
		b := time.Now()
		v := c.Scenario().Add(pods...).Judge()
		worst = max(worst, time.Since(b))
		switch {
		case v.Certain:
			certain++
		case v.Exhaustive && v.Fits:
			exhaustive++
		case v.Fits:
			neither++
		}
		if v.Fits {
			fits++
		} else {
			orders[v.Orders]++

		}
	}
	t.Log("fits", fits, "certain", certain, "exhaustive", exhaustive, "neither", neither, orders, time.Since(begun), worst)
}
