package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	nodes "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml/goyaml.v2"
)

// Document is one document of a YAML file that a person wrote, with the places
// of its values.
type Document struct {
	Value any // as JSON would hold it; never nil
	node  *nodes.Node
}

// SyntaxError says where a YAML file cannot be read, and why.
type SyntaxError struct {
	Line      int // from 1
	Column    int // from 1
	Message   string
	Duplicate bool // a mapping has a key twice
	Refused   bool // it can be read, and is more than we take
}

// Error returns the message with its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Documents reads a person's YAML or JSON file. As Parse it reads by the rules
// of YAML 1.1 and refuses a key that stands twice; unlike Parse it takes
// documents that are no mappings, and knows where things stand, at the price of
// reading twice. An error is a *SyntaxError.
func Documents(data []byte) ([]Document, error) {
	data = withoutSurrogates(bytes.TrimPrefix(data, []byte("\ufeff")))
	trees, broken := documentNodes(data)
	var syntax *SyntaxError
	if errors.As(broken, &syntax) && (syntax.Duplicate || syntax.Refused) {
		return nil, syntax
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.SetStrict(true)
	var docs []Document
	for i := 0; ; i++ {
		var raw any
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, syntaxError(err, data)
		}
		if raw == nil {
			continue
		}
		doc := Document{Value: jsonValue(raw)}
		if i < len(trees) {
			doc.node = trees[i]
		}
		if at, ok := notJSON(doc.Value); ok {
			line, column := doc.Place(at...)
			return nil, &SyntaxError{Line: line, Column: column, Message: "the document holds a value that JSON cannot hold, such as .nan or a tagged date"}
		}
		docs = append(docs, doc)
	}
	if broken != nil {
		return nil, broken // the two readers disagree, and people should not have to know
	}
	return docs, nil
}

// Place returns the line and column, from 1, of the key at a path of keys and
// list indexes, or of the nearest value around it.
func (d Document) Place(path ...string) (line, column int) {
	if d.node == nil {
		return 1, 1
	}
	at, mark := d.node, d.node
	for _, step := range path {
		key, value := child(at, step)
		if value == nil {
			break
		}
		at, mark = value, key
	}
	return max(mark.Line, 1), max(mark.Column, 1)
}

// Manifests reads a file of objects as Documents does. Instead of a List it
// returns what the list holds, each item as a document, as kustomize and kubectl
// take it.
func Manifests(data []byte) ([]Document, error) {
	read, err := Documents(data)
	if err != nil {
		return nil, err
	}
	docs := make([]Document, 0, len(read))
	for _, d := range read {
		docs = append(docs, d.unpacked()...)
	}
	return docs, nil
}

// unpacked returns the document or, if it is a List, its items, each as a
// document.
func (d Document) unpacked() []Document {
	items, ok := Items(d.Value)
	if !ok {
		return []Document{d}
	}
	var docs []Document
	for i, item := range items {
		doc := Document{Value: item, node: d.node}
		if d.node != nil {
			if _, list := child(d.node, "items"); list != nil {
				if _, value := child(list, strconv.Itoa(i)); value != nil {
					doc.node = value
				}
			}
		}
		docs = append(docs, doc.unpacked()...)
	}
	return docs
}

// Items returns what a List holds, and whether a value is one. As for kustomize
// that is whatever has a kind that ends in List, and items, be there none.
func Items(value any) ([]any, bool) {
	m, _ := value.(map[string]any)
	if !strings.HasSuffix(String(m, "kind"), "List") {
		return nil, false
	}
	raw, there := m["items"]
	items, ok := raw.([]any)
	return items, there && (ok || raw == nil)
}

