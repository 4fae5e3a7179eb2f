package fit

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// published names where the figures of package hardware come from.
const published = "istio.io, performance and scalability"

// load is what the declared load makes one container use.
type load struct {
	uses hardware.Amount
	why  string // the load, as a sentence's end
}

// limits finds limits below what the declared load needs, or below what the
// process takes without any. Where a limit serves
// several, such as all sidecars, the one with the most load counts.
func (s *setup) limits(f *findings) diag.List {
	worst := map[string]diag.Diagnostic{} // by what is limited, so that one limit is one mistake
	most := map[string]int64{}
	var order []string
	for i, w := range s.work {
		if s.most(i) == 0 {
			continue
		}
		l, sidecar, loaded := s.load(f, i)
		sidecar = sidecar || !loaded && w.Sidecar
		atRest, from, known := idle(w.Role, sidecar)
		if !loaded && !known {
			continue
		}
		limit := limitOf(w, sidecar)
		for _, r := range []string{cpu, memory} {
			need, why := of(l.uses, r), "for "+l.why+" ("+published+")"
			if of(atRest, r) > need {
				need, why = of(atRest, r), "with nothing to do ("+from+")"
			}
			if of(limit, r) == 0 || of(limit, r) >= need {
				continue
			}
			d := s.belowNeed(i, sidecar, r, of(limit, r), need, why)
			key := d.Path + r
			if d.Path == w.Path || d.Position.IsValid() { // a patch may be of several
				key = fmt.Sprint(i, r)
			}
			if _, known := worst[key]; !known {
				order = append(order, key)
			}
			if need > most[key] {
				worst[key], most[key] = d, need
			}
		}
	}
	var list diag.List
	for _, key := range order {
		list = append(list, worst[key])
	}
	return list
}

// limitOf is the limit of the container that is the mesh's; zero for none.
func limitOf(w workload.Workload, sidecar bool) hardware.Amount {
	for _, c := range w.Containers {
		if sidecar && c.Sidecar && c.Name == "istio-proxy" {
			return c.Limits
		}
	}
	if sidecar || len(w.Containers) == 0 {
		return hardware.Amount{}
	}
	// Istio's own pods have one container that does the work.
	return slices.MaxFunc(w.Containers, func(a, b workload.Container) int {
		switch {
		case a.Requests.Memory < b.Requests.Memory:
			return -1
		case a.Requests.Memory > b.Requests.Memory:
			return 1
		}
		return 0
	}).Limits
}

// belowNeed is the warning of one limit.
func (s *setup) belowNeed(i int, sidecar bool, r string, limit, need int64, why string) diag.Diagnostic {
	w := s.work[i]
	who, path := s.name(i), s.typed(i, "limits", r, limit)
	if sidecar {
		who = "each sidecar of " + w.Namespace
		path = s.typedOfSidecars(i, "limits", r, limit)
	}
	d := diag.Diagnostic{
		Code: "MG2007", Severity: diag.Warning, Path: path,
		Message: fmt.Sprintf("%s may use %s, and needs %s %s", who, amount(r, limit), amount(r, rounded(r, need)), why),
	}
	to := quoted(r, friendly(r, need, true))
	if d.Path == "" {
		d.Path = w.Path
		if by, ok := s.overrules(i, sidecar, "limits", r); ok {
			d.Path, d.Position = by.Path, by.Position
		}
		d.Suggestion = fmt.Sprintf("raise the limit of %s to %s, where %s sets it", r, to, s.where(i, sidecar, "limits", r))
		return d
	}
	d.Suggestion = set(path, to+" or more")
	return d
}

// rounded cuts a need to what people read, upwards.
func rounded(r string, need int64) int64 {
	if r == cpu {
		return need
	}
	return (need + hardware.Mi - 1) / hardware.Mi * hardware.Mi
}

