package importer

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Result is the node pools of a cluster, and what the nodes say of it besides.
type Result struct {
	Pools []Pool
	Nodes int // in all pools

	// Platform and Kubernetes are cluster.platform and cluster.kubernetes as the
	// nodes tell them; the version is that of the oldest kubelet, and may be empty.
	Platform   string
	Kubernetes string
}

// Pool is one pool: the fields that the intent gets, and the nodes behind them.
type Pool struct {
	Name string
	intent.NodePool

	// Nodes are the names of the nodes, sorted.
	Nodes []string

	kernels  []string // the nodes' kernels, oldest first, each once
	largest  int64    // bytes of memory of the largest node
	cordoned int
	down     int
}

// alike is the part of its memory in which equal machines differ: firmware and
// kernels keep a little more or less for themselves.
const alike = 100

// result groups nodes, which are sorted by name.
func result(nodes []node) Result {
	r := Result{Nodes: len(nodes), Platform: nodes[0].platform}
	for _, n := range nodes {
		if n.platform != r.Platform {
			r.Platform = "generic"
		}
		if v := numbers.FindString(strings.TrimPrefix(n.kubelet, "v")); v != "" && (r.Kubernetes == "" || older(v, r.Kubernetes)) {
			r.Kubernetes = v
		}
	}
	groups := map[string][]node{}
	for _, n := range nodes {
		groups[n.key()] = append(groups[n.key()], n)
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		for _, group := range bySize(groups[key]) {
			for _, even := range byZone(group) {
				r.Pools = append(r.Pools, pool(even))
			}
		}
	}
	slices.SortStableFunc(r.Pools, comparePools)
	name(r.Pools)
	slices.SortStableFunc(r.Pools, func(a, b Pool) int {
		return cmp.Or(-cmp.Compare(a.Role, b.Role), cmp.Compare(a.Name, b.Name))
	})
	r.reserve()
	return r
}

// reserve leaves the amounts out that meshgen's own table has as well, or better:
// on K3s and RKE2 the distribution's own processes are part of the table and as
// a rule no part of what the kubelet keeps, so that there the larger counts. A
// kubelet that keeps nothing is not taken at its word anywhere.
func (r Result) reserve() {
	c := model.Cluster{Platform: r.Platform, Datastore: "sqlite"}
	servers := 0
	for _, p := range r.Pools {
		if p.Role == "server" {
			servers += p.Count
		}
		c.Pools = append(c.Pools, model.Pool{Name: p.Name, NodePool: p.NodePool})
	}
	if servers > 1 || r.Platform != "k3s" && r.Platform != "k3d" {
		c.Datastore = "etcd"
	}
	for i := range r.Pools {
		p := &r.Pools[i]
		if p.Reserved == nil {
			continue
		}
		plain := c.Pools[i]
		plain.Reserved = nil
		table := hardware.Sum(hardware.Reserves(c, plain))
		kept, err := hardware.ParseAmount(*p.Reserved)
		if err != nil {
			continue // it was written here, so that it can be read
		}
		process := slices.Contains([]string{"k3s", "k3d", "rke2"}, r.Platform)
		if kept.CPU == table.CPU || process && kept.CPU < table.CPU {
			p.Reserved.CPU = ""
		}
		if difference := kept.Memory - table.Memory; difference >= 0 && difference <= mebi || process && difference < 0 {
			p.Reserved.Memory = ""
		}
		if *p.Reserved == (intent.ResourceList{}) {
			p.Reserved = nil
		}
	}
}

// comparePools orders pools by all that tells them apart, and at last by their
// first nodes.
func comparePools(a, b Pool) int {
	return cmp.Or(-cmp.Compare(a.Role, b.Role), cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.largest, b.largest), cmp.Compare(a.Nodes[0], b.Nodes[0]))
}

// key is what equal nodes have in common, but for memory and zones.
func (n node) key() string {
	return fmt.Sprintf("%s %s %d %d %d %d %d %q %q %q", n.role, n.arch, n.cpu, n.freeCPU, n.maxPods, n.pageSize, n.vaBits, pairs(n.labels), n.taints, pairs(n.other))
}

// pairs are labels as text, in order.
func pairs(labels map[string]string) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, key+"="+labels[key])
	}
	return all
}

// bySize parts nodes whose memory differs by more than equal machines do, in
// what they have or in what they leave to pods.
func bySize(nodes []node) [][]node {
	var all [][]node
	for _, group := range near(nodes, func(n node) int64 { return n.memory }) {
		all = append(all, near(group, func(n node) int64 { return n.freeMemory })...)
	}
	return all
}

// near parts nodes by a size, smallest first.
func near(nodes []node, size func(node) int64) [][]node {
	sorted := slices.SortedFunc(slices.Values(nodes), func(a, b node) int {
		return cmp.Or(cmp.Compare(size(a), size(b)), compareNodes(a, b))
	})
	var all [][]node
	for from, i := 0, 1; i <= len(sorted); i++ {
		if i == len(sorted) || size(sorted[i])-size(sorted[from]) > sorted[from].memory/alike {
			all = append(all, sorted[from:i])
			from = i
		}
	}
	return all
}

