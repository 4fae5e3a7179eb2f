package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// option is a change that was tried, and fits.
type option struct {
	text    string   // what to type
	cost    float64  // how big the change is: 0 for nothing, 1 for half as much or a node
	changes []Change // the same for Around.Try; nil where it is no change of the intent's fields
}

// typing is the option of giving fields of the intent other values.
func typing(cost float64, changes ...Change) option {
	var parts []string
	for _, c := range changes {
		parts = append(parts, set(c.Path, c.Value))
	}
	return option{and(parts), cost, changes}
}

// least is what a component is not asked to go below: Istio's demo profile asks
// for 10m and 40Mi for each proxy and agent, istiod idles at a little below
// 128Mi, and ztunnel was measured at 11 to 29Mi.
func least(role workload.Role, resource string) int64 {
	if resource == cpu {
		if role == workload.Istiod {
			return 50
		}
		return 10
	}
	switch role {
	case workload.Istiod:
		return 128 * hardware.Mi
	case workload.Ztunnel:
		return 32 * hardware.Mi
	}
	return 40 * hardware.Mi
}

// adviser looks for the smallest changes that end a trouble.
type adviser struct {
	*setup
	t     trouble
	known map[string]bool // the troubles that were there before
	left  int             // how often it may still ask
	light int             // how many changes it may still make
	spent int64           // what asking took so far, as schedule.Cluster.Effort has it
	found []option
}

// advise returns changes that end a trouble, the smallest first. Each was tried:
// everything was asked again, and gave no trouble that was not there before.
// It takes no more effort than s.allowed, and adds what it took to s.spent.
func (s *setup) advise(f *findings, t trouble) []option {
	pods := len(s.nodes)
	for _, p := range s.pods {
		pods += len(p)
	}
	a := &adviser{setup: s, t: t, known: map[string]bool{}, left: max(2, min(200, 200_000/pods)), light: max(16, min(1000, 2_000_000/pods))}
	for _, known := range f.troubles {
		a.known[known.key()] = true
	}
	switch {
	case t.bound != nil:
		a.requests([]string{t.bound.resource})
		a.bound()
	case t.code == "MG2013":
		a.placement()
	case t.code == "MG2004" && t.pending == nil:
		a.nodes(nil)
		a.fewer()
	default:
		short := a.short()
		a.requests(short)
		a.automatic()
		a.fewer()
		a.yielding()
		a.apart()
		a.machines()
		a.nodes(short)
	}
	s.spent += a.spent
	slices.SortStableFunc(a.found, func(x, y option) int { return cmp.Compare(x.cost, y.cost) })
	return slices.CompactFunc(a.found, func(x, y option) bool { return x.text == y.text }) // two pools' taints may be tolerated by the same words
}

// ends says whether a change ends the trouble.
func (a *adviser) ends(e edit) bool {
	if a.light--; a.left <= 0 || a.light < 0 || a.spent > a.allowed {
		return false
	}
	changed := e(a.setup)
	if changed == nil || changed.overfull() || len(changed.floor()) > 0 && a.t.code != "MG2013" { // a place has nothing to do with the floor
		return false
	}
	a.left--
	done := changed.ask(func(t trouble) bool {
		return t.key() == a.t.key() || !t.warning && !a.known[t.key()]
	}).done
	a.spent += changed.cluster.Effort()
	return !done
}

// mostEffort is what asking may take for the advice about all troubles of a
// cluster: about a second. Where nodes are few and tightly packed, asking once is a
// search of thousands of states, and a wide choice of changes would take minutes.
const mostEffort = 8_000_000

// short are the resources that nodes lack for what is pending.
func (a *adviser) short() []string {
	found := map[string]bool{}
	for _, h := range a.t.pending {
		for _, g := range a.reasons(a.t, h) {
			for resource := range g.short {
				found[resource] = true
			}
		}
	}
	return inOrder(found)
}

