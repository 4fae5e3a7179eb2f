package mean

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	trace "github.com/envoyproxy/go-control-plane/envoy/config/trace/v3"
	file "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/file/v3"
	cel "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/filters/cel/v3"
	otlp "github.com/envoyproxy/go-control-plane/envoy/extensions/access_loggers/open_telemetry/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/test/cluster/xds"
)

// told is what the proxy of a pod was told.
type told struct {
	*testing.T
	who    string // namespace/name of the pod
	config *xds.Config
}

// chain returns the filter chain of a listener that takes a connection; nil if
// there is no such listener, or none of its chains does.
func (p *told) chain(name string, c xds.Connection) *listener.FilterChain {
	p.Helper()
	l := p.config.Listeners[name]
	if l == nil {
		return nil
	}
	chain, err := xds.Chain(l, c)
	if err != nil {
		p.Fatalf("%s: %v", p.who, err)
	}
	return chain
}

// https returns the filter chain by which a gateway serves a host on port 443.
func (p *told) https(host string) *listener.FilterChain {
	p.Helper()
	return p.chain("0.0.0.0_443", xds.Connection{Port: 443, TLS: true, SNI: host})
}

// manager returns the HTTP connection manager of a chain.
func (p *told) manager(chain *listener.FilterChain) *hcm.HttpConnectionManager {
	p.Helper()
	if chain == nil {
		p.Fatalf("%s: no filter chain takes the connection", p.who)
	}
	m, err := xds.HTTP(chain)
	if err != nil || m == nil {
		p.Fatalf("%s: the filter chain %q speaks no HTTP (%v)", p.who, chain.GetName(), err)
	}
	return m
}

// servesTLS wants a chain that ends TLS with a Secret's certificate, takes no
// version below a minimum, and asks clients for certificates or does not.
func (p *told) servesTLS(chain *listener.FilterChain, secret, minimum string, clients bool) {
	p.Helper()
	if chain == nil {
		p.Errorf("%s: no filter chain takes the connection", p.who)
		return
	}
	ends, err := xds.Ends(chain)
	if err != nil || ends == nil {
		p.Errorf("%s: the filter chain does not end TLS (%v)", p.who, err)
		return
	}
	var secrets []string
	for _, s := range ends.CommonTlsContext.TlsCertificateSdsSecretConfigs {
		secrets = append(secrets, s.Name)
	}
	p.equal("the certificate's Secret", secrets, []string{secret})
	oldest := ends.CommonTlsContext.TlsParams.GetTlsMinimumProtocolVersion()
	if oldest == tls.TlsParameters_TLS_AUTO {
		oldest = tls.TlsParameters_TLSv1_2 // Envoy's default (extensions/transport_sockets/tls/v3/common.proto)
	}
	p.equal("the oldest version of TLS", oldest.String(), minimum)
	p.equal("whether clients need a certificate", ends.RequireClientCertificate.GetValue(), clients)
}

// routed returns the virtual host and the route that a GET takes.
func (p *told) routed(chain *listener.FilterChain, host, path string) (*route.VirtualHost, *route.Route) {
	p.Helper()
	v, r, err := p.config.Route(p.manager(chain), xds.Request{Method: "GET", Host: host, Path: path})
	if err != nil {
		p.Fatalf("%s: %v", p.who, err)
	}
	return v, r
}

// traced wants a chain whose requests are traced, so many of a hundred, to a
// provider's cluster.
func (p *told) traced(chain *listener.FilterChain, percent float64, cluster string) {
	p.Helper()
	tracing := p.manager(chain).Tracing
	provider := &trace.OpenTelemetryConfig{}
	if tracing.GetProvider() == nil {
		p.Errorf("%s: no provider gets traces", p.who)
		return
	}
	if err := tracing.Provider.GetTypedConfig().UnmarshalTo(provider); err != nil {
		p.Errorf("%s: the provider of traces: %v", p.who, err)
		return
	}
	p.equal("how many of a hundred requests are traced", tracing.RandomSampling.GetValue(), percent)
	p.equal("where spans go", provider.GrpcService.GetEnvoyGrpc().GetClusterName(), cluster)
	if p.config.Clusters[cluster] == nil {
		p.Errorf("%s: there is no cluster %s for spans", p.who, cluster)
	}
}

