package object

import (
	"bytes"
	"fmt"
	"strconv"

	"sigs.k8s.io/yaml/goyaml.v2"
)

// Parse reads the documents of a YAML stream. Documents that hold nothing but
// comments are left out. A key that a mapping has twice is an error, as is a
// document that is no mapping. The rules are those of YAML 1.1, because
// Kubernetes reads manifests by them: yes and on are booleans.
func Parse(data []byte) ([]map[string]any, error) { return parse(data, yaml.UnmarshalStrict) }

// ParseLast reads what a template wrote as Parse reads what a person wrote, but
// of a key that a mapping has twice it takes the last value, as Helm does:
// Istio's own charts write some labels twice.
func ParseLast(data []byte) ([]map[string]any, error) { return parse(data, yaml.Unmarshal) }

func parse(data []byte, unmarshal func([]byte, any) error) ([]map[string]any, error) {
	var docs []map[string]any
	for _, part := range Split(data) {
		doc, err := parseOne(part, unmarshal)
		if err != nil {
			return nil, err
		}
		if doc != nil {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

func parseOne(data []byte, unmarshal func([]byte, any) error) (map[string]any, error) {
	var raw any
	if err := unmarshal(data, &raw); err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, nil
	}
	m, ok := jsonValue(raw).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the document is a %T, not an object", raw)
	}
	return m, nil
}

// Split cuts a YAML stream into its documents, without the separators.
func Split(data []byte) [][]byte {
	var parts [][]byte
	for len(data) > 0 {
		end, next := len(data), len(data)
		for at := 0; at < len(data); {
			line := data[at:]
			lineEnd := bytes.IndexByte(line, '\n')
			if lineEnd < 0 {
				lineEnd = len(line)
			} else {
				lineEnd++
			}
			line = line[:lineEnd]
			if isSeparator(line) {
				end, next = at, at+lineEnd
				break
			}
			at += lineEnd
		}
		if len(bytes.TrimSpace(data[:end])) > 0 {
			parts = append(parts, data[:end])
		}
		data = data[next:]
	}
	return parts
}

// isSeparator says whether a line is a document's marker, with a comment
// behind it perhaps.
func isSeparator(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	rest = bytes.TrimLeft(rest, " \t")
	return ok && (len(bytes.TrimSpace(rest)) == 0 || rest[0] == '#' && len(rest) < len(line)-3)
}

// jsonValue turns what the YAML library gives into what JSON would hold.
func jsonValue(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := make(map[string]any, len(v))
		for key, value := range v {
			m[jsonKey(key)] = jsonValue(value)
		}
		return m
	case []any:
		for i := range v {
			v[i] = jsonValue(v[i])
		}
		return v
	case int:
		return int64(v)
	case uint64:
		return float64(v)
	case float64:
		if v == 0 {
			return float64(0) // of -0 the sign is lost when it is read again
		}
	}
	return v
}

// jsonKey writes a key that is no string as Kubernetes' YAML reader does.
func jsonKey(key any) string {
	switch key := key.(type) {
	case string:
		return key
	case int:
		return strconv.Itoa(key)
	case bool:
		return strconv.FormatBool(key)
	}
	return fmt.Sprint(key)
}

// Encode writes objects as a YAML stream: keys sorted, two spaces, a separator
// before each object but the first. Equal objects give equal bytes.
func Encode(objects []Object) ([]byte, error) {
	texts := make([][]byte, len(objects))
	for i, o := range objects {
		text, err := o.YAML()
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	return bytes.Join(texts, []byte("---\n")), nil
}

// YAML returns the object's canonical YAML.
func (o Object) YAML() ([]byte, error) {
	if o.text != nil {
		return o.text, nil
	}
	return Marshal(o.Value)
}

// Marshal writes a value as canonical YAML: keys sorted, two spaces.
func Marshal(value any) ([]byte, error) {
	text, err := yaml.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("writing YAML: %w", err)
	}
	return text, nil
}

// Written returns the object with a text that is its canonical YAML.
func (o Object) Written(text []byte) Object {
	o.text = text
	return o
}

// Encoded returns the object with its canonical YAML kept beside it, for
// objects that many clusters share.
func (o Object) Encoded() (Object, error) {
	text, err := o.YAML()
	if err != nil {
		return Object{}, err
	}
	o.text = text
	return o, nil
}
