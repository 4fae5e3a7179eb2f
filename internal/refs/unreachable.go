package refs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// unreachable warns of rules and matches of a VirtualService that no request
// comes to, for a rule before takes all that they match. istiod accepts them,
// and drops what stands behind a rule that takes everything
// (pilot/pkg/networking/core/route, BuildHTTPRoutesForVirtualService); istioctl
// analyze says IST0130 and IST0131 of the plainest of them. What meshgen makes
// from the intent's routes, MG3025 has looked at.
func unreachable(f *finder, s *subject) {
	if s.asMade() {
		return
	}
	for _, protocol := range []string{"http", "tls", "tcp"} {
		var before []seenMatch
		for i, r := range object.List(s.Value, "spec", protocol) {
			rule, _ := r.(map[string]any)
			keys := []string{"spec", protocol, strconv.Itoa(i)}
			matches := object.List(rule, "match")
			if len(matches) == 0 {
				matches = []any{map[string]any{}} // takes everything
			}
			var idle []int // the matches that something before takes
			first := ""
			for n, v := range matches {
				m, _ := v.(map[string]any)
				taken := slices.IndexFunc(before, func(b seenMatch) bool { return takes(b.match, m) })
				if taken >= 0 {
					idle = append(idle, n)
					if first == "" {
						first = field(before[taken].keys)
					}
				}
				if len(before) < mostMatches {
					before = append(before, seenMatch{m, keys})
				}
			}
			switch {
			case len(idle) == 0:
			case len(idle) == len(matches):
				f.report(s, problem{
					code: "MG5067", severity: diag.Warning, keys: keys,
					message:    fmt.Sprintf("has the rule %s, to which nothing comes: %s takes all that it matches", field(keys), first),
					suggestion: fmt.Sprintf("move %s before %s, or remove it", field(keys), first),
				})
			default:
				at := below(keys, "match", strconv.Itoa(idle[0]))
				f.report(s, problem{
					code: "MG5067", severity: diag.Warning, keys: at,
					message:    fmt.Sprintf("has the match %s, to which nothing comes: %s takes all of it", field(at), first),
					suggestion: fmt.Sprintf("remove %s, or move the rule before %s", field(at), first),
				})
			}
		}
	}
}

// mostMatches is how many matches each later one is held against: nobody reads
// a route with more, and the work grows with their pairs.
const mostMatches = 500

// seenMatch is a match, and the rule that has it.
type seenMatch struct {
	match map[string]any
	keys  []string
}

// takes says whether a match takes every request that another one matches: each
// of its conditions must follow from the other's.
func takes(a, b map[string]any) bool {
	for _, key := range slices.Sorted(maps.Keys(a)) {
		have, other := a[key], b[key]
		fine := reflect.DeepEqual(have, other)
		switch key {
		case "name", "statPrefix", "ignoreUriCase":
			fine = true // conditions of no request; case is looked at with uri
		case "uri":
			fine = fine && foldsCase(a) == foldsCase(b) || takesText(have, other, foldsCase(a), foldsCase(b))
		case "headers", "queryParams":
			fine = fine || takesHeaders(have, other)
		case "gateways", "sniHosts", "destinationSubnets":
			fine = fine || within(other, have)
		case "sourceLabels":
			fine = fine || contains(other, have)
		}
		if !fine && !isEmpty(have) {
			return false
		}
	}
	return true
}

// isEmpty says whether a condition is none.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

func foldsCase(match map[string]any) bool { fold, _ := match["ignoreUriCase"].(bool); return fold }

// takesText says whether a StringMatch of a path takes all that another does.
func takesText(a, b any, foldA, foldB bool) bool {
	am, _ := a.(map[string]any)
	bm, _ := b.(map[string]any)
	prefix, ok := am["prefix"].(string)
	if regex, is := am["regex"].(string); is && (regex == ".*" || regex == "/.*") || ok && (prefix == "/" || prefix == "") {
		return true // every path begins with a slash
	}
	if !ok || foldB && !foldA {
		return false
	}
	for _, key := range []string{"exact", "prefix"} {
		if path, ok := bm[key].(string); ok {
			if foldA {
				path, prefix = strings.ToLower(path), strings.ToLower(prefix)
			}
			return strings.HasPrefix(path, prefix)
		}
	}
	return false
}

// takesHeaders says whether conditions on headers, or on parameters, follow
// from others.
func takesHeaders(a, b any) bool {
	am, _ := a.(map[string]any)
	bm, _ := b.(map[string]any)
	for key, have := range am {
		other, there := bm[key]
		m, _ := have.(map[string]any)
		prefix, isPrefix := m["prefix"].(string)
		om, _ := other.(map[string]any)
		switch {
		case !there:
			return false
		case reflect.DeepEqual(have, other), isEmpty(have):
		case isPrefix && (hasPrefix(om, "exact", prefix) || hasPrefix(om, "prefix", prefix)):
		default:
			return false
		}
	}
	return true
}

func hasPrefix(m map[string]any, key, prefix string) bool {
	text, ok := m[key].(string)
	return ok && strings.HasPrefix(text, prefix)
}

// within says whether each of some, of which there is one at least, is among others.
func within(some, others any) bool {
	list, _ := some.([]any)
	all, _ := others.([]any)
	return len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { return !object.Has(all, v) })
}

// contains says whether a map has all that another has.
func contains(m, all any) bool {
	have, _ := m.(map[string]any)
	want, _ := all.(map[string]any)
	for key, value := range want {
		if !object.Equal(have[key], value) {
			return false
		}
	}
	return true
}
