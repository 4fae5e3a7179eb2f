package xds

import (
	"net/netip"
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

func TestChain(t *testing.T) {
	port := wrapperspb.UInt32(8080)
	l := &listener.Listener{
		FilterChains: []*listener.FilterChain{
			{Name: "port", FilterChainMatch: &listener.FilterChainMatch{DestinationPort: port, TransportProtocol: "tls"}},
			{Name: "shop", FilterChainMatch: &listener.FilterChainMatch{ServerNames: []string{"shop.example.com"}}},
			{Name: "wild", FilterChainMatch: &listener.FilterChainMatch{ServerNames: []string{"*.example.com"}}},
			{Name: "mesh", FilterChainMatch: &listener.FilterChainMatch{TransportProtocol: "tls", ApplicationProtocols: []string{"istio"}}},
			{Name: "http", FilterChainMatch: &listener.FilterChainMatch{TransportProtocol: "tls", ApplicationProtocols: []string{"istio-http/1.1"}}},
			{Name: "far", FilterChainMatch: &listener.FilterChainMatch{PrefixRanges: []*core.CidrRange{{AddressPrefix: "203.0.113.0", PrefixLen: wrapperspb.UInt32(24)}}}},
		},
		DefaultFilterChain: &listener.FilterChain{Name: "default"},
	}
	for _, test := range []struct {
		name string
		c    Connection
		want string
	}{
		{"a port", Connection{Port: 8080, TLS: true}, "port"},
		{"Envoy does not come back from a port", PlainText(8080), "default"},
		{"a server name", Connection{Port: 443, TLS: true, SNI: "SHOP.example.com"}, "shop"},
		{"a wildcard", Connection{Port: 443, TLS: true, SNI: "a.b.example.com"}, "wild"},
		{"a protocol", Raw(Meshed("a", "b"), 9000), "mesh"},
		{"the protocol that is named first", Mutual(Meshed("a", "b"), 9000), "http"},
		{"no chain", PlainText(9000), "default"},
		{"an address", Connection{Port: 9000, IP: "203.0.113.7"}, "far"},
	} {
		got, err := Chain(l, test.c)
		if err != nil || got.GetName() != test.want {
			t.Errorf("%s: the filter chain %q, not %q (%v)", test.name, got.GetName(), test.want, err)
		}
	}
}

func TestEnforce(t *testing.T) {
	path := func(prefix string) *rbac.Permission {
		m := &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Prefix{Prefix: prefix}}
		return &rbac.Permission{Rule: &rbac.Permission_UrlPath{UrlPath: &matcher.PathMatcher{Rule: &matcher.PathMatcher_Path{Path: m}}}}
	}
	namespace := func(name string) *rbac.Principal {
		m := &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_SafeRegex{SafeRegex: &matcher.RegexMatcher{Regex: ".*/ns/" + name + "/.*"}}}
		return &rbac.Principal{Identifier: &rbac.Principal_FilterState{FilterState: &matcher.FilterStateMatcher{
			Key: "io.istio.peer_principal", Matcher: &matcher.FilterStateMatcher_StringMatch{StringMatch: m},
		}}}
	}
	block := &rbac.Principal{Identifier: &rbac.Principal_RemoteIp{RemoteIp: &core.CidrRange{AddressPrefix: "198.51.100.0", PrefixLen: wrapperspb.UInt32(24)}}}
	post := &rbac.Permission{Rule: &rbac.Permission_Header{Header: &route.HeaderMatcher{
		Name: ":method", HeaderMatchSpecifier: &route.HeaderMatcher_StringMatch{StringMatch: &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Exact{Exact: "POST"}}},
	}}}
	rules := func(action rbac.RBAC_Action) *rbac.RBAC {
		return &rbac.RBAC{Action: action, Policies: map[string]*rbac.Policy{
			"shop":  {Permissions: []*rbac.Permission{path("/charge")}, Principals: []*rbac.Principal{namespace("shop")}},
			"block": {Permissions: []*rbac.Permission{post}, Principals: []*rbac.Principal{block}},
		}}
	}
	near := Request{Connection: Connection{Caller: Caller{IP: netip.MustParseAddr("198.51.100.9")}}, Method: "POST", Path: "/"}
	for _, test := range []struct {
		name    string
		r       Request
		matches bool
	}{
		{"a path from a namespace", Request{Connection: Mutual(Meshed("shop", "a"), 1), Path: "/charge?x=/y"}, true},
		{"another path", Request{Connection: Mutual(Meshed("shop", "a"), 1), Path: "/"}, false},
		{"another namespace", Request{Connection: Mutual(Meshed("shops", "a"), 1), Path: "/charge"}, false},
		{"nobody", Request{Path: "/charge"}, false},
		{"an address", near, true},
	} {
		for action, through := range map[rbac.RBAC_Action]bool{rbac.RBAC_ALLOW: test.matches, rbac.RBAC_DENY: !test.matches} {
			got, why, err := enforce(rules(action), test.r)
			if err != nil || got != through {
				t.Errorf("%s, %s: through %v (%s, %v)", action, test.name, got, why, err)
			}
		}
	}
	unknown := &rbac.RBAC{Policies: map[string]*rbac.Policy{"x": {Permissions: []*rbac.Permission{{Rule: &rbac.Permission_Matcher{}}}}}}
	if _, _, err := enforce(unknown, near); err == nil {
		t.Error("a permission that is not known is judged")
	}
}

func TestAdmits(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "databases", Name: "operator"}}
	group := func(matches ...*security.Match) *security.Group {
		g := &security.Group{}
		for _, m := range matches {
			g.Rules = append(g.Rules, &security.Rules{Matches: []*security.Match{m}})
		}
		return g
	}
	anonymous := &security.Match{NotPrincipals: []*security.StringMatch{{MatchType: &security.StringMatch_Presence{}}}}
	elsewhere := &security.Match{NotDestinationPorts: []uint32{9443}}
	shop := &security.Match{Namespaces: []*security.StringMatch{{MatchType: &security.StringMatch_Exact{Exact: "shop"}}}}
	w := &Workloads{
		Workloads: []*workloadapi.Workload{{Namespace: "databases", Name: "operator", AuthorizationPolicies: []string{"databases/exception"}}},
		Authorizations: map[string]*security.Authorization{
			"databases/exception": {Scope: security.Scope_WORKLOAD_SELECTOR, Action: security.Action_DENY, Groups: []*security.Group{group(anonymous, elsewhere)}},
			"databases/shop":      {Namespace: "databases", Scope: security.Scope_NAMESPACE, Groups: []*security.Group{group(shop), group(&security.Match{DestinationPorts: []uint32{9443}})}},
			"other/nothing":       {Namespace: "other", Scope: security.Scope_NAMESPACE},
			"databases/unused":    {Scope: security.Scope_WORKLOAD_SELECTOR, Action: security.Action_DENY, Groups: []*security.Group{{}}},
		},
	}
	for _, test := range []struct {
		caller Caller
		port   int
		want   bool
	}{
		{Plain(), 9443, true}, {Plain(), 5432, false}, {Meshed("shop", "a"), 5432, true}, {Meshed("other", "a"), 5432, false},
	} {
		got, why, err := w.Admits(pod, test.caller, test.port)
		if err != nil || got != test.want {
			t.Errorf("%v to %d: %v (%s, %v)", test.caller, test.port, got, why, err)
		}
	}
}
