package fit

import (
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// idle is what a process of Istio uses when nothing happens, and where that is
// known from; false for what has no figure.
func idle(role workload.Role, sidecar bool) (uses hardware.Amount, source string, ok bool) {
	switch {
	case role == workload.Istiod:
		return hardware.IstiodIdle(), demo, true
	case role == workload.Ztunnel:
		return hardware.ZtunnelIdle(), "as measured in a cluster of eight nodes", true
	case sidecar || role == workload.Gateway || role == workload.Waypoint:
		return hardware.ProxyIdle(), demo, true
	}
	return hardware.Amount{}, "", false
}

const demo = "what the charts' demo profile asks for"

// automatic tries the size auto for a component whose resources are the charts'
// own: what it becomes at the least, with twice the load to be sure.
func (a *adviser) automatic() {
	f := &findings{rest: a.t.run}
	for _, l := range a.levers() {
		path, ok := strings.CutSuffix(l.path, ".resources.requests")
		if !ok || !a.usual(l) {
			continue
		}
		w := a.work[l.which[0]]
		need, _, ok := idle(w.Role, l.sidecar)
		if !ok {
			continue
		}
		if w.Envoy {
			need.Memory = max(need.Memory, hardware.ProxyMemory)
		}
		for _, i := range l.which {
			if uses, sidecar, ok := a.load(f, i); ok && sidecar == l.sidecar {
				spare := 2
				if w.Role == workload.Istiod { // its proxies may be counted for all replicas together
					spare *= max(1, a.setup.least(i))
				}
				need = need.Max(uses.uses.Times(spare))
			}
		}
		need = hardware.Amount{CPU: hardware.RoundCPU(need.CPU), Memory: hardware.RoundMemory(need.Memory)}
		if l.now.Fits(need) || !need.Fits(l.now) {
			continue
		}
		if a.stated(l) {
			continue
		}
		if a.ends(asking(l.which, l.sidecar, func(int, hardware.Amount) hardware.Amount { return need })) {
			a.found = append(a.found, typing(0.85, Change{path + ".size", `"auto"`}))
		}
	}
}

// stated says whether something else than the intent's field decides what a lever
// asks for, so that a size would change nothing or but a part.
func (a *adviser) stated(l lever) bool {
	return slices.ContainsFunc([]string{cpu, memory}, func(r string) bool {
		_, overruled := a.overrules(l.which[0], l.sidecar, "requests", r)
		return overruled
	})
}

// usual says whether a lever's resources are the charts' own, so that a size
// would take their place: what an intent states stays as it is beside a size.
func (a *adviser) usual(l lever) bool {
	now, chart := a.mesh.Proxy.Resources, intent.Resources{
		Requests: intent.ResourceList{CPU: "100m", Memory: "128Mi"}, Limits: intent.ResourceList{CPU: "2", Memory: "1Gi"},
	}
	role := a.work[l.which[0]].Role
	if !l.sidecar {
		now, _, _ = a.resources(l.which[0])
	}
	switch {
	case l.sidecar:
	case role == workload.Istiod:
		chart = intent.Resources{Requests: intent.ResourceList{CPU: "500m", Memory: "2Gi"}}
	case role == workload.Ztunnel:
		chart = intent.Resources{Requests: intent.ResourceList{CPU: "200m", Memory: "512Mi"}}
	}
	for _, z := range a.mesh.Sizings {
		if z.Path+".resources.requests" == l.path {
			return z.Size != intent.Auto && z.Stated == (model.Sizing{}).Stated
		}
	}
	return now == chart
}
