package policy

import (
	"slices"
	"strings"

	security "istio.io/api/security/v1"
	selector "istio.io/api/type/v1beta1"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Authorization returns the AuthorizationPolicies of the mesh.
//
// With the default "deny" a policy without rules stands in the root namespace.
// It reaches sidecars, ztunnel and gateways, but never a waypoint, which reads
// only policies that target it: a second one targets the waypoints' class
// (istiod, pilot/pkg/model/policyattachment.go). What a gateway declares would
// be closed too, so each gateway gets a policy that opens its hosts; see openHosts.
//
// In a namespace with a waypoint a rule is on the waypoint, because only there
// the caller's own identity is known: ztunnel sees the waypoint's (istio.io,
// ambient/usage/l4-policy). Pods may also be reached past the waypoint, by their
// address or from a gateway, so that a rule of layer 4 is on the pods as well,
// beside one that admits the waypoint itself. That one alone is on the pods where
// a rule denies by HTTP, which nobody past the waypoint reads: else whoever calls
// a pod by its address, as sidecars do (pilot/pkg/xds/endpoints, findServiceWaypoint),
// would go round the rule.
func Authorization(m model.Mesh) []object.Object {
	var objects []object.Object
	if m.Authorization.Deny {
		objects = append(objects, denyByDefault(m)...)
	}
	for _, rule := range m.Authorization.Rules {
		objects = append(objects, rulePolicies(m, rule)...)
	}
	for _, ns := range m.Namespaces {
		if ns.Waypoint && (m.Authorization.Deny || slices.ContainsFunc(m.Authorization.Rules, allows(ns.Name)) || deniesHTTP(m, ns.Name)) {
			objects = append(objects, authorizationPolicy(ns.Name, join(model.WaypointName, "pods"), ns.Path+".waypoint").make(
				&security.AuthorizationPolicy{Rules: []*security.Rule{{From: []*security.Rule_From{{
					Source: &security.Source{Principals: []string{principal(ns.Name, model.WaypointName)}},
				}}}}}))
		}
	}
	if m.Authorization.Deny {
		for i := range m.Gateways {
			objects = append(objects, openHosts(m, &m.Gateways[i])...)
		}
	}
	return objects
}

// deniesHTTP says whether a rule keeps requests from a namespace by what is in them.
func deniesHTTP(m model.Mesh, namespace string) bool {
	return slices.ContainsFunc(m.Authorization.Rules, func(rule model.AuthRule) bool {
		return rule.Gateway == nil && rule.To.Namespace == namespace && rule.Action == "deny" && readsHTTP(rule)
	})
}

// allows returns whether a rule admits callers to a namespace.
func allows(namespace string) func(model.AuthRule) bool {
	return func(rule model.AuthRule) bool {
		return rule.Gateway == nil && rule.To.Namespace == namespace && rule.Action != "deny"
	}
}

func denyByDefault(m model.Mesh) []object.Object {
	const path = "authorization.default"
	objects := []object.Object{
		authorizationPolicy(model.RootNamespace, "allow-nothing", path).make(&security.AuthorizationPolicy{}),
	}
	if slices.ContainsFunc(m.Namespaces, func(ns model.Namespace) bool { return ns.Waypoint }) {
		objects = append(objects, authorizationPolicy(model.RootNamespace, "allow-nothing-waypoints", path).make(
			&security.AuthorizationPolicy{TargetRefs: targetRef("GatewayClass", "istio-waypoint")}))
	}
	return objects
}

func authorizationPolicy(namespace, name, path string) meta {
	return meta{
		apiVersion: "security.istio.io/v1", kind: "AuthorizationPolicy", namespace: namespace, name: name,
		component: "authorization", path: path,
	}
}

// rulePolicies returns the policy, or the two, of a rule.
func rulePolicies(m model.Mesh, rule model.AuthRule) []object.Object {
	if g := rule.Gateway; g != nil {
		policy := policyOf(m, rule)
		policy.Selector, policy.TargetRefs = gatewayTarget(g)
		return []object.Object{authorizationPolicy(g.Namespace, rule.Name, rule.Path).make(policy)}
	}
	if rule.To.Namespace == "" {
		return nil // check has said so, and says the rest of the mesh's mistakes too
	}
	onPods := policyOf(m, rule)
	if len(rule.To.Labels) > 0 {
		onPods.Selector = &selector.WorkloadSelector{MatchLabels: rule.To.Labels}
	}
	// A waypoint stands before Services and knows no labels of pods.
	if !hasWaypoint(m, rule.To.Namespace) || len(rule.To.Labels) > 0 {
		return []object.Object{authorizationPolicy(rule.To.Namespace, rule.Name, rule.Path).make(onPods)}
	}
	onWaypoint := policyOf(m, rule)
	onWaypoint.TargetRefs = targetRef("Gateway", model.WaypointName)
	objects := []object.Object{authorizationPolicy(rule.To.Namespace, rule.Name, rule.Path).make(onWaypoint)}
	if !readsHTTP(rule) && (rule.Action == "deny" || !deniesHTTP(m, rule.To.Namespace)) {
		objects = append(objects, authorizationPolicy(rule.To.Namespace, join(rule.Name, "pods"), rule.Path).make(onPods))
	}
	return objects
}

func hasWaypoint(m model.Mesh, namespace string) bool {
	return slices.ContainsFunc(m.Namespaces, func(ns model.Namespace) bool { return ns.Name == namespace && ns.Waypoint })
}

// readsHTTP says whether a rule asks for more than ztunnel knows.
func readsHTTP(rule model.AuthRule) bool {
	return len(rule.To.Paths) > 0 || len(rule.To.Methods) > 0 || rule.When.Host != "" || rule.Issuer != nil
}

// policyOf returns a rule's policy without its target.
//
// A rule that denies by what is in HTTP would deny all of TCP too, where that
// cannot be known (istio.io/api, security/v1beta1/authorization_policy.proto).
// On a gateway the ports that speak HTTP are known, and it is for these.
func policyOf(m model.Mesh, rule model.AuthRule) *security.AuthorizationPolicy {
	out := &security.Rule{}
	for _, source := range sources(rule) {
		out.From = append(out.From, &security.Rule_From{Source: source})
	}
	operation := &security.Operation{Paths: rule.To.Paths, Methods: rule.To.Methods, Ports: portNames(rule.To.Ports)}
	if host := rule.When.Host; host != "" {
		if rule.Gateway != nil && servedOpaquely(m, rule.Gateway, host) {
			out.When = []*security.Condition{{Key: sni, Values: []string{host}}}
		} else {
			operation.Hosts = hostForms([]string{host}, hostPorts(m, rule))
		}
	}
	if rule.Action == "deny" && rule.Gateway != nil && readsHTTP(rule) && len(operation.Ports)+len(out.When) == 0 {
		operation.Ports = portNames(webPorts(m, rule.Gateway))
	}
	if len(operation.Paths)+len(operation.Methods)+len(operation.Ports)+len(operation.Hosts) > 0 {
		out.To = []*security.Rule_To{{Operation: operation}}
	}
	policy := &security.AuthorizationPolicy{Rules: []*security.Rule{out}}
	if rule.Action == "deny" {
		policy.Action = security.AuthorizationPolicy_DENY
	}
	return policy
}

// sources returns who calls: alternatives, each of which must carry the
// issuer's token too, if the rule asks for one. A token's principal is its
// issuer, a slash and its subject.
//
// On a gateway the caller's address is the one that the gateway takes the client
// for: what trusted proxies or the PROXY protocol say, else the connection's
// own. Elsewhere it is the connection's (istio.io/api,
// security/v1beta1/authorization_policy.proto, remoteIpBlocks and ipBlocks).
func sources(rule model.AuthRule) []*security.Source {
	var list []*security.Source
	if len(rule.From.Namespaces) > 0 {
		list = append(list, &security.Source{Namespaces: rule.From.Namespaces})
	}
	if principals := callers(rule); len(principals) > 0 {
		list = append(list, &security.Source{Principals: principals})
	}
	if blocks := rule.From.IPBlocks; len(blocks) > 0 {
		if rule.Gateway != nil {
			list = append(list, &security.Source{RemoteIpBlocks: blocks})
		} else {
			list = append(list, &security.Source{IpBlocks: blocks})
		}
	}
	if rule.Issuer == nil {
		return list
	}
	if len(list) == 0 {
		list = append(list, &security.Source{})
	}
	for _, source := range list {
		source.RequestPrincipals = []string{rule.Issuer.Issuer.Issuer + "/*"}
	}
	return list
}

// callers returns the identities of the gateways and service accounts that call.
func callers(rule model.AuthRule) []string {
	var principals []string
	for _, g := range rule.Callers {
		principals = append(principals, principal(g.Namespace, g.ServiceAccount))
	}
	for _, account := range rule.From.ServiceAccounts {
		namespace, name, _ := strings.Cut(account, "/")
		principals = append(principals, principal(namespace, name))
	}
	return principals
}

// principal is the identity of a service account, without the scheme spiffe.
func principal(namespace, account string) string {
	return model.TrustDomain + "/ns/" + namespace + "/sa/" + account
}

// gatewayTarget attaches a policy to a gateway: by its pods' labels, or by its
// name where it is one of Gateway API.
func gatewayTarget(g *model.Gateway) (*selector.WorkloadSelector, []*selector.PolicyTargetReference) {
	if g.API == byGatewayAPI {
		return nil, targetRef("Gateway", g.Name)
	}
	return &selector.WorkloadSelector{MatchLabels: g.Selector}, nil
}

func targetRef(kind, name string) []*selector.PolicyTargetReference {
	return []*selector.PolicyTargetReference{{Group: "gateway.networking.k8s.io", Kind: kind, Name: name}}
}

// TokenIssuers returns a RequestAuthentication for each issuer that a rule asks
// for, on what the rule is on: it checks the tokens that come, and the rule then
// asks for one.
func TokenIssuers(m model.Mesh) []object.Object {
	var objects []object.Object
	seen := map[string]bool{}
	for _, rule := range m.Authorization.Rules {
		if rule.Issuer == nil || rule.Gateway == nil && rule.To.Namespace == "" {
			continue
		}
		about := meta{
			apiVersion: "security.istio.io/v1", kind: "RequestAuthentication",
			namespace: rule.To.Namespace, name: rule.Issuer.Name,
			component: "authorization", path: rule.Issuer.Path,
		}
		spec := &security.RequestAuthentication{JwtRules: []*security.JWTRule{jwtRule(rule.Issuer.Issuer)}}
		switch {
		case rule.Gateway != nil:
			about.namespace, about.name = rule.Gateway.Namespace, join(rule.Gateway.Name, rule.Issuer.Name)
			spec.Selector, spec.TargetRefs = gatewayTarget(rule.Gateway)
		case hasWaypoint(m, rule.To.Namespace):
			about.name = join(model.WaypointName, rule.Issuer.Name)
			spec.TargetRefs = targetRef("Gateway", model.WaypointName)
		}
		if key := about.namespace + "/" + about.name; !seen[key] {
			seen[key] = true
			objects = append(objects, about.make(spec))
		}
	}
	return objects
}

func jwtRule(issuer intent.Issuer) *security.JWTRule {
	return &security.JWTRule{
		Issuer: issuer.Issuer, JwksUri: issuer.JWKS,
		Audiences: issuer.Audiences, ForwardOriginalToken: issuer.ForwardToken,
	}
}
