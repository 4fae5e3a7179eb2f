package render

import "github.com/meshgen/meshgen/internal/diag"

// Explanation says where an object comes from, and what decides a field of it.
type Explanation struct {
	Cluster   string `json:"cluster"`
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`

	Layer string `json:"layer"` // the folder that delivers it, or delivery
	File  string `json:"file"`  // below the rendered folder

	Maker Maker `json:"maker"`

	// Patches are the person's patches that changed the object, in the order in
	// which they were applied.
	Patches []Cause `json:"patches"`

	// Field is nil when only the object was asked for.
	Field *ExplainedField `json:"field"`
}

// Maker is what made an object: a chart's template, meshgen for a path of the
// intent, or a person's manifest.
type Maker struct {
	Component string         `json:"component"` // names the file
	Chart     string         `json:"chart,omitempty"`
	Version   string         `json:"version,omitempty"` // the chart's
	Template  string         `json:"template,omitempty"`
	Path      string         `json:"path,omitempty"` // of the intent
	Position  *diag.Position `json:"position,omitempty"`
	File      string         `json:"file,omitempty"` // the manifest's, below the repository
}

// ExplainedField is a field and what decides it. The content of a Secret is
// not shown.
type ExplainedField struct {
	Path  string `json:"path"` // as diff prints it
	Value any    `json:"value"`

	// Causes come with the last word first. There is always one.
	Causes []Cause `json:"causes"`
}

// By says what kind of thing decides a field.
type By string

// The kinds of causes.
const (
	ByPatch    By = "patch"    // a person's patch
	ByManifest By = "manifest" // a person's manifest holds the object
	ByValues   By = "values"   // the person's raw values
	ByIntent   By = "intent"   // what a person wrote in the intent
	ByDefault  By = "default"  // the schema's default for what nobody wrote
	ByUnset    By = "unset"    // that nobody wrote something which has no default
	ByRule     By = "rule"     // meshgen, whatever the intent says
	ByChart    By = "chart"    // the chart: no value that it gets changes the field
)

// Cause is one thing that decides a field.
type Cause struct {
	By By `json:"by"`

	// Path is the intent's path, and Position where a person wrote it.
	Path     string         `json:"path,omitempty"`
	Position *diag.Position `json:"position,omitempty"`

	// Value is what the path holds, if that is no map and no list.
	Value any `json:"value,omitempty"`

	// File is the file, below the repository, that the path names and that
	// holds the patch.
	File string `json:"file,omitempty"`

	// Keys are the chart's values by which the path reaches the field.
	Keys []string `json:"keys,omitempty"`

	// Reason says why, where the path alone does not.
	Reason string `json:"reason,omitempty"`
}
