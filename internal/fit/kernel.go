package fit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// What redirects traffic needs of the kernel
// (istio.io/latest/docs/ops/deployment/platform-requirements). The names are in
// lower case, as the intent has them; what only IPv6 needs is left out, and so
// are the modules that kernels since 4.19 have in others (nf_nat_ipv4 and the
// like).
var (
	iptablesModules = []string{
		"br_netfilter", "iptable_mangle", "iptable_nat", "xt_redirect", "xt_conntrack", "xt_owner", "xt_tcpudp", "xt_multiport",
		"bridge", "ip_tables", "nf_conntrack", "nf_nat", "nf_nat_redirect", "x_tables",
	}
	ambientModules  = []string{"xt_mark", "xt_connmark", "ip_set", "ip_set_hash_ip"}
	tproxyModules   = []string{"xt_mark", "xt_connmark"}
	dnsModules      = []string{"iptable_raw"}
	nftablesModules = []string{"nf_tables", "nf_conntrack", "nft_ct", "nf_defrag_ipv4", "nft_nat", "nft_socket", "nft_tproxy", "nft_redir"}
)

// nftablesKernel is the first kernel for Istio's nftables rules (the same page).
const nftablesKernel = "5.13"

// kernels finds the pools whose kernel cannot redirect the mesh's traffic.
func (s *setup) kernels() diag.List {
	var list diag.List
	native := nftables(s.mesh.Values)
	for _, pool := range s.mesh.Cluster.Pools {
		uses := s.redirected(pool.Name)
		if len(uses) == 0 || len(pool.Kernel.Missing) == 0 && pool.Kernel.Version == "" {
			continue
		}
		at := intent.Join("cluster.nodePools", pool.Name, "kernel")
		if native && pool.Kernel.Version != "" && older(pool.Kernel.Version, nftablesKernel) {
			list = append(list, diag.Diagnostic{
				Code: "MG2011", Severity: diag.Error, Path: at + ".version",
				Message:    fmt.Sprintf("%s %s kernel %s, and Istio's nftables rules want %s", theNodes(pool), pick(pool.Count, "has", "have"), pool.Kernel.Version, nftablesKernel),
				Suggestion: "remove global.nativeNftables from values, or give the " + pick(pool.Count, "node", "nodes") + " a newer kernel",
			})
		}
		var missing []string
		for _, need := range uses {
			for _, module := range need.modules(native) {
				if slices.Contains(pool.Kernel.Missing, module) {
					missing = append(missing, module)
				}
			}
		}
		if missing = distinct(missing); len(missing) == 0 {
			continue
		}
		list = append(list, diag.Diagnostic{
			Code: "MG2011", Severity: diag.Error, Path: at + ".missing",
			Message:    fmt.Sprintf("the kernel of pool %s lacks %s, without which the traffic of %s is not redirected", pool.Name, and(missing), and(names(uses))),
			Suggestion: wayOut(missing, at, uses),
		})
	}
	return list
}

// use is something of the mesh that redirects traffic on a pool's nodes.
type use struct {
	name             string
	ambient          bool
	dns, transparent bool // with sidecars: DNS is captured, TPROXY is used
}

func names(uses []use) []string {
	var out []string
	for _, u := range uses {
		out = append(out, u.name)
	}
	return out
}

// modules returns what the use needs of the kernel.
func (u use) modules(native bool) []string {
	if native {
		return nftablesModules
	}
	list := slices.Clone(iptablesModules)
	switch {
	case u.ambient:
		list = append(list, ambientModules...)
	case u.transparent:
		list = append(list, tproxyModules...)
	}
	if u.dns && !u.ambient {
		list = append(list, dnsModules...)
	}
	return list
}

// redirected returns what redirects traffic on the nodes of a pool: the CNI
// agent with ztunnel, and the namespaces whose sidecars can come there. A
// namespace whose pods are not declared may have them wherever a pod without
// tolerations can run.
func (s *setup) redirected(pool string) []use {
	var uses []use
	for i, w := range s.work {
		if w.Role == workload.Ztunnel && s.reaches(i, pool) {
			uses = append(uses, use{name: "ambient pods", ambient: true})
		}
	}
	transparent := false
	if config, ok := s.mesh.MeshConfig["defaultConfig"].(map[string]any); ok {
		transparent = config["interceptionMode"] == "TPROXY"
	}
	for _, n := range s.mesh.Namespaces {
		if n.Mesh && n.Mode == intent.Sidecar && s.houses(n, pool) {
			uses = append(uses, use{name: "namespace " + n.Name, dns: s.mesh.Proxy.DNS.Capture, transparent: transparent})
		}
	}
	return uses
}

// houses says whether pods of the namespace can come to a pool.
func (s *setup) houses(n model.Namespace, pool string) bool {
	declared := false
	for i, w := range s.work {
		if w.Role == workload.Application && w.Namespace == n.Name {
			declared = true
			if s.reaches(i, pool) {
				return true
			}
		}
	}
	return !declared && slices.ContainsFunc(s.nodes, func(node hardware.Node) bool {
		return node.Pool == pool && !repels(node)
	})
}

// wayOut says what to do about missing modules.
func wayOut(missing []string, at string, uses []use) string {
	if slices.Equal(missing, dnsModules) && !slices.ContainsFunc(uses, func(u use) bool { return u.ambient }) {
		return "set dataPlane.proxy.dns.capture to false, or install " + and(missing) + " and remove it from " + at + ".missing"
	}
	them := "it"
	if len(missing) > 1 {
		them = "them"
	}
	text := "install " + and(missing) + " and remove " + them + " from " + at + ".missing"
	if !slices.ContainsFunc(uses, func(u use) bool { return u.ambient }) { // whose agents are on every node
		text += ", or keep the pods off the pool with placement"
	}
	return text
}

// nftables says whether a person's raw values ask for nftables.
func nftables(v intent.Values) bool {
	for _, values := range []map[string]any{v.Istiod, v.CNI, v.Ztunnel} {
		if global, ok := values["global"].(map[string]any); ok && global["nativeNftables"] == true {
			return true
		}
	}
	return false
}

// older says whether kernel version a is before b, by major and minor number.
func older(a, b string) bool {
	x, y := numbers(a), numbers(b)
	return x[0] < y[0] || x[0] == y[0] && x[1] < y[1]
}

func numbers(version string) [2]int {
	var n [2]int
	for i, part := range strings.SplitN(version, ".", 3) {
		if i < 2 {
			end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
			if end >= 0 {
				part = part[:end]
			}
			n[i], _ = strconv.Atoi(part)
		}
	}
	return n
}
