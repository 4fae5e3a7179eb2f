package check

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// unread reports more fields that nothing reads, of those that own says are the
// cluster's and not its base's.
func unread(m model.Mesh, in intent.Intent, own func(path string) bool) diag.List {
	list := append(unusedPools(m, own), noTime(m, in)...)
	const format = "telemetry.accessLogs.format"
	if logs := m.Telemetry.AccessLogs; logs != nil && logs.Format == "json" && logs.Provider != "" && logs.Provider != "envoy" && in.Written(format) && own(format) {
		list = append(list, diag.Diagnostic{
			Path:       format,
			Message:    fmt.Sprintf("access logs go to provider %s, which has a format of its own: JSON is for those on standard output", logs.Provider),
			Suggestion: "remove " + format,
			Alternatives: []string{
				"remove telemetry.accessLogs.provider, to log on standard output",
			},
		})
	}
	return list
}

// unusedPools reports pools of MetalLB that no Service can get an address of.
func unusedPools(m model.Mesh, own func(path string) bool) diag.List {
	if m.Cluster.MetalLB == nil || !m.Cluster.UsesMetalLB() {
		return nil
	}
	var list diag.List
	pools := m.Cluster.MetalLB.Pools
	for _, name := range slices.Sorted(maps.Keys(pools)) {
		path := intent.Join("cluster.metallb.pools", name)
		var ranges []addressRange
		for _, text := range pools[name].Addresses {
			if r, err := parseRange(text); err == nil {
				ranges = append(ranges, r)
			}
		}
		used := slices.ContainsFunc(m.Gateways, func(g model.Gateway) bool {
			searching := g.Service.Type == "LoadBalancer" && g.Pool == "" && g.Address == "" // which MG3040 tells to name one
			return searching || g.Pool == name || annotation(g, "address-pool") == name || g.Address != "" && contains(ranges, g.Address)
		})
		if used || pools[name].AutoAssign || mentioned(m, name) || !own(path) {
			continue
		}
		list = append(list, diag.Diagnostic{
			Path:         path,
			Message:      fmt.Sprintf("no gateway names pool %s, and without autoAssign MetalLB gives its addresses to nobody else", name),
			Suggestion:   fmt.Sprintf("set pool of a gateway to %q, or remove %s", name, path),
			Alternatives: []string{fmt.Sprintf("set %s.autoAssign to true, for Services that name no pool", path)},
		})
	}
	return list
}

// noTime reports lengths of time that are none: Flux never applies again after an
// interval of zero, and gives up at once after a timeout of zero. Of less than a
// second it makes no use either: no layer is ready by then.
func noTime(m model.Mesh, in intent.Intent) diag.List {
	var list diag.List
	short := func(path, text string, least time.Duration, effect, instead string) {
		if d, err := time.ParseDuration(text); err == nil && d < least && in.Written(path) {
			list = append(list, diag.Diagnostic{
				Severity: diag.Error, Path: path,
				Message:    fmt.Sprintf("%s is %s, and %s", path, text, effect),
				Suggestion: fmt.Sprintf("set %s to a time such as %q, or remove it", path, instead),
			})
		}
	}
	if g := m.GitOps; g != nil && g.Engine == "flux" {
		short("gitops.interval", g.Interval, 1, "Flux does not apply again: what changes in the cluster stays changed", "10m")
		short("gitops.timeout", g.Timeout, time.Second, "Flux gives every layer up at once", "5m")
	}
	if t := m.Telemetry.Monitors; t != nil {
		short("telemetry.monitors.interval", t.Interval, 1, "Prometheus takes no interval of zero", "30s")
	}
	return list
}
