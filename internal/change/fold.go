package change

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// Folded is a Diff as people read it: what clusters and objects have in common
// is said once.
type Folded struct {
	Diff    Diff
	Summary Summary

	// Whole are the clusters that come or go, with all that they hold; they
	// are left out of everything below.
	Whole []Cluster

	// Effects are grouped by what happens; those that break something come first.
	Effects []FoldedEffect

	// Shared are the changes that many objects have in common.
	Shared []SharedField

	// Objects are the rest.
	Objects []FoldedObject

	// Files are grouped by their path below the cluster's folder.
	Files []FoldedFile
}

// Summary counts. An object counts once in each cluster.
type Summary struct {
	Compared int `json:"compared"` // clusters that were compared
	Clusters int `json:"clusters"` // clusters that change
	Added    int `json:"added"`    // objects
	Removed  int `json:"removed"`
	Changed  int `json:"changed"`
	Files    int `json:"files"` // files without objects
}

// FoldedEffect is an effect and where it happens.
type FoldedEffect struct {
	Effect
	Objects []Place
}

// Place is an object and the clusters that it stands in.
type Place struct {
	ID       object.ID
	Clusters []string
}

// SharedField is a change that several objects have in common.
type SharedField struct {
	// Paths are the fields; more than one where a version changes in many.
	Paths    []string
	Change   Kind
	Old, New any
	Fields   int // how many fields of how many objects in how many clusters
	Objects  int
	Clusters []string
}

// FoldedObject is an object's change, in the clusters where it is the same.
type FoldedObject struct {
	ID       object.ID
	Change   Kind
	Fields   []Field
	Clusters []string
}

// FoldedFile is a file's change, in the clusters where it is the same. Without
// clusters the path is below the rendered folder.
type FoldedFile struct {
	File
	Clusters []string
}

// many is the number of different objects from which on a change that they have
// in common is told once, apart from them.
const many = 3

// Fold returns the diff without its repetitions.
func Fold(d Diff) Folded {
	f := Folded{Diff: d, Summary: Summarize(d)}
	var rest []Cluster
	for _, c := range d.Clusters {
		if c.Change != Changed {
			f.Whole = append(f.Whole, c)
			continue
		}
		rest = append(rest, c)
	}
	f.Effects = foldEffects(rest)
	shared, told := foldFields(rest)
	f.Shared = shared
	f.Objects = foldObjects(rest, told)
	f.Files = foldFiles(rest, d.Files)
	return f
}

// Summarize counts what changes.
func Summarize(d Diff) Summary {
	s := Summary{Compared: d.Compared, Clusters: len(d.Clusters), Files: len(d.Files)}
	for _, c := range d.Clusters {
		s.Files += len(c.Files)
		for _, o := range c.Objects {
			switch o.Change {
			case Added:
				s.Added++
			case Removed:
				s.Removed++
			default:
				s.Changed++
			}
		}
	}
	return s
}

