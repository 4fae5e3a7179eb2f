package check

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var noAddress = Check{
	Doc: Doc{
		Code: "MG3040", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "A gateway gets no address",
		Text:   "A Service of type LoadBalancer has no address until something gives it one, and whoever calls it finds nobody. Argo CD takes it for one that is not ready, and policy and routes come after the gateways; Flux does not wait for the address. MetalLB gives addresses of a pool with autoAssign false to Services that name it alone, and an address to one Service, unless all that ask for it agree on metallb.io/allow-shared-ip and share no port. A warning where nothing waits for the address, and the gateway can be reached by its node ports.\nName a pool, give it more addresses, or set the type of the Service.",
		Before: "cluster: {loadBalancer: \"metallb\", disabled: [\"traefik\", \"servicelb\"], metallb: pools: public: addresses: [\"192.0.2.0/28\"]}\ngateways: public: servers: web: hosts: [\"a.example.com\"]",
		After:  "cluster: {loadBalancer: \"metallb\", disabled: [\"traefik\", \"servicelb\"], metallb: pools: public: addresses: [\"192.0.2.0/28\"]}\ngateways: public: {pool: \"public\", servers: web: hosts: [\"a.example.com\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var balanced []model.Gateway
		for _, g := range m.Gateways {
			if g.Service.Type == "LoadBalancer" {
				balanced = append(balanced, g)
			}
		}
		list := impossible(balanced)
		balanced = slices.DeleteFunc(balanced, func(g model.Gateway) bool { return len(impossible([]model.Gateway{g})) > 0 })
		switch {
		case m.Cluster.LoadBalancer == "none":
			list = append(list, nobodyGives(m, balanced)...)
		case m.Cluster.UsesMetalLB():
			balanced = slices.DeleteFunc(balanced, func(g model.Gateway) bool { return g.Service.LoadBalancerClass != "" })
			list = append(list, shared(m, balanced)...)
			if m.Cluster.MetalLB != nil && len(m.Cluster.MetalLB.Pools) > 0 && !mentioned(m, "IPAddressPool") {
				list = append(list, scarce(m.Cluster.MetalLB.Pools, balanced)...)
			}
		}
		return list
	},
}

// impossible reports addresses that no load balancer can give.
func impossible(gateways []model.Gateway) diag.List {
	var list diag.List
	for _, g := range gateways {
		if g.Address == "" || strings.Contains(g.Address, "$") {
			continue
		}
		address, err := netip.ParseAddr(g.Address)
		message := ""
		switch {
		case err != nil:
			message = fmt.Sprintf("%q is no IPv4 or IPv6 address", g.Address)
		case address.IsLinkLocalUnicast():
			message = fmt.Sprintf("%s is an address of a single link, which no load balancer gives", address)
		case !address.IsGlobalUnicast():
			message = fmt.Sprintf("%s is no address that a Service can have: it is a loopback, unspecified or multicast address", address)
		default:
			continue
		}
		list = append(list, diag.Diagnostic{Path: g.Path + ".address", Message: message, Suggestion: fmt.Sprintf("remove %s.address, so that the load balancer chooses, or set it to one of its addresses", g.Path)})
	}
	return list
}

// nobodyGives reports the gateways of a cluster without a load balancer.
func nobodyGives(m model.Mesh, gateways []model.Gateway) diag.List {
	// Argo CD: gitops-engine, pkg/health/health_service.go. Flux asks kstatus, for
	// which a ClusterIP is enough (cli-utils, pkg/kstatus/status, serviceConditions).
	waits := ""
	if m.GitOps != nil && m.GitOps.Engine == "argocd" {
		waits = ", and Argo CD waits for it"
	}
	var list diag.List
	for _, g := range gateways {
		if g.Service.LoadBalancerClass != "" {
			continue // somebody is for that class
		}
		d := diag.Diagnostic{
			Path:       g.Path,
			Message:    fmt.Sprintf("the Service of gateway %s is of type LoadBalancer, and cluster.loadBalancer is \"none\": it gets no address%s", g.Name, waits),
			Suggestion: fmt.Sprintf(`set %s.service.type to "NodePort"`, g.Path),
			Alternatives: []string{
				`set cluster.loadBalancer to "metallb", and write the addresses that it may give in cluster.metallb.pools`,
				`set cluster.loadBalancer to "cloud", if a controller such as cloud-provider-kind gives addresses`,
			},
		}
		if waits == "" { // it can be reached by its node ports
			d.Severity = diag.Warning
		}
		list = append(list, d)
	}
	return list
}

