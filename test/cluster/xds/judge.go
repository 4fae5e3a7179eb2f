package xds

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	jwt "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/jwt_authn/v3"
	httprbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	netrbac "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
)

// Connection is what arrives at a listener.
type Connection struct {
	Caller Caller
	IP     string   // where it was going, before it was redirected to the proxy
	Port   int      // likewise
	TLS    bool     // whether it begins with a TLS handshake
	SNI    string   // the server name of the handshake
	ALPN   []string // the protocols of the handshake
}

// Mutual returns a connection that the sidecar of a caller opens to a port for
// HTTP, Raw one for another protocol, and PlainText one of somebody without a
// certificate.
func Mutual(caller Caller, port int) Connection {
	return Connection{Caller: caller, Port: port, TLS: true, ALPN: []string{"istio-http/1.1", "istio", "http/1.1"}}
}

// Raw is of a caller, for another protocol.
func Raw(caller Caller, port int) Connection {
	return Connection{Caller: caller, Port: port, TLS: true, ALPN: []string{"istio-peer-exchange", "istio"}}
}

// PlainText is of somebody without a certificate.
func PlainText(port int) Connection { return Connection{Port: port, ALPN: []string{"http/1.1"}} }

// Request is an HTTP request on a connection.
type Request struct {
	Connection
	Method, Host, Path string
	Headers            map[string]string // in lower case
	Token              *Token            // the bearer token; its signature counts as good
}

// Token is what a JSON Web Token claims.
type Token struct {
	Issuer, Subject string
	Audiences       []string
}

// header returns a header's value, and whether it is there.
func (r Request) header(name string) (string, bool) {
	switch name {
	case ":authority", "host":
		return r.Host, r.Host != ""
	case ":method":
		return r.Method, r.Method != ""
	case ":path":
		return r.Path, r.Path != ""
	}
	value, ok := r.Headers[strings.ToLower(name)]
	return value, ok
}

// Chain returns the filter chain of a listener that takes a connection; nil if
// the connection is closed. Envoy narrows by destination port, address, server
// name, transport and application protocol, each time to the most specific of
// what matches, and does not come back (envoy.config.listener.v3.FilterChainMatch).
func Chain(l *listener.Listener, c Connection) (*listener.FilterChain, error) {
	for _, f := range l.FilterChains {
		m := f.GetFilterChainMatch()
		if len(m.GetSourcePrefixRanges())+len(m.GetSourcePorts())+len(m.GetDirectSourcePrefixRanges()) > 0 || m.GetAddressSuffix() != "" ||
			m.GetSourceType() != listener.FilterChainMatch_ANY {
			return nil, fmt.Errorf("the filter chain %s matches by what this does not know: %v", f.Name, m)
		}
	}
	left := slices.Clone(l.FilterChains)
	for _, score := range []func(*listener.FilterChainMatch, Connection) int{byPort, byAddress, byServerName, byTransport, byProtocol} {
		best := 0
		for _, f := range left {
			best = max(best, score(f.GetFilterChainMatch(), c))
		}
		left = slices.DeleteFunc(left, func(f *listener.FilterChain) bool {
			s := score(f.GetFilterChainMatch(), c)
			return s == 0 || s < best
		})
	}
	switch len(left) {
	case 0:
		return l.DefaultFilterChain, nil
	case 1:
		return left[0], nil
	}
	return nil, fmt.Errorf("the filter chains %s and %s of the listener %s match alike", left[0].Name, left[1].Name, l.Name)
}

// The scores say how well a filter chain's match fits a connection: 0 not at
// all, 1 because it does not say, more the more it says.
func byPort(m *listener.FilterChainMatch, c Connection) int {
	switch {
	case m.GetDestinationPort() == nil:
		return 1
	case int(m.GetDestinationPort().Value) == c.Port:
		return 2
	}
	return 0
}

func byAddress(m *listener.FilterChainMatch, c Connection) int {
	if len(m.GetPrefixRanges()) == 0 {
		return 1
	}
	best := 0
	for _, r := range m.GetPrefixRanges() {
		block, err := netip.ParsePrefix(fmt.Sprintf("%s/%d", r.AddressPrefix, r.PrefixLen.GetValue()))
		at, bad := netip.ParseAddr(cmp.Or(c.IP, "10.244.255.254"))
		if err == nil && bad == nil && block.Contains(at) {
			best = max(best, 2+block.Bits())
		}
	}
	return best
}