// tracedByHTTP is the same for a provider that spans are sent to by HTTP, at a path.
func (p *told) tracedByHTTP(chain *listener.FilterChain, percent float64, cluster, path string) {
	p.Helper()
	tracing := p.manager(chain).Tracing
	provider := &trace.OpenTelemetryConfig{}
	if err := tracing.GetProvider().GetTypedConfig().UnmarshalTo(provider); err != nil {
		p.Errorf("%s: the provider of traces: %v", p.who, err)
		return
	}
	p.equal("how many of a hundred requests are traced", tracing.RandomSampling.GetValue(), percent)
	to := provider.GetHttpService().GetHttpUri()
	p.equal("where spans go", to.GetCluster(), cluster)
	if !strings.HasSuffix(to.GetUri(), path) {
		p.Errorf("%s: spans go to %s, not to the path %s", p.who, to.GetUri(), path)
	}
}

// collected wants a chain that logs every request to a collector's cluster.
func (p *told) collected(chain *listener.FilterChain, cluster string) {
	p.Helper()
	logs := p.manager(chain).AccessLog
	to := &otlp.OpenTelemetryAccessLogConfig{}
	if len(logs) != 1 || logs[0].Filter != nil {
		p.Errorf("%s: there are %d access logs, or one with a filter: %v", p.who, len(logs), logs)
		return
	}
	if err := logs[0].GetTypedConfig().UnmarshalTo(to); err != nil {
		p.Errorf("%s: the access log: %v", p.who, err)
		return
	}
	//lint:ignore SA1019 it is what istiod sends
	p.equal("where the access log goes", to.GetCommonConfig().GetGrpcService().GetEnvoyGrpc().GetClusterName(), cluster)
}

// measured wants a chain whose requests are counted for Prometheus.
func (p *told) measured(chain *listener.FilterChain) {
	p.Helper()
	if !slices.ContainsFunc(p.manager(chain).HttpFilters, func(f *hcm.HttpFilter) bool { return f.Name == "istio.stats" }) {
		p.Errorf("%s: the filter chain %q makes no metrics", p.who, chain.GetName())
	}
}

// logged wants a chain that logs the requests of a filter to the standard
// output, as JSON or as text.
func (p *told) logged(chain *listener.FilterChain, filter string, json bool) {
	p.Helper()
	logs := p.manager(chain).AccessLog
	if len(logs) != 1 {
		p.Errorf("%s: there are %d access logs", p.who, len(logs))
		return
	}
	to, expression := &file.FileAccessLog{}, &cel.ExpressionFilter{}
	if err := logs[0].GetTypedConfig().UnmarshalTo(to); err != nil {
		p.Errorf("%s: the access log: %v", p.who, err)
		return
	}
	p.equal("where the access log goes", to.Path, "/dev/stdout")
	p.equal("whether the access log is JSON", to.GetLogFormat().GetJsonFormat() != nil, json)
	if filter == "" {
		p.equal("whether the access log is filtered", logs[0].Filter != nil, false)
		return
	}
	if err := logs[0].GetFilter().GetExtensionFilter().GetTypedConfig().UnmarshalTo(expression); err != nil {
		p.Errorf("%s: the filter of the access log: %v", p.who, err)
		return
	}
	p.equal("the filter of the access log", expression.Expression, filter)
}

// admitted wants the sidecar to let a request in that arrives at its pod, and
// refused wants the opposite.
func (p *told) admitted(r xds.Request) {
	p.Helper()
	if through, why := p.inbound(r); !through {
		p.Errorf("%s refuses %s: %s", p.who, describe(r), why)
	}
}

