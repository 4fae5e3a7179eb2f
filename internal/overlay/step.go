package overlay

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Step is a part of a manifest or of a patch: a document, an object, or an
// operation. One of them may be a mistake where the others are none.
type Step struct {
	// Mesh is the mesh with what comes before the step, and the step, and no
	// manifest or patch that comes after it.
	Mesh model.Mesh

	// Of is the manifest's path, or the patch's, and Patch the patch's name,
	// which is empty for a manifest.
	Of, Patch string

	// Path and Position are where the step stands: the position is set for a
	// file of its own alone.
	Path     string
	Position diag.Position

	line int
}

// Message returns a message about the step, with its line where the text stands
// in the intent and has several.
func (s Step) Message(message string) string {
	return problem{message: message}.at(place{line: s.line}).Message
}

// Steps takes a mesh's manifests and patches apart, in the order in which they
// count. Manifests says how many of the steps are of manifests, which come first.
// What cannot be read is one step.
func Steps(m model.Mesh) (steps []Step, manifests int) {
	all := m.Patches
	m.Patches = nil
	for i, manifest := range m.Manifests {
		add := func(part model.Manifest, path string, position diag.Position) {
			m := m
			m.Manifests = append(m.Manifests[:i:i], part)
			steps = append(steps, Step{Mesh: m, Of: manifest.Path, Path: path, Position: position})
		}
		for i := range manifest.Objects {
			part := manifest
			part.Objects = manifest.Objects[:i+1]
			add(part, fmt.Sprintf("%s.objects[%d]", manifest.Path, i), diag.Position{})
		}
		if manifest.File != "" {
			for _, d := range documentsOf(string(manifest.Text)) {
				part := manifest
				part.Text = []byte(d.text)
				line, column := d.Place()
				add(part, manifest.Path, diag.Position{File: manifest.File, Line: line, Column: column})
			}
		}
	}
	manifests = len(steps)
	for i, p := range all {
		whole := patch{Patch: p}
		add := func(text string, at place) {
			m, part := m, p
			part.Patch.Patch = text
			m.Patches = append(all[:i:i], part)
			steps = append(steps, Step{Mesh: m, Of: p.Path, Patch: p.Name, Path: at.path, Position: at.position, line: at.line})
		}
		for _, d := range documentsOf(p.Patch.Patch) {
			operations, _ := d.Value.([]any)
			for i := range operations {
				if text, err := object.Marshal(operations[:i+1]); err == nil {
					add(string(text), whole.textPlace(d.Place(strconv.Itoa(i))))
				}
			}
			if len(operations) == 0 {
				add(d.text, whole.textPlace(d.Place()))
			}
		}
	}
	return steps, manifests
}

// prefix is a document, and the text as far as its end.
type prefix struct {
	object.Document
	text string
}

// documentsOf returns the documents of a text, or the text as one.
func documentsOf(text string) []prefix {
	docs, err := object.Documents([]byte(text))
	if err != nil || len(docs) == 0 {
		return []prefix{{text: text}}
	}
	var ends []int // of the lines
	for at := 0; at < len(text); {
		n := strings.IndexByte(text[at:], '\n') + 1
		if n == 0 {
			n = len(text) - at
		}
		at += n
		ends = append(ends, at)
	}
	list := make([]prefix, len(docs))
	for i, doc := range docs {
		list[i] = prefix{doc, text}
		if i+1 < len(docs) {
			next, _ := docs[i+1].Place()
			if before := next - 2; before >= 0 && before < len(ends) {
				list[i].text = text[:ends[before]]
			}
		}
	}
	return list
}
