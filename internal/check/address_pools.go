package check

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var addressPools = Check{
	Doc: Doc{
		Code: "MG3021", Since: "0.1.0", Severity: diag.Error,
		Title:  "An address pool is wrong, overlaps, or does not hold the address",
		Text:   "MetalLB rejects a range that is no range and pools that overlap; a Service that asks for an address outside its pool stays pending.\nCorrect the addresses.",
		Before: "cluster: {loadBalancer: \"metallb\", disabled: [\"traefik\", \"servicelb\"], metallb: pools: {a: addresses: [\"10.0.0.0/28\"], b: addresses: [\"10.0.0.8-10.0.0.20\"]}}",
		After:  "cluster: {loadBalancer: \"metallb\", disabled: [\"traefik\", \"servicelb\"], metallb: pools: {a: addresses: [\"10.0.0.0/28\"], b: addresses: [\"10.0.0.16-10.0.0.20\"]}}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		if m.Cluster.MetalLB == nil {
			return nil
		}
		var list diag.List
		type block struct {
			pool, text string
			addressRange
		}
		var blocks []block
		pools := m.Cluster.MetalLB.Pools
		for _, name := range slices.Sorted(maps.Keys(pools)) {
			for i, text := range pools[name].Addresses {
				path := fmt.Sprintf("%s.addresses[%d]", intent.Join("cluster.metallb.pools", name), i)
				r, err := parseRange(text)
				if err != nil {
					list = append(list, diag.Diagnostic{Path: path, Message: err.Error(), Suggestion: `write a block such as "10.0.0.0/28", or a range such as "10.0.0.10-10.0.0.20"`})
					continue
				}
				for _, b := range blocks {
					if r.first.Compare(b.last) <= 0 && b.first.Compare(r.last) <= 0 {
						list = append(list, diag.Diagnostic{
							Path:       path,
							Message:    fmt.Sprintf("%s overlaps with %s of pool %s", text, b.text, b.pool),
							Suggestion: fmt.Sprintf("remove %q from one of the two: %s.addresses or %s.addresses", text, intent.Join("cluster.metallb.pools", name), intent.Join("cluster.metallb.pools", b.pool)),
						})
					}
				}
				blocks = append(blocks, block{name, text, r})
			}
		}
		for _, g := range m.Gateways {
			address, err := netip.ParseAddr(g.Address)
			if err != nil || g.Pool == "" {
				continue
			}
			if !slices.ContainsFunc(blocks, func(b block) bool {
				return b.pool == g.Pool && b.first.Compare(address) <= 0 && address.Compare(b.last) <= 0
			}) && slices.ContainsFunc(blocks, func(b block) bool { return b.pool == g.Pool }) {
				first := blocks[slices.IndexFunc(blocks, func(b block) bool { return b.pool == g.Pool })].first
				list = append(list, diag.Diagnostic{
					Path:       g.Path + ".address",
					Message:    fmt.Sprintf("address %s is not in pool %s", g.Address, g.Pool),
					Suggestion: fmt.Sprintf(`set %s.address to "%s", or remove %s.pool`, g.Path, first, g.Path),
				})
			}
		}
		return list
	},
}

// addressRange is a run of addresses, both ends included.
type addressRange struct{ first, last netip.Addr }

func parseRange(text string) (addressRange, error) {
	if from, to, ok := strings.Cut(text, "-"); ok {
		first, err := netip.ParseAddr(from)
		last, err2 := netip.ParseAddr(to)
		if err != nil || err2 != nil || first.Is4() != last.Is4() || last.Less(first) {
			return addressRange{}, fmt.Errorf("%q is no range of addresses", text)
		}
		return addressRange{first, last}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return addressRange{}, fmt.Errorf("%q is no block of addresses", text)
	}
	prefix = prefix.Masked()
	bytes := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return addressRange{prefix.Addr(), last}, nil
}
