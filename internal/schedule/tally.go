package schedule

import "slices"

// tally is what a counter counted, by domain. Of a topology with many domains
// most hold nothing of it: then it is a short list, and an array only while
// somebody reads it.
type tally struct {
	array []int64
	list  []entry
	kept  bool // the array is what counts, and there is no list
}

type entry struct {
	domain int32
	count  int64
}

// When a tally becomes an array for good, and how many arrays of others a run
// keeps.
const (
	narrow = 128 // domains
	long   = 64  // entries
	views  = 128
)

// newTally is a tally of nothing.
func (r *Run) newTally(domains int) tally {
	if domains <= narrow {
		array := r.blank[:domains:domains]
		r.blank = r.blank[domains:]
		return tally{array: array, kept: true}
	}
	return tally{}
}

// add adds to a domain, and returns what it had before.
func (t *tally) add(domain int32, value int64, domains int) (before int64) {
	if t.array != nil {
		before = t.array[domain]
		t.array[domain] += value
	}
	if t.kept {
		return before
	}
	i := slices.IndexFunc(t.list, func(e entry) bool { return e.domain == domain })
	switch {
	case i < 0:
		t.list = append(t.list, entry{domain, value})
		if len(t.list) > long {
			t.array = t.read(domains)
			t.list, t.kept = nil, true
		}
		return 0
	default:
		before = t.list[i].count
		t.list[i].count += value
		if t.list[i].count == 0 {
			t.list = slices.Delete(t.list, i, i+1)
		}
	}
	return before
}

// read returns the counts by domain.
func (t *tally) read(domains int) []int64 {
	if t.array != nil {
		return t.array
	}
	array := make([]int64, domains)
	for _, e := range t.list {
		array[e.domain] = e.count
	}
	return array
}

// at returns a counter's counts by domain.
func (r *Run) at(counter int32) []int64 {
	t := &r.counts[counter]
	if t.array != nil {
		return t.array
	}
	// One of the arrays of others makes room: which does not matter.
	if len(r.viewed) == views {
		r.forget(r.viewed[0])
		copy(r.viewed, r.viewed[1:])
		r.viewed = r.viewed[:views-1]
	}
	r.viewed = append(r.viewed, counter)
	t.array = t.read(len(r.c.domains[r.c.counters[counter].topology].names))
	return t.array
}

// forget lets go of an array that a list stands for.
func (r *Run) forget(counter int32) {
	if t := &r.counts[counter]; !t.kept {
		t.array = nil
	}
}

// tallies copies the counts for a clone.
func (r *Run) tallies() []tally {
	out := make([]tally, len(r.counts), max(len(r.counts), len(r.c.counters)))
	arrays, entries := 0, 0
	for i := range r.counts {
		if r.counts[i].kept {
			arrays += len(r.counts[i].array)
		}
		entries += len(r.counts[i].list)
	}
	flat, list := make([]int64, 0, arrays), make([]entry, 0, entries)
	for i := range r.counts {
		if t := &r.counts[i]; t.kept {
			flat = append(flat, t.array...)
			out[i] = tally{array: flat[len(flat)-len(t.array) : len(flat) : len(flat)], kept: true}
		} else {
			list = append(list, t.list...)
			out[i].list = list[len(list)-len(t.list) : len(list) : len(list)]
		}
	}
	return out
}
