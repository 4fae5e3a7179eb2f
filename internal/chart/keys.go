package chart

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
)

// keys is the set of values that a chart reads: those that its values.yaml and
// values.schema.json name, and those that a template reads though neither names
// them. A value outside it would be ignored in silence.
type keys struct {
	below map[string]*keys

	// open says that what is below is handed on as a whole, such as labels or
	// a resources block, so that any key may stand there.
	open bool
}

// defaultsKey is where Istio's charts keep their defaults, so that a profile
// can be laid between them and the person's values.
const defaultsKey = "_internal_defaults_do_not_set"

// prefixes are the keys by which the istiod and cni charts also take the values
// of their root; see zzy_descope_legacy.yaml in the charts.
var prefixes = map[string]string{"istiod": "pilot", "cni": "cni"}

// reference finds what a template reads. The injection templates in files/ read
// the same values, from the ConfigMap that the chart writes.
var reference = regexp.MustCompile(`\.Values((?:\)?\.[A-Za-z_][A-Za-z0-9_]*)+)`)

func readKeys(c *chart.Chart) *keys {
	root := &keys{}
	if defaults, ok := c.Values[defaultsKey].(map[string]any); ok {
		root.addValues(defaults)
	}
	var schema struct {
		Defs map[string]schemaNode `json:"$defs"`
	}
	if json.Unmarshal(c.Schema, &schema) == nil {
		root.addSchema(schema.Defs["values"])
	}
	// Which profile, compatibility version and platform are laid over the defaults.
	for _, path := range [][]string{{"profile"}, {"platform"}, {"compatibilityVersion"}, {"global", "profile"}, {"global", "platform"}} {
		root.add(path)
	}
	for _, f := range slices.Concat(c.Templates, c.Files) {
		if strings.HasSuffix(f.Name, "zzz_profile.yaml") || strings.HasPrefix(f.Name, "files/profile-") || !strings.HasSuffix(f.Name, ".yaml") && !strings.HasSuffix(f.Name, ".tpl") {
			continue // the profile's merge reads .Values as a whole, and would open every map
		}
		for _, m := range reference.FindAllStringSubmatch(string(f.Data), -1) {
			root.add(strings.Split(strings.TrimPrefix(strings.ReplaceAll(m[1], ")", ""), "."), "."))
		}
	}
	root.closeSections()
	if global := root.below["global"]; flattensGlobal(c.Metadata.Name) {
		maps.Copy(global.below, root.below) // these two lay global over their root
		delete(global.below, "global")
	}
	if prefix, ok := prefixes[c.Metadata.Name]; ok {
		again := maps.Clone(root.below)
		delete(again, prefix) // the root's keys, once: what stands deeper is not read
		root.child(prefix).below = again
	}
	return root
}

func (k *keys) child(name string) *keys {
	if k.below == nil {
		k.below = map[string]*keys{}
	}
	if k.below[name] == nil {
		k.below[name] = &keys{}
	}
	return k.below[name]
}

// addValues adds the keys of a values.yaml. A map that is empty there is for
// the person to fill.
func (k *keys) addValues(values map[string]any) {
	for name, value := range values {
		child := k.child(name)
		switch value := value.(type) {
		case map[string]any:
			child.open = child.open || len(value) == 0
			child.addValues(value)
		case nil:
			child.open = true
		}
	}
}

type schemaNode struct {
	Type                 any                   `json:"type"`
	Properties           map[string]schemaNode `json:"properties"`
	AdditionalProperties any                   `json:"additionalProperties"`
}

// addSchema adds the properties of a values.schema.json.
func (k *keys) addSchema(node schemaNode) {
	for name, property := range node.Properties {
		if name == defaultsKey {
			continue
		}
		child := k.child(name)
		child.addSchema(property)
		if len(property.Properties) == 0 || property.AdditionalProperties != nil && property.AdditionalProperties != false {
			child.open = true
		}
	}
}

// add adds what a template reads. What it reads as a whole is open.
func (k *keys) add(path []string) {
	for _, name := range path {
		k = k.child(name)
	}
	k.open = true
}

// sections are maps that a template tests or ranges over as a whole although
// their keys are fixed by values.yaml.
var sections = []string{"global", "pilot", "cni", "ambient", "repair", "autoscaling", "service", "experimental", "istiodRemote", "telemetry", "sidecarInjectorWebhook", "taint", "base", "gateways"}

// closeSections undoes what such a template opened.
func (k *keys) closeSections() {
	for _, name := range sections {
		if child := k.below[name]; child != nil && len(child.below) > 0 {
			child.open = false
		}
	}
}

// unknown returns the paths of the values that the chart does not read, sorted.
func (k *keys) unknown(values map[string]any) [][]string {
	if k.open {
		return nil
	}
	var paths [][]string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		child, ok := k.below[name]
		switch {
		case !ok:
			paths = append(paths, []string{name})
		default:
			below, ok := values[name].(map[string]any)
			if !ok {
				continue
			}
			if len(child.below) == 0 {
				continue // a leaf, whose type the template decides
			}
			for _, path := range child.unknown(below) {
				paths = append(paths, append([]string{name}, path...))
			}
		}
	}
	return paths
}

// names returns the keys that may stand at a path, sorted.
func (k *keys) names(path []string) []string {
	for _, name := range path {
		if k = k.below[name]; k == nil {
			return nil
		}
	}
	return slices.Sorted(maps.Keys(k.below))
}
