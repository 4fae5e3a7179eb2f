package change

import (
	"bytes"
	"cmp"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

// Names in a rendered tree that Compare has to know.
const (
	sharedFolder  = "shared"
	hostFolder    = "host"
	kustomization = "kustomization.yaml"
)

// Compare returns what turns the old rendered tree into the new one. With names
// it looks at those clusters alone; without, at all that either tree has.
func Compare(old, new tree.Tree, names []string) Diff {
	c := comparison{old: newSide(old), new: newSide(new), names: names, told: map[string]bool{}, pairs: map[pair]Object{}}
	all := names
	if len(all) == 0 {
		all = clusterNames(old, new)
	}
	all = slices.Compact(slices.Sorted(slices.Values(all)))
	d := Diff{Compared: len(all), Clusters: []Cluster{}, Files: []File{}}
	for _, name := range all {
		if cluster, ok := c.cluster(name); ok {
			d.Clusters = append(d.Clusters, cluster)
		}
	}
	d.Files = c.outside()
	return d
}

type comparison struct {
	old, new *side
	names    []string
	told     map[string]bool // files of shared bases whose objects a cluster told
	pairs    map[pair]Object // what was compared already: clusters share the objects of a base
}

// pair is two objects by the addresses of their values.
type pair struct{ was, is uintptr }

// side is one of the two trees, with what was parsed of it.
type side struct {
	tree    tree.Tree
	folders map[string][]string // the paths of each top folder, sorted
	parsed  map[string][]object.Object
}

func newSide(t tree.Tree) *side {
	s := &side{tree: t, folders: map[string][]string{}, parsed: map[string][]object.Object{}}
	for _, p := range t.Paths() {
		top, _, ok := strings.Cut(p, "/")
		if !ok {
			top = ""
		}
		s.folders[top] = append(s.folders[top], p)
	}
	return s
}

func clusterNames(trees ...tree.Tree) []string {
	var names []string
	for _, t := range trees {
		for p := range t {
			if top, _, ok := strings.Cut(p, "/"); ok && top != sharedFolder {
				names = append(names, top)
			}
		}
	}
	return names
}

// cluster compares one cluster; false means that nothing changes.
func (c comparison) cluster(name string) (Cluster, bool) {
	out := Cluster{Name: name, Change: Changed, Objects: []Object{}, Files: []File{}}
	oldPaths, newPaths := c.old.folders[name], c.new.folders[name]
	switch {
	case len(oldPaths) == 0 && len(newPaths) == 0:
		return out, false
	case len(oldPaths) == 0:
		out.Change = Added
	case len(newPaths) == 0:
		out.Change = Removed
	}
	oldPaths = append(slices.Clone(oldPaths), c.old.bases(oldPaths)...)
	newPaths = append(slices.Clone(newPaths), c.new.bases(newPaths)...)

	// Only a file that differs is parsed. An object that moved stands in two
	// such files, so it is still found on both sides.
	before, after := map[key]object.Object{}, map[key]object.Object{}
	var files []File
	differ := func(p string, change Kind) {
		was, wasObjects := c.old.objects(p, change != Added)
		is, isObjects := c.new.objects(p, change != Removed)
		// A file that both sides have holds objects only if both texts do.
		if !wasObjects || !isObjects {
			files = append(files, File{p, change})
			return
		}
		add(before, was)
		add(after, is)
		if change == Changed && sameObjects(was, is) {
			files = append(files, File{p, change})
		}
	}
	for _, p := range newPaths {
		was, ok := c.old.tree[p]
		switch {
		case !ok || !slices.Contains(oldPaths, p):
			differ(p, Added)
		case string(was) != string(c.new.tree[p]):
			differ(p, Changed)
		}
	}
	for _, p := range oldPaths {
		if _, ok := c.new.tree[p]; !ok || !slices.Contains(newPaths, p) {
			differ(p, Removed)
		}
	}
	for _, p := range slices.Concat(oldPaths, newPaths) {
		if strings.HasPrefix(p, sharedFolder+"/") {
			c.told[p] = true
		}
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Path, sharedFolder+"/") {
			out.Files = append(out.Files, f)
		}
	}
	slices.SortFunc(out.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	out.Objects = append(out.Objects, c.sets(before, after)...)
	return out, len(out.Objects)+len(out.Files) > 0
}

// key tells objects of one cluster apart; nth is not 0 only where an ID comes
// twice, as it can in what the delivery folder holds.
type key struct {
	id  object.ID
	nth int
}

func add(set map[key]object.Object, objects []object.Object) {
	for _, o := range objects {
		k := key{id: o.ID()}
		for _, taken := set[k]; taken; _, taken = set[k] {
			k.nth++
		}
		set[k] = o
	}
}

func sameObjects(a, b []object.Object) bool {
	return slices.EqualFunc(a, b, func(a, b object.Object) bool { return reflect.DeepEqual(a.Value, b.Value) })
}

func (c comparison) sets(before, after map[key]object.Object) []Object {
	var out []Object
	for k, is := range after {
		if o, ok := c.object(before[k], is); ok {
			out = append(out, o)
		}
	}
	for k, was := range before {
		if _, ok := after[k]; ok {
			continue
		}
		if o, ok := c.object(was, object.Object{}); ok {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, compareObjects)
	early(out)
	return out
}

// object compares two objects, of which one may be missing; false means that
// nothing changes.
func (c comparison) object(was, is object.Object) (Object, bool) {
	p := pair{reflect.ValueOf(was.Value).Pointer(), reflect.ValueOf(is.Value).Pointer()}
	if o, ok := c.pairs[p]; ok {
		return o, o.Change != Changed || len(o.Fields)+len(o.Effects) > 0
	}
	o := Object{Change: Changed, Effects: []Effect{}, Fields: []Field{}}
	id := is.ID()
	switch {
	case was.Value == nil:
		o.Change = Added
	case is.Value == nil:
		o.Change, id = Removed, was.ID()
	default:
		o.Fields = append(o.Fields, fields(was.Value, is.Value)...)
	}
	o.Group, o.Kind, o.Namespace, o.Name = id.Group, id.Kind, id.Namespace, id.Name
	o.Effects = append(o.Effects, effects(was, is, o)...)
	o.Effects = append(o.Effects, laterLayer(was, is)...)
	if o.Kind == "Secret" {
		hide(o.Fields)
	}
	c.pairs[p] = o
	return o, o.Change != Changed || len(o.Fields)+len(o.Effects) > 0
}

// hide takes the content of a Secret out: a diff ends up in a pull request.
func hide(fields []Field) {
	for i, f := range fields {
		if !under(f.Path, "data") && !under(f.Path, "stringData") {
			continue
		}
		if f.Old != nil {
			fields[i].Old = "(hidden, before)"
		}
		if f.New != nil {
			fields[i].New = "(hidden, after)"
		}
	}
}

// bases returns the paths of the shared bases that a cluster's kustomizations refer to.
func (s *side) bases(paths []string) []string {
	var out []string
	for _, p := range paths {
		if path.Base(p) != kustomization || !bytes.Contains(s.tree[p], []byte(sharedFolder+"/")) {
			continue
		}
		docs, err := object.Parse(s.tree[p])
		if err != nil {
			continue // the file itself is told as changed
		}
		for _, doc := range docs {
			for _, r := range object.List(doc, "resources") {
				text, _ := r.(string)
				base := path.Join(path.Dir(p), text) + "/"
				if !strings.HasPrefix(base, sharedFolder+"/") {
					continue
				}
				for _, shared := range s.folders[sharedFolder] {
					if strings.HasPrefix(shared, base) {
						out = append(out, shared)
					}
				}
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(out)))
}

// objects returns the objects of a file, and whether the file holds objects at
// all. A file that is not there holds none, and that is no contradiction.
func (s *side) objects(p string, there bool) ([]object.Object, bool) {
	if !there {
		return nil, true
	}
	if !holdsObjects(p) {
		return nil, false
	}
	if objects, ok := s.parsed[p]; ok {
		return objects, objects != nil
	}
	objects := parse(s.tree[p])
	if parts := strings.Split(p, "/"); len(parts) > 2 && parts[0] != sharedFolder {
		for i := range objects {
			objects[i].Origin.Layer = parts[1]
		}
	}
	s.parsed[p] = objects
	return objects, objects != nil
}

func holdsObjects(p string) bool {
	if path.Base(p) == kustomization || (path.Ext(p) != ".yaml" && path.Ext(p) != ".yml") {
		return false
	}
	parts := strings.Split(p, "/")
	return len(parts) < 3 || parts[1] != hostFolder
}

// parse returns the objects of a file, nil if it is anything but objects.
func parse(text []byte) []object.Object {
	docs, err := object.Parse(text)
	if err != nil {
		return nil
	}
	objects := []object.Object{}
	for _, doc := range docs {
		o := object.Object{Value: doc}
		if o.Kind() == "" || o.APIVersion() == "" || o.Name() == "" {
			return nil
		}
		objects = append(objects, o)
	}
	return objects
}

// outside compares the files that are no cluster's and hold no objects.
func (c comparison) outside() []File {
	out := []File{}
	for _, change := range tree.Compare(c.old.tree, c.new.tree) {
		top, _, ok := strings.Cut(change.Path, "/")
		if ok && top != sharedFolder {
			continue
		}
		// Of a few clusters, the bases that they leave may serve others.
		if len(c.names) > 0 && change.Kind == Removed {
			continue
		}
		was, wasObjects := c.old.objects(change.Path, change.Kind != Added)
		is, isObjects := c.new.objects(change.Path, change.Kind != Removed)
		if !wasObjects || !isObjects || sameObjects(was, is) || !c.told[change.Path] {
			out = append(out, File{change.Path, change.Kind})
		}
	}
	return out
}
