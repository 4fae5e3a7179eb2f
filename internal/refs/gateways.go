package refs

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file hold what people hand over for gateways against the
// gateways themselves: what istiod accepts, and what then does not work.

// closedPorts warns of servers of a Gateway on ports that no Service of its pods
// opens (IST0162): nobody outside the pods' network comes to them.
func closedPorts(f *finder, s *subject) {
	if !f.whole {
		return // of the intent's own, values and patches may have changed the Service
	}
	want := selector{labels: object.Map(s.Value, "spec", "selector")}
	open, services := map[int]bool{}, map[string]bool{}
	for _, namespace := range slices.Sorted(maps.Keys(f.workloads)) {
		for _, w := range f.selected(namespace, want) {
			for _, service := range f.byKind["Service."] {
				labels := selector{labels: object.Map(service.Value, "spec", "selector")}
				if service.id.Namespace != namespace || labels.isEmpty() || !labels.matches(w.labels) {
					continue
				}
				services[service.id.String()] = true
				for _, p := range object.List(service.Value, "spec", "ports") {
					m, _ := p.(map[string]any)
					target := m["targetPort"]
					if target == nil {
						target = m["port"]
					}
					n, ok := number(target)
					if !ok {
						return // a name, that the proxy's container need not have
					}
					open[n] = true
				}
			}
		}
	}
	if len(services) == 0 || want.isEmpty() {
		return
	}
	names := slices.Sorted(maps.Keys(services))
	parsePath("spec.servers[].port").maps(s.Value, nil, func(keys []string, m map[string]any) {
		n, ok := number(m["number"])
		if !ok || open[n] {
			return
		}
		at := below(keys, "number")
		suggestion := fmt.Sprintf("set %s to a port of the Service, or declare a server with port %d in the intent's gateways", field(at), n)
		if ports := intent.Join("values.gateways", s.id.Name) + ".service.ports"; len(object.List(f.mesh.Values.Gateways[s.id.Name], "service", "ports")) > 0 {
			suggestion = fmt.Sprintf("add port %d to %s, which stand in the place of all others, or declare a server for each of those instead", n, ports)
		}
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("listens on port %d in %s, which %s does not open: it has %s", n, field(at), strings.Join(names, ", "), numbersText(slices.Collect(maps.Keys(open)))),
			suggestion: suggestion,
		})
	})
}

// sharedCertificates warns of two Gateways on the same pods that end TLS with
// one certificate (IST0138): a browser takes its HTTP/2 connection for both
// hosts, and the second is answered 404.
func sharedCertificates(f *finder, s *subject) {
	credentials := func(s *subject) []string {
		var list []string
		parsePath("spec.servers[].tls.credentialName").each(s.Value, nil, func(_ []string, v any) {
			if name, _ := v.(string); name != "" {
				list = append(list, name)
			}
		})
		return list
	}
	mine := credentials(s)
	if len(mine) == 0 || s.asMade() {
		return
	}
	for _, other := range f.byKind[istioGateway] {
		if other == s || !other.ours() && f.isBefore(s, other) || forRevision(other) != forRevision(s) || !f.samePods(s, other) {
			continue
		}
		for _, name := range credentials(other) {
			if !slices.Contains(mine, name) || sameHosts(s, other) {
				continue
			}
			parsePath("spec.servers[].tls.credentialName").each(s.Value, nil, func(keys []string, v any) {
				if v == name {
					f.conflict(s, below(keys),
						fmt.Sprintf("ends TLS with the certificate %s, as does %s on the same pods: a client takes its HTTP/2 connection for the hosts of both, and gets 404 for one", name, other.id),
						"put the hosts into one Gateway, or give each a certificate of its own")
				}
			})
			return
		}
	}
}

// sameHosts says whether two Gateways have the same servers' hosts: of these
// sharedServers speaks.
func sameHosts(a, b *subject) bool { return reflect.DeepEqual(tlsHosts(a), tlsHosts(b)) }

