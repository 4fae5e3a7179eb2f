package fit

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// describe puts a trouble into words: what does not fit and why, node by node,
// and what to type.
func (s *setup) describe(f *findings, t trouble) diag.Diagnostic {
	d := diag.Diagnostic{Code: t.code, Severity: diag.Error}
	if t.warning {
		d.Severity = diag.Warning
	}
	switch {
	case t.bound != nil:
		s.overBudget(&d, t)
	case t.code == "MG2013":
		d.Path = s.work[t.subject].Path
		d.Message = fmt.Sprintf("no node takes %s, however much room it has", s.pendingText(t.pending[0]))
		s.explainNodes(&d, t, t.pending[0])
	case t.code == "MG3014":
		s.portTaken(&d, t)
		return d
	case t.code == "MG2002":
		s.tooManyAtMost(&d, t)
		return d
	case t.code == "MG2004" && t.pending == nil:
		s.sameNode(&d, t)
		if t.warning {
			return d
		}
	default:
		s.noRoom(&d, t)
	}
	if least := s.leastSizes(); len(least) > 0 && t.crowded() {
		d.Code = "MG2012"
		d.Related = append(d.Related, diag.Note{Message: "automatic sizes are at their least: " + and(least)})
	}
	s.conclude(&d, s.advise(f, t))
	if t.code == "MG2013" {
		if near := s.nearLabel(t.subject); near != "" {
			if d.Suggestion != "" {
				d.Alternatives = append([]string{d.Suggestion}, d.Alternatives...)
			}
			d.Suggestion = near
		}
	}
	if d.Suggestion == "" {
		d.Suggestion = s.fallback(t)
	}
	return d
}

// leastSizes names the components whose automatic size cannot be smaller.
func (s *setup) leastSizes() []string {
	var list []string
	for _, z := range s.mesh.Sizings {
		if a, err := hardware.ParseAmount(z.Resources.Requests); z.Least && err == nil {
			list = append(list, z.Path+" asks for "+both(a))
		}
	}
	return list
}

// conclude adds the changes that were tried: the smallest as what to type, and
// some others.
func (s *setup) conclude(d *diag.Diagnostic, options []option) {
	const others = 3
	for k, o := range options {
		switch {
		case k == 0:
			d.Suggestion = o.text
		case k <= others:
			d.Alternatives = append(d.Alternatives, o.text)
		}
	}
}

// fallback is what to do where no single change was found.
func (s *setup) fallback(t trouble) string {
	if t.code == "MG2013" {
		if at := s.placement(t.subject); at != "" {
			return "correct " + at + ".placement, or the labels and taints in cluster.nodePools"
		}
		return "correct the pod's node selector and tolerations, or the labels and taints in cluster.nodePools"
	}
	return "no single change of a request, a replica or a node is enough: declare more or bigger nodes in cluster.nodePools, or fewer pods in namespaces"
}

// pendingText names pending pods: "istiod", or "2 of the 6 pods of shop".
func (s *setup) pendingText(h held) string {
	w, n := s.work[h.work], len(h.pods)
	name := s.name(h.work)
	total := max(s.least(h.work), n)
	switch {
	case w.PerNode:
		var on []string
		for _, p := range h.pods {
			if !slices.Contains(on, p.Node) {
				on = append(on, p.Node)
			}
		}
		return name + " on " + ranges(on)
	case total == 1:
		return name
	case w.Role == workload.Application && n == total:
		return "all " + strconv.Itoa(n) + " pods of " + w.Namespace
	case w.Role == workload.Application:
		return fmt.Sprintf("%d of the %d pods of %s", n, total, w.Namespace)
	case n >= total:
		return pick(n-1, "both", "all "+strconv.Itoa(n)) + " replicas of " + name
	}
	return fmt.Sprintf("%d of the %d replicas of %s", n, total, name)
}

// binding is the resource that the pods of a trouble are short of, on most
// nodes; empty if it is none.
func (s *setup) binding(t trouble, h held) string {
	found := map[string]int{}
	for _, g := range s.reasons(t, h) {
		for resource := range g.short {
			found[resource] += len(g.nodes)
		}
	}
	if found[memory] == 0 && found[cpu] == 0 {
		return ""
	}
	if found[cpu] > found[memory] {
		return cpu
	}
	return memory
}

