package gitops

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// SubstituteAnnotation, with the value SubstituteDisabled, keeps Flux from
// substituting in an object (fluxcd/pkg kustomize/kustomize_varsub.go).
const (
	SubstituteAnnotation = "kustomize.toolkit.fluxcd.io/substitute"
	SubstituteDisabled   = "disabled"
)

// CodeMixedPlaceholders is the code of an object in which Flux would replace one
// placeholder and erase something else that looks like one.
const CodeMixedPlaceholders = "MG5020"

// placeholder matches what Flux reads as a variable: its name is the group. What
// follows the name may be an operator, such as a default (fluxcd/pkg envsubst).
var placeholder = regexp.MustCompile(`^\$\{#?([A-Za-z_][A-Za-z0-9_]*)`)

// Guard returns the objects of the layers such that Flux replaces the declared
// placeholders and nothing else. Where placeholders are declared, Flux reads
// every object of a layer as a template: it puts nothing in the place of a
// ${NAME} that it has no value for, and one dollar in the place of two. The
// sidecar injector's ConfigMap holds shell scripts, for one. An object without
// a declared placeholder is marked, so that Flux leaves it alone; one that
// holds both a declared placeholder and another ${ is an error. Definitions of
// custom resources are returned as they are: their layer is never substituted.
func Guard(m model.Mesh, objects []object.Object) ([]object.Object, diag.List) {
	if m.GitOps == nil || m.GitOps.Engine != flux || m.GitOps.Substitute == nil {
		return objects, nil
	}
	declared := make(map[string]bool, len(m.GitOps.Substitute.Names))
	for _, name := range m.GitOps.Substitute.Names {
		declared[name] = true
	}
	var diags diag.List
	guarded := slices.Clone(objects)
	for i, o := range objects {
		if o.Kind() == "CustomResourceDefinition" {
			continue
		}
		var f findings
		f.walk(o.Value, declared)
		switch {
		case f.declared == "" && f.template:
			guarded[i] = annotated(o)
		case f.declared != "" && f.other != "":
			diags = append(diags, diag.Diagnostic{
				Code:     CodeMixedPlaceholders,
				Severity: diag.Error,
				Path:     o.Origin.Path,
				Message: fmt.Sprintf("%s holds the placeholder ${%s}, and %q, which Flux would erase",
					o.ID(), f.declared, f.other),
				Suggestion: "add the name to gitops.substitute.names, or move the placeholder to an object of its own",
			})
		}
	}
	return guarded, diags
}

// findings is what an object holds that Flux's substitution reads.
type findings struct {
	declared string // a declared placeholder, the first in order
	other    string // the text of a ${ that is no declared placeholder, the first in order
	template bool   // whether there is anything that Flux would change
}

// walk looks at every key and string below a value, in the order of the keys.
func (f *findings) walk(value any, declared map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			f.text(key, declared)
			f.walk(value[key], declared)
		}
	case []any:
		for _, v := range value {
			f.walk(v, declared)
		}
	case string:
		f.text(value, declared)
	}
}

func (f *findings) text(s string, declared map[string]bool) {
	if !strings.Contains(s, "$") {
		return
	}
	if strings.Contains(s, "$$") {
		f.template = true
		// Two dollars are how a person writes one that is to stay.
		s = strings.ReplaceAll(s, "$$", "")
	}
	for {
		at := strings.Index(s, "${")
		if at < 0 {
			return
		}
		s = s[at:]
		f.template = true
		if name := placeholder.FindStringSubmatch(s); name != nil && declared[name[1]] {
			if f.declared == "" {
				f.declared = name[1]
			}
		} else if f.other == "" {
			f.other = excerpt(s)
		}
		s = s[len("${"):]
	}
}

// excerpt returns the beginning of a text up to the brace that closes it, at
// most 40 bytes.
func excerpt(s string) string {
	if end := strings.IndexByte(s, '}'); end >= 0 && end < 40 {
		return s[:end+1]
	}
	if line, _, _ := strings.Cut(s, "\n"); len(line) <= 40 {
		return line
	}
	return s[:40]
}

// annotated returns a copy of the object that Flux does not substitute in.
func annotated(o object.Object) object.Object {
	value := maps.Clone(o.Value)
	metadata := maps.Clone(object.Map(o.Value, "metadata"))
	annotations := maps.Clone(object.Map(o.Value, "metadata", "annotations"))
	if metadata == nil {
		metadata = map[string]any{}
	}
	if annotations == nil {
		annotations = map[string]any{}
	}
	annotations[SubstituteAnnotation] = SubstituteDisabled
	metadata["annotations"] = annotations
	value["metadata"] = metadata
	return object.Object{Value: value, Origin: o.Origin}
}
