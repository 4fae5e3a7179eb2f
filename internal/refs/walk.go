package refs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// path is a way from an object down, such as spec.rules[].backends[].name;
// [] stands for every element of a list.
type path []string

func parsePath(text string) path {
	return strings.Split(strings.ReplaceAll(text, "[]", ".[]"), ".")
}

// each calls visit for what stands at the end of a path, in order, with the
// keys that lead there. The keys are the visitor's only until it returns.
func (p path) each(v any, keys []string, visit func(keys []string, v any)) {
	if len(p) == 0 {
		if v != nil {
			visit(keys, v)
		}
		return
	}
	if p[0] == "[]" {
		list, _ := v.([]any)
		for i, e := range list {
			p[1:].each(e, append(keys, strconv.Itoa(i)), visit)
		}
		return
	}
	if m, ok := v.(map[string]any); ok {
		if next, ok := m[p[0]]; ok {
			p[1:].each(next, append(keys, p[0]), visit)
		}
	}
}

// maps calls visit for every map at the end of a path.
func (p path) maps(v any, keys []string, visit func(keys []string, m map[string]any)) {
	p.each(v, keys, func(keys []string, v any) {
		if m, ok := v.(map[string]any); ok {
			visit(keys, m)
		}
	})
}

// below returns the keys with more behind them, for a report to keep.
func below(keys []string, more ...string) []string { return append(slices.Clone(keys), more...) }

// at returns what stands at keys and indexes below a value, or nil.
func at(v any, keys []string) any {
	for _, key := range keys {
		switch w := v.(type) {
		case map[string]any:
			v = w[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(w) {
				return nil
			}
			v = w[i]
		default:
			return nil
		}
	}
	return v
}

// field writes keys as people write a field: spec.ports[0].name.
func field(keys []string) string {
	text := ""
	for _, key := range keys {
		if _, err := strconv.Atoi(key); err == nil && text != "" {
			text += "[" + key + "]"
		} else {
			text = object.ChildPath(text, key)
		}
	}
	return text
}

// text returns a string of a map, or "".
func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// number returns a whole number, as objects hold it.
func number(v any) (int, bool) {
	switch n := v.(type) {
	case int64:
		return int(n), true
	case int:
		return n, true
	case float64:
		return int(n), n == float64(int(n))
	}
	return 0, false
}
