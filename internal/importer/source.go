package importer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// item is one node of the input.
type item struct {
	raw   json.RawMessage
	place place
}

// place is where a value stands in the input, and where what it holds does.
type place struct {
	file string

	// Of JSON, where the value begins, and the value.
	lines *lines
	base  int
	raw   []byte

	// Of YAML, the document and the way to the value.
	doc   *object.Document
	steps []string
}

// of returns where the value at a path of keys and indexes stands, or the
// nearest one around it.
func (p place) of(path ...string) diag.Position {
	at := diag.Position{File: p.file, Line: 1, Column: 1}
	switch {
	case p.lines != nil:
		at.Line, at.Column = p.lines.at(p.base + locate(p.raw, path))
	case p.doc != nil:
		at.Line, at.Column = p.doc.Place(slices.Concat(p.steps, path)...)
	}
	return at
}

// child is the place of a value in a list. start is its offset in the JSON of
// the list's own value.
func (p place) child(start int, raw []byte, steps ...string) place {
	p.base, p.raw, p.steps = p.base+start, raw, slices.Concat(p.steps, steps)
	return p
}

// locate returns the offset of the value at a path in JSON, or of the nearest
// value around it.
func locate(raw []byte, path []string) int {
	if len(path) == 0 {
		return 0
	}
	found := 0
	elements(raw, func(step string, start int, value json.RawMessage) bool {
		if step == path[0] {
			found = start + locate(value, path[1:])
			return false
		}
		return true
	})
	return found
}

// elements calls a function for each field or element of a JSON value that has
// some, with its offset, until it returns false. The value is valid JSON.
func elements(raw []byte, call func(step string, start int, value json.RawMessage) bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	open, _ := d.Token()
	if open != json.Delim('{') && open != json.Delim('[') {
		return
	}
	for i := 0; d.More(); i++ {
		step := strconv.Itoa(i)
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return
			}
			step, _ = key.(string)
		}
		var value json.RawMessage
		if d.Decode(&value) != nil || !call(step, int(d.InputOffset())-len(value), value) {
			return
		}
	}
}

// lines finds the lines of a text.
type lines struct{ starts []int }

func newLines(text []byte) *lines {
	l := &lines{starts: []int{0}}
	for i, c := range text {
		if c == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

// at returns the line and column of an offset, from 1.
func (l *lines) at(offset int) (line, column int) {
	i := sort.SearchInts(l.starts, offset+1) - 1
	return i + 1, offset - l.starts[i] + 1
}

// read returns the nodes of the input, whatever they are wrapped in.
func read(name string, data []byte) ([]item, diag.List) {
	r := &reader{file: name}
	data, ok := text(data)
	switch {
	case !ok:
		r.refuse(diag.Position{File: name}, name+" is not UTF-8 text", wanted)
	case len(bytes.TrimSpace(data)) == 0:
		r.refuse(diag.Position{File: name}, name+" is empty", wanted)
	case strings.ContainsRune("{[", rune(bytes.TrimSpace(data)[0])):
		r.json(data)
	default:
		r.yaml(data)
	}
	return r.items, r.list
}

// text returns the input as UTF-8. PowerShell writes what it redirects to a file
// as UTF-16, with a byte order mark.
func text(data []byte) ([]byte, bool) {
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		rest, ok := bytes.CutPrefix(data, []byte(mark))
		if !ok || len(rest)%2 != 0 {
			continue
		}
		units := make([]uint16, len(rest)/2)
		for i := range units {
			units[i] = order.Uint16(rest[2*i:])
		}
		return []byte(string(utf16.Decode(units))), true
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return data, utf8.Valid(data) && !bytes.ContainsRune(data, 0)
}

// reader collects the nodes of an input.
type reader struct {
	file  string
	items []item
	list  diag.List
}

func (r *reader) refuse(at diag.Position, message, suggestion string) {
	r.list = append(r.list, diag.Diagnostic{
		Code: codeUnread, Severity: diag.Error, Message: message, Suggestion: suggestion, Position: at,
	})
}

// json reads JSON values, one behind the other.
func (r *reader) json(data []byte) {
	places := newLines(data)
	at := func(offset int64) diag.Position {
		p := diag.Position{File: r.file}
		p.Line, p.Column = places.at(int(min(max(offset, 0), int64(len(data)))))
		return p
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		var raw json.RawMessage
		err := d.Decode(&raw)
		var syntax *json.SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.Is(err, io.ErrUnexpectedEOF):
			r.refuse(at(int64(len(data))), "the JSON ends before it is complete", "give all of what kubectl get nodes -o json prints")
			return
		case errors.As(err, &syntax):
			r.refuse(at(syntax.Offset-1), "this is not JSON: "+syntax.Error(), wanted)
			return
		case err != nil:
			r.refuse(at(d.InputOffset()), "this is not JSON: "+err.Error(), wanted)
			return
		}
		r.value(raw, place{file: r.file, lines: places, base: int(d.InputOffset()) - len(raw), raw: raw}, "")
	}
}

// yaml reads YAML documents.
func (r *reader) yaml(data []byte) {
	if len(data) > maxYAML {
		r.refuse(diag.Position{File: r.file}, fmt.Sprintf("%s has %d bytes of YAML; the most that meshgen reads is %d", r.file, len(data), maxYAML), wanted)
		return
	}
	docs, err := object.Documents(data)
	var syntax *object.SyntaxError
	if errors.As(err, &syntax) {
		r.refuse(diag.Position{File: r.file, Line: syntax.Line, Column: syntax.Column}, "this is neither JSON nor YAML: "+syntax.Message, wanted)
		return
	}
	for _, doc := range docs {
		p := place{file: r.file, doc: &doc}
		raw, err := json.Marshal(doc.Value)
		if err != nil {
			r.refuse(p.of(), "the document holds a value that JSON cannot hold", wanted)
			continue
		}
		r.value(raw, p, "")
	}
}

// head is what a value says that it is.
type head struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Items      json.RawMessage `json:"items"`
	Status     json.RawMessage `json:"status"`
}

