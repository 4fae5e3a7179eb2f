package fit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// CPU and memory, as the intent's fields call them.
const (
	cpu    = "cpu"
	memory = "memory"
)

// of returns the amount's CPU or memory.
func of(a hardware.Amount, resource string) int64 {
	if resource == cpu {
		return a.CPU
	}
	return a.Memory
}

// with returns the amount with another CPU or memory.
func with(a hardware.Amount, resource string, value int64) hardware.Amount {
	if resource == cpu {
		a.CPU = value
	} else {
		a.Memory = value
	}
	return a
}

// quantity writes an amount of a resource as the intent does.
func quantity(resource string, value int64) string {
	if resource == cpu {
		return hardware.CPUText(value)
	}
	return hardware.MemoryText(value)
}

// amount is a quantity with its unit in words: 250m CPU, 512Mi of memory.
func amount(resource string, value int64) string {
	if resource == cpu {
		return hardware.CPUText(value) + " CPU"
	}
	return hardware.MemoryText(value) + " of memory"
}

// unit is a quantity in a sentence that has said which resource it is of, with
// the word CPU all the same, because a bare number could be anything.
func unit(resource string, value int64) string {
	if resource == cpu {
		return amount(cpu, value)
	}
	return quantity(resource, value)
}

// listed is a quantity in a list, where all CPU is in one unit: millicores.
func listed(resource string, value int64) string {
	if resource == cpu {
		return strconv.FormatInt(value, 10) + "m"
	}
	return quantity(resource, value)
}

// both writes CPU and memory, without what is zero.
func both(a hardware.Amount) string {
	if parts := parts(a); len(parts) > 0 {
		return and(parts)
	}
	return "nothing"
}

func parts(a hardware.Amount) []string {
	var parts []string
	if a.CPU != 0 {
		parts = append(parts, amount(cpu, a.CPU))
	}
	if a.Memory != 0 {
		parts = append(parts, amount(memory, a.Memory))
	}
	return parts
}

// asked is what one pod of a workload asks for.
func asked(w workload.Workload) string {
	parts := parts(w.Requests)
	for _, name := range slices.Sorted(maps.Keys(w.Others)) {
		value := strconv.FormatInt(w.Others[name], 10)
		if !strings.Contains(string(name), "/") { // no device: bytes
			value = hardware.MemoryText(w.Others[name])
		}
		parts = append(parts, value+" of "+string(name))
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return and(parts)
}

// short is how much is missing, rounded up, so that as much more would do.
func short(resource string, value int64) string {
	if resource == memory {
		unit := hardware.Ki
		if value >= hardware.Mi {
			unit = hardware.Mi
		}
		value = (value + unit - 1) / unit * unit
	}
	return amount(resource, value) + " short"
}

// and joins words as a sentence does.
func and(words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// some joins at most n words, and says how many more there are.
func some(words []string, n int) string {
	if len(words) <= n+1 {
		return and(words)
	}
	return strings.Join(words[:n], ", ") + fmt.Sprintf(" and %d more", len(words)-n)
}

// ranges writes nodes' names shorter: system-1, apps-1 to apps-12. The names
// come in the order of the nodes.
func ranges(names []string) string {
	var words []string
	for i := 0; i < len(names); {
		j := i + 1
		for j < len(names) && follows(names[j-1], names[j]) {
			j++
		}
		if j-i > 2 {
			words = append(words, names[i]+" to "+names[j-1])
		} else {
			words = append(words, names[i:j]...)
		}
		i = j
	}
	return some(words, 4)
}

// follows says whether b is the next node of a's pool.
func follows(a, b string) bool {
	i, j := strings.LastIndexByte(a, '-'), strings.LastIndexByte(b, '-')
	if i < 0 || j < 0 || a[:i] != b[:j] {
		return false
	}
	x, err := strconv.Atoi(a[i+1:])
	y, err2 := strconv.Atoi(b[j+1:])
	return err == nil && err2 == nil && y == x+1
}

// theNodes are the nodes of a pool as the subject of a sentence.
func theNodes(pool model.Pool) string {
	return "the " + pick(pool.Count, "node", "nodes") + " of pool " + pool.Name
}

// friendly rounds an amount to one that people write: down, or up.
func friendly(resource string, value int64, up bool) int64 {
	if value <= 0 {
		return 0
	}
	steps := []int64{10, 50, 100, 500, 1000} // millicores, from which on which step
	unit := int64(1)
	if resource == memory {
		steps, unit = []int64{4, 16, 32, 128, 256}, hardware.Mi
	}
	step := unit
	for i, s := range steps {
		if value >= s*unit*8 || i == 0 {
			step = s * unit
		}
	}
	rounded := value / step * step
	if up && rounded < value {
		rounded += step
	}
	return rounded
}

// distinct returns the words without repetition, in their order.
func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// sortedInts returns a map's keys in order.
func sortedInts[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