func foldEffects(clusters []Cluster) []FoldedEffect {
	groups := map[Effect]map[object.ID][]string{}
	for _, c := range clusters {
		for _, o := range c.Objects {
			for _, e := range o.Effects {
				if groups[e] == nil {
					groups[e] = map[object.ID][]string{}
				}
				if at := groups[e][o.ID()]; len(at) == 0 || at[len(at)-1] != c.Name {
					groups[e][o.ID()] = append(at, c.Name)
				}
			}
		}
	}
	var out []FoldedEffect
	for e, objects := range groups {
		fe := FoldedEffect{Effect: e}
		for id, names := range objects {
			fe.Objects = append(fe.Objects, Place{id, names})
		}
		slices.SortFunc(fe.Objects, func(a, b Place) int { return a.ID.Compare(b.ID) })
		out = append(out, fe)
	}
	slices.SortFunc(out, func(a, b FoldedEffect) int {
		return cmp.Or(-compareBool(a.Breaks, b.Breaks), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// same is what makes two changes of fields one change.
type same struct {
	path     string // empty where a version changes, in any field
	change   Kind
	old, new string
}

func sameField(f Field) same {
	if old, new, ok := versions(f); ok {
		return same{change: Changed, old: old, new: new}
	}
	return same{f.Path, f.Change, text(f.Old), text(f.New)}
}

// text is a value as comparable text; maps come out in the order of their keys.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error() // values come from YAML: there is none that JSON cannot hold, but NaN
	}
	return string(b)
}

var version = regexp.MustCompile(`[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)\.[0-9]+)?`)

// versions says whether a change does nothing but put one version in the place
// of another: in a label, the name of a chart, an image's tag.
func versions(f Field) (old, new string, ok bool) {
	was, isText := f.Old.(string)
	is, isText2 := f.New.(string)
	if !isText || !isText2 || f.Change != Changed || strings.Contains(was, "\n") {
		return "", "", false
	}
	before, after := version.FindAllString(was, -1), version.FindAllString(is, -1)
	if len(before) == 0 || len(before) != len(after) ||
		version.ReplaceAllString(was, "\x00") != version.ReplaceAllString(is, "\x00") {
		return "", "", false
	}
	for i := range before {
		if before[i] == after[i] {
			continue
		}
		if old != "" && (before[i] != old || after[i] != new) {
			return "", "", false
		}
		old, new = before[i], after[i]
	}
	return old, new, old != ""
}

// foldFields finds what many objects have in common, and says which changes it told.
func foldFields(clusters []Cluster) ([]SharedField, map[same]bool) {
	type group struct {
		shared   SharedField
		paths    map[string]bool
		objects  map[object.ID]bool
		total    int // objects, counted in each cluster
		clusters map[string]bool
	}
	groups := map[same]*group{}
	for _, c := range clusters {
		for _, o := range c.Objects {
			seen := map[same]bool{}
			for _, f := range o.Fields {
				s := sameField(f)
				g := groups[s]
				if g == nil {
					g = &group{paths: map[string]bool{}, objects: map[object.ID]bool{}, clusters: map[string]bool{}}
					g.shared = SharedField{Change: f.Change, Old: f.Old, New: f.New}
					if s.path == "" {
						g.shared.Old, g.shared.New = s.old, s.new
					}
					groups[s] = g
				}
				g.paths[f.Path] = true
				g.objects[o.ID()] = true
				g.clusters[c.Name] = true
				g.shared.Fields++
				if !seen[s] {
					g.total++
				}
				seen[s] = true
			}
		}
	}
	told := map[same]bool{}
	var out []SharedField
	for s, g := range groups {
		if len(g.objects) < many {
			continue
		}
		told[s] = true
		g.shared.Paths = slices.Sorted(maps.Keys(g.paths))
		g.shared.Objects = g.total
		g.shared.Clusters = slices.Sorted(maps.Keys(g.clusters))
		out = append(out, g.shared)
	}
	slices.SortFunc(out, func(a, b SharedField) int {
		return cmp.Or(-cmp.Compare(a.Fields, b.Fields), slices.Compare(a.Paths, b.Paths),
			cmp.Compare(text(a.Old), text(b.Old)), cmp.Compare(text(a.New), text(b.New)))
	})
	return out, told
}

// foldObjects puts together what happens to an object of the same ID in several
// clusters: first each change with its clusters, then the changes that the same
// clusters have.
func foldObjects(clusters []Cluster, told map[same]bool) []FoldedObject {
	type one struct {
		id    object.ID
		whole Kind // of the object; empty for a change of a field
		field same
	}
	where := map[one][]string{}
	values := map[one]Field{}
	for _, c := range clusters {
		for _, o := range c.Objects {
			if o.Change != Changed {
				k := one{id: o.ID(), whole: o.Change}
				where[k] = append(where[k], c.Name)
				continue
			}
			for _, f := range o.Fields {
				s := sameField(f)
				if told[s] {
					continue
				}
				k := one{id: o.ID(), field: same{f.Path, f.Change, text(f.Old), text(f.New)}}
				where[k] = append(where[k], c.Name)
				values[k] = f
			}
		}
	}
	type group struct {
		id       object.ID
		whole    Kind
		clusters string
	}
	folded := map[group]*FoldedObject{}
	for k, names := range where {
		names = slices.Compact(names)
		g := group{k.id, k.whole, strings.Join(names, " ")}
		fo := folded[g]
		if fo == nil {
			fo = &FoldedObject{ID: k.id, Change: cmp.Or(k.whole, Changed), Clusters: names}
			folded[g] = fo
		}
		if k.whole == "" {
			fo.Fields = append(fo.Fields, values[k])
		}
	}
	var out []FoldedObject
	for _, fo := range folded {
		slices.SortFunc(fo.Fields, func(a, b Field) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(text(a.New), text(b.New)), cmp.Compare(text(a.Old), text(b.Old)))
		})
		out = append(out, *fo)
	}
	slices.SortFunc(out, func(a, b FoldedObject) int {
		return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Change, b.Change), slices.Compare(a.Clusters, b.Clusters))
	})
	return out
}

func foldFiles(clusters []Cluster, outside []File) []FoldedFile {
	where := map[File][]string{}
	for _, c := range clusters {
		for _, f := range c.Files {
			k := File{strings.TrimPrefix(f.Path, c.Name+"/"), f.Change}
			where[k] = append(where[k], c.Name)
		}
	}
	var out []FoldedFile
	for f, names := range where {
		out = append(out, FoldedFile{f, names})
	}
	for _, f := range outside {
		out = append(out, FoldedFile{File: f})
	}
	slices.SortFunc(out, func(a, b FoldedFile) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Change, b.Change), cmp.Compare(len(a.Clusters), len(b.Clusters)))
	})
	return out
}