// at is the path of a workload's request of a resource, as near as the intent
// has it.
func (s *setup) at(i int, resource string) string {
	w := s.work[i]
	if resource == "" {
		return w.Path
	}
	if path := s.typed(i, "requests", resource, of(w.Requests.Sub(ownless(w)), resource)); path != "" {
		return path
	}
	if w.Path == "" {
		return "cluster.nodePools"
	}
	return w.Path
}

// noRoom says that pods find no node: at rest, while something is updated, or
// with a node gone.
func (s *setup) noRoom(d *diag.Diagnostic, t trouble) {
	h := t.pending[0]
	for _, other := range t.pending {
		if other.work == t.subject {
			h = other
		}
	}
	w := s.work[h.work]
	resource := s.binding(t, h)
	d.Path = s.at(h.work, resource)
	asks := "it asks for " + both(w.Requests)
	if len(h.pods) > 1 {
		asks = "each asks for " + both(w.Requests)
	}
	verb := pick(len(h.pods), "finds", "find")
	who := s.pendingText(h)
	switch {
	case t.code == "MG2003" && t.subject == h.work && !w.PerNode:
		d.Message = fmt.Sprintf("an update of %s never ends: a new pod has to start before an old one stops, and finds no node: it asks for %s", s.name(h.work), both(w.Requests))
	case t.code == "MG2003" && t.subject == h.work:
		d.Message = fmt.Sprintf("an update of %s never ends: a second pod has to start beside the first, and finds no room on %s: it asks for %s", s.name(h.work), ranges(nodesOf(h)), both(w.Requests))
	case t.code == "MG2003":
		d.Path = s.at(t.subject, s.binding(t, h))
		d.Message = fmt.Sprintf("while %s is updated, %s, and %s no other node: %s", s.name(t.subject), s.pushed(t, h, who), verb, asks)
		if w.PerNode {
			d.Message = fmt.Sprintf("while %s is updated, %s has no room: %s", s.name(t.subject), who, asks)
		}
	case t.node >= 0:
		gone := []string{s.nodes[t.node].Name}
		for _, n := range t.alike {
			gone = append(gone, s.nodes[n].Name)
		}
		slices.SortFunc(gone, byNode(s))
		which := gone[0] + " gone"
		if len(gone) > 1 {
			which = "one of " + ranges(gone) + " gone"
		}
		d.Message = fmt.Sprintf("with %s, %s %s no node: %s", which, who, verb, asks)
	case s.evicted(t, h) != "":
		d.Message = fmt.Sprintf("%s, and %s no other node: %s", s.pushed(t, h, who), verb, asks)
	case w.PerNode:
		d.Message = fmt.Sprintf("%s has no room: %s", who, asks)
	default:
		d.Message = fmt.Sprintf("%s %s no node%s: %s", who, verb, s.outranked(t, h), asks)
	}
	if !t.typical {
		d.Related = append(d.Related, diag.Note{Message: "it depends on the order in which pods start; here " + s.order(t, h)})
	}
	s.explainNodes(d, t, h)
	var also []string
	for _, other := range t.pending {
		if other.work != h.work {
			also = append(also, s.pendingText(other))
		}
	}
	if len(also) > 0 {
		d.Related = append(d.Related, diag.Note{Message: "left without a node as well: " + some(also, 4)})
	}
}

func nodesOf(h held) []string {
	var on []string
	for _, p := range h.pods {
		if p.Node != "" && !slices.Contains(on, p.Node) {
			on = append(on, p.Node)
		}
	}
	return on
}

// byNode orders nodes' names as the nodes are.
func byNode(s *setup) func(a, b string) int {
	at := map[string]int{}
	for n, node := range s.nodes {
		at[node.Name] = n
	}
	return func(a, b string) int { return at[a] - at[b] }
}

// evicted names what pushed pods of a workload off a node; empty if nothing did.
func (s *setup) evicted(t trouble, h held) string {
	var by []string
	for _, e := range t.run.Evicted() {
		if s.of(e.Victim) == h.work {
			by = append(by, s.name(s.of(e.By)))
		}
	}
	return and(distinct(by))
}

// pushed says that pods were pushed off, by whom, and why that one may.
func (s *setup) pushed(t trouble, h held, who string) string {
	by := s.evicted(t, h)
	if by == "" {
		return who + pick(len(h.pods), " loses its room", " lose their room")
	}
	var from []string
	why := ""
	pushers := map[int]bool{}
	for _, e := range t.run.Evicted() {
		if s.of(e.Victim) != h.work {
			continue
		}
		from = append(from, s.nodes[e.Node].Name)
		pushers[s.of(e.By)] = true
		why = s.rank(e)
	}
	from = distinct(from)
	slices.SortFunc(from, byNode(s))
	return fmt.Sprintf("%s %s pushed off %s by %s, which %s", who, pick(len(h.pods), "is", "are"), ranges(from), by, pick(len(pushers), "is ", "are ")+why)
}

