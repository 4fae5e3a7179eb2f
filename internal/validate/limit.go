package validate

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// limit is what one field takes beyond its type.
type limit struct {
	low, high int64                 // of a number, where high is not 0 or ranged is set
	ranged    bool                  // the number has bounds
	blank     bool                  // an empty text is fine although the field must be there
	format    func(string) []string // what is wrong with a text
	keys      []string              // by which an element of the list stands there once
	elements  func(string) []string // what is wrong with a text in the list
	each      *limit                // of the numbers in the list
	set       bool                  // an element stands in the list once
	most      int                   // how many elements the list, or characters the text, can have; 0 for any
	keyFormat func(string) []string // what is wrong with a key of the map
}

// between are numbers from low to high.
func between(low, high int64) limit { return limit{low: low, high: high, ranged: true} }

// atLeast are numbers from low on.
func atLeast(low int64) limit { return between(low, 1<<62) }

// format are texts that a function of apimachinery's finds nothing wrong with.
func format(f func(string) []string) limit { return limit{format: f} }

// check holds a value of the right type against the limit.
func (l *limit) check(r *report, n *node, given bool) {
	if v, ok := wholeOf(n.value); ok && l.ranged && (v < l.low || v > l.high) {
		want := fmt.Sprintf("must be %d to %d", l.low, l.high)
		if l.high == 1<<62 {
			want = fmt.Sprintf("must be %d or more", l.low)
		}
		r.value(n, want)
	}
	if v, ok := n.value.(string); ok && (v != "" || given) && l.format != nil {
		r.format(n, l.format(v))
	}
	if c := n.size(); l.most > 0 && c > l.most {
		r.tooMany(n, c, l.most)
	}
	if l.set {
		r.once(n)
	}
	if l.each != nil {
		for _, e := range n.elements() {
			l.each.check(r, e, true)
		}
	}
	if l.elements != nil {
		for _, e := range n.elements() {
			if v, ok := e.value.(string); ok {
				r.format(e, l.elements(v))
			}
		}
	}
	if m, ok := n.value.(map[string]any); ok && l.keyFormat != nil && len(m) > 0 {
		for _, f := range n.fields() {
			for _, wrong := range l.keyFormat(f.key) {
				r.add(f, codeName, fmt.Sprintf("{}: the key %q %s", f.key, say(wrong)), "change the key: it "+say(wrong))
				break
			}
		}
	}
}

// once reports texts and numbers that stand in a list twice.
func (r *report) once(n *node) {
	seen := map[any]bool{}
	for _, e := range n.elements() {
		switch e.value.(type) {
		case string, int64:
			if seen[e.value] {
				r.add(e, codeTwice, fmt.Sprintf("{}: %s stands in the list a second time", r.show(e.value)), "remove {}")
			}
			seen[e.value] = true
		}
	}
}

// size is how many elements a list or a map has, or characters a text.
func (n *node) size() int {
	if s, ok := n.value.(string); ok {
		return len(s)
	}
	return n.count()
}

// tooMany reports more elements, or characters, than there can be.
func (r *report) tooMany(n *node, count, most int) {
	if _, ok := n.value.(string); ok {
		r.add(n, codeValue, fmt.Sprintf("{} has %d characters, of which there can be %d", count, most), "shorten {}")
		return
	}
	r.add(n, codeValue, fmt.Sprintf("{} has %d elements, of which there can be %d", count, most), fmt.Sprintf("keep %d of {}", most))
}

// format reports the first of what apimachinery finds wrong with a text.
func (r *report) format(n *node, wrong []string) {
	if len(wrong) > 0 {
		r.add(n, codeValue, fmt.Sprintf("{} is %s, which %s", r.show(n.value), say(wrong[0])), "change {}: it "+say(wrong[0]))
	}
}

// say turns apimachinery's words for what a value must be into the middle of a
// sentence, without its regular expressions.
func say(wrong string) string {
	if before, _, ok := strings.Cut(wrong, " (e.g. "); ok {
		wrong = before
	}
	wrong = strings.TrimSuffix(wrong, ",")
	if before, _, ok := strings.Cut(wrong, ", regex used"); ok {
		wrong = before
	}
	for _, subject := range []string{"a lowercase RFC 1123 subdomain ", "a lowercase RFC 1123 label ", "a DNS-1035 label ", "a valid label ", "name part ", "prefix part ", "a valid config key ", "a valid environment variable name "} {
		if rest, ok := strings.CutPrefix(wrong, subject); ok && strings.HasPrefix(rest, "must ") {
			return rest
		}
	}
	if !strings.HasPrefix(wrong, "must ") && !strings.HasPrefix(wrong, "may not ") && !strings.HasPrefix(wrong, "should ") {
		return "must be valid: " + wrong
	}
	return wrong
}

// portNumber are the ports that exist.
var portNumber = between(1, 65535)

// optionalPort takes 0 for none.
var optionalPort = between(0, 65535)

// noBacksteps are paths without "..".
func noBacksteps(path string) []string {
	for _, part := range strings.Split(path, "/") {
		if part == ".." {
			return []string{`must not contain ".."`}
		}
	}
	return nil
}

// descending are paths that lead down from where they start.
func descending(path string) []string {
	if strings.HasPrefix(path, "/") {
		return []string{"must be a relative path"}
	}
	return noBacksteps(path)
}

// descendingName are descending paths that do not begin with two dots.
func descendingName(path string) []string {
	if wrong := descending(path); wrong != nil {
		return wrong
	}
	if strings.HasPrefix(path, "..") {
		return []string{`must not begin with ".."`}
	}
	return nil
}

func absolute(path string) []string {
	if !strings.HasPrefix(path, "/") {
		return []string{"must be an absolute path"}
	}
	return nil
}

// pathSegment are names that can stand between two slashes of a URL; RBAC takes
// them. From apimachinery's api/validation/path.
func pathSegment(name string) []string {
	switch {
	case name == "." || name == "..":
		return []string{`must not be "." or ".."`}
	case strings.ContainsAny(name, "/%"):
		return []string{`must not contain "/" or "%"`}
	}
	return nil
}

// wildcardDomain are DNS names, with a * as their first label perhaps.
func wildcardDomain(name string) []string {
	if strings.HasPrefix(name, "*.") {
		return validation.IsWildcardDNS1123Subdomain(name)
	}
	return validation.IsDNS1123Subdomain(name)
}
