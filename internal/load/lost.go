package load

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// lostTexts reports texts with characters that YAML does not print and that
// kustomize, and Helm's templates, write plainly all the same: nothing reads what
// they make of them. Text is the mesh in JSON; most are without, and are not read.
func lostTexts(in *intent.Intent, text []byte) diag.List {
	lost := func(c rune) bool { return object.Lost(c) || c == object.NextLine }
	escaped := func(escape string) bool { return bytes.Contains(text, []byte(escape)) }
	if !bytes.ContainsFunc(text, lost) && !escaped(`\u00`) && !escaped(`\uff`) && !escaped(`\uFF`) {
		return nil
	}
	var mesh any
	if json.Unmarshal(text, &mesh) != nil {
		return nil // it has been read before
	}
	var list diag.List
	eachText(mesh, nil, func(keys []string, value string) {
		i := strings.IndexFunc(value, object.Lost)
		if i < 0 && keys[0] != "manifests" && keys[0] != "patches" {
			i = strings.IndexRune(value, object.NextLine)
		}
		if i < 0 {
			return
		}
		path, lost := intent.JoinIndexes("", keys), []rune(value[i:])[0]
		list = append(list, diag.Diagnostic{
			Code: codeWrongValue, Severity: diag.Error, Path: path, Position: in.Position(path),
			Message:    fmt.Sprintf("%s holds the character %U, which kustomize and Helm do not carry: nothing of what is rendered could be built", path, lost),
			Suggestion: "remove the character from " + path,
		})
	})
	return list
}

// eachText calls visit for each text below a value, and for each key, in order.
func eachText(v any, keys []string, visit func(keys []string, value string)) {
	switch v := v.(type) {
	case string:
		visit(keys, v)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := append(slices.Clone(keys), key)
			visit(at, key)
			eachText(v[key], at, visit)
		}
	case []any:
		for i, e := range v {
			eachText(e, append(slices.Clone(keys), strconv.Itoa(i)), visit)
		}
	}
}