// statusPort is in the Service of every gateway, for health checks.
const statusPort = 15021

// shared reports addresses that several gateways ask for, and MetalLB gives to one
// (metallb, internal/allocator/allocator.go, checkSharing: the same key, and no
// port of the same protocol in common).
func shared(m model.Mesh, gateways []model.Gateway) diag.List {
	var list diag.List
	for i, g := range gateways {
		if g.Address == "" {
			continue
		}
		j := slices.IndexFunc(gateways[:i], func(o model.Gateway) bool { return o.Address == g.Address })
		if j < 0 {
			continue
		}
		other, key := gateways[j], sharingKey(g)
		message := fmt.Sprintf("gateways %s and %s ask for the address %s, which MetalLB gives to one of them", other.Name, g.Name, g.Address)
		if key != "" && key == sharingKey(other) {
			port := commonPort(m, g, other)
			if port == 0 {
				continue
			}
			message = fmt.Sprintf("gateways %s and %s share the address %s, and both have port %d: MetalLB gives it to one of them", other.Name, g.Name, g.Address, port)
		}
		list = append(list, diag.Diagnostic{
			Path: g.Path + ".address", Message: message,
			Suggestion: fmt.Sprintf("set %s.address to another address, or serve the hosts of both by one gateway", g.Path),
		})
	}
	return list
}

// commonPort returns a port that the Services of two gateways have in common, 0
// for none. A patch may have taken the status port away.
func commonPort(m model.Mesh, a, b model.Gateway) int {
	for _, p := range a.Ports {
		if slices.ContainsFunc(b.Ports, func(q model.GatewayPort) bool { return p.Number == q.Number }) {
			return p.Number
		}
	}
	if len(m.Patches) > 0 {
		return 0
	}
	return statusPort
}

// annotation returns a MetalLB annotation of a gateway's Service, by its new or
// its old name.
func annotation(g model.Gateway, name string) string {
	if v := g.Service.Annotations["metallb.io/"+name]; v != "" {
		return v
	}
	return g.Service.Annotations["metallb.universe.tf/"+name]
}

func sharingKey(g model.Gateway) string { return annotation(g, "allow-shared-ip") }