// outranked says what takes the room of pending pods because it comes first by
// priority, whoever was there before: a sum of requests does not show it.
func (s *setup) outranked(t trouble, h held) string {
	w := s.work[h.work]
	var names, classes []string
	for n, lands := range s.landings(h.work) {
		if !lands {
			continue
		}
		left := s.nodes[n].Allocatable.Sub(used(t.run, n))
		var above []int
		for _, p := range t.run.On(n) {
			if i := s.of(p); p.Priority() > w.Spec.Priority() && s.work[i].Role != workload.Platform {
				left = left.Add(s.work[i].Requests)
				above = append(above, i)
			}
		}
		if !w.Requests.Fits(left) {
			continue
		}
		for _, i := range above {
			names, classes = append(names, s.name(i)), append(classes, s.work[i].Pod.PriorityClassName)
		}
	}
	if names = distinct(names); len(names) == 0 {
		return ""
	}
	why := and(distinct(classes))
	if strings.Contains(why, " and ") || why == "" {
		why = "of a higher priority"
	}
	return " beside " + and(names) + ", which " + pick(len(names), "is ", "are ") + why + " and " + pick(len(names), "pushes", "push") + " others off"
}

// rank says why one pod may push another off its node.
func (s *setup) rank(e schedule.Eviction) string {
	if class := s.work[s.of(e.By)].Pod.PriorityClassName; class != "" {
		return class
	}
	return fmt.Sprintf("of priority %d, above its %d", e.By.Priority(), e.Victim.Priority())
}

// order says which pods came before a pending one, in words.
func (s *setup) order(t trouble, h held) string {
	var names []string
	seen := map[int]bool{}
	for n := range s.nodes {
		for _, p := range t.run.On(n) {
			if i := s.of(p); !seen[i] && !s.work[i].PerNode && s.work[i].Role != workload.Platform && i != h.work {
				seen[i] = true
				names = append(names, s.name(i))
			}
		}
	}
	if len(names) == 0 {
		return s.name(h.work) + " came last"
	}
	return some(names, 4) + " came first"
}

// explainNodes adds why each node does not take the pod.
func (s *setup) explainNodes(d *diag.Diagnostic, t trouble, h held) {
	const most = 5
	groups := s.reasons(t, h)
	for k, g := range groups {
		if k == most {
			left := 0
			for _, rest := range groups[k:] {
				left += len(rest.nodes)
			}
			d.Related = append(d.Related, diag.Note{Message: "and likewise on " + count(left, "more node")})
			return
		}
		text := "on " + ranges(g.nodes) + ": " + g.text
		if resource := s.shortOf(g); resource != "" {
			text += s.contents(t.run, g.first, resource)
		}
		d.Related = append(d.Related, diag.Note{Message: text})
	}
}

// shortOf is the resource to explain for a group of nodes.
func (s *setup) shortOf(g group) string {
	for _, resource := range []string{memory, cpu} {
		if g.short[resource] > 0 {
			return resource
		}
	}
	return ""
}

// contents says what takes a node's room, the most first.
func (s *setup) contents(run *schedule.Run, n int, resource string) string {
	type part struct {
		text string
		size int64
	}
	counts, sizes := map[int]int64{}, map[int]int64{}
	var order []int
	for _, p := range run.On(n) {
		i := s.of(p)
		if counts[i] == 0 {
			order = append(order, i)
		}
		counts[i]++
		sizes[i] += of(s.work[i].Requests, resource)
	}
	var parts []part
	for _, i := range order {
		if sizes[i] == 0 {
			continue
		}
		text := s.several(i, int(counts[i])) + " " + listed(resource, sizes[i])
		parts = append(parts, part{text, sizes[i]})
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.size > b.size:
			return -1
		case a.size < b.size:
			return 1
		}
		return 0
	})
	var words []string
	for _, p := range parts {
		words = append(words, p.text)
	}
	have := amount(resource, of(s.nodes[n].Allocatable, resource))
	if len(words) == 0 {
		return ", of " + have + " for pods" + s.kept(n, resource)
	}
	return ", of " + have + " for pods; there are " + some(words, 4)
}