// byZone keeps nodes together that are spread over their zones evenly, which is
// what a pool's zones mean, and parts others by zone.
func byZone(nodes []node) [][]node {
	zones := map[string][]node{}
	for _, n := range nodes {
		zones[n.zone] = append(zones[n.zone], n)
	}
	least, most := len(nodes), 0
	for _, in := range zones {
		least, most = min(least, len(in)), max(most, len(in))
	}
	_, nowhere := zones[""]
	if len(zones) == 1 || most-least <= 1 && !nowhere {
		return [][]node{nodes}
	}
	var all [][]node
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		all = append(all, zones[zone])
	}
	return all
}

// pool makes a pool of equal nodes.
func pool(nodes []node) Pool {
	first := nodes[0]
	p := Pool{NodePool: intent.NodePool{
		Count: len(nodes), Role: first.role, Arch: first.arch, PageSize: first.pageSize, VABits: first.vaBits,
		Labels: first.labels, Taints: first.taints, MaxPods: first.maxPods, CPU: cores(first.cpu), Allocatable: first.other,
	}}
	memory, free := first.memory, first.freeMemory
	count := map[string]int{}
	for _, n := range nodes {
		memory, free, p.largest = min(memory, n.memory), min(free, n.freeMemory), max(p.largest, n.memory)
		p.Nodes = append(p.Nodes, n.name)
		p.kernels = append(p.kernels, n.kernel)
		if n.zone != "" {
			count[n.zone]++
		}
		if n.down {
			p.down++
		}
		if n.cordoned {
			p.cordoned++
		}
	}
	slices.SortFunc(p.Nodes, natural)
	// The zones that have a node more come first: that is how nodes are spread.
	p.Zones = slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), natural(a, b))
	})
	slices.SortFunc(p.kernels, func(a, b string) int {
		switch {
		case older(a, b):
			return -1
		case older(b, a):
			return 1
		}
		return cmp.Compare(a, b)
	})
	p.kernels = slices.DeleteFunc(slices.Compact(p.kernels), func(k string) bool { return !numbers.MatchString(k) })
	if len(p.kernels) > 0 {
		p.Kernel.Version = numbers.FindString(p.kernels[0])
	}
	var have int64
	p.Memory, have = bytesText(memory)
	p.Reserved = reserved(first.cpu-first.freeCPU, have-free)
	return p
}

// reserved is what the kubelet keeps, nil for nothing. Memory is rounded up.
func reserved(cpu, memory int64) *intent.ResourceList {
	var r intent.ResourceList
	if cpu > 0 {
		r.CPU = cores(cpu)
	}
	if memory > 0 {
		r.Memory, _ = bytesText((memory + mebi - 1) / mebi * mebi)
	}
	if r == (intent.ResourceList{}) {
		return nil
	}
	return &r
}

const mebi = 1 << 20

// cores writes millicores as people do.
func cores(milli int64) string {
	if milli%1000 == 0 {
		return strconv.FormatInt(milli/1000, 10)
	}
	return strconv.FormatInt(milli, 10) + "m"
}

// bytesText writes bytes as people do, in whole Gi or Mi, rounded down, and
// returns what that is. Less than 1Mi stays as it is.
func bytesText(n int64) (string, int64) {
	switch {
	case n < mebi:
		return strconv.FormatInt(n, 10), n
	case n/mebi%1024 == 0:
		return strconv.FormatInt(n/mebi/1024, 10) + "Gi", n / mebi * mebi
	}
	return strconv.FormatInt(n/mebi, 10) + "Mi", n / mebi * mebi
}

// older says whether a version such as 6.8.0-1018-raspi is before another, by
// its first two numbers.
func older(a, b string) bool {
	parts := func(v string) (major, minor int) {
		x, y, _ := strings.Cut(numbers.FindString(v), ".")
		major, _ = strconv.Atoi(x)
		minor, _ = strconv.Atoi(y)
		return major, minor
	}
	a1, a2 := parts(a)
	b1, b2 := parts(b)
	return cmp.Or(cmp.Compare(a1, b1), cmp.Compare(a2, b2)) < 0
}

var digits = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// natural orders names so that node-2 comes before node-10.
func natural(a, b string) int {
	x, y := digits.FindAllString(a, -1), digits.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		m, errM := strconv.ParseUint(x[i], 10, 64)
		n, errN := strconv.ParseUint(y[i], 10, 64)
		if errM == nil && errN == nil && m != n {
			return cmp.Compare(m, n)
		}
		if (errM != nil || errN != nil) && x[i] != y[i] {
			return cmp.Compare(x[i], y[i])
		}
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}
