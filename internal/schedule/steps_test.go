package schedule

import "testing"

// TestProofHoldsInSteps: what is proven of an update or of a node's loss holds in
// every order that is tried, and for every state that the search reaches.
func TestProofHoldsInSteps(t *testing.T) {
	proven, searched := map[string]int{}, 0
	for seed := range uint64(900) {
		_, c, pods := problem(t, seed)
		base := c.Scenario().Add(pods...)
		var old, anew []*Pod
		for _, p := range pods {
			if p.key == pods[0].key {
				old = append(old, p)
				anew = append(anew, &Pod{Name: p.Name + "-new", Spec: p.OwnedBy("new")})
			}
		}
		for name, s := range map[string]*Scenario{
			"drop":        base.Drop(int(seed) % len(c.nodes)),
			"surge":       base.Roll(Roll{Old: old, New: anew, Surge: 1}),
			"unavailable": base.Roll(Roll{Old: old, New: anew, Unavailable: 1}),
		} {
			if !s.certain() {
				continue
			}
			proven[name]++
			for order := range 8 {
				if r := s.Run(order); len(r.Pending()) > 0 {
					t.Errorf("seed %d, %s: proven, but order %d leaves %s pending", seed, name, order, r.Pending()[0].Name)
				}
			}
			for _, p := range anew {
				if name != "drop" && s.Run(0).Node(p) < 0 {
					t.Errorf("seed %d, %s: %s was never placed", seed, name, p.Name)
				}
			}
			if seed%9 > 0 {
				continue
			}
			rest, _ := s.atRest()
			for _, r := range rest {
				searched++
				if r.restPending(); len(r.pending) > 0 {
					t.Errorf("seed %d, %s: proven, but the search leaves %s pending", seed, name, r.Pending()[0].Name)
				}
			}
		}
	}
	if proven["drop"] < 30 || proven["surge"] < 60 || proven["unavailable"] < 60 || searched < 30 {
		t.Errorf("%v proven, %d states searched: the cases say little", proven, searched)
	}
}
