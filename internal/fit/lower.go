package fit

import (
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// ownNeed is what it costs to say that people's own pods need less: they know
// best, and what the mesh takes or the machines have comes first.
const ownNeed = 2

// lever is something whose requests can be lowered: a workload, or all sidecars.
type lever struct {
	which   []int
	sidecar bool
	own     bool // the trouble is about it
	path    string
	name    string
	now     hardware.Amount
	least   hardware.Amount
}

// levers are the mesh's parts that ask for a resource, and what the trouble is
// about, if it is something else.
func (a *adviser) levers() []lever {
	var list []lever
	sidecars := lever{sidecar: true, path: "dataPlane.proxy.resources.requests", name: "each sidecar"}
	for i, w := range a.work {
		if a.setup.least(i) == 0 {
			continue
		}
		own := a.t.subject == i
		if w.Sidecar && (sidecars.which == nil || sidecars.now == w.Mesh) {
			sidecars.which, sidecars.now = append(sidecars.which, i), w.Mesh
			sidecars.least = hardware.Amount{CPU: least(w.Role, cpu), Memory: least(w.Role, memory)}
			sidecars.own = sidecars.own || own
		}
		if !slices.Contains(ours, w.Role) && !own || w.Role == workload.Platform || w.Role == workload.ServiceLB {
			continue
		}
		l := lever{which: []int{i}, own: own, name: a.name(i), now: w.Requests.Sub(ownless(w))}
		if _, at, ok := a.resources(i); ok {
			l.path = at + ".requests"
		}
		if w.Role == workload.Application || w.Role == workload.Manifest {
			l.least = hardware.Amount{CPU: min(10, l.now.CPU), Memory: min(16*hardware.Mi, l.now.Memory)}
		} else {
			l.least = hardware.Amount{CPU: least(w.Role, cpu), Memory: least(w.Role, memory)}
		}
		if k := slices.IndexFunc(list, func(o lever) bool { return o.path == l.path && l.path != "" && o.now == l.now }); k >= 0 { // waypoints share a field
			list[k].which, list[k].own = append(list[k].which, i), list[k].own || own
			continue
		}
		list = append(list, l)
	}
	if sidecars.which != nil {
		list = append(list, sidecars)
	}
	return slices.DeleteFunc(list, func(l lever) bool { // an automatic size at its least has nothing to give
		return slices.ContainsFunc(a.mesh.Sizings, func(z model.Sizing) bool { return z.Least && z.Path+".resources.requests" == l.path })
	})
}

// requests tries lower requests of what nodes are short of. Where that ends
// nothing, because another resource is short next, it tries both together.
func (a *adviser) requests(short []string) {
	if len(short) == 0 {
		return
	}
	before := len(a.found)
	a.lowering(short)
	if len(a.found) == before && len(short) == 1 && a.t.bound == nil {
		a.lowering([]string{memory, cpu})
	}
}

// lowering tries lower requests of each lever alone, and of all of them.
func (a *adviser) lowering(short []string) {
	levers := a.levers()
	alone := false
	for _, l := range levers {
		to, ok := a.lower([]lever{l}, short)
		if !ok {
			continue
		}
		alone = true
		cost := 0.0
		for _, r := range short {
			if now := of(l.now, r); now > 0 {
				cost = max(cost, 1-float64(of(to[0], r))/float64(now))
			}
		}
		if !l.own {
			cost += 0.1 // what the trouble is about comes first
		}
		if role := a.work[l.which[0]].Role; !l.sidecar && (role == workload.Application || role == workload.Manifest) {
			cost += ownNeed
		}
		found := a.lowered(l, short, to[0])
		found.cost = cost
		a.found = append(a.found, found)
	}
	if alone || len(levers) < 2 {
		return
	}
	if to, ok := a.lower(levers, short); ok {
		var each []option
		for k, l := range levers {
			if to[k] != l.now {
				each = append(each, a.lowered(l, short, to[k]))
			}
		}
		a.found = append(a.found, joined(each, 0.9))
	}
}

// steps is how finely requests are lowered: in so many parts of the way from
// what is asked for to the least.
const steps = 32

// lower looks for the highest requests of some levers that end the trouble, all
// lowered by the same part of their way to the least, and then each resource by
// no more than it has to be.
func (a *adviser) lower(levers []lever, short []string) ([]hardware.Amount, bool) {
	level := map[string]int{} // by resource, how many steps it is lowered
	at := func(l lever) hardware.Amount {
		to := l.now
		for _, r := range short {
			now, least := of(l.now, r), of(l.least, r)
			if now <= least || level[r] == 0 {
				continue
			}
			v := max(friendly(r, now-(now-least)*int64(level[r])/steps, false), least)
			to = with(to, r, min(v, now))
		}
		return to
	}
	try := func(step int, lowered ...string) bool {
		before := maps.Clone(level)
		for _, r := range lowered {
			level[r] = step
		}
		same := true
		for _, l := range levers {
			same = same && at(l) == l.now
		}
		ok := !same && a.ends(func(s *setup) *setup {
			for _, l := range levers {
				if at(l) == l.now {
					continue
				}
				if s = asking(l.which, l.sidecar, func(_ int, now hardware.Amount) hardware.Amount {
					for _, r := range short {
						now = with(now, r, min(of(now, r), of(at(l), r)))
					}
					return now
				})(s); s == nil {
					return nil
				}
			}
			return s
		})
		if !ok {
			level = before
		}
		return ok
	}
	if !try(steps, short...) {
		return nil, false
	}
	for low, high := 0, steps; high-low > 1; { // high ends it
		if middle := (low + high) / 2; try(middle, short...) {
			high = middle
		} else {
			low = middle
		}
	}
	if len(short) > 1 {
		for _, r := range short {
			for low, high := -1, level[r]; high-low > 1; {
				if middle := (low + high) / 2; try(middle, r) {
					high = middle
				} else {
					low = middle
				}
			}
		}
	}
	var to []hardware.Amount
	for _, l := range levers {
		to = append(to, at(l))
	}
	return to, true
}

// joined are several options as one.
func joined(each []option, cost float64) option {
	var texts []string
	var changes []Change
	whole := true
	for _, o := range each {
		texts, changes, whole = append(texts, o.text), append(changes, o.changes...), whole && o.changes != nil
	}
	if !whole {
		changes = nil
	}
	return option{and(texts), cost, changes}
}

// lowered is the option of a lower request.
func (a *adviser) lowered(l lever, short []string, to hardware.Amount) option {
	var each []option
	for _, r := range short {
		if of(to, r) == of(l.now, r) {
			continue
		}
		if path := a.requestPath(l, r); path != "" {
			each = append(each, typing(0, Change{path, quoted(r, of(to, r))}))
		} else {
			each = append(each, option{text: "lower what " + l.name + " asks for to " + amount(r, of(to, r)) + ", where " + a.where(l.which[0], l.sidecar, "requests", r) + " sets it"})
		}
	}
	return joined(each, 0)
}

// requestPath is the intent's path of a lever's request; empty when something
// else than the field has the last word.
func (a *adviser) requestPath(l lever, resource string) string {
	if l.sidecar {
		return a.typedOfSidecars(l.which[0], "requests", resource, of(l.now, resource))
	}
	return a.typed(l.which[0], "requests", resource, of(l.now, resource))
}