// load returns what the declared load makes a workload's container use, and
// whether that is its sidecar. False means that nothing is known of the load.
func (s *setup) load(f *findings, i int) (l load, sidecar, ok bool) {
	w := s.work[i]
	if s.most(i) == 0 {
		return load{}, false, false
	}
	switch w.Role {
	case workload.Istiod:
		return s.istiodLoad(i), false, true
	case workload.Application:
		n := s.namespace(w.Namespace)
		if !w.Sidecar || n == nil || n.Pods.RequestRate == 0 {
			return load{}, false, false
		}
		return at(hardware.SidecarCPU, hardware.ProxyMemory, n.Pods.RequestRate/float64(s.least(i)), "a share of the requests of "+w.Namespace), true, true
	case workload.Waypoint:
		n := s.namespace(w.Namespace)
		if n == nil || n.Pods.RequestRate == 0 {
			return load{}, false, false
		}
		return at(hardware.WaypointCPU, hardware.ProxyMemory, n.Pods.RequestRate/float64(s.most(i)), "the requests of "+w.Namespace), false, true
	case workload.Gateway:
		rate, from := s.routed(w.Path)
		if rate == 0 {
			return load{}, false, false
		}
		return at(hardware.SidecarCPU, hardware.ProxyMemory, rate/float64(s.most(i)), "the requests of "+and(from)+" that its routes may bring"), false, true
	case workload.Ztunnel:
		rate := s.ambientRate(f.rest)
		if rate == 0 {
			return load{}, false, false
		}
		return at(hardware.ZtunnelCPU, hardware.ZtunnelMemory, rate, "the requests of the ambient pods on one node"), false, true
	}
	return load{}, false, false
}

// istiodLoad is what the declared services and the proxies need of one istiod;
// the proxies share the replicas between them, the services are everyone's.
func (s *setup) istiodLoad(i int) load {
	services, proxies := 0, 0
	for _, n := range s.mesh.Namespaces {
		if n.Pods != nil && n.Pods.Count > 0 {
			services += n.Pods.Services
		}
	}
	for k, w := range s.work {
		if w.Envoy || w.Role == workload.Ztunnel {
			proxies += s.most(k)
		}
	}
	part := max(float64(services)/hardware.IstiodServices, float64(proxies)/hardware.IstiodProxies/float64(max(1, s.least(i))))
	return load{
		uses: hardware.Amount{CPU: int64(math.Ceil(hardware.IstiodCPU * part)), Memory: int64(math.Ceil(hardware.IstiodMemory * part))},
		why:  and(slices.DeleteFunc([]string{diag.Plural(services, "service"), pick(proxies, "1 proxy", fmt.Sprint(proxies)+" proxies")}, func(s string) bool { return strings.HasPrefix(s, "0 ") })),
	}
}

// at is what a proxy uses at a rate of requests a second: of CPU so much for each
// 1,000, of memory the same at any rate.
func at(cpu, memory int64, rate float64, whose string) load {
	return load{
		uses: hardware.Amount{CPU: int64(math.Ceil(float64(cpu) * rate / 1000)), Memory: memory},
		why:  fmt.Sprintf("%.0f %s a second, %s", math.Ceil(rate), pick(int(math.Ceil(rate)), "request", "requests"), whose),
	}
}

// namespace returns a namespace whose pods are declared, or nil.
func (s *setup) namespace(name string) *model.Namespace {
	for k := range s.mesh.Namespaces {
		if n := &s.mesh.Namespaces[k]; n.Name == name && n.Pods != nil {
			return n
		}
	}
	return nil
}

// routed is the most requests a second that a gateway's routes may bring, and
// whose they are: the peak of each namespace that a route leads to.
func (s *setup) routed(gateway string) (float64, []string) {
	var rate float64
	var from []string
	for _, r := range s.mesh.Routes {
		if r.Gateway == nil || r.Gateway.Path != gateway {
			continue
		}
		for _, rule := range r.Rules {
			for _, to := range rule.To {
				n := s.namespace(to.Service.Namespace)
				if n == nil || n.Pods.RequestRate == 0 || slices.Contains(from, n.Name) {
					continue
				}
				rate, from = rate+n.Pods.RequestRate, append(from, n.Name)
			}
		}
	}
	slices.SortFunc(from, strings.Compare)
	return rate, from
}

// ambientRate is the most requests a second that the ambient pods of one node
// serve, as they usually sit.
func (s *setup) ambientRate(run *schedule.Run) float64 {
	each := map[int]float64{} // by workload: a pod's share
	for i, w := range s.work {
		if w.Role != workload.Application {
			continue
		}
		if n := s.namespace(w.Namespace); n != nil && n.Mesh && n.Mode == intent.Ambient && s.least(i) > 0 {
			each[i] = n.Pods.RequestRate / float64(s.least(i))
		}
	}
	var most float64
	for n := range s.nodes {
		var rate float64
		if len(each) > 0 {
			for _, p := range run.On(n) {
				rate += each[s.of(p)]
			}
		}
		most = max(most, rate)
	}
	return most
}
