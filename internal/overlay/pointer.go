package overlay

import (
	"fmt"
	"path"
	"reflect"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// failingOperation finds the operation that fails, and says why.
func failingOperation(ops []operation, value map[string]any) (string, []string) {
	target, err := resource.NewFactory(nil).FromMap(value)
	if err != nil {
		return "", nil
	}
	for i, op := range ops {
		before, err := decode(target)
		if err != nil {
			return "", nil
		}
		if operate(target, op) == nil {
			continue
		}
		return fmt.Sprintf("operation %d, %s %s, fails: %s", i+1, op.Op, op.Path, reason(op, before)), []string{strconv.Itoa(i)}
	}
	return "", nil
}

// replacesNothing finds an operation that replaces a field that the object does
// not have. JSON 6902 calls that an error; kustomize adds the field, so that a
// misspelt path goes unseen.
func replacesNothing(part part, o object.Object) *problem {
	target, err := resource.NewFactory(nil).FromMap(o.Value)
	if err != nil {
		return nil
	}
	for i, op := range part.ops {
		if op.Op == "replace" {
			before, err := decode(target)
			if err != nil {
				return nil
			}
			if _, why := walk(op.Path, before, false); why != "" {
				return &problem{
					code: "MG5016", severity: diag.Warning, keys: []string{strconv.Itoa(i)},
					message:    fmt.Sprintf("operation %d replaces %s of %s, which has none: kustomize adds it", i+1, op.Path, o.ID()),
					suggestion: addInstead(op.Path, before),
				}
			}
		}
		if operate(target, op) != nil {
			return nil
		}
	}
	return nil
}

// addInstead says what to type for a path that is not there.
func addInstead(pointer string, value map[string]any) string {
	parent, name := path.Split(pointer)
	fields, _ := walk(strings.TrimSuffix(parent, "/"), value, false)
	if m, ok := fields.(map[string]any); ok {
		if nearest := diag.Nearest(name, sortedKeys(m)); nearest != "" {
			return fmt.Sprintf("set path to %s%s", parent, nearest)
		}
	}
	return "set op to add"
}

// reason says why an operation fails on a value.
func reason(op operation, value map[string]any) string {
	pointer := op.Path
	switch op.Op {
	case "copy", "move":
		if _, why := walk(op.From, value, false); why != "" {
			return why
		}
	case "test":
		if got, why := walk(pointer, value, false); why == "" && !reflect.DeepEqual(got, op.Value) {
			return fmt.Sprintf("the object has %s there", short(got))
		}
	}
	if _, why := walk(pointer, value, op.Op == "add" || op.Op == "copy" || op.Op == "move"); why != "" {
		return why
	}
	return "the object does not allow it"
}

// walk follows a JSON pointer, and returns the value there, or where the way
// ends too early. With parent the last step may be missing.
func walk(pointer string, value any, parent bool) (found any, why string) {
	steps := strings.Split(pointer, "/")[1:]
	for i, step := range steps {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		way := "/" + strings.Join(steps[:i+1], "/")
		last := parent && i == len(steps)-1
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[name]
			if !ok && !last {
				why := "the object has no " + way
				if nearest := diag.Nearest(name, sortedKeys(v)); nearest != "" {
					why += fmt.Sprintf("; there is %s", nearest)
				}
				return nil, why
			}
			value = next
		case []any:
			n, err := strconv.Atoi(name)
			if last && (name == "-" || err == nil && n == len(v)) {
				return nil, ""
			}
			if err != nil || n < 0 || n >= len(v) {
				return nil, fmt.Sprintf("there is no %s, for the list's length is %d", way, len(v))
			}
			value = v[n]
		default:
			return nil, fmt.Sprintf("%s is %s, which holds nothing", strings.TrimSuffix(way, "/"+step), describe(value))
		}
	}
	return value, ""
}

// short writes a value in a message.
func short(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case map[string]any, []any:
		return describe(v)
	}
	return fmt.Sprint(v)
}
