package validate

import "strings"

// suspect knows where something is wrong already. Rules about several fields
// rely on each of them being what it should: what a rule says of a field that is
// wrong anyway, or would not say if another were right, is the first mistake said
// twice. So every rule is asked, and what it says is left out where it may follow
// from what is known.
type suspect struct {
	seen    int             // how many of the report's problems are in here
	at      map[string]bool // where something is wrong
	above   map[string]bool // what holds something that is wrong, however deep
	parents map[string]bool // what holds something that is wrong, directly
	typed   map[string]bool // what holds a value of a wrong type, directly
}

// near is how far below a map a field lies whose rules may have looked at the
// map's own fields: an element of a list beside them.
const near = 2

// pathKey writes keys as a key of a map.
func pathKey(keys []string) string { return strings.Join(keys, "\x00") }

// learn takes in the problems that have come since.
func (s *suspect) learn(problems []problem) {
	if s.at == nil && len(problems) > s.seen {
		s.at, s.above, s.parents, s.typed = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	for _, p := range problems[s.seen:] {
		if p.warning {
			continue // the field is as it should be
		}
		s.at[pathKey(p.keys)] = true
		for i := range p.keys {
			s.above[pathKey(p.keys[:i])] = true
		}
		if len(p.keys) > 0 {
			parent := pathKey(p.keys[:len(p.keys)-1])
			s.parents[parent] = true
			if p.code == codeType {
				s.typed[parent] = true
			}
		}
	}
	s.seen = len(problems)
}

// follows says whether a problem may follow from one that is known.
func (s *suspect) follows(p problem) bool {
	whole := pathKey(p.keys)
	if s.above[whole] || s.at[whole] {
		return true
	}
	for i := range p.keys {
		above := pathKey(p.keys[:i])
		switch {
		case s.at[above]:
			return true // the value around it is wrong as a whole
		case s.typed[above] && len(p.keys)-i <= near:
			return true // it may have been held against that value
		case p.absent && s.parents[above] && i == len(p.keys)-1:
			return true // what is missing may be what is misspelt beside it
		}
	}
	return false
}

// suspicious says whether something is known to be wrong at a field or below it.
func (r *report) suspicious(n *node) bool {
	key := pathKey(n.keys())
	return r.suspect.at[key] || r.suspect.above[key]
}

// independent runs rules, and keeps of what they report what does not follow
// from what was wrong before.
func (r *report) independent(rules func()) {
	start := len(r.problems)
	r.suspect.learn(r.problems)
	rules()
	if start == 0 || len(r.problems) == start {
		return
	}
	kept := r.problems[:start]
	for _, p := range r.problems[start:] {
		if !r.suspect.follows(p) {
			kept = append(kept, p)
		}
	}
	r.problems = kept
}