// scarce reports gateways for which the pools have no address.
func scarce(pools map[string]intent.MetalLBPool, gateways []model.Gateway) diag.List {
	names := slices.Sorted(maps.Keys(pools))
	ranges := map[string][]addressRange{}
	for _, name := range names {
		for _, text := range pools[name].Addresses {
			r, err := parseRange(text)
			if err != nil {
				return nil // which is told, and nothing can be counted
			}
			ranges[name] = append(ranges[name], r)
		}
	}
	var list diag.List
	taken := map[string][]model.Gateway{}
	var anywhere []model.Gateway
	for _, g := range gateways {
		pool := g.Pool
		if named := annotation(g, "address-pool"); named != "" && pool == "" {
			pool = named
		}
		address, err := netip.ParseAddr(g.Address)
		fixed := g.Address != "" || annotation(g, "loadBalancerIPs") != ""
		if pool == "" && err == nil {
			i := slices.IndexFunc(names, func(n string) bool { return holds(ranges[n], address) })
			if i < 0 {
				list = append(list, diag.Diagnostic{
					Path:       g.Path + ".address",
					Message:    fmt.Sprintf("address %s is in no pool of cluster.metallb.pools: MetalLB gives none", address),
					Suggestion: fmt.Sprintf("set %s.address to one of %s, or add it to a pool", g.Path, pools[names[0]].Addresses[0]),
				})
				continue
			}
			pool = names[i]
		}
		switch {
		case pool != "":
			taken[pool] = append(taken[pool], g)
		case !fixed:
			anywhere = append(anywhere, g)
		}
	}
	free, auto, suggested := 0.0, false, ""
	for _, name := range names {
		room := size(ranges[name])
		want := owners(taken[name])
		if float64(len(want)) > room {
			last := want[int(room)]
			list = append(list, diag.Diagnostic{
				Path:       last.Path,
				Message:    fmt.Sprintf("pool %s has %s for %d gateways: %s stays without", name, addresses(room), len(want), last.Name),
				Suggestion: fmt.Sprintf("add addresses to %s.addresses, or serve the hosts by one gateway", intent.Join("cluster.metallb.pools", name)),
			})
		}
		if suggested == "" && float64(len(want)) < room {
			suggested = name
		}
		if pools[name].AutoAssign {
			auto = true
			free += max(room-float64(len(want)), 0)
		}
	}
	if suggested == "" {
		suggested = names[0]
	}
	want := owners(anywhere)
	switch {
	case len(want) == 0:
	case !auto:
		for _, g := range anywhere {
			list = append(list, diag.Diagnostic{
				Path:       g.Path,
				Message:    fmt.Sprintf("gateway %s names no pool, and MetalLB gives addresses of a pool with autoAssign false to Services that name it alone: it gets none", g.Name),
				Suggestion: fmt.Sprintf("set %s.pool to %q", g.Path, suggested),
				Alternatives: []string{
					fmt.Sprintf("set %s.autoAssign to true", intent.Join("cluster.metallb.pools", suggested)),
				},
			})
		}
	case float64(len(want)) > free:
		last := want[int(free)]
		list = append(list, diag.Diagnostic{
			Path:       last.Path,
			Message:    fmt.Sprintf("the pools with autoAssign true have %s left for %d gateways that name none: %s stays without", addresses(free), len(want), last.Name),
			Suggestion: "add addresses to a pool with autoAssign true, or serve the hosts by one gateway",
		})
	}
	return list
}

// owners returns the first gateway of each address that is asked for: those with
// one sharing key may have one together, as do those that name the same address,
// which is told elsewhere.
func owners(gateways []model.Gateway) []model.Gateway {
	var first []model.Gateway
	for _, g := range gateways {
		key := sharingKey(g)
		if !slices.ContainsFunc(first, func(o model.Gateway) bool {
			return g.Address != "" && g.Address == o.Address || key != "" && key == sharingKey(o)
		}) {
			first = append(first, g)
		}
	}
	return first
}

// contains says whether a text is an address of ranges.
func contains(ranges []addressRange, text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && holds(ranges, address)
}

func holds(ranges []addressRange, address netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(r addressRange) bool {
		return r.first.Compare(address) <= 0 && address.Compare(r.last) <= 0
	})
}

// size returns how many addresses ranges have.
func size(ranges []addressRange) float64 {
	total := 0.0
	for _, r := range ranges {
		first, last := r.first.As16(), r.last.As16() // IPv4 stands in the last four bytes
		if [12]byte(first[:12]) != [12]byte(last[:12]) {
			return math.Inf(1) // more than there will be gateways
		}
		total += float64(binary.BigEndian.Uint32(last[12:])) - float64(binary.BigEndian.Uint32(first[12:])) + 1
	}
	return total
}

func addresses(n float64) string {
	switch n {
	case 0:
		return "no address"
	case 1:
		return "one address"
	}
	return fmt.Sprintf("%.0f addresses", n)
}
