package overlay

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Flux replaces ${NAME} in every object of a Kustomization with postBuild, by
// nothing where it does not know the name; the annotation keeps an object out.
const (
	substituteAnnotation = "kustomize.toolkit.fluxcd.io/substitute"
	substituteDisabled   = "disabled"
)

// placeholders holds people's ${NAME} to the names that they declared, and
// keeps objects that hold other texts of that form from being substituted. Where
// nothing is substituted, such a text reaches the cluster as it stands.
func placeholders(m model.Mesh, items []item) ([]item, diag.List) {
	var names []string
	substituted := substitutes(m)
	if substituted {
		names = m.GitOps.Substitute.Names
	}
	list := rawPlaceholders(m, names)
	for i, it := range items {
		charted := it.Origin.Chart != ""
		if charted && !substituted {
			continue // nobody reads the placeholders of a chart
		}
		encoded, err := it.Encoded()
		if err != nil {
			continue // whoever writes the object says so
		}
		it.Object, items[i].Object = encoded, encoded
		text, err := it.YAML()
		if err != nil || !bytes.Contains(text, []byte("${")) {
			continue
		}
		if object.String(it.Value, "metadata", "annotations", substituteAnnotation) == substituteDisabled {
			continue
		}
		named, others, escaped := scan(string(text), names)
		if charted {
			others = append(others, escaped...) // a chart does not write for Flux
		} else if !substituted {
			others = forgotten(it.Value)
		}
		switch {
		case len(others) == 0:
		case !charted:
			for _, text := range others {
				list = append(list, unnamed(m, text, it.ID()).at(origin(it)))
			}
		case len(named) > 0:
			list = append(list, problem{
				code:       "MG5021",
				message:    fmt.Sprintf("%s holds the placeholder %s beside %s, which Flux would erase", it.ID(), named[0], others[0]),
				suggestion: "write the value instead of the placeholder " + named[0],
			}.at(place{path: "gitops.substitute.names"}))
		default:
			items[i] = keepOut(it)
		}
	}
	return items, list
}

// origin is where a person asked for an object.
func origin(it item) place {
	if it.place != (place{}) {
		return it.place
	}
	return place{path: it.Origin.Path}
}

// substitutes says whether anything replaces placeholders: Flux alone does.
func substitutes(m model.Mesh) bool {
	return m.GitOps != nil && m.GitOps.Engine == "flux" && m.GitOps.Substitute != nil
}

func unnamed(m model.Mesh, text string, id object.ID) problem {
	if !substitutes(m) {
		return problem{code: "MG5020", message: fmt.Sprintf("%s holds %s, and nothing replaces it", id, text), suggestion: replacing(m, text)}
	}
	p := problem{code: "MG5020", message: fmt.Sprintf("%s holds %s, which gitops.substitute.names does not name", id, text)}
	annotate := fmt.Sprintf("annotate the object with %s: %s", substituteAnnotation, substituteDisabled)
	if name, ok := placeholderName(text); ok {
		p.suggestion = fmt.Sprintf("add %q to gitops.substitute.names; where the text itself is meant, write $%s, or %s", name, text, annotate)
	} else {
		p.suggestion = fmt.Sprintf("write $%s, or %s", text, annotate)
	}
	return p
}

// replacing says what to type for a placeholder that nothing replaces.
func replacing(m model.Mesh, text string) string {
	name, _ := placeholderName(text)
	declare := fmt.Sprintf("gitops.substitute to {names: [%q], from: [{kind: \"ConfigMap\", name: \"...\"}]}", name)
	switch {
	case m.GitOps == nil:
		return fmt.Sprintf("write the value itself; or, where Flux delivers the cluster, set gitops.engine to \"flux\" and %s", declare)
	case m.GitOps.Engine == "flux":
		return "write the value itself, or set " + declare
	}
	return "write the value itself: Argo CD replaces no placeholders"
}

// keepOut returns the object with the annotation that keeps Flux from it.
func keepOut(it item) item {
	value := maps.Clone(it.Value)
	metadata := maps.Clone(object.Map(value, "metadata"))
	annotations := maps.Clone(it.Annotations())
	if annotations == nil {
		annotations = map[string]any{}
	}
	annotations[substituteAnnotation] = substituteDisabled
	metadata["annotations"] = annotations
	value["metadata"] = metadata
	it.Object = object.Object{Value: value, Origin: it.Origin}
	it.mark++
	return it
}

