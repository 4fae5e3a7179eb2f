package chart

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// texts reads and writes documents that hold long texts, such as the injector's
// ConfigMap, whose templates are a hundred times its values and the same in
// every cluster. A text is cut out of its document, and read and written by
// itself, once; what is left of the document is short. The result is what
// object.Parse and Object.YAML give, which a test shows.
type texts struct {
	read    memo[[sha256.Size]byte, string]
	written memo[writtenText, []byte]
}

// writtenText is a text at a depth of maps, which decides how far it is set in.
type writtenText struct {
	digest [sha256.Size]byte
	depth  int
}

const (
	long           = 4096 // bytes from which on a text is worth the detour
	textGeneration = 64
)

func newTexts() *texts {
	return &texts{
		read:    memo[[sha256.Size]byte, string]{generation: textGeneration},
		written: memo[writtenText, []byte]{generation: textGeneration},
	}
}

// mark stands in a document for its text of a number. No chart has such a word.
func mark(n int) string { return "meshgen-long-text-" + strconv.Itoa(n) + "-" }

// blockKey is a key with a block of literal text below it.
var blockKey = regexp.MustCompile(`^( *)([A-Za-z0-9_.-]+): \|([-+]?)[ \t]*$`)

// parse reads a document as object.ParseLast does.
func (t *texts) parse(document []byte) ([]map[string]any, error) {
	if len(document) < long {
		return object.ParseLast(document)
	}
	short, cut := cutTexts(document)
	if len(cut) == 0 {
		return object.ParseLast(document)
	}
	values, err := object.ParseLast(short)
	if err != nil {
		return object.ParseLast(document) // whose error has the document's own lines
	}
	known := map[string]string{}
	for i, raw := range cut {
		digest := sha256.Sum256(raw)
		text, ok := t.read.get(digest)
		if !ok {
			alone, err := object.ParseLast(raw)
			if err != nil || len(alone) != 1 {
				return object.ParseLast(document)
			}
			text, ok = alone[0]["k"].(string)
			if !ok {
				return object.ParseLast(document)
			}
			t.read.put(digest, text)
		}
		known[mark(i)] = text
	}
	found := 0
	for _, value := range values {
		found += putBack(value, known)
	}
	if found != len(cut) { // a mark came to stand in another text
		return object.ParseLast(document)
	}
	return values, nil
}

// cutTexts returns a document with marks in place of its long blocks of text,
// and each block as a document of its own with the one key k.
func cutTexts(document []byte) (short []byte, cut [][]byte) {
	lines := bytes.SplitAfter(document, []byte("\n"))
	var out bytes.Buffer
	for i := 0; i < len(lines); {
		m := blockKey.FindSubmatch(bytes.TrimRight(lines[i], "\r\n"))
		if m == nil {
			out.Write(lines[i])
			i++
			continue
		}
		end := i + 1
		size := 0
		for end < len(lines) && inBlock(lines[end], len(m[1])) {
			size += len(lines[end])
			end++
		}
		if size < long {
			for ; i < end; i++ {
				out.Write(lines[i])
			}
			continue
		}
		out.WriteString(string(m[1]) + string(m[2]) + ": " + mark(len(cut)) + "\n")
		alone := []byte(string(m[1]) + "k: |" + string(m[3]) + "\n")
		cut = append(cut, append(alone, bytes.Join(lines[i+1:end], nil)...))
		i = end
	}
	return out.Bytes(), cut
}

// inBlock says whether a line belongs to the text below a key that is set in by
// some spaces.
func inBlock(line []byte, in int) bool {
	text := bytes.TrimLeft(line, " ")
	return len(bytes.TrimSpace(text)) == 0 || len(line)-len(text) > in
}

// putBack replaces marks by what they stand for, and returns how many.
func putBack(v any, known map[string]string) int {
	found := 0
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if s, ok := value.(string); ok {
				if text, ok := known[s]; ok {
					v[key] = text
					found++
				}
				continue
			}
			found += putBack(value, known)
		}
	case []any:
		for _, element := range v {
			found += putBack(element, known)
		}
	}
	return found
}

// encoded returns an object with its YAML, as Object.Encoded does.
func (t *texts) encoded(o object.Object) (object.Object, error) {
	var cut []longText
	short, _ := takeOut(o.Value, 0, &cut).(map[string]any)
	if len(cut) == 0 {
		return o.Encoded()
	}
	yaml, err := object.Marshal(short)
	if err != nil {
		return object.Object{}, err
	}
	for i, c := range cut {
		before, after, ok := bytes.Cut(yaml, []byte(" "+mark(i)+"\n"))
		if !ok {
			return o.Encoded()
		}
		written, err := t.write(c)
		if err != nil {
			return object.Object{}, err
		}
		yaml = slices.Concat(before, written, after)
	}
	return o.Written(yaml), nil
}

// longText is a text, and how many maps it is in below the object itself.
type longText struct {
	text  string
	depth int
}

// takeOut returns a value with marks in place of its long texts. Texts in lists
// stay, for a list sets them in by other rules. What holds no text is not copied.
func takeOut(v any, depth int, cut *[]longText) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	copied := false
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := m[key]
		var short any
		switch value := value.(type) {
		case string:
			if len(value) < long {
				continue
			}
			short = mark(len(*cut))
			*cut = append(*cut, longText{value, depth})
		case map[string]any:
			before := len(*cut)
			short = takeOut(value, depth+1, cut)
			if len(*cut) == before {
				continue
			}
		default:
			continue
		}
		if !copied {
			m, copied = maps.Clone(m), true
		}
		m[key] = short
	}
	return m
}

// write returns what stands behind the key and colon of a text.
func (t *texts) write(c longText) ([]byte, error) {
	key := writtenText{sha256.Sum256([]byte(c.text)), c.depth}
	if written, ok := t.written.get(key); ok {
		return written, nil
	}
	var value any = map[string]any{"k": c.text}
	for range c.depth {
		value = map[string]any{"k": value}
	}
	yaml, err := object.Marshal(value)
	if err != nil {
		return nil, err
	}
	_, written, _ := bytes.Cut(yaml, []byte(strings.Repeat("  ", c.depth)+"k:"))
	t.written.put(key, written)
	return written, nil
}
