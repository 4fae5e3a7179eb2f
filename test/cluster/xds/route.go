package xds

import (
	"fmt"
	"strings"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
)

// Route returns the virtual host and the route that a request on a connection
// manager takes; nil where there is none, which answers 404.
func (c *Config) Route(manager *hcm.HttpConnectionManager, r Request) (*route.VirtualHost, *route.Route, error) {
	table := manager.GetRouteConfig()
	if name := manager.GetRds().GetRouteConfigName(); name != "" {
		if table = c.Routes[name]; table == nil {
			return nil, nil, fmt.Errorf("there is no route configuration %s", name)
		}
	}
	var host *route.VirtualHost
	best := 0
	for _, v := range table.GetVirtualHosts() {
		for _, d := range v.Domains {
			if s := domain(d, r.Host); s > best {
				host, best = v, s
			}
		}
	}
	for _, candidate := range host.GetRoutes() {
		ok, err := takes(candidate.Match, r)
		if err != nil {
			return nil, nil, fmt.Errorf("virtual host %s: %w", host.Name, err)
		}
		if ok {
			return host, candidate, nil
		}
	}
	return host, nil, nil
}

// takes says whether a route is for a request.
func takes(m *route.RouteMatch, r Request) (bool, error) {
	if len(m.QueryParameters)+len(m.DynamicMetadata) > 0 || m.Grpc != nil || m.TlsContext != nil || m.RuntimeFraction != nil {
		return false, fmt.Errorf("a match of routes that this does not know: %v", m)
	}
	path, _, _ := strings.Cut(r.Path, "?")
	ok, err := false, error(nil)
	switch is := m.PathSpecifier.(type) {
	case *route.RouteMatch_Prefix:
		ok = strings.HasPrefix(path, is.Prefix)
	case *route.RouteMatch_Path:
		ok = path == is.Path
	case *route.RouteMatch_PathSeparatedPrefix:
		ok = path == is.PathSeparatedPrefix || strings.HasPrefix(path, is.PathSeparatedPrefix+"/")
	case *route.RouteMatch_SafeRegex:
		ok, err = whole(is.SafeRegex.Regex, path)
	default:
		return false, fmt.Errorf("a match of paths that this does not know: %v", m)
	}
	if err != nil || !ok {
		return false, err
	}
	return allOf(m.Headers, r, header)
}

// Shares returns which clusters a route sends requests to, each with its weight;
// that of the only one is 100.
func Shares(r *route.Route) map[string]uint32 {
	out := map[string]uint32{}
	action := r.GetRoute()
	if name := action.GetCluster(); name != "" {
		out[name] = 100
	}
	for _, c := range action.GetWeightedClusters().GetClusters() {
		out[c.Name] += c.Weight.GetValue()
	}
	return out
}

// Relay returns the cluster to which a filter chain sends what is no HTTP; "" if
// it has no such filter.
func Relay(chain *listener.FilterChain) (string, error) {
	for _, f := range chain.GetFilters() {
		if proxy, ok, err := find[*tcp.TcpProxy](f.GetTypedConfig()); ok || err != nil {
			return proxy.GetCluster(), err
		}
	}
	return "", nil
}

// Ends returns how a filter chain ends TLS; nil if it does not.
func Ends(chain *listener.FilterChain) (*tls.DownstreamTlsContext, error) {
	context, _, err := find[*tls.DownstreamTlsContext](chain.GetTransportSocket().GetTypedConfig())
	return context, err
}

// Addresses returns where a cluster's endpoints are, address:port, and which of
// them are spoken to by mutual TLS.
func (c *Config) Addresses(name string) (plain, mutual []string, err error) {
	assignment := c.Endpoints[name]
	if of := c.Clusters[name]; of == nil {
		return nil, nil, fmt.Errorf("there is no cluster %s", name)
	} else if of.GetType() != cluster.Cluster_EDS {
		assignment = of.LoadAssignment
	}
	for _, locality := range assignment.GetEndpoints() {
		for _, e := range locality.LbEndpoints {
			at := e.GetEndpoint().GetAddress()
			text := fmt.Sprintf("%s:%d", at.GetSocketAddress().GetAddress(), at.GetSocketAddress().GetPortValue())
			if internal := at.GetEnvoyInternalAddress(); internal != nil {
				text = internal.GetServerListenerName() + " " + internal.GetEndpointId()
			}
			if e.GetMetadata().GetFilterMetadata()["envoy.transport_socket_match"].GetFields()["tlsMode"].GetStringValue() == "istio" {
				mutual = append(mutual, text)
			} else {
				plain = append(plain, text)
			}
		}
	}
	return plain, mutual, nil
}
