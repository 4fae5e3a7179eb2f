package chart

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// shadowed reports the raw values that lose to another of the release's values,
// because the chart takes the same thing in two places. The istiod and cni
// charts lay their pilot and cni section over their root, and so do profiles
// and platforms, which set the section; ztunnel and gateway lay their root over
// global. Where only one of the two is set, either works.
func (c *Chart) shadowed(release model.Release) diag.List {
	var list diag.List
	report := func(loser, winner []string) {
		list = append(list, diag.Diagnostic{
			Code: "MG4003", Severity: diag.Error, Path: release.RawPath + "." + strings.Join(loser, "."),
			Message:    fmt.Sprintf("chart %s %s takes %s before %s, which would have no effect", c.Name, c.Version, strings.Join(winner, "."), strings.Join(loser, ".")),
			Suggestion: fmt.Sprintf("set %s.%s instead", release.RawPath, strings.Join(winner, ".")),
		})
	}
	if prefix, ok := prefixes[c.Name]; ok {
		root := maps.Clone(release.Raw)
		delete(root, prefix)
		sections := append(c.profiles(release.Values), release.Values)
		for _, path := range leaves(root) {
			winner := append([]string{prefix}, path...)
			if slices.ContainsFunc(sections, func(m map[string]any) bool { return object.Get(m, winner...) != nil }) {
				report(path, winner)
			}
		}
		return list
	}
	if flattensGlobal(c.Name) {
		for _, path := range leaves(object.Map(release.Raw, "global")) {
			if object.Get(release.Values, path...) != nil {
				report(append([]string{"global"}, path...), path)
			}
		}
	}
	return list
}

// flattensGlobal says whether a chart lays global over its defaults' root.
func flattensGlobal(chart string) bool { return chart == "ztunnel" || chart == "gateway" }

// profiles returns the values that the chart lays over its defaults for the
// profile, the compatibility version and the platform that a release names.
func (c *Chart) profiles(values map[string]any) []map[string]any {
	var list []map[string]any
	for _, kind := range []struct{ file, key string }{
		{"profile-", "profile"}, {"profile-compatibility-version-", "compatibilityVersion"}, {"profile-platform-", "platform"},
	} {
		name := object.String(values, kind.key)
		if name == "" {
			name = object.String(values, "global", kind.key)
		}
		for _, f := range c.helm.Files {
			if name == "" || f.Name != "files/"+kind.file+name+".yaml" {
				continue
			}
			docs, err := object.Parse(f.Data)
			if err == nil { // a file that the chart cannot read, it refuses itself
				list = append(list, docs...)
			}
		}
	}
	return list
}

// leaves returns the paths of the values that are no maps, sorted.
func leaves(values map[string]any) [][]string {
	var paths [][]string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		below, ok := values[name].(map[string]any)
		if !ok {
			paths = append(paths, []string{name})
			continue
		}
		for _, path := range leaves(below) {
			paths = append(paths, append([]string{name}, path...))
		}
	}
	return paths
}
