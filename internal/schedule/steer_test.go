package schedule

import "testing"

// TestSteerEnds: where one pod alone comes back, because its node is gone, there
// is nothing to choose, and the search ends all the same.
func TestSteerEnds(t *testing.T) {
	c := NewCluster(equalNodes(2, 1000, 1000), nil)
	both := pods(t, 2, "a", asks("400m", "100Mi"))
	lost := c.Scenario().Add(both...).Drop(0)
	var kinds demands
	kinds.add(c, both[0], 2)
	if r := lost.steer(kinds.all); r != nil {
		t.Errorf("%d pods find no node, and there is room for both on the other", len(r.pending))
	}
	absent := pods(t, 1, "b", asks("1", "100Mi"))
	kinds.add(c, absent[0], 1)
	if r := lost.steer(kinds.all); r != nil {
		t.Errorf("%d pods find no node, with a kind that never comes", len(r.pending))
	}
}
