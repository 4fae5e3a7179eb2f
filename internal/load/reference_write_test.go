package load

import (
	"fmt"
	"strings"
)

// markdown writes the reference.
func (m manual) markdown() string {
	var b strings.Builder
	b.WriteString(`<!-- Made from schema/*.cue by a test of internal/load: do not edit. -->

# The intent

What overlays/mesh.cue and overlays/&lt;cluster&gt;/mesh.cue may say. A field that
nobody sets has its default; where no default is named, nothing stands there.
In a path, ` + "`<name>`" + ` is a name of your own and ` + "`[]`" + ` an element of a list.

`)
	for _, e := range m.fields {
		if !strings.Contains(e.path, ".") {
			fmt.Fprintf(&b, "- [`%s`](#%s): %s\n", e.path, e.path, e.text)
		}
	}
	for _, e := range m.fields {
		level := "###"
		if !strings.Contains(e.path, ".") {
			level = "##"
		}
		fmt.Fprintf(&b, "\n<a id=\"%s\"></a>\n\n%s `%s`\n\n%s\n\n%s", anchor(e.path), level, e.path, e.text, e.facts(""))
	}
	b.WriteString("\n## Types\n\nWhat several fields share.\n")
	for _, t := range m.types {
		fmt.Fprintf(&b, "\n<a id=\"type-%s\"></a>\n\n### %s\n\n%s\n\n", t.name, t.name, t.text)
		if len(t.fields) == 0 {
			fmt.Fprintf(&b, "- Takes: %s.\n", t.typ)
		}
		for _, e := range t.fields {
			fmt.Fprintf(&b, "- `%s`: %s\n%s", e.path, e.text, e.facts("  "))
		}
	}
	return b.String()
}

// facts are the type and the default of a field, as a list.
func (e entry) facts(indent string) string {
	text := fmt.Sprintf("%s- Takes: %s.\n", indent, e.typ)
	if e.required != "" {
		text += indent + "- " + e.required + "\n"
	}
	if e.fallback != "" {
		text += indent + "- Default: " + e.fallback + "\n"
	}
	return text
}

// anchor is a path as the fragment of an address.
func anchor(path string) string {
	return strings.NewReplacer("<", "", ">", "", "[", "", "]", "").Replace(path)
}
