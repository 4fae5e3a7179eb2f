// Package tree is a set of files in memory: what a compilation gives and what a
// folder holds. Paths are slash-separated and relative; there are no folders
// but those that a path implies.
package tree

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Tree holds the content of each file by its path.
type Tree map[string][]byte

// Paths returns the paths in order.
func (t Tree) Paths() []string { return slices.Sorted(maps.Keys(t)) }

// Merge adds the files of another tree. A path that both have, with other
// content, is an error: two stages would write one file.
func (t Tree) Merge(other Tree) error {
	for _, p := range other.Paths() {
		if have, ok := t[p]; ok && !bytes.Equal(have, other[p]) {
			return fmt.Errorf("two parts of the output write %s, with different content", p)
		}
		t[p] = other[p]
	}
	return nil
}

// Valid says whether a path may stand in a tree: relative, below its root, and
// without elements that an operating system reads in its own way.
func Valid(path string) bool { return fs.ValidPath(path) && path != "." }

// Digest returns the SHA-256 of the tree's paths and contents, in hexadecimal.
func (t Tree) Digest() string {
	h := sha256.New()
	var size [8]byte
	part := func(b []byte) {
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	for _, p := range t.Paths() {
		part([]byte(p))
		part(t[p])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Digest returns the SHA-256 of one file's content, in hexadecimal.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Change is how one file of a tree differs from another tree's.
type Change struct {
	Path string
	Kind ChangeKind
}

// ChangeKind says what happened to a file.
type ChangeKind string

const (
	Added   ChangeKind = "added"   // only the new tree has the file
	Removed ChangeKind = "removed" // only the old tree has the file
	Changed ChangeKind = "changed" // both have it, with different content
)

// Compare returns what turns the old tree into the new one, in the order of the paths.
func Compare(old, new Tree) []Change {
	var changes []Change
	for _, p := range new.Paths() {
		before, ok := old[p]
		switch {
		case !ok:
			changes = append(changes, Change{p, Added})
		case !bytes.Equal(before, new[p]):
			changes = append(changes, Change{p, Changed})
		}
	}
	for _, p := range old.Paths() {
		if _, ok := new[p]; !ok {
			changes = append(changes, Change{p, Removed})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes
}