// value takes a node, or what a list of them holds. list is the kind of the list
// that the value stands in, empty at the top.
func (r *reader) value(raw json.RawMessage, at place, list string) {
	trimmed := bytes.TrimSpace(raw)
	if trimmed[0] == '[' {
		r.elements(raw, at, "List")
		return
	}
	var h head
	if trimmed[0] != '{' {
		r.refuse(at.of(), "this is "+kindOf(trimmed)+", and no list of nodes", wanted)
		return
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		r.refuse(at.of(), "apiVersion and kind are no text", wanted)
		return
	}
	core := h.APIVersion == "v1" || h.APIVersion == ""
	switch {
	case core && (h.Kind == "List" || h.Kind == "NodeList" || h.Kind == "" && len(h.Items) > 0):
		elements(raw, func(step string, start int, value json.RawMessage) bool {
			if step == "items" && value[0] == '[' {
				r.elements(value, at.child(start, value, "items"), "List")
			} else if step == "items" && string(value) != "null" {
				r.refuse(at.of("items"), "items is "+kindOf(value)+"; want a list", wanted)
			}
			return true
		})
	case core && (h.Kind == "Node" || h.Kind == "" && (list != "" || len(h.Status) > 0)):
		r.items = append(r.items, item{raw, at})
	case list != "":
		// kubectl get nodes,pods prints one list of both.
	case h.Kind == "":
		r.refuse(at.of(), "this is neither a Node nor a list of nodes: it has no kind", wanted)
	default:
		r.refuse(at.of("kind"), fmt.Sprintf("this is of kind %q, and not a Node or a list of nodes", strings.TrimPrefix(strings.TrimSpace(h.APIVersion+" "+h.Kind), "v1 ")), wanted)
	}
}

func (r *reader) elements(raw json.RawMessage, at place, list string) {
	elements(raw, func(step string, start int, value json.RawMessage) bool {
		r.value(value, at.child(start, value, step), list)
		return true
	})
}

// kindOf names a JSON value that is none of those that are wanted.
func kindOf(raw []byte) string {
	switch raw[0] {
	case '{':
		return "a mapping"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	}
	return "a number"
}