// fewer tries fewer pods of what the trouble is about.
func (a *adviser) fewer() {
	i := a.t.subject
	if i < 0 || a.work[i].PerNode || a.scalePath(i) == "" && a.work[i].Role != workload.Manifest {
		return
	}
	now := a.setup.least(i)
	low, high := 0, now // low is below all that are tried, high is too many
	for high-low > 1 {
		if middle := (low + high) / 2; a.ends(replicas(i, middle)) {
			low = middle
		} else {
			high = middle
		}
	}
	if low == 0 {
		return
	}
	cost := 0.3 + float64(now-low)/float64(now)
	if a.work[i].Role == workload.Application || a.work[i].Role == workload.Manifest {
		cost += ownNeed
	}
	if a.claims(i) && low == 1 {
		cost += 2 // it ends the claim, not what stands against it
	}
	found := option{text: "run " + strconv.Itoa(low) + " of " + a.name(i) + ", where " + origin(a.work[i].Origin) + " sets it", cost: cost}
	if at := a.scaleSpot(i, false); at.path != "" && a.work[i].Role != workload.Manifest {
		found.text, found.changes = at.change(strconv.Itoa(low)), at.changes(strconv.Itoa(low))
	}
	a.found = append(a.found, found)
}

// sizes of machines that can be bought, as multiples of what a pool has.
var sizes = []struct{ num, den int64 }{{5, 4}, {3, 2}, {2, 1}, {3, 1}, {4, 1}, {8, 1}}

// machines tries nodes with more of what they are short of: with the same
// multiple of each, and then with less of each by itself.
func (a *adviser) machines() {
	for _, pool := range a.mesh.Cluster.Pools {
		short := a.shortIn(pool.Name)
		if len(short) == 0 || !a.involved(pool) {
			continue
		}
		now := hardware.Capacity(pool)
		at := func(size int) hardware.Amount {
			var to hardware.Amount
			for _, r := range short {
				to = with(to, r, grown(r, of(now, r), size))
			}
			return to
		}
		size := 0
		smallest := func() bool {
			for size = 0; size < len(sizes); size++ {
				if a.ends(bigger(pool.Name, at(size))) {
					return true
				}
			}
			return false
		}
		if !smallest() {
			if len(short) > 1 {
				continue
			}
			if short = []string{memory, cpu}; !smallest() { // the other is short next
				continue
			}
		}
		to := at(size)
		var changes []Change
		cost := 0.5
		for _, r := range short {
			for less := 0; len(short) > 1 && less < size; less++ {
				if smaller := with(to, r, grown(r, of(now, r), less)); a.ends(bigger(pool.Name, smaller)) {
					to = smaller
					break
				}
			}
			changes = append(changes, Change{poolPath(pool.Name) + "." + r, quoted(r, of(to, r))})
			cost = max(cost, 0.5+float64(of(to, r)-of(now, r))/float64(of(now, r)))
		}
		a.found = append(a.found, typing(cost, changes...))
	}
}

// grown is an amount times a size, in whole cores or Gi.
func grown(resource string, now int64, size int) int64 {
	unit := hardware.Gi
	if resource == cpu {
		unit = 1000
	}
	return (now*sizes[size].num/sizes[size].den + unit - 1) / unit * unit
}

// shortIn are the resources that a pool's nodes lack for what is pending.
func (a *adviser) shortIn(pool string) []string {
	found := map[string]bool{}
	for _, h := range a.t.pending {
		for _, g := range a.reasons(a.t, h) {
			if a.setup.nodes[g.at[0]].Pool == pool {
				for resource := range g.short {
					found[resource] = true
				}
			}
		}
	}
	if sum := a.capacity(); len(a.floor()) > 0 { // the nodes must be more than what is pending needs
		found[cpu] = found[cpu] || sum.CPU < floorCPU
		found[memory] = found[memory] || sum.Memory < floorMemory
	}
	return inOrder(found)
}

// inOrder are the resources of a set.
func inOrder(found map[string]bool) []string {
	var list []string
	for _, resource := range []string{memory, cpu} {
		if found[resource] {
			list = append(list, resource)
		}
	}
	return list
}

// involved says whether a node of the pool could take what is pending.
func (a *adviser) involved(pool model.Pool) bool {
	for _, h := range a.t.pending {
		if a.reaches(h.work, pool.Name) {
			return true
		}
	}
	return a.t.subject >= 0 && a.reaches(a.t.subject, pool.Name)
}

// nodes tries more nodes: of a pool of agents, or agents beside servers.
func (a *adviser) nodes(short []string) {
	if len(short) == 0 && a.t.pending != nil && !a.morePlaces() {
		return // what is pending is not short of nodes
	}
	for _, pool := range a.mesh.Cluster.Pools {
		if !a.involved(pool) {
			continue
		}
		if pool.Role == "agent" {
			if n := a.count(pool); n > 0 {
				a.found = append(a.found, typing(0.9+float64(n)/2, Change{poolPath(pool.Name) + ".count", strconv.Itoa(pool.Count + n)}))
			}
			continue
		}
		for n := 1; n <= 3; n++ {
			cost := 0.9 + float64(n)/2
			name := a.unused("agent")
			if a.ends(agents(name, pool.Name, n)) {
				value := `{role: "agent", `
				if n > 1 {
					value += "count: " + strconv.Itoa(n) + ", "
				}
				value += `cpu: "` + pool.CPU + `", memory: "` + pool.Memory + `"` + besides(pool) + "}"
				text := "add " + diag.Plural(n, "agent") + " like " + theNodes(pool) + ": " + poolPath(name) + ": " + value
				a.found = append(a.found, option{text, cost, []Change{{poolPath(name), value}}})
				break
			}
		}
	}
}

