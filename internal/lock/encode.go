package lock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/tree"
)

// prefix names the digest's function, as container images do.
const prefix = "sha256:"

// Digest returns the digest of a file's content as a lock file holds it.
func Digest(content []byte) string { return prefix + tree.Digest(content) }

// Encode returns the lock file's bytes: indented JSON, its maps in the order of
// their keys, a line an entry so that version control merges it line by line.
func (f File) Encode() ([]byte, error) {
	if f.Charts == nil {
		f.Charts = map[string]Chart{}
	}
	if f.Images == nil {
		f.Images = []string{}
	}
	if f.Files == nil {
		f.Files = map[string]string{}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Parse reads a lock file. A field that a later release added is no error, for
// somebody may go back to an earlier release; a path or digest that meshgen
// does not write is one, for the files that a lock names may be removed.
func Parse(content []byte) (File, error) {
	var f File
	d := json.NewDecoder(bytes.NewReader(content))
	if err := d.Decode(&f); err != nil {
		if slices.ContainsFunc(bytes.Split(content, []byte("\n")), func(line []byte) bool { return bytes.HasPrefix(line, []byte("<<<<<<< ")) }) {
			return File{}, fmt.Errorf("it holds a merge conflict that nobody has resolved")
		}
		return File{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return File{}, fmt.Errorf("text follows the end of the JSON value")
	}
	if f.Files == nil {
		return File{}, fmt.Errorf("it names no files")
	}
	for _, p := range slices.Sorted(maps.Keys(f.Files)) {
		if !tree.Valid(p) || strings.Contains(p, `\`) {
			return File{}, fmt.Errorf("it names %q, which is no path below the rendered folder", p)
		}
		if hex, ok := strings.CutPrefix(f.Files[p], prefix); !ok || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
			return File{}, fmt.Errorf("%q is no digest of %s", f.Files[p], p)
		}
	}
	return f, nil
}
