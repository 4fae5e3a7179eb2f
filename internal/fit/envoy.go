package fit

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// envoyBits is the smallest address space in which Envoy's allocator starts on
// arm64 (istio/istio#51708, envoyproxy/envoy#23339).
const envoyBits = 48

// narrow says whether Envoy cannot run on a pool. Kernels with 64 KiB pages and
// 42 bits have never been reported to fail, so that only 39 is refused.
func narrow(pool model.Pool) bool { return pool.Arch == "arm64" && pool.VABits == 39 }

// addresses finds the pools where Envoy would end at once.
func (s *setup) addresses() diag.List {
	var list diag.List
	for _, pool := range s.mesh.Cluster.Pools {
		if !narrow(pool) {
			continue
		}
		var found []int
		for i, w := range s.work {
			if w.Envoy && s.reaches(i, pool.Name) {
				found = append(found, i)
			}
		}
		if len(found) == 0 {
			continue
		}
		var who []string
		for _, i := range found {
			who = append(who, s.name(i))
		}
		at := intent.Join("cluster.nodePools", pool.Name, "vaBits")
		d := diag.Diagnostic{
			Code: "MG2009", Severity: diag.Error, Path: at,
			Message:    fmt.Sprintf("Envoy does not run on pool %s, whose arm64 kernel has 39 bits of address, and %s can land there", pool.Name, some(who, 3)),
			Suggestion: fmt.Sprintf("give the %s a kernel with %d bits, such as Ubuntu's, and set %s to %d", pick(pool.Count, "node", "nodes"), envoyBits, at, envoyBits),
		}
		if keep, ok := s.elsewhere(); ok {
			var away, whom []string
			for _, i := range found {
				if path := s.placement(i); path != "" {
					away, whom = append(away, fmt.Sprintf("set %s.%s", path, keep)), append(whom, s.name(i))
				}
			}
			if len(away) == len(found) {
				d.Suggestion, d.Alternatives = and(away), []string{d.Suggestion}
			} else {
				for k, text := range away {
					d.Related = append(d.Related, diag.Note{Message: "to keep " + whom[k] + " off the pool, " + text})
				}
			}
		}
		list = append(list, d)
	}
	return list
}

// elsewhere returns the placement that keeps a pod off narrow nodes, if other
// nodes can be told from them: by architecture, or by a pool's labels.
func (s *setup) elsewhere() (string, bool) {
	var good []string
	others := false // there are good nodes on arm64
	for _, pool := range s.mesh.Cluster.Pools {
		if narrow(pool) {
			continue
		}
		if others = others || pool.Arch == "arm64"; len(pool.Labels) > 0 {
			good = append(good, fmt.Sprintf("%q", pool.Name))
		}
	}
	amd64 := slices.ContainsFunc(s.nodes, func(n hardware.Node) bool { return n.Arch == "amd64" })
	switch {
	case amd64 && !others:
		return `placement.nodeSelector to {"kubernetes.io/arch": "amd64"}`, true
	case len(good) > 0:
		return "placement.pools to [" + some(good, len(good)) + "]", true
	}
	return "", false
}

// placement returns the intent's path that has a field placement for a
// workload's pods; empty for none.
func (s *setup) placement(i int) string {
	switch w := s.work[i]; w.Role {
	case workload.Istiod, workload.Gateway, workload.Application:
		return w.Path
	}
	return ""
}

// pages finds the pools whose pages have a size that nobody has tested a
// component with. ztunnel's release builds have jemalloc since Istio 1.31
// (istio/ztunnel#1995), and leave its page size to the machine that builds.
func (s *setup) pages() diag.List {
	const jemalloc = 31 // Istio's minor
	var list diag.List
	for _, pool := range s.mesh.Cluster.Pools {
		if pool.PageSize <= 4 {
			continue
		}
		var risky, heavy []string
		for i, w := range s.work {
			if !s.reaches(i, pool.Name) {
				continue
			}
			if w.Role == workload.Ztunnel && s.mesh.Istio.Minor >= jemalloc {
				risky = append(risky, s.name(i))
			}
			if w.Envoy && pool.PageSize > 16 {
				heavy = append(heavy, s.name(i))
			}
		}
		at := intent.Join("cluster.nodePools", pool.Name, "pageSize")
		d := diag.Diagnostic{Code: "MG2010", Severity: diag.Warning, Path: at}
		switch {
		case len(risky) > 0:
			d.Message = fmt.Sprintf("pool %s has pages of %d KiB: nobody has tested ztunnel there, which from Istio 1.31 is built with jemalloc for pages of 4 KiB, and other programs that are end at once", pool.Name, pool.PageSize)
		case len(heavy) > 0:
			d.Message = fmt.Sprintf("pool %s has pages of %d KiB, with which Envoy gives memory back late, and nobody has tested it: %s can land there", pool.Name, pool.PageSize, some(heavy, 3))
		default:
			continue
		}
		d.Suggestion = fmt.Sprintf("boot a kernel with pages of 4 KiB and set %s to 4, or try it on one node first", at)
		if pool.PageSize == 16 {
			d.Suggestion = fmt.Sprintf("boot a kernel with pages of 4 KiB (on a Raspberry Pi 5 kernel=kernel8.img in config.txt) and set %s to 4, or try it on one node first", at)
		}
		list = append(list, d)
	}
	return list
}
