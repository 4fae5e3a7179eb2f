package fit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
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
// others keep theirs, if that is enough; else of all, each cut by the same part.
// False means that not even their least fits.
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
	part := func(n, of int) map[int]int { // so much of the way from the least to the maximum
		to := map[int]int{}
		for i, want := range most {
			to[i] = s.least(i) + (want-s.least(i))*n/of
		}
		return to
	}
	const parts = 64
	fits := func(n int) bool { return s.scaledTo(part(n, parts)).Judge().Fits }
	if !fits(0) {
		return nil, false
	}
	low, high := 0, parts // low fits, high does not
	for high-low > 1 {
		if middle := (low + high) / 2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	to := part(low, parts)
	for _, i := range sortedInts(to) { // what one of them can still have
		more := to[i]
		to[i] = most[i]
		if n, ok := s.highest(to, i); ok {
			more = max(more, n)
		}
		to[i] = more
	}
	changed := map[int]int{}
	for i, n := range to {
		if n < most[i] {
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

// tooManyAtMost says that autoscalers' maxima do not fit, and which would.
func (s *setup) tooManyAtMost(d *diag.Diagnostic, t trouble) {
	i := t.subject
	d.Path = s.work[i].Path
	if at := s.scaleSpot(i, true); at.path != "" {
		at.mark(d)
	}
	var waiting []string
	for _, h := range t.pending {
		w, n := s.work[h.work], len(h.pods)
		switch {
		case w.Replicas.Max > w.Replicas.Min && !w.PerNode:
			waiting = append(waiting, fmt.Sprintf("%d of the %d replicas of %s", n, s.most(h.work), s.name(h.work)))
		default:
			waiting = append(waiting, s.pendingText(h))
		}
	}
	find := "find"
	if len(t.pending) == 1 {
		find = s.heldAre(t.pending[0], "finds", "find")
	}
	d.Message = fmt.Sprintf("with every autoscaler at its maximum, %s %s no node", some(waiting, 3), find)
	s.explainNodes(d, t, t.pending[0])
	largest, ok := s.largest(i)
	if !ok {
		d.Suggestion = "give the cluster more room, or lower requests"
		return
	}
	var parts []string
	for _, k := range sortedInts(largest) {
		if at := s.scaleSpot(k, true); at.path != "" {
			parts = append(parts, at.change(strconv.Itoa(largest[k])))
		} else {
			parts = append(parts, fmt.Sprintf("set the maximum of the autoscaler of %s to %d", s.name(k), largest[k]))
		}
	}
	d.Suggestion = and(parts) + ", the largest that " + pick(len(parts), "fits", "fit")
}

// maxPath is the intent's path of an autoscaler's maximum.
func (s *setup) maxPath(i int) string {
	path := s.scalePath(i)
	if !strings.HasSuffix(path, ".autoscaling.min") {
		return ""
	}
	return strings.TrimSuffix(path, "min") + "max"
}