// several names so many pods of a workload: istiod, 7 pods of shop, 2 of gateway
// public.
func (s *setup) several(i, n int) string {
	switch {
	case s.work[i].Role == workload.Application:
		return count(n, "pod") + " of " + s.work[i].Namespace
	case n == 1:
		return s.name(i)
	}
	return strconv.Itoa(n) + " of " + s.name(i)
}

// kept says what the platform keeps of an otherwise empty node.
func (s *setup) kept(n int, resource string) string {
	reserved := hardware.Sum(s.nodes[n].Reserved)
	if of(reserved, resource) == 0 {
		return ""
	}
	return fmt.Sprintf(" (it has %s, and the platform keeps %s)", unit(resource, of(s.nodes[n].Capacity, resource)), unit(resource, of(reserved, resource)))
}

// sameNode says that all replicas sit on one node.
func (s *setup) sameNode(d *diag.Diagnostic, t trouble) {
	i := t.subject
	w, node := s.work[i], s.nodes[t.node].Name
	d.Path = w.Path
	if path := s.scalePath(i); path != "" {
		d.Path = path
	}
	n := len(s.pods[i])
	if !t.warning {
		d.Message = fmt.Sprintf("%s replicas of %s can only run on %s, and go down with it", pick(n-1, "both", "all "+strconv.Itoa(n)), s.name(i), node)
		return
	}
	d.Message = fmt.Sprintf("%s replicas of %s come to sit on %s, and go down with it: nothing keeps them apart", pick(n-1, "both", "all "+strconv.Itoa(n)), s.name(i), node)
	if s.placement(i) != "" {
		d.Suggestion = set(w.Path+".placement.spread", `"node"`)
	} else {
		d.Suggestion = "spread them over nodes with topologySpreadConstraints, in a patch"
	}
}

// tooManyAtMost says that autoscalers' maxima do not fit, and which would.
func (s *setup) tooManyAtMost(d *diag.Diagnostic, t trouble) {
	i := t.subject
	d.Path = s.work[i].Path
	path := s.maxPath(i)
	if path != "" {
		d.Path = path
	}
	var waiting []string
	for _, h := range t.pending {
		w, n := s.work[h.work], len(h.pods)
		switch {
		case w.Replicas.Max > w.Replicas.Min && !w.PerNode:
			waiting = append(waiting, fmt.Sprintf("%d of the %d replicas of %s", n, s.most(h.work), s.name(h.work)))
		default:
			waiting = append(waiting, s.pendingText(h))
		}
	}
	d.Message = fmt.Sprintf("with every autoscaler at its maximum, %s %s no node", some(waiting, 3), pick(total(t.pending), "finds", "find"))
	s.explainNodes(d, t, t.pending[0])
	largest, ok := s.largest(i)
	if !ok {
		d.Suggestion = "give the cluster more room, or lower requests"
		return
	}
	var parts []string
	for _, k := range sortedInts(largest) {
		at := s.maxPath(k)
		switch {
		case at == "":
			parts = append(parts, fmt.Sprintf("set the maximum of %s's autoscaler to %d", s.name(k), largest[k]))
		default:
			parts = append(parts, set(at, strconv.Itoa(largest[k])))
		}
	}
	d.Suggestion = and(parts) + ", the largest that " + pick(len(parts), "fits", "fit")
}

func total(pending []held) int {
	n := 0
	for _, h := range pending {
		n += len(h.pods)
	}
	return n
}

// maxPath is the intent's path of an autoscaler's maximum.
func (s *setup) maxPath(i int) string {
	path := s.scalePath(i)
	if !strings.HasSuffix(path, ".autoscaling.min") {
		return ""
	}
	return strings.TrimSuffix(path, "min") + "max"
}

