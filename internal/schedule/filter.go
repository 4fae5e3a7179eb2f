package schedule

// Code says why a node does not take a pod.
type Code uint8

// The reasons, in the order in which the scheduler asks.
const (
	Fits          Code = iota
	Gone               // the node went away
	Gated              // the pod has scheduling gates
	Unschedulable      // the node is cordoned
	OtherNode          // the pod is made for another node
	Taint              // a NoSchedule or NoExecute taint that the pod does not tolerate
	NodeAffinity       // the node selector or required node affinity
	Volume             // a volume is on other nodes
	HostPort           // a pod on the node has the port
	TooManyPods        // the kubelet takes no more
	CPU
	Memory
	OtherResource
	NoTopology   // the node lacks the label of a spread constraint
	Spread       // one more would skew the spread
	Affinity     // no pod that it wants near it
	InUse        // a pod has a claim that only one may have
	AntiAffinity // a pod that it does not want near it
	AntiAffinityOfOthers
)

// String is the code as reports write it.
func (c Code) String() string {
	return [...]string{
		"fits", "gone", "gated", "unschedulable", "other-node", "taint", "node-affinity", "volume", "host-port", "pods", "cpu", "memory",
		"other-resource", "spread-label", "spread", "affinity", "volume-in-use", "anti-affinity", "anti-affinity",
	}[c]
}

// filter says whether a node takes a pod now: Fits, or the first reason why not.
// hopeless says that evicting pods from the node would not help, in the words of
// upstream UnschedulableAndUnresolvable.
func (r *Run) filter(k *class, pin, node int32) (code Code, hopeless bool) {
	if r.gone[node] {
		return Gone, true
	}
	if pin != anyNode && pin != node {
		return OtherNode, true
	}
	if v := k.verdict[node]; v != Fits {
		return v, true
	}
	if len(k.ports) > 0 && r.portTaken(k, node) {
		return HostPort, false
	}
	if code, hopeless := r.room(k, node); code != Fits {
		return code, hopeless
	}
	if len(k.hard) > 0 {
		if code := r.spread(k, pin, node); code != Fits {
			return code, code == NoTopology
		}
	}
	for _, b := range k.beside {
		if r.total[b.counter] > 0 && r.at(b.counter)[r.c.domains[b.topology].values[node]] == 0 {
			return Volume, true
		}
	}
	if len(k.near) > 0 && !r.near(k, node) {
		return Affinity, true
	}
	for _, a := range k.away {
		if r.total[a.counter] == 0 {
			continue
		}
		if v := r.c.domains[a.topology].values[node]; v >= 0 && r.at(a.counter)[v] > 0 {
			if a.topology == r.c.claims {
				return InUse, false
			}
			return AntiAffinity, false
		}
	}
	for _, a := range k.awayFrom {
		if r.total[a.counter] == 0 {
			continue
		}
		if v := r.c.domains[a.topology].values[node]; v >= 0 && r.at(a.counter)[v] > 0 {
			return AntiAffinityOfOthers, false
		}
	}
	return Fits, false
}

// room says whether the node has what the pod asks for
// (fitsRequest in noderesources/fit.go). A pod that asks for nothing needs only
// a place, even on a node that is asked for too much.
func (r *Run) room(k *class, node int32) (Code, bool) {
	if len(k.other) == 0 && r.roomy(k, node) {
		return Fits, false
	}
	n, l := &r.c.nodes[node], &r.load[node]
	code, hopeless := Fits, false
	fail := func(with Code, never bool) {
		if code == Fits {
			code = with
		}
		hopeless = hopeless || never
	}
	if l.pods+1 > int64(n.Pods) {
		fail(TooManyPods, false)
	}
	if k.cpu > 0 && k.cpu > n.CPU-l.cpu {
		fail(CPU, k.cpu > n.CPU)
	}
	if k.memory > 0 && k.memory > n.Memory-l.memory {
		fail(Memory, k.memory > n.Memory)
	}
	for _, o := range k.other {
		if have := r.c.allocated[node][o.resource]; o.value > have-r.taken[node][o.resource] {
			fail(OtherResource, o.value > have)
		}
	}
	return code, hopeless
}

// roomy says that the node has the CPU, memory and place that a pod asks for. Where
// it says no, a pod that asks for nothing may still fit.
func (r *Run) roomy(k *class, node int32) bool {
	left := &r.rooms[node]
	return left.pods > 0 && k.cpu <= left.cpu && k.memory <= left.memory
}

// simple says that nothing but the node and the room on it matters to a pod now.
func (r *Run) simple(k *class) bool {
	if len(k.ports)+len(k.other)+len(k.hard)+len(k.near)+len(k.beside) > 0 {
		return false
	}
	for _, list := range [2][]check{k.away, k.awayFrom} {
		for _, a := range list {
			if r.total[a.counter] != 0 {
				return false
			}
		}
	}
	return true
}

// portTaken says whether a port that the pod wants is taken on the node.
func (r *Run) portTaken(k *class, node int32) bool {
	for _, p := range r.on[node] {
		for _, theirs := range r.classOf(p).ports {
			for _, ours := range k.ports {
				if ours.conflicts(theirs) {
					return true
				}
			}
		}
	}
	return false
}

// spread says whether one more pod in the node's domains keeps within the skews
// (Filter in podtopologyspread/filtering.go).
func (r *Run) spread(k *class, pin, node int32) Code {
	for i := range k.hard {
		s := &k.hard[i]
		if r.c.domains[s.topology].values[node] < 0 {
			return NoTopology
		}
		if count, least, _ := r.skew(s, pin, node); count+s.self-least > s.maxSkew {
			return Spread
		}
	}
	return Fits
}

// skew is what a constraint compares on a node that has its label: the pods in the
// node's domain, those in the emptiest, and how many domains there are.
func (r *Run) skew(s *spreadCheck, pin, node int32) (count, least int64, domains int) {
	least, count, domains = r.floor[s.counter].least, r.at(s.counter)[r.c.domains[s.topology].values[node]], r.floor[s.counter].live
	if pin != anyNode {
		// The pin is node affinity: no other node counts.
		domains, count = 0, 0
		if s.eligible[node] {
			domains = 1
			for _, p := range r.on[node] {
				count += r.c.counters[s.counter].value(r.classOf(p).Spec)
			}
		}
		least = count
	}
	switch {
	case domains < s.minDomains:
		least = 0
	case domains == 0:
		least = noDomains
	}
	return count, least, domains
}

// noDomains is the least count where no node counts at all
// (newCriticalPaths begins with math.MaxInt32).
const noDomains = 1<<31 - 1

// near says whether the pods that it wants near it are there
// (satisfyPodAffinity in interpodaffinity/filtering.go). The first of pods that
// want each other may go anywhere.
func (r *Run) near(k *class, node int32) bool {
	there, none := true, true
	for _, a := range k.near {
		v := r.c.domains[a.topology].values[node]
		if v < 0 {
			return false
		}
		there = there && r.at(a.counter)[v] > 0
		none = none && r.total[a.counter] == 0
	}
	return there || none && k.nearSelf
}