// secretKeys holds the Secret that a Gateway's server names, where it is among
// the objects, against what istiod looks for in it (IST0161;
// pilot/pkg/credentials/kube/secrets.go): a Secret without them is passed over,
// and the server is not opened.
func secretKeys(f *finder, s *subject) {
	want := selector{labels: object.Map(s.Value, "spec", "selector")}
	parsePath("spec.servers[].tls").maps(s.Value, nil, func(keys []string, m map[string]any) {
		name := text(m, "credentialName")
		if name == "" {
			return
		}
		for _, namespace := range slices.Sorted(maps.Keys(f.workloads)) {
			secret := f.byID[object.ID{Kind: "Secret", Namespace: namespace, Name: name}]
			if secret == nil || len(f.selected(namespace, want)) == 0 {
				continue
			}
			has := func(names ...string) bool {
				for _, n := range names {
					if object.Get(secret.Value, "data", n) == nil && object.Get(secret.Value, "stringData", n) == nil {
						return false
					}
				}
				return true
			}
			at := below(keys, "credentialName")
			if !has("tls.crt", "tls.key") && !has("cert", "key") {
				f.report(s, problem{
					code: "MG5053", keys: at,
					message:    fmt.Sprintf("takes its certificate from %s in %s, which has neither tls.crt and tls.key nor cert and key", secret.id, field(at)),
					suggestion: fmt.Sprintf("add tls.crt and tls.key to %s", secret.id),
				})
			} else if mode := text(m, "mode"); (mode == "MUTUAL" || mode == "OPTIONAL_MUTUAL") && !has("ca.crt") && !has("cacert") &&
				!f.exists("Secret.", namespace, name+"-cacert") {
				f.report(s, problem{
					code: "MG5053", keys: at,
					message:    fmt.Sprintf("asks clients for certificates, and %s, in %s, has no ca.crt to hold them against", secret.id, field(at)),
					suggestion: fmt.Sprintf("add ca.crt to %s, or the Secret %s-cacert", secret.id, name),
				})
			}
			return
		}
	})
}

// identities are the fields of an AuthorizationPolicy's rule, and the keys of
// its conditions, that ask who calls by the certificate of the mesh.
var (
	identities = []path{
		parsePath("from[].source.principals"), parsePath("from[].source.namespaces"), parsePath("from[].source.serviceAccounts"),
		parsePath("from[].source.notPrincipals"), parsePath("from[].source.notNamespaces"), parsePath("from[].source.notServiceAccounts"),
	}
	identityKeys = []string{"source.principal", "source.namespace", "source.serviceAccount"}
)

// gatewayIdentities warns of policies on gateways that ask for identities of the
// mesh, where no server of the gateway asks for a certificate: nobody shows one
// to it. What the intent's own rules ask for, MG3028 has looked at.
func gatewayIdentities(f *finder, s *subject) {
	gateway := f.guardedGateway(s)
	if s.asMade() || gateway == nil {
		return
	}
	for i, rule := range object.List(s.Value, "spec", "rules") {
		m, _ := rule.(map[string]any)
		var at []string
		for _, p := range identities {
			p.each(m, []string{"spec", "rules", fmt.Sprint(i)}, func(keys []string, _ any) {
				if at == nil {
					at = below(keys)
				}
			})
		}
		parsePath("when[]").maps(m, []string{"spec", "rules", fmt.Sprint(i)}, func(keys []string, c map[string]any) {
			if at == nil && slices.Contains(identityKeys, text(c, "key")) {
				at = below(keys, "key")
			}
		})
		if at == nil {
			continue
		}
		f.report(s, problem{
			code: "MG5067", severity: diag.Warning, keys: at,
			message:    fmt.Sprintf("asks for an identity of the mesh in %s, and nobody shows %s one: callers come without a certificate of the mesh", field(at), gateway.id),
			suggestion: "name the callers by remoteIpBlocks or requestPrincipals, or put the policy on what is called",
		})
		return
	}
}

// guardedGateway returns the gateway that a policy is for and that asks nobody
// for a certificate, or nil: a policy by a selector is for a gateway if all
// the pods that it selects are of gateways.
func (f *finder) guardedGateway(s *subject) *subject {
	for _, v := range object.List(s.Value, "spec", "targetRefs") {
		m, _ := v.(map[string]any)
		g := f.byID[object.ID{Group: text(m, "group"), Kind: text(m, "kind"), Namespace: s.id.Namespace, Name: text(m, "name")}]
		if g == nil || g.kind != "Gateway.gateway.networking.k8s.io" || object.String(g.Value, "spec", "gatewayClassName") != "istio" {
			continue
		}
		asks := strings.Contains(fmt.Sprint(object.List(g.Value, "spec", "listeners")), "MUTUAL") || object.Get(g.Value, "spec", "tls", "frontend") != nil
		if !asks {
			return g
		}
	}
	want := labelSelector(object.Map(s.Value, "spec", "selector"))
	if want.isEmpty() {
		return nil
	}
	pods := f.selected(s.id.Namespace, want)
	if len(pods) == 0 || slices.ContainsFunc(pods, func(w workload) bool { return !w.injected || w.spec == nil }) {
		return nil
	}
	for _, g := range f.byKind[istioGateway] {
		if !(selector{labels: object.Map(g.Value, "spec", "selector")}).matches(pods[0].labels) {
			continue
		}
		for _, v := range object.List(g.Value, "spec", "servers") {
			server, _ := v.(map[string]any)
			if strings.Contains(object.String(server, "tls", "mode"), "MUTUAL") {
				return nil
			}
		}
	}
	return pods[0].from
}
