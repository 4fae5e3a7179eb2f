package object

import "encoding/json"

// Numbers returns a value that encoding/json decoded with UseNumber, with its
// numbers as an object holds them: int64 where they are whole, else float64,
// and as text beyond both. Maps and lists are changed in place, so the value
// must be the caller's own.
func Numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = Numbers(value)
		}
	case []any:
		for i, value := range v {
			v[i] = Numbers(value)
		}
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		if fraction, err := v.Float64(); err == nil {
			return fraction
		}
		return v.String()
	}
	return v
}

// Strings returns texts as an object holds a list of them.
func Strings(texts ...string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