// overBudget says that the mesh takes more than its budget.
func (s *setup) overBudget(d *diag.Diagnostic, t trouble) {
	b := t.bound
	d.Path = b.path
	where := "in the cluster"
	if b.node >= 0 {
		where = "on " + s.nodes[b.node].Name
	}
	when := ""
	if b.scaled {
		when = " with every autoscaler at its maximum"
	}
	share := ""
	if b.share > 0 {
		share = fmt.Sprintf(", %s%% of what pods can have there", strconv.FormatFloat(b.share*100, 'f', -1, 64))
	}
	d.Message = fmt.Sprintf("the mesh asks for %s %s%s, and its budget is %s%s", amount(b.resource, b.used), where, when, unit(b.resource, b.most), share)
	counts, sizes := map[int]int{}, map[int]int64{}
	for n := range s.nodes {
		if b.node >= 0 && n != b.node {
			continue
		}
		for _, p := range t.run.On(n) {
			i := s.of(p)
			counts[i]++
			sizes[i] += of(s.work[i].Mesh, b.resource)
		}
	}
	var order []int
	for _, i := range sortedInts(counts) {
		if sizes[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case sizes[a] > sizes[b]:
			return -1
		case sizes[a] < sizes[b]:
			return 1
		}
		return 0
	})
	var words []string
	for _, i := range order {
		name := s.several(i, counts[i])
		if s.work[i].Sidecar {
			name = pick(counts[i], "1 sidecar of ", strconv.Itoa(counts[i])+" sidecars of ") + s.work[i].Namespace
		}
		words = append(words, name+" "+listed(b.resource, sizes[i]))
	}
	if b.node >= 0 && len(s.nodes) > 1 && slices.ContainsFunc(order, func(i int) bool { return !s.work[i].PerNode }) {
		where += ", as pods usually come to sit" // another order may put them elsewhere
	}
	d.Related = append(d.Related, diag.Note{Message: where + ": " + some(words, 5)})
}

// portTaken says that a port of the nodes is asked for twice. Of what the
// platform has and what the intent asks for, it is the intent's that has to go.
func (s *setup) portTaken(d *diag.Diagnostic, t trouble) {
	h := t.pending[0]
	port, other := "", -1
	for _, r := range t.run.Why(h.pods[0]) {
		if r.Code != schedule.HostPort {
			continue
		}
		for n, p := range s.takenPorts(t.run, r.Node, h.work) {
			if port == "" || port == statusPort { // every gateway has that, so that another says more
				port, other = n, p
			}
		}
		break
	}
	loser := h.work
	if other >= 0 && s.work[loser].Path == "" {
		loser, other = other, loser
	}
	w := s.work[loser]
	d.Path = w.Path
	has := "another pod"
	if other >= 0 {
		has = s.owns(other)
	}
	none := "there is no other"
	if w.Role == workload.ServiceLB {
		none = "ServiceLB has no other"
	}
	d.Message = fmt.Sprintf("port %s of the nodes is taken by %s, and %s for %s", port, has, none, s.owns(loser))
	switch {
	case has == traefik:
		d.Suggestion = `add "traefik" to cluster.disabled`
	case w.Role == workload.ServiceLB && slices.ContainsFunc(s.mesh.Gateways, func(g model.Gateway) bool { return g.Path == w.Path }):
		d.Suggestion = set(w.Path+".service.type", `"ClusterIP"`)
		d.Alternatives = []string{`set cluster.loadBalancer to "metallb", add "servicelb" to cluster.disabled, and write the addresses that MetalLB may give in cluster.metallb.pools`}
	default:
		d.Suggestion = "give one of the two another port, or nodes of its own"
	}
}

// statusPort is the port of a gateway's Service that load balancers ask for its
// health.
const statusPort = "15021"

// takenPorts yields the ports of a node that a workload asks for and another
// has, with that other.
func (s *setup) takenPorts(run *schedule.Run, n, i int) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, want := range nodePorts(s.work[i].Pod) {
			for _, p := range run.On(n) {
				k := s.of(p)
				if slices.Contains(nodePorts(s.work[k].Pod), want) && !yield(strconv.Itoa(int(want.number)), k) {
					return
				}
			}
		}
	}
}

type nodePort struct {
	protocol corev1.Protocol
	number   int32
}

// nodePorts are the ports of its node that a pod takes: TCP where nothing else
// is said, and all that are declared where it is in the node's network.
func nodePorts(pod *corev1.PodSpec) []nodePort {
	var list []nodePort
	for _, containers := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for _, c := range containers {
			for _, p := range c.Ports {
				if pod.HostNetwork && p.HostPort == 0 {
					p.HostPort = p.ContainerPort
				}
				if p.HostPort > 0 {
					list = append(list, nodePort{cmp.Or(p.Protocol, corev1.ProtocolTCP), p.HostPort})
				}
			}
		}
	}
	return list
}

// traefik is K3s' ingress controller, whose Service ServiceLB serves.
const traefik = "Traefik"

// owns names what wants a host port.
func (s *setup) owns(i int) string {
	w := s.work[i]
	if w.Role != workload.ServiceLB {
		return s.name(i)
	}
	for _, g := range s.mesh.Gateways {
		if g.Path == w.Path {
			return "gateway " + g.Name
		}
	}
	if w.Path == "" && w.Name == "svclb-traefik" {
		return traefik
	}
	return s.name(i)
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