func (p *told) refused(r xds.Request) {
	p.Helper()
	if through, _ := p.inbound(r); through {
		p.Errorf("%s lets in %s", p.who, describe(r))
	}
}

// strict wants the sidecar to take no plain text on a port, whoever may call it.
func (p *told) strict(port int) {
	p.Helper()
	chain := p.chain("virtualInbound", xds.PlainText(port))
	to, err := xds.Relay(chain)
	if err != nil {
		p.Fatalf("%s: %v", p.who, err)
	}
	if chain != nil && to != "BlackHoleCluster" {
		p.Errorf("%s takes plain text on port %d", p.who, port)
	}
}

func (p *told) inbound(r xds.Request) (bool, string) {
	p.Helper()
	if p.config.Listeners["virtualInbound"] == nil {
		p.Fatalf("%s has no inbound listener", p.who)
	}
	return p.through(p.chain("virtualInbound", r.Connection), r)
}

// through says whether a chain lets a request through.
func (p *told) through(chain *listener.FilterChain, r xds.Request) (bool, string) {
	p.Helper()
	through, why, err := xds.Admits(chain, r)
	if err != nil {
		p.Fatalf("%s: %s: %v", p.who, describe(r), err)
	}
	return through, why
}

// describe names a request.
func describe(r xds.Request) string {
	who := "plain text"
	if r.Caller.Namespace != "" {
		who = r.Caller.Namespace + "/" + r.Caller.Account
	}
	return strings.TrimSpace(r.Method+" "+r.Host+r.Path) + " from " + who
}

// equal compares what a proxy is told with what the intent says.
func (p *told) equal(what string, got, want any) {
	p.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("%s: %s (-intent +proxy):\n%s", p.who, what, diff)
	}
}

// endpoints returns where a cluster's endpoints are, in order.
func (p *told) endpoints(cluster string) []string {
	p.Helper()
	plain, mutual, err := p.config.Addresses(cluster)
	if err != nil {
		p.Errorf("%s: %v", p.who, err)
	}
	return slices.Sorted(slices.Values(slices.Concat(plain, mutual)))
}

// served are the listeners of a gateway, in order.
func (p *told) served() []string { return slices.Sorted(maps.Keys(p.config.Listeners)) }

// seconds returns how long a route lets a request take, and a try of it.
func seconds(r *route.Route) (all, try time.Duration) {
	return r.GetRoute().GetTimeout().AsDuration(), r.GetRoute().GetRetryPolicy().GetPerTryTimeout().AsDuration()
}

// unknown returns the cluster to which a sidecar sends a connection out of its
// pod that no listener is for.
func (p *told) unknown() string {
	p.Helper()
	return p.outward(xds.Connection{IP: "203.0.113.9", Port: 4711})
}

// outward returns the cluster to which a sidecar sends a connection out of its
// pod that is no HTTP. Envoy takes the listener of the address and the port, else
// that of the port, else the one for all.
func (p *told) outward(c xds.Connection) string {
	p.Helper()
	name := "virtualOutbound"
	for _, l := range []string{fmt.Sprintf("%s_%d", c.IP, c.Port), fmt.Sprintf("0.0.0.0_%d", c.Port)} {
		if p.config.Listeners[l] != nil {
			name = l
			break
		}
	}
	to, err := xds.Relay(p.chain(name, c))
	if err != nil {
		p.Fatalf("%s: %v", p.who, err)
	}
	return to
}

// named returns a listener's filter chain by its name; a waypoint finds them by
// the Service.
func (p *told) named(in, chain string) *listener.FilterChain {
	p.Helper()
	for _, c := range p.config.Listeners[in].GetFilterChains() {
		if c.Name == chain {
			return c
		}
	}
	p.Fatalf("%s: the listener %s has no filter chain %s", p.who, in, chain)
	return nil
}

// chains returns the names of a listener's filter chains.
func chains(l *listener.Listener) []string {
	var out []string
	for _, c := range l.GetFilterChains() {
		out = append(out, c.Name)
	}
	return out
}
