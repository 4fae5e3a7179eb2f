package fit

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/schedule"
)

// scaled asks about every autoscaler at its maximum, all at the same time.
func (s *setup) scaled(f *findings) {
	a := &f.answers[scaled]
	*a = Answer{Question: Scaled, Verdict: NotAsked, Reason: "there is no autoscaler", Cases: []Case{}}
	most := map[int]int{}
	for i := range s.work {
		if len(s.pods[i]) > 0 && s.most(i) > s.least(i) {
			most[i] = s.most(i)
		}
	}
	if len(most) == 0 {
		return
	}
	full := s.scaledTo(most)
	v := full.Judge()
	a.Verdict, a.Basis, a.Reason = Fits, basis(v), "every autoscaler's maximum fits"
	f.full = v.Typical
	f.note(s, v.Typical)
	var pending []held
	if !v.Fits {
		run, typical := outcome(v)
		pending = s.held(run)
		subject := -1
		for i := range s.work { // the autoscaler whose pods are pending, or else the first
			if _, ok := most[i]; ok && (subject < 0 || !waits(pending, subject) && waits(pending, i)) {
				subject = i
			}
		}
		a.Verdict, a.Code, a.Reason = Refused, "MG2002", "with every autoscaler at its maximum a pod finds no node"
		f.full = run
		t := trouble{code: "MG2002", subject: subject, node: -1, pending: pending, run: run, typical: typical, warning: true}
		if f.add(t); f.done {
			return
		}
	}
	for i := range s.work {
		n, ok := most[i]
		if !ok {
			continue
		}
		c := Case{Subject: fmt.Sprintf("%s at %d", s.name(i), n), Fits: !waits(pending, i), Pending: []Pending{}, Free: s.free(f.full)}
		for _, h := range pending {
			if h.work == i {
				c.Pending = s.report(trouble{pending: []held{h}, run: f.full})
			}
		}
		a.Cases = append(a.Cases, c)
	}
	if f.full != nil {
		s.budgetsScaled(f)
	}
}

// scaledTo is the scenario in which autoscalers have brought pods, by workload.
func (s *setup) scaledTo(most map[int]int) *schedule.Scenario {
	var more []*schedule.Pod
	for i := range s.work {
		if n, ok := most[i]; ok {
			more = append(more, s.make(i, s.work[i].Spec, n-s.least(i))...)
		}
	}
	return s.rest().Add(more...)
}

// waits says whether a workload has pending pods.
func waits(pending []held, i int) bool {
	for _, h := range pending {
		if h.work == i {
			return true
		}
	}
	return false
}

// largest is the largest maximum of each autoscaler that fits: of one while the
// others keep theirs, if that is enough; else of all, one after the other from
// their least. False means that not even that fits.
func (s *setup) largest(subject int) (map[int]int, bool) {
	most := map[int]int{}
	for i := range s.work {
		if len(s.pods[i]) > 0 && s.most(i) > s.least(i) {
			most[i] = s.most(i)
		}
	}
	if n, ok := s.highest(most, subject); ok {
		return map[int]int{subject: n}, true
	}
	wanted := most
	most = map[int]int{}
	for i := range wanted {
		most[i] = s.least(i)
	}
	changed := map[int]int{}
	for i := range s.work { // in order
		want, ok := wanted[i]
		if !ok {
			continue
		}
		most[i] = want
		n, fits := s.highest(most, i)
		if !fits {
			return nil, false
		}
		if most[i] = n; n < want {
			changed[i] = n
		}
	}
	return changed, true
}

// highest is the largest number of a workload's pods, up to the one in most,
// that fits while the others have theirs.
func (s *setup) highest(most map[int]int, i int) (int, bool) {
	low, high := s.least(i), most[i]
	try := func(n int) bool {
		others := map[int]int{}
		for k, v := range most {
			others[k] = v
		}
		others[i] = n
		return s.scaledTo(others).Judge().Fits
	}
	if !try(low) {
		return 0, false
	}
	for low < high { // low fits
		middle := (low + high + 1) / 2
		if try(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low, true
}
