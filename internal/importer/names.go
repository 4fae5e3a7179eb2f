package importer

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// longest is how many letters of a label a pool's name takes, so that there is
// room for what tells two of the name apart.
const longest = 40

// name names pools, which are in order: by the label that says which pool a node
// is of, by the role that people gave it, or by server and agent. Those of one
// name are told apart by what they differ in: instruction set, size, zones; and
// at last by a number.
func name(pools []Pool) {
	same := map[string][]int{}
	for i, p := range pools {
		base := p.base()
		same[base] = append(same[base], i)
	}
	taken := map[string]bool{}
	for _, base := range slices.Sorted(maps.Keys(same)) {
		if len(same[base]) == 1 {
			pools[same[base][0]].Name = base
			taken[base] = true
		}
	}
	for _, base := range slices.Sorted(maps.Keys(same)) {
		of := same[base]
		if len(of) == 1 {
			continue
		}
		for _, i := range of {
			pools[i].Name = base
		}
		for _, trait := range []func(Pool) string{
			func(p Pool) string { return p.Arch },
			func(p Pool) string { return p.CPU + "-" + p.Memory },
			func(p Pool) string { return strings.Join(p.Zones, "-") },
		} {
			if !unique(pools, of) && differ(pools, of, trait) {
				for _, i := range of {
					pools[i].Name = label(pools[i].Name + "-" + trait(pools[i]))
				}
			}
		}
		for _, i := range of {
			pools[i].Name = free(pools[i].Name, taken)
			taken[pools[i].Name] = true
		}
	}
}

// unique says whether each of some pools has a name of its own.
func unique(pools []Pool, of []int) bool {
	names := map[string]bool{}
	for _, i := range of {
		names[pools[i].Name] = true
	}
	return len(names) == len(of)
}

// differ says whether a trait tells some of the pools apart.
func differ(pools []Pool, of []int, trait func(Pool) string) bool {
	return slices.ContainsFunc(of, func(i int) bool { return trait(pools[i]) != trait(pools[of[0]]) })
}

// free returns a name that is not taken, with a number behind it if it must be.
func free(name string, taken map[string]bool) string {
	for i, try := 2, name; ; i++ {
		if !taken[try] {
			return try
		}
		suffix := fmt.Sprintf("-%d", i)
		try = strings.TrimRight(name[:min(len(name), 63-len(suffix))], "-") + suffix
	}
}

// base is what a pool is called as long as no other is called so.
func (p Pool) base() string {
	for _, key := range poolLabels {
		if found := label(p.Labels[key]); found != "" {
			return cut(found)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Labels)) {
		if role, ok := strings.CutPrefix(key, rolePrefix); ok && label(role) != "" {
			return cut(label(role))
		}
	}
	return cmp.Or(p.Role, "agent")
}

func cut(s string) string { return strings.TrimRight(s[:min(len(s), longest)], "-") }

var notLabel = regexp.MustCompile(`[^a-z0-9]+`)

// label turns a text into a DNS label, or "" when nothing of it can stay.
func label(s string) string {
	s = strings.Trim(notLabel.ReplaceAllString(strings.ToLower(s), "-"), "-")
	return strings.TrimRight(s[:min(len(s), 63)], "-")
}
