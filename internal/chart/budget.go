package chart

import (
	"fmt"
	"reflect"
	"regexp/syntax"
	"strings"
)

// What one rendering of a chart from outside may take. Istio's own charts, with
// their CRDs taken apart and put together again, stay below a quarter of each.
const (
	maxSteps  = 2_000_000 // calls, nodes and values, and texts by 32 bytes; about a second
	maxText   = 4 << 20   // bytes of one text
	maxOutput = 6 << 20   // bytes of all that templates write
	maxDepth  = 200       // templates within templates, and maps within maps
)

// budget is what a rendering has left. Nothing stops a template from outside,
// so each loop, call and text is paid for before it is made; who cannot pay
// ends. It counts instead of looking at the clock, so that a chart is refused
// on every machine or on none.
type budget struct {
	given  int // steps at the beginning
	steps  int
	output int
	depth  int
}

func newBudget(steps int) *budget { return &budget{given: steps, steps: steps, output: maxOutput} }

// exhausted says that a rendering takes more than it may.
type exhausted struct{ what string }

func (e *exhausted) Error() string { return e.what }

// spend pays for steps. It panics with an error, which text/template returns.
func (b *budget) spend(steps int) {
	if steps < 0 || steps > b.steps { // less than none is more than an int holds
		panic(b.noSteps())
	}
	b.steps -= steps
}

func (b *budget) noSteps() error {
	return &exhausted{fmt.Sprintf("it takes more than the %d steps that meshgen gives a chart: a loop or a recursion has no end", b.given)}
}

// text pays for a text of some bytes.
func (b *budget) text(size int) {
	if size < 0 || size > maxText {
		panic(&exhausted{fmt.Sprintf("it makes a text of more than the %d bytes that meshgen gives a chart", maxText)})
	}
	b.spend(size / 32)
}

// product is a times b, or less than nothing where an int does not hold it.
func product(a, b int) int {
	if a < 0 || b < 0 || b > 0 && a > (1<<50)/b {
		return -1
	}
	return a * b
}

// enter and leave stand around the body of each template.
func (b *budget) enter(nodes int) string {
	if b.depth++; b.depth > maxDepth {
		panic(&exhausted{fmt.Sprintf("its templates include each other more than %d deep", maxDepth)})
	}
	return b.tick(nodes)
}

func (b *budget) leave() string {
	b.depth--
	return ""
}

// tick stands at the beginning of what is run again and again.
func (b *budget) tick(nodes int) string {
	b.spend(1 + nodes)
	return ""
}

// show stands behind all that a template prints: fmt prints a map that holds
// itself until the stack is full, which ends the process.
func (b *budget) show(v any) any {
	b.size(v)
	return v
}

// size pays for all that a value holds, and returns how many bytes it is about
// when it is written.
func (b *budget) size(v any) int {
	return b.sizeOf(v, 0)
}

func (b *budget) sizeOf(v any, depth int) int {
	if depth > maxDepth {
		panic(&exhausted{fmt.Sprintf("it makes a value that nests more than %d deep, or holds itself", maxDepth)})
	}
	total := 0
	switch v := v.(type) {
	case nil:
	case string:
		b.text(len(v))
		total = len(v) + 2*depth*(1+strings.Count(v, "\n")) // set in, each line of it
	case map[string]any:
		for key, value := range v {
			b.spend(1 + len(key)/32)
			total += len(key) + 2*depth + b.sizeOf(value, depth+1)
		}
	case []any:
		for _, value := range v {
			b.spend(1)
			total += 2*depth + b.sizeOf(value, depth+1)
		}
	default:
		r := reflect.ValueOf(v)
		switch r.Kind() {
		case reflect.Map:
			for _, key := range r.MapKeys() {
				b.spend(1)
				total += 2*depth + b.sizeOf(key.Interface(), depth+1) + b.sizeOf(r.MapIndex(key).Interface(), depth+1)
			}
		case reflect.Slice, reflect.Array:
			b.spend(r.Len())
			for i := range r.Len() {
				total += 2*depth + b.sizeOf(r.Index(i).Interface(), depth+1)
			}
		case reflect.String:
			b.text(r.Len())
			total = r.Len()
		default:
			total = 16
		}
	}
	if total > maxText {
		b.text(total)
	}
	return total
}

// elements returns how many elements there are in what a template ranges over.
func (b *budget) elements(v any) int {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Map, reflect.Slice:
		return r.Len()
	}
	return 0
}

// pattern pays for looking for a regular expression in a text.
func (b *budget) pattern(expression, text string) {
	if len(expression) > 512 {
		panic(&exhausted{"it looks for a regular expression of more than 512 bytes"})
	}
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return // and the function says so
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return
	}
	b.spend(product(len(program.Inst), 1+len(text)) / 64)
}

// output is a writer that is paid for.
type output struct {
	b *budget
	strings.Builder
}

// Write takes a text, unless there have been too many.
func (o *output) Write(p []byte) (int, error) {
	if o.b.output -= len(p); o.b.output < 0 {
		return 0, &exhausted{fmt.Sprintf("its templates write more than the %d bytes that meshgen gives a chart", maxOutput)}
	}
	if o.b.steps -= 1 + len(p)/32; o.b.steps < 0 {
		return 0, o.b.noSteps()
	}
	return o.Builder.Write(p)
}