func child(n *nodes.Node, step string) (key, value *nodes.Node) {
	switch n.Kind {
	case nodes.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case nodes.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

// documentNodes returns the root node of each document, empty ones included.
func documentNodes(data []byte) ([]*nodes.Node, error) {
	decoder := nodes.NewDecoder(bytes.NewReader(data))
	var roots []*nodes.Node
	count := 0
	for {
		var n nodes.Node
		if err := decoder.Decode(&n); errors.Is(err, io.EOF) {
			return roots, nil
		} else if err != nil {
			return nil, syntaxError(err, data)
		}
		root := &n
		if n.Kind == nodes.DocumentNode && len(n.Content) > 0 {
			root = n.Content[0]
		}
		if err := bounded(root, 0, &count); err != nil {
			return nil, err
		}
		if err := twice(root); err != nil {
			return nil, err
		}
		if roots = append(roots, root); len(roots) > maxDocuments {
			return nil, &SyntaxError{Line: max(root.Line, 1), Column: max(root.Column, 1), Refused: true,
				Message: fmt.Sprintf("the file has more than the %d documents that meshgen reads", maxDocuments)}
		}
	}
}

// What a file may hold. The largest in use, bundles of CRDs, stay below a fifth
// of each.
const (
	maxDocuments = 5_000
	maxNodes     = 500_000
	maxDepth     = 200
)

// bounded reports a document that is too large or nests too deep, and a value
// whose tag means nothing to Kubernetes: its readers would drop the tag, and
// take the value for another one than the person meant. Aliases are the
// library's to bound.
func bounded(n *nodes.Node, depth int, count *int) error {
	refuse := func(format string, args ...any) error {
		return &SyntaxError{Line: max(n.Line, 1), Column: max(n.Column, 1), Message: fmt.Sprintf(format, args...), Refused: true}
	}
	switch *count++; {
	case *count > maxNodes:
		return refuse("the file has more than the %d values that meshgen reads", maxNodes)
	case depth > maxDepth:
		return refuse("the document nests more than the %d levels that meshgen reads", maxDepth)
	case n.Style&nodes.TaggedStyle != 0 && !slices.Contains(plainTags, n.ShortTag()):
		return refuse("the tag %s means nothing in a Kubernetes object", n.Tag)
	}
	for _, c := range n.Content {
		if err := bounded(c, depth+1, count); err != nil {
			return err
		}
	}
	return nil
}

// plainTags are the tags of what JSON can hold.
var plainTags = []string{"!", "!!binary", "!!bool", "!!float", "!!int", "!!map", "!!merge", "!!null", "!!seq", "!!str", "!!timestamp"}

// twice reports the first key that a mapping has twice.
func twice(n *nodes.Node) error {
	if n.Kind == nodes.MappingNode {
		first := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != nodes.ScalarNode {
				continue
			}
			if line, ok := first[key.Value]; ok {
				return &SyntaxError{Line: key.Line, Column: key.Column, Duplicate: true,
					Message: fmt.Sprintf("the key %q stands here a second time; it is on line %d already", key.Value, line)}
			}
			first[key.Value] = key.Line
		}
	}
	for _, c := range n.Content {
		if err := twice(c); err != nil {
			return err
		}
	}
	return nil
}

var yamlLine = regexp.MustCompile(`(?s)^(?:yaml: )?(?:unmarshal errors:\s*)?(?:line (\d+): )?(.*)$`)

// syntaxError takes the place out of a YAML library's message. The library
// counts the lines of its parser from 0 and those of its scanner from 1; only
// its parser expects things.
func syntaxError(err error, data []byte) *SyntaxError {
	e := &SyntaxError{Line: 1, Column: 1, Message: err.Error()}
	if m := yamlLine.FindStringSubmatch(e.Message); m != nil {
		e.Message, _, _ = strings.Cut(m[2], "\n")
		if line, err := strconv.Atoi(m[1]); err == nil && line > 0 {
			e.Line = line
		}
		if strings.HasPrefix(e.Message, "did not find expected") {
			e.Line++
		}
	}
	e.Line = min(e.Line, 1+bytes.Count(bytes.TrimRight(data, "\n"), []byte("\n")))
	if lines := bytes.Split(data, []byte("\n")); e.Line <= len(lines) {
		e.inWords(string(lines[e.Line-1]))
	}
	return e
}

// What a scanner of YAML stumbles over, in the words of its library.
const (
	startsNothing = "found character that cannot start any token"
	aTab          = "found a tab character"
	mappingThere  = "mapping values are not allowed in this context"
	otherVersion  = "found incompatible YAML document"
	noDocument    = "did not find expected <document start>"
)

var (
	tabIndent = regexp.MustCompile(`^[ -]*(\t)`)
	reserved  = regexp.MustCompile("(?:^|[-:,\\[{] *)([@`%])")
	twoValues = regexp.MustCompile(`: .*(: )`)
)

// inWords says of the commonest mistakes what is wrong with the line.
func (e *SyntaxError) inWords(line string) {
	find := func(form *regexp.Regexp, message string) bool {
		at := form.FindStringSubmatchIndex(line)
		if at != nil {
			e.Column, e.Message = utf8.RuneCountInString(line[:at[2]])+1, strings.ReplaceAll(message, "{}", strconv.Quote(line[at[2]:at[3]]))
		}
		return at != nil
	}
	switch {
	case e.Message == otherVersion:
		e.Message = "the line %YAML asks for another version than 1.1, which Kubernetes reads: remove it"
	case e.Message == noDocument:
		e.Message = "something follows the end of a document: a line --- stands between two"
	case e.Message == startsNothing || strings.HasPrefix(e.Message, aTab):
		if !find(tabIndent, "a tab stands before the text of the line, where YAML takes blanks alone") {
			find(reserved, "a text that begins with {} stands in quotes")
		}
	case e.Message == mappingThere && !find(twoValues, "a second {} on the line: a text that holds one stands in quotes"):
		e.Message = "the line is a key with a value, and stands further in than the line before, which has a value already"
	}
}

// notJSON returns the path of the first value that JSON cannot hold, and whether
// there is one.
func notJSON(v any) (path []string, ok bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if path, ok := notJSON(v[key]); ok {
				return append([]string{key}, path...), true
			}
		}
		return nil, false
	case []any:
		for i, e := range v {
			if path, ok := notJSON(e); ok {
				return append([]string{strconv.Itoa(i)}, path...), true
			}
		}
		return nil, false
	case float64:
		return nil, math.IsNaN(v) || math.IsInf(v, 0)
	case nil, bool, string, int64:
		return nil, false
	}
	return nil, true
}
