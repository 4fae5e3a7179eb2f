package xds

import (
	"context"
	"fmt"
	"maps"
	"slices"

	cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	names "istio.io/istio/pkg/dns/proto"
	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

// The types that istiod is asked for.
const (
	prefix             = "type.googleapis.com/"
	clusterType        = prefix + "envoy.config.cluster.v3.Cluster"
	endpointType       = prefix + "envoy.config.endpoint.v3.ClusterLoadAssignment"
	listenerType       = prefix + "envoy.config.listener.v3.Listener"
	routeType          = prefix + "envoy.config.route.v3.RouteConfiguration"
	namesType          = prefix + "istio.networking.nds.v1.NameTable"
	addressesType      = prefix + "istio.workload.Address"
	authorizationsType = prefix + "istio.security.Authorization"
)

// Config is what a proxy is told, by name.
type Config struct {
	Listeners map[string]*listener.Listener
	Routes    map[string]*route.RouteConfiguration
	Clusters  map[string]*cluster.Cluster
	Endpoints map[string]*endpoint.ClusterLoadAssignment
	Names     map[string][]string // addresses of host names, for a proxy that answers DNS
}

// Workloads is what ztunnel is told.
type Workloads struct {
	Workloads      []*workloadapi.Workload
	Services       []*workloadapi.Service
	Authorizations map[string]*security.Authorization // by namespace/name
}

// dial returns a client of istiod's port for plain text.
func dial(address string) (discovery.AggregatedDiscoveryServiceClient, func(), error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		return nil, nil, err
	}
	return discovery.NewAggregatedDiscoveryServiceClient(conn), func() { conn.Close() }, nil
}

// Ask returns everything that a proxy is told by the istiod at an address.
func Ask(ctx context.Context, address string, node *core.Node) (*Config, error) {
	client, hangUp, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer hangUp()
	stream, err := client.StreamAggregatedResources(ctx)
	if err != nil {
		return nil, err
	}
	a := asking{stream, node}
	out := &Config{
		Listeners: map[string]*listener.Listener{}, Routes: map[string]*route.RouteConfiguration{},
		Clusters: map[string]*cluster.Cluster{}, Endpoints: map[string]*endpoint.ClusterLoadAssignment{}, Names: map[string][]string{},
	}
	if err := read(a, clusterType, nil, out.Clusters, (*cluster.Cluster).GetName); err != nil {
		return nil, err
	}
	var assigned []string // what endpoints are called, after their clusters
	for _, name := range slices.Sorted(maps.Keys(out.Clusters)) {
		if c := out.Clusters[name]; c.GetType() == cluster.Cluster_EDS {
			assigned = append(assigned, c.Name)
		}
	}
	if len(assigned) > 0 {
		if err := read(a, endpointType, assigned, out.Endpoints, (*endpoint.ClusterLoadAssignment).GetClusterName); err != nil {
			return nil, err
		}
	}
	if err := read(a, listenerType, nil, out.Listeners, (*listener.Listener).GetName); err != nil {
		return nil, err
	}
	wanted, err := routes(out.Listeners)
	if err != nil {
		return nil, err
	}
	if len(wanted) > 0 {
		if err := read(a, routeType, wanted, out.Routes, (*route.RouteConfiguration).GetName); err != nil {
			return nil, err
		}
	}
	if node.GetMetadata().GetFields()["DNS_CAPTURE"].GetStringValue() != "true" {
		return out, nil
	}
	tables := map[string]*names.NameTable{}
	if err := read(a, namesType, nil, tables, func(*names.NameTable) string { return "" }); err != nil {
		return nil, err
	}
	for host, info := range tables[""].GetTable() {
		out.Names[host] = info.Ips
	}
	return out, nil
}