// onlyPlaceholders returns the texts of the form ${NAME}.
func onlyPlaceholders(texts []string) []string {
	return slices.DeleteFunc(texts, func(text string) bool {
		name, ok := placeholderName(text)
		return !ok || text != "${"+name+"}"
	})
}

// scan returns the distinct texts ${...} of a text: those whose names are
// declared, all others, and those of the form $${...}, which Flux turns into
// ${...} and does not replace.
func scan(text string, names []string) (named, others, escaped []string) {
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			return named, others, escaped
		}
		end := strings.IndexAny(text[i:], "}\n")
		if end < 0 {
			end = len(text) - i - 1
		}
		found := strings.TrimRight(text[i:i+end+1], "\n")
		into := &others
		if i > 0 && text[i-1] == '$' {
			found, into = "$"+found, &escaped
		} else if name, ok := placeholderName(found); ok && slices.Contains(names, name) {
			into = &named
		}
		if !slices.Contains(*into, found) {
			*into = append(*into, found)
		}
		text = text[i+2:]
	}
}

// placeholderName returns NAME of ${NAME} and of ${NAME:=default}.
func placeholderName(text string) (string, bool) {
	name := strings.TrimSuffix(strings.TrimPrefix(text, "${"), "}")
	name, _, _ = strings.Cut(name, ":")
	ok := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	return name, ok && strings.HasSuffix(text, "}")
}

// rawPlaceholders reports placeholders of raw values, raw mesh config and
// patches, whose objects are the charts': those hold texts of the same form,
// and nobody could tell one from the other later.
func rawPlaceholders(m model.Mesh, names []string) diag.List {
	raw := rawValues{mesh: m, names: names}
	raw.visit("values.base", m.Values.Base)
	raw.visit("values.istiod", m.Values.Istiod)
	raw.visit("values.cni", m.Values.CNI)
	raw.visit("values.ztunnel", m.Values.Ztunnel)
	for _, name := range sortedKeys(m.Values.Gateways) {
		raw.visit(intent.Join("values.gateways", name), m.Values.Gateways[name])
	}
	raw.visit("meshConfig", m.MeshConfig)
	for _, p := range m.Patches {
		text := p.Patch.Patch
		if strings.Contains(text, substituteAnnotation) {
			continue // the patch says itself what Flux does with its objects
		}
		_, others, _ := scan(text, names)
		if !substitutes(m) {
			others = forgottenIn(text)
		}
		for _, found := range others {
			line := 1 + strings.Count(text[:max(strings.Index(text, found), 0)], "\n")
			raw.report(found, "annotate the object in the patch with "+substituteAnnotation+": "+substituteDisabled, patch{Patch: p}.textPlace(line, 1))
		}
	}
	return raw.list
}

// rawValues looks for placeholders in plain values.
type rawValues struct {
	mesh  model.Mesh
	names []string
	list  diag.List
}

func (r *rawValues) report(found, otherwise string, where place) {
	if !substitutes(r.mesh) {
		r.list = append(r.list, problem{code: "MG5020", message: found + " stands here, and nothing replaces it", suggestion: replacing(r.mesh, found)}.at(where))
		return
	}
	p := problem{code: "MG5020", message: found + " stands here, and gitops.substitute.names does not name it", suggestion: otherwise}
	if name, ok := placeholderName(found); ok {
		p.suggestion = fmt.Sprintf("add %q to gitops.substitute.names, or %s", name, otherwise)
	}
	r.list = append(r.list, p.at(where))
}

func (r *rawValues) visit(path string, v any) {
	switch v := v.(type) {
	case string:
		_, others, _ := scan(v, r.names)
		others = onlyPlaceholders(others)
		if !substitutes(r.mesh) {
			others = forgotten(v)
		}
		for _, found := range others {
			r.report(found, "write the value itself", place{path: path})
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			if key != "sidecarInjectorWebhook" { // its templates are programs of their own
				r.visit(intent.Join(path, key), v[key])
			}
		}
	case []any:
		for i := range v {
			r.visit(fmt.Sprintf("%s[%d]", path, i), v[i])
		}
	}
}