func byServerName(m *listener.FilterChainMatch, c Connection) int {
	if len(m.GetServerNames()) == 0 {
		return 1
	}
	best := 0
	for _, name := range m.GetServerNames() {
		best = max(best, domain(name, c.SNI))
	}
	return best
}

func byTransport(m *listener.FilterChainMatch, c Connection) int {
	transport := "raw_buffer"
	if c.TLS {
		transport = "tls"
	}
	switch m.GetTransportProtocol() {
	case "":
		return 1
	case transport:
		return 2
	}
	return 0
}

func byProtocol(m *listener.FilterChainMatch, c Connection) int {
	if len(m.GetApplicationProtocols()) == 0 {
		return 1
	}
	for i, p := range c.ALPN { // what the client would rather speak comes first
		if slices.Contains(m.GetApplicationProtocols(), p) {
			return 2 + len(c.ALPN) - i
		}
	}
	return 0
}

// domain says how well a pattern fits a name: 0 not at all; then "*", the longer
// wildcards, and the name itself.
func domain(pattern, name string) int {
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	switch {
	case pattern == name:
		return 10000
	case pattern == "*":
		return 1
	case strings.HasPrefix(pattern, "*") && strings.HasSuffix(name, pattern[1:]):
		return 5000 + len(pattern)
	case strings.HasSuffix(pattern, "*") && strings.HasPrefix(name, pattern[:len(pattern)-1]):
		return 1000 + len(pattern)
	}
	return 0
}

// Admits says whether the filters of a chain let a request through to where it
// is routed, and if not, which of them stops it and why. A request without a
// method is a connection that is no HTTP.
func Admits(chain *listener.FilterChain, r Request) (bool, string, error) {
	if chain == nil {
		return false, "no filter chain takes it", nil
	}
	if to, err := Relay(chain); err != nil || to == "BlackHoleCluster" {
		return false, "it is sent nowhere", err
	}
	for _, f := range chain.Filters {
		a := f.GetTypedConfig()
		if rules, ok, err := find[*netrbac.RBAC](a); err != nil {
			return false, "", err
		} else if ok {
			if through, why, err := enforce(rules.Rules, r); err != nil || !through {
				return false, f.Name + ": " + why, err
			}
		}
		if manager, ok, err := find[*hcm.HttpConnectionManager](a); err != nil {
			return false, "", err
		} else if ok && r.Method == "" {
			return false, "it is no HTTP", nil
		} else if ok {
			if through, why, err := http(manager, r); err != nil || !through {
				return false, why, err
			}
		}
	}
	return true, "", nil
}

// http passes a request through the filters of a connection manager.
func http(manager *hcm.HttpConnectionManager, r Request) (bool, string, error) {
	for _, f := range manager.HttpFilters {
		a := f.GetTypedConfig()
		if tokens, ok, err := find[*jwt.JwtAuthentication](a); err != nil {
			return false, "", err
		} else if ok {
			if why := checked(tokens, r.Token); why != "" {
				return false, f.Name + ": " + why, nil
			}
		}
		if rules, ok, err := find[*httprbac.RBAC](a); err != nil {
			return false, "", err
		} else if ok {
			if through, why, err := enforce(rules.Rules, r); err != nil || !through {
				return false, f.Name + ": " + why, err
			}
		}
	}
	return true, "", nil
}

// checked returns why a token is refused. Istio's filter lets requests without
// one through, and refuses those whose token no provider takes.
func checked(filter *jwt.JwtAuthentication, token *Token) string {
	if token == nil {
		return ""
	}
	for _, p := range filter.Providers {
		if p.Issuer == token.Issuer && (len(p.Audiences) == 0 || slices.ContainsFunc(p.Audiences, func(a string) bool { return slices.Contains(token.Audiences, a) })) {
			return ""
		}
	}
	return "no provider takes the token"
}

// Tokens returns the providers of tokens of a connection manager, by issuer.
func Tokens(manager *hcm.HttpConnectionManager) (map[string]*jwt.JwtProvider, error) {
	out := map[string]*jwt.JwtProvider{}
	for _, f := range manager.HttpFilters {
		filter, ok, err := find[*jwt.JwtAuthentication](f.GetTypedConfig())
		if err != nil {
			return nil, err
		}
		if ok {
			for _, p := range filter.Providers {
				out[p.Issuer] = p
			}
		}
	}
	return out, nil
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
