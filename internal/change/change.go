// Package change says how two rendered trees differ, in the words of the
// cluster: which objects come, go and change, field by field, and what that
// does when an engine applies it.
//
// Files are the wrong unit for a reader: one label of a chart changes forty of
// them, and an object that moves from one file to another has not changed at
// all. So Compare parses the files that differ and matches objects by their ID,
// fields by their path, and elements of lists by the key that Kubernetes merges
// them by. A base that clusters share counts as part of each cluster that
// refers to it; otherwise a new release of the CRDs would look like the loss of
// all the old ones.
//
// A Diff is complete and repeats itself. Fold makes from it what people read:
// a change that many objects or clusters have in common is said once. The JSON
// is the Diff, the text and the Markdown are the Folded.
package change

import (
	"cmp"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

// Kind says what happened to a cluster, an object, a field or a file.
type Kind = tree.ChangeKind

// The kinds, as in package tree.
const (
	Added   = tree.Added
	Removed = tree.Removed
	Changed = tree.Changed
)

// Diff is what turns the old tree into the new one.
type Diff struct {
	// Compared is the number of clusters that were compared.
	Compared int

	// Clusters are the clusters that change, by name.
	Clusters []Cluster

	// Files are the files outside of the clusters' folders that change, without
	// those that hold objects: the objects are told with each cluster.
	Files []File
}

// Empty says whether the trees are the same.
func (d Diff) Empty() bool { return len(d.Clusters) == 0 && len(d.Files) == 0 }

// Cluster is what changes in one cluster.
type Cluster struct {
	Name string `json:"name"`

	// Change is Added for a cluster that the old tree does not have, Removed
	// for one that only the old tree has.
	Change Kind `json:"change"`

	// Objects are in the order of their IDs.
	Objects []Object `json:"objects"`

	// Files are the files that hold no objects, or whose text changes while
	// their objects do not; by path.
	Files []File `json:"files"`
}

// Object is how one object changes.
type Object struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Change    Kind   `json:"change"`

	// Effects say what the change does, where that can be told.
	Effects []Effect `json:"effects"`

	// Fields are the fields of a changed object, by path. An object that is
	// added or removed has none.
	Fields []Field `json:"fields"`
}

// ID returns the object's ID.
func (o Object) ID() object.ID {
	return object.ID{Group: o.Group, Kind: o.Kind, Namespace: o.Namespace, Name: o.Name}
}

// Field is how one field changes.
type Field struct {
	// Path is the field's path: keys behind dots, or in brackets where they
	// have other characters than letters, digits, - and _; elements of a list
	// in brackets by their key or their index. A slash enters the YAML that a
	// string holds: data.mesh/accessLogFile.
	Path   string `json:"path"`
	Change Kind   `json:"change"`

	// Old and New are the values; nil where there is none. Those of a Secret
	// are not shown.
	Old any `json:"old,omitempty"`
	New any `json:"new,omitempty"`
}

// File is how one file changes.
type File struct {
	Path   string `json:"path"` // below the rendered folder
	Change Kind   `json:"change"`
}

// Effect is what a change does to what runs.
type Effect struct {
	// Code is the effect's name, such as pods-restart; the list is in effects.go.
	Code string `json:"code"`

	// Text says it to people.
	Text string `json:"text"`

	// Breaks says that something that works now can stop working.
	Breaks bool `json:"breaks"`
}

func compareObjects(a, b Object) int {
	return cmp.Or(a.ID().Compare(b.ID()), cmp.Compare(a.Change, b.Change))
}
