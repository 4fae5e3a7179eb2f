package policy

import (
	"maps"
	"slices"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// ipAddressPool is IPAddressPoolSpec of metallb.io/v1beta1
// (metallb, api/v1beta1/ipaddresspool_types.go).
type ipAddressPool struct {
	Addresses  []string `json:"addresses"`
	AutoAssign bool     `json:"autoAssign"` // upstream takes a missing value for true
}

// advertisement is L2AdvertisementSpec and BGPAdvertisementSpec of
// metallb.io/v1beta1 (metallb, api/v1beta1/l2advertisement_types.go and
// bgpadvertisement_types.go), as far as both have it.
type advertisement struct {
	IPAddressPools []string `json:"ipAddressPools"`
}

// MetalLB returns each pool of addresses and how it is announced, in MetalLB's
// namespace. Neither names nodes or peers: every speaker announces, to every
// peer that MetalLB is told of.
func MetalLB(m model.Mesh) []object.Object {
	lb := m.Cluster.MetalLB
	if lb == nil || !m.Cluster.UsesMetalLB() {
		return nil
	}
	var objects []object.Object
	for _, name := range slices.Sorted(maps.Keys(lb.Pools)) {
		pool := lb.Pools[name]
		kind := "L2Advertisement"
		if pool.Advertise == "bgp" {
			kind = "BGPAdvertisement"
		}
		about := meta{
			apiVersion: "metallb.io/v1beta1", namespace: lb.Namespace, name: name,
			component: "metallb", path: intent.Join("cluster.metallb.pools", name),
		}
		about.kind = "IPAddressPool"
		objects = append(objects, about.make(ipAddressPool{Addresses: pool.Addresses, AutoAssign: pool.AutoAssign}))
		about.kind = kind
		objects = append(objects, about.make(advertisement{IPAddressPools: []string{name}}))
	}
	return objects
}