// routes returns the names of the route configurations that listeners fetch.
func routes(listeners map[string]*listener.Listener) ([]string, error) {
	seen := map[string]bool{}
	for _, l := range listeners {
		for _, chain := range append(slices.Clone(l.FilterChains), l.DefaultFilterChain) {
			manager, err := HTTP(chain)
			if err != nil {
				return nil, err
			}
			if name := manager.GetRds().GetRouteConfigName(); name != "" {
				seen[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// asking is a stream on which one type after the other is asked for.
type asking struct {
	stream discovery.AggregatedDiscoveryService_StreamAggregatedResourcesClient
	node   *core.Node
}

// read asks for resources of a type and files them by name. Answers that are
// pushed meanwhile for types asked before are let go.
func read[M proto.Message](a asking, url string, wanted []string, into map[string]M, name func(M) string) error {
	if err := a.stream.Send(&discovery.DiscoveryRequest{Node: a.node, TypeUrl: url, ResourceNames: wanted}); err != nil {
		return err
	}
	for {
		answer, err := a.stream.Recv()
		if err != nil {
			return fmt.Errorf("%s: %w", url, err)
		}
		if answer.TypeUrl != url {
			continue
		}
		if err := a.stream.Send(&discovery.DiscoveryRequest{TypeUrl: url, ResourceNames: wanted, VersionInfo: answer.VersionInfo, ResponseNonce: answer.Nonce}); err != nil {
			return err
		}
		for _, resource := range answer.Resources {
			m, err := open[M](resource)
			if err != nil {
				return err
			}
			into[name(m)] = m
		}
		return nil
	}
}

// open returns the message in an Any, which must be of its type.
func open[M proto.Message](a *anypb.Any) (M, error) {
	var zero M
	m := zero.ProtoReflect().New().Interface().(M)
	return m, a.UnmarshalTo(m)
}

// find returns the message of its type among Anys; nil if there is none.
func find[M proto.Message](a *anypb.Any) (M, bool, error) {
	var zero M
	if a == nil || a.MessageName() != zero.ProtoReflect().Descriptor().FullName() {
		return zero, false, nil
	}
	m, err := open[M](a)
	return m, err == nil, err
}

// HTTP returns the HTTP connection manager of a filter chain; nil if it has none.
func HTTP(chain *listener.FilterChain) (*hcm.HttpConnectionManager, error) {
	for _, f := range chain.GetFilters() {
		manager, ok, err := find[*hcm.HttpConnectionManager](f.GetTypedConfig())
		if ok || err != nil {
			return manager, err
		}
	}
	return nil, nil
}

// AskZtunnel returns everything that the ztunnel of a node is told.
func AskZtunnel(ctx context.Context, address string, node *core.Node) (*Workloads, error) {
	client, hangUp, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer hangUp()
	stream, err := client.DeltaAggregatedResources(ctx)
	if err != nil {
		return nil, err
	}
	out := &Workloads{Authorizations: map[string]*security.Authorization{}}
	for _, url := range []string{addressesType, authorizationsType} {
		if err := stream.Send(&discovery.DeltaDiscoveryRequest{Node: node, TypeUrl: url, ResourceNamesSubscribe: []string{"*"}}); err != nil {
			return nil, err
		}
		answer, err := stream.Recv()
		for err == nil && answer.TypeUrl != url {
			answer, err = stream.Recv()
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", url, err)
		}
		for _, r := range answer.Resources {
			if err := out.add(url, r.Resource); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// add files what ztunnel was told.
func (w *Workloads) add(url string, resource *anypb.Any) error {
	if url == authorizationsType {
		a, err := open[*security.Authorization](resource)
		if err != nil {
			return err
		}
		w.Authorizations[a.Namespace+"/"+a.Name] = a
		return nil
	}
	a, err := open[*workloadapi.Address](resource)
	if err != nil {
		return err
	}
	if workload := a.GetWorkload(); workload != nil {
		w.Workloads = append(w.Workloads, workload)
	}
	if service := a.GetService(); service != nil {
		w.Services = append(w.Services, service)
	}
	return nil
}
