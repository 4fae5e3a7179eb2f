package resolve

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func (r *resolver) gateways() {
	for _, name := range sorted(r.in.Gateways) {
		in, path := r.in.Gateways[name], intent.Join("gateways", name)
		g := model.Gateway{
			Name:       name,
			Path:       path,
			Kind:       in.Kind,
			API:        in.API,
			Namespace:  in.Namespace,
			Scale:      model.Scale{Replicas: in.Replicas, Autoscaling: in.Autoscaling, DisruptionBudget: in.DisruptionBudget},
			Scheduling: r.placement(path+".placement", in.Placement),
			Resources:  in.Resources,
			Service:    in.Service,
			Address:    in.Address,
		}
		if in.Pool != "" {
			var pools map[string]intent.MetalLBPool
			if r.in.Cluster.MetalLB != nil {
				pools = r.in.Cluster.MetalLB.Pools
			}
			// Without MetalLB a check says that there are no pools at all.
			if _, ok := pools[in.Pool]; !ok && r.in.Cluster.LoadBalancer == "metallb" {
				r.unknown(path+".pool", "MetalLB pool", in.Pool, sorted(pools))
			}
			g.Pool = in.Pool
		}
		g.ServiceAccount, g.ServiceName, g.Selector = made(g)
		for _, server := range sorted(in.Servers) {
			g.Servers = append(g.Servers, r.server(g, server, in.Servers[server]))
		}
		g.Ports = ports(g, r.in.Egress)
		r.out.Gateways = append(r.out.Gateways, g)
	}
}

// made returns what a gateway's pods and Service are called: by the chart after
// the release's name (gateway/templates/_helpers.tpl), by istiod after the
// Gateway and its class (pilot/pkg/config/kube/gatewaycommon).
func made(g model.Gateway) (serviceAccount, service string, selector map[string]string) {
	if g.API == "gateway-api" {
		name := g.Name + "-istio"
		return name, name, map[string]string{"gateway.networking.k8s.io/gateway-name": g.Name}
	}
	return g.Name, g.Name, map[string]string{"app": g.Name, "istio": g.Name}
}

func (r *resolver) server(g model.Gateway, name string, in intent.Server) model.Server {
	s := model.Server{Name: name, Path: intent.Join(g.Path+".servers", name), Hosts: lowerHosts(in.Hosts), Port: in.Port, Protocol: in.Protocol}
	if s.Port == 0 {
		if s.Port = 80; in.TLS != nil {
			s.Port = 443
		}
	}
	if in.TLS == nil {
		return s
	}
	s.TLS = &model.ServerTLS{Mode: in.TLS.Mode, MinVersion: in.TLS.MinVersion, RedirectHTTP: in.TLS.RedirectHTTP, Secret: in.TLS.Secret}
	if in.TLS.Issuer != "" {
		s.TLS.Issuer, s.TLS.IssuerKind = in.TLS.Issuer, in.TLS.IssuerKind
		if s.TLS.Secret == "" {
			s.TLS.Secret = g.Name + "-" + name + "-tls"
		}
	}
	return s
}

// ports are what the gateway's Service opens: its servers' ports, 80 for
// redirects, and what passes an egress gateway. A gateway that serves nothing
// yet opens the ports that the chart opens.
func ports(g model.Gateway, egress intent.Egress) []model.GatewayPort {
	names := map[int]string{}
	for _, s := range g.Servers {
		names[s.Port] = portName(s.Port, s.Protocol, s.TLS != nil)
		if s.TLS != nil && s.TLS.RedirectHTTP {
			names[80] = "http2"
		}
	}
	for _, name := range sorted(egress.Hosts) {
		if host := egress.Hosts[name]; host.Through == g.Name {
			tls := host.Protocol == "TLS" || host.Protocol == "HTTPS"
			names[host.Port] = portName(host.Port, host.Protocol, tls)
		}
	}
	if len(names) == 0 {
		names = map[int]string{80: "http2", 443: "https"}
	}
	var list []model.GatewayPort
	for number, name := range names {
		list = append(list, model.GatewayPort{Name: name, Number: number})
	}
	slices.SortFunc(list, func(a, b model.GatewayPort) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// portName is the name of a Service's port; Istio reads the protocol from it.
// Ports 80 and 443 keep the names that the gateway chart gives them.
func portName(number int, protocol string, tls bool) string {
	switch {
	case number == 80 && !tls && protocol != "TCP":
		return "http2"
	case number == 443 && tls:
		return "https"
	case tls:
		return "tls-" + strconv.Itoa(number)
	case protocol == "TCP":
		return "tcp-" + strconv.Itoa(number)
	case protocol == "GRPC":
		return "grpc-" + strconv.Itoa(number)
	}
	return "http-" + strconv.Itoa(number)
}

// gateway returns the resolved gateway of a name, or reports it at the path.
func (r *resolver) gateway(path, name string) *model.Gateway {
	for i := range r.out.Gateways {
		if r.out.Gateways[i].Name == name {
			return &r.out.Gateways[i]
		}
	}
	r.unknown(path, "gateway", name, sorted(r.in.Gateways))
	return nil
}
