package schedule

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Tags say which classes and counters may have to do with each other, so that not
// each is held against each: a counter has the tags of which a class must have one
// to count for it. Those that cannot be told by one tag have the tag of all.

const everything = ""

func ofLabel(key, value string) string { return "label " + key + "=" + value }
func ofTerm(t *term) string            { return "term " + t.key }
func ofOwner(name string) string       { return "owner " + name }

// ofSelector is a label that every pod has that the selector matches.
func ofSelector(s labels.Selector) string {
	requirements, _ := s.Requirements()
	for _, r := range requirements {
		switch r.Operator() {
		case selection.In, selection.Equals, selection.DoubleEquals:
			if values := r.ValuesUnsorted(); len(values) == 1 {
				return ofLabel(r.Key(), values[0])
			}
		}
	}
	return everything
}

// tagsOf are a spec's tags.
func tagsOf(s *Spec) []string {
	tags := []string{everything}
	for key, value := range s.labels {
		tags = append(tags, ofLabel(key, value))
	}
	if s.owner != "" {
		tags = append(tags, ofOwner(s.owner))
	}
	for _, list := range [][]*term{s.affinity, s.anti} {
		for _, t := range list {
			tags = append(tags, ofTerm(t))
		}
	}
	for _, list := range [][]weighted{s.preferNear, s.preferAway} {
		for _, w := range list {
			tags = append(tags, ofTerm(w.term))
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// gather is what stands under any of the tags, once and in order.
func gather(by map[string][]int32, tags []string) []int32 {
	var out []int32
	for _, tag := range tags {
		out = append(out, by[tag]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