// besides is what a pool like another has to say too, if its pods may ask for it.
func besides(pool model.Pool) string {
	text := ""
	for _, field := range []struct {
		name   string
		values map[string]string
	}{{"labels", pool.Labels}, {"allocatable", pool.Allocatable}} {
		var parts []string
		for _, key := range sortedKeys(field.values) {
			parts = append(parts, fmt.Sprintf("%q: %q", key, field.values[key]))
		}
		if len(parts) > 0 {
			text += ", " + field.name + ": {" + strings.Join(parts, ", ") + "}"
		}
	}
	if len(pool.Zones) > 0 {
		text += ", zones: [" + strings.Join(quotes(pool.Zones), ", ") + "]"
	}
	if pool.Arch == "arm64" {
		text += `, arch: "arm64"`
	}
	return text
}

// quotes puts each word in quotation marks.
func quotes(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strconv.Quote(w)
	}
	return out
}

// count is how many more nodes of a pool end the trouble; zero for none, or for
// more than 3 and twice what there are.
func (a *adviser) count(pool model.Pool) int {
	low, high := 0, 1 // low does not end it
	for !a.ends(more(pool.Name, high)) {
		if low, high = high, high*2; high > max(3, 2*pool.Count) {
			return 0
		}
	}
	for high-low > 1 {
		if middle := (low + high) / 2; a.ends(more(pool.Name, middle)) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// morePlaces says whether pods are pending for something that another node has,
// whatever its size: a place apart from other pods, a device, or one of the pods
// that a kubelet takes.
func (a *adviser) morePlaces() bool {
	for _, h := range a.t.pending {
		for _, g := range a.reasons(a.t, h) {
			if slices.ContainsFunc([]schedule.Code{schedule.TooManyPods, schedule.HostPort, schedule.OtherResource, schedule.AntiAffinity, schedule.AntiAffinityOfOthers, schedule.Spread}, g.has) {
				return true
			}
		}
	}
	return false
}

// placement tries to tolerate the taints that keep a workload away.
func (a *adviser) placement() {
	i := a.t.subject
	at := a.setup.placement(i)
	if _, overruled := a.wish(i, "nodeSelector", "tolerations"); at == "" || overruled {
		return
	}
	for _, pool := range a.mesh.Cluster.Pools {
		n := slices.IndexFunc(a.setup.nodes, func(n hardware.Node) bool { return n.Pool == pool.Name })
		if n < 0 || len(a.setup.nodes[n].Taints) == 0 || !a.ends(tolerating(i, a.setup.nodes[n].Taints, pool.Labels)) {
			continue
		}
		if len(pool.Labels) > 0 {
			a.found = append(a.found, typing(0.1, Change{at + ".placement.pools", `["` + pool.Name + `"]`}))
			continue
		}
		text := ""
		for _, t := range a.setup.nodes[n].Taints {
			if text != "" {
				text += ", "
			}
			text += `{key: "` + t.Key + `", operator: "Exists"}`
		}
		a.found = append(a.found, typing(0.2, Change{at + ".placement.tolerations", "[" + text + "]"}))
	}
}

// bound tries a higher bound of the budget.
func (a *adviser) bound() {
	b := *a.t.bound
	if b.share > 0 {
		whole := float64(b.most) / b.share
		for twentieths := math.Ceil(float64(b.used) / whole * 20); twentieths <= 20; twentieths++ {
			if share := twentieths / 20; a.ends(budgeting(b, share, 0)) {
				a.found = append(a.found, typing(0.3+share/b.share-1, Change{b.path, strconv.FormatFloat(share, 'f', -1, 64)}))
				return
			}
		}
		return
	}
	value := friendly(b.resource, b.used, true)
	if a.ends(budgeting(b, 0, value)) {
		a.found = append(a.found, typing(0.3+float64(value)/float64(b.most)-1, Change{b.path, quoted(b.resource, value)}))
	}
}
