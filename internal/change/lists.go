package change

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/object"
)

func (w *walker) lists(path, field string, old, new []any) {
	if scalars(old) && scalars(new) {
		w.scalarLists(path, old, new)
		return
	}
	if keyed := object.Keyed(field, old, new); keyed != nil {
		if !w.keyedLists(path, keyed[0], keyed[1]) {
			// The elements are the same and only their order is not.
			w.put(path, Changed, order(keyed[0]), order(keyed[1]))
		}
		return
	}
	w.indexedLists(path, old, new)
}

func order(list []object.Element) []any {
	var out []any
	for _, e := range list {
		out = append(out, e.Key)
	}
	return out
}

// keyedLists says whether it found a difference.
func (w *walker) keyedLists(path string, old, new []object.Element) bool {
	before := len(w.out)
	find := func(list []object.Element, key string) (any, bool) {
		i := slices.IndexFunc(list, func(e object.Element) bool { return e.Key == key })
		if i < 0 {
			return nil, false
		}
		return list[i].Value, true
	}
	for _, e := range new {
		if was, ok := find(old, e.Key); ok {
			w.values(object.ElementPath(path, e.Key), "", was, e.Value)
		} else {
			w.put(object.ElementPath(path, e.Key), Added, nil, e.Value)
		}
	}
	for _, e := range old {
		if _, ok := find(new, e.Key); !ok {
			w.put(object.ElementPath(path, e.Key), Removed, e.Value, nil)
		}
	}
	return len(w.out) > before
}

// scalarLists compares lists of plain values. Elements of lists that are
// equally long stand for each other; otherwise the list is taken as a set.
func (w *walker) scalarLists(path string, old, new []any) {
	if len(old) == len(new) {
		for i := range new {
			w.values(index(path, i), "", old[i], new[i])
		}
		return
	}
	before := len(w.out)
	for _, e := range without(new, old) {
		w.put(path+"[]", Added, nil, e)
	}
	for _, e := range without(old, new) {
		w.put(path+"[]", Removed, e, nil)
	}
	if len(w.out) == before {
		w.put(path, Changed, old, new) // an element stands there another number of times
	}
}

// without returns the elements that the other list does not have.
func without(list, other []any) []any {
	return slices.DeleteFunc(slices.Clone(list), func(e any) bool {
		return slices.ContainsFunc(other, func(o any) bool { return reflect.DeepEqual(e, o) })
	})
}

// indexedLists compares lists whose elements have no key. What both lists begin
// and end with is set aside, so that an element put in between is one addition.
func (w *walker) indexedLists(path string, old, new []any) {
	start := 0
	for start < len(old) && start < len(new) && reflect.DeepEqual(old[start], new[start]) {
		start++
	}
	endOld, endNew := len(old), len(new)
	for endOld > start && endNew > start && reflect.DeepEqual(old[endOld-1], new[endNew-1]) {
		endOld--
		endNew--
	}
	i := start
	for ; i < endOld && i < endNew; i++ {
		w.values(index(path, i), "", old[i], new[i])
	}
	for j := i; j < endNew; j++ {
		w.put(index(path, j), Added, nil, new[j])
	}
	for j := i; j < endOld; j++ {
		w.put(index(path, j), Removed, old[j], nil)
	}
}

func scalars(list []any) bool {
	return !slices.ContainsFunc(list, func(e any) bool { return !object.IsScalar(e) })
}

func index(path string, i int) string { return object.ElementPath(path, strconv.Itoa(i)) }
