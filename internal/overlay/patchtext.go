package overlay

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// patch is a patch whose text has been read.
type patch struct {
	model.Patch
	text  string
	parts []part
}

// part is what one document of a patch asks for: a strategic merge, or a list
// of JSON 6902 operations.
type part struct {
	doc   object.Document
	merge map[string]any // nil for operations
	ops   []operation
	index int // of the document in the patch
}

// operation is one operation of a JSON 6902 patch.
type operation struct {
	Op    string
	Path  string
	From  string
	Value any
	text  json.RawMessage
}

// parsePatch reads a patch.
func parsePatch(p model.Patch) (patch, diag.List) {
	parsed := patch{Patch: p, text: p.Patch.Patch}
	docs, err := object.Documents([]byte(parsed.text))
	if err != nil {
		return parsed, diag.List{unreadable(err, []byte(parsed.text), parsed.textPlace)}
	}
	var list diag.List
	for i, doc := range docs {
		part := part{doc: doc, index: i}
		var problems []problem
		switch v := doc.Value.(type) {
		case map[string]any:
			part.merge = v
			problems = mergeProblems(p, v)
		case []any:
			part.ops, problems = operations(p, v)
		default:
			problems = []problem{{code: "MG5011", message: fmt.Sprintf("the patch is %s, neither an object nor a list of operations", describe(doc.Value)),
				suggestion: "write a strategic merge patch or a JSON 6902 patch"}}
		}
		for _, problem := range problems {
			list = append(list, problem.at(parsed.placeOf(part, problem.keys...)))
		}
		parsed.parts = append(parsed.parts, part)
	}
	if bad := parsed.shape(); bad != nil && len(list) == 0 {
		list = append(list, bad.at(parsed.textPlace(1, 1)))
	}
	return parsed, list
}

// shape checks how many documents the patch has, and of what kinds.
func (p patch) shape() *problem {
	operations := slices.ContainsFunc(p.parts, func(part part) bool { return part.merge == nil })
	switch {
	case len(p.parts) == 0:
		return &problem{code: "MG5011", message: "the patch is empty", suggestion: "write the patch, or remove " + p.Path}
	case len(p.parts) > 1 && operations:
		return &problem{code: "MG5011", message: "a JSON 6902 patch stands beside other documents, which kustomize would ignore", suggestion: "make a patch of each document"}
	case len(p.parts) > 1 && p.Target != nil:
		return &problem{code: "MG5011", message: fmt.Sprintf("the patch has a target and %d documents; kustomize takes one", len(p.parts)), suggestion: "make a patch of each document, or remove " + p.Path + ".target"}
	case operations && p.Target == nil:
		return &problem{code: "MG5011", message: "a JSON 6902 patch does not say which object it is for", suggestion: "set " + p.Path + ".target"}
	}
	return nil
}

// mergeProblems checks what a strategic merge patch must have.
func mergeProblems(p model.Patch, v map[string]any) []problem {
	needs := [][]string{{"apiVersion"}, {"kind"}, {"metadata", "name"}}
	why := "names the object that it is for"
	if p.Target != nil {
		needs, why = needs[1:], "needs one even with a target, which then decides"
	}
	var problems []problem
	for _, keys := range needs {
		if object.String(v, keys...) == "" {
			path := strings.Join(keys, ".")
			problems = append(problems, problem{code: "MG5011", keys: keys[:len(keys)-1],
				message: fmt.Sprintf("the patch has no %s; a strategic merge patch %s", path, why), suggestion: "set " + path + " in the patch"})
		}
	}
	if _, isList := v["items"].([]any); isList && strings.HasSuffix(object.String(v, "kind"), "List") {
		problems = append(problems, problem{code: "MG5011", message: "the patch is a list of objects", suggestion: "make a document of each item", keys: []string{"items"}})
	}
	return problems
}

// operations reads the operations of a JSON 6902 patch.
func operations(p model.Patch, list []any) ([]operation, []problem) {
	var ops []operation
	var problems []problem
	for i, raw := range list {
		m, _ := raw.(map[string]any)
		op := operation{Op: object.String(m, "op"), Path: object.String(m, "path"), From: object.String(m, "from"), Value: m["value"]}
		at := strconv.Itoa(i)
		_, hasValue := m["value"]
		bad := func(message, suggestion string, keys ...string) {
			problems = append(problems, problem{code: "MG5011", message: fmt.Sprintf("operation %d %s", i+1, message), suggestion: suggestion, keys: append([]string{at}, keys...)})
		}
		known := []string{"add", "copy", "move", "remove", "replace", "test"}
		_, hasPath := m["path"].(string)
		_, hasFrom := m["from"].(string)
		switch {
		case m == nil:
			bad("is "+describe(raw)+", not a map", "write op, path and value")
		case !slices.Contains(known, op.Op):
			suggestion := "set op to one of " + strings.Join(known, ", ")
			if nearest := diag.Nearest(op.Op, known); nearest != "" {
				suggestion = "set op to " + nearest
			}
			bad(fmt.Sprintf("has the op %q, which JSON 6902 does not know", op.Op), suggestion, "op")
		case !hasPath || (op.Path != "" && !strings.HasPrefix(op.Path, "/")):
			bad("has no path that begins with /", "set path to a JSON pointer such as /spec/replicas", "path")
		case slices.Contains([]string{"add", "replace", "test"}, op.Op) && !hasValue:
			bad(op.Op+"s no value", "set value", "op")
		case slices.Contains([]string{"copy", "move"}, op.Op) && (!hasFrom || !strings.HasPrefix(op.From, "/")):
			bad("does not say from where to "+op.Op, "set from to a JSON pointer such as /spec/replicas", "op")
		}
		text, err := json.Marshal(raw)
		if err != nil {
			bad("cannot be written as JSON", "use plain values")
		}
		op.text = text
		ops = append(ops, op)
	}
	if len(list) == 0 {
		problems = append(problems, problem{code: "MG5011", message: "the patch has no operation", suggestion: "write an operation, or remove " + p.Path})
	}
	return ops, problems
}

// textPlace returns the place of a line of the patch's text.
func (p patch) textPlace(line, column int) place {
	if p.File != "" {
		return place{path: p.Path, position: diag.Position{File: p.File, Line: line, Column: column}}
	}
	return place{path: p.Path + ".patch", line: line}
}

// placeOf returns the place of a key of one of the patch's documents.
func (p patch) placeOf(part part, keys ...string) place {
	return p.textPlace(part.doc.Place(keys...))
}
