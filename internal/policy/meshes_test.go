package policy

import (
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func namespacesMesh() model.Mesh {
	return model.Mesh{Namespaces: []model.Namespace{
		{Name: "istio-system", Path: "namespaces.istio-system", Create: true},
		{
			Name: "shop", Path: "namespaces.shop", Create: true, Mesh: true,
			Labels:      map[string]string{"istio-injection": "enabled", "team": "web"},
			Annotations: map[string]string{"owner": "web@example.com"},
		},
		{Name: "taken", Path: "namespaces.taken", Labels: map[string]string{"istio.io/dataplane-mode": "ambient"}},
		{Name: "theirs", Path: "namespaces.theirs"}, // declared, and left alone
	}}
}

func mtlsMesh() model.Mesh {
	return model.Mesh{
		MTLS: model.MTLS{
			Stage: intent.Strict,
			Exceptions: []model.MTLSException{{
				Name: "cnpg-webhook", Path: "mtls.exceptions.cnpg-webhook",
				MTLSException: intent.MTLSException{
					Namespace: "databases", Labels: map[string]string{"app.kubernetes.io/name": "cloudnative-pg"},
					Ports: []int{9443, 8443}, Reason: "the API server calls this webhook from outside the mesh",
				},
			}, {
				Name: "scanner", Path: "mtls.exceptions.scanner", // in a namespace with a stage of its own
				MTLSException: intent.MTLSException{
					Namespace: "legacy", Labels: map[string]string{"app": "scanned"},
					Ports: []int{8080}, Reason: "the scanner speaks no TLS",
				},
			}},
		},
		Namespaces: []model.Namespace{
			{Name: "databases", Path: "namespaces.databases"},
			{Name: "legacy", Path: "namespaces.legacy", Stage: intent.Permissive},
		},
	}
}

// public is an ingress gateway with the names that chart or istiod give it.
func public(api string, servers ...model.Server) model.Gateway {
	g := model.Gateway{
		Name: "public", Path: "gateways.public", Kind: "ingress", API: api, Namespace: "istio-ingress",
		Scale:          model.Scale{Replicas: 1},
		Service:        intent.GatewayService{Type: "LoadBalancer"},
		ServiceAccount: "public", ServiceName: "public",
		Selector: map[string]string{"app": "public", "istio": "public"},
		Servers:  servers,
	}
	if api == byGatewayAPI {
		g.ServiceAccount, g.ServiceName = "public-istio", "public-istio"
		g.Selector = map[string]string{"gateway.networking.k8s.io/gateway-name": "public"}
	}
	return g
}

func server(name string, port int, tls *model.ServerTLS, hosts ...string) model.Server {
	return model.Server{Name: name, Path: "gateways.public.servers." + name, Hosts: hosts, Port: port, Protocol: "HTTP", TLS: tls}
}

func simple(secret string) *model.ServerTLS {
	return &model.ServerTLS{Mode: "simple", MinVersion: "1.2", Secret: secret}
}

func gatewaysMesh() model.Mesh {
	redirecting := simple("shop-tls")
	redirecting.RedirectHTTP = true
	grpc := server("grpc", 8443, &model.ServerTLS{Mode: "mutual", MinVersion: "1.3", Secret: "grpc-tls"}, "grpc.example.com")
	grpc.Protocol = "GRPC"
	postgres := server("postgres", 5432, simple("postgres-tls"), "db.example.com")
	postgres.Protocol = "TCP"
	mqtt := server("mqtt", 1883, nil, "*.example.com")
	mqtt.Protocol = "TCP"
	quiet := public(byChart)
	quiet.Name, quiet.Path = "quiet", "gateways.quiet"
	return model.Mesh{Gateways: []model.Gateway{
		public(byChart,
			grpc, mqtt,
			server("passed", 9443, &model.ServerTLS{Mode: "passthrough", MinVersion: "1.2"}, "passed.example.com"),
			server("plain", 80, nil, "plain.example.com"),
			postgres,
			server("shop", 443, redirecting, "shop.example.com", "www.example.com"),
			server("partners", 8444, redirecting, "partners.example.com"),
		),
		quiet,
	}}
}

func gatewayAPIMesh() model.Mesh {
	shop := &model.ServerTLS{
		Mode: "simple", MinVersion: "1.2", RedirectHTTP: true,
		Secret: "shop-tls", Issuer: "letsencrypt", IssuerKind: "ClusterIssuer",
	}
	full := public(byGatewayAPI,
		server("api", 8443, &model.ServerTLS{Mode: "mutual", MinVersion: "1.2", Secret: "api-tls"}, "api.example.com"),
		server("passed", 9443, &model.ServerTLS{Mode: "passthrough", MinVersion: "1.2"}, "passed.example.com"),
		server("shop", 443, shop, "shop.example.com", "*.shop.example.com"),
	)
	full.Scale = model.Scale{
		Autoscaling:      &intent.Autoscaling{Min: 2, Max: 6, CPU: 80},
		DisruptionBudget: &intent.DisruptionBudget{MinAvailable: int64(1)},
	}
	full.Resources = intent.Resources{
		Requests: intent.ResourceList{CPU: "100m", Memory: "128Mi"}, Limits: intent.ResourceList{Memory: "1Gi"},
	}
	full.Scheduling = model.Scheduling{
		NodeSelector: map[string]string{"kubernetes.io/arch": "amd64"},
		Affinity:     []map[string]string{{"pool": "edge", "zone": "a"}, {"pool": "web"}},
		Tolerations:  []intent.Toleration{{Key: "dedicated", Operator: "Equal", Value: "edge", Effect: "NoSchedule"}},
		Spread:       "topology.kubernetes.io/zone",
	}
	full.Service = intent.GatewayService{
		Type: "LoadBalancer", Annotations: map[string]string{"example.com/class": "fast"},
		ExternalTrafficPolicy: "Local", LoadBalancerClass: "example.com/lb",
	}
	full.Address, full.Pool = "10.0.0.100", "public"

	small := public(byGatewayAPI, server("plain", 80, nil, "plain.example.com"))
	small.Name, small.Path = "small", "gateways.small"
	small.ServiceAccount, small.ServiceName = "small-istio", "small-istio"
	small.Service.Type, small.Address = "ClusterIP", "10.0.0.101"
	small.Replicas = 2
	small.DisruptionBudget = &intent.DisruptionBudget{MaxUnavailable: "50%"}
	return model.Mesh{Istio: model.Istio{Revision: "1-31"}, Gateways: []model.Gateway{full, small}}
}

// metalLBGatewayMesh has a gateway whose address comes from MetalLB, and a TCP
// server with two hosts, which are one listener.
func metalLBGatewayMesh() model.Mesh {
	mqtt := server("mqtt", 1883, nil, "a.example.com", "b.example.com")
	mqtt.Protocol = "TCP"
	g := public(byGatewayAPI, mqtt)
	g.Address, g.Pool = "10.0.0.100", "public"
	return model.Mesh{Cluster: model.Cluster{LoadBalancer: "metallb"}, Gateways: []model.Gateway{g}}
}

func waypointsMesh() model.Mesh {
	return model.Mesh{
		Istio: model.Istio{Revision: "1-31"},
		Namespaces: []model.Namespace{
			{Name: "databases", Path: "namespaces.databases", Mesh: true, Mode: intent.Ambient},
			{Name: "e-commerce", Path: "namespaces.e-commerce", Mesh: true, Mode: intent.Ambient, Waypoint: true},
			{Name: "shop", Path: "namespaces.shop", Mesh: true, Mode: intent.Ambient, Waypoint: true, Revision: "prod"},
		},
	}
}

// routesMesh has a route with everything that a rule may say, and one that says
// the least. The services with subsets are for the chart's routes.
func routesMesh(api string) model.Mesh {
	redirecting := simple("shop-tls")
	redirecting.RedirectHTTP = true
	gateway := public(api, server("shop", 443, redirecting, "shop.example.com"), server("wide", 443, simple("wide-tls"), "*.example.com"))
	services := []model.Service{
		{Name: "cart", Path: "services.cart", Namespace: "orders", Port: 80},
		{Name: "todoui", Path: "services.todoui", Namespace: "shop", Port: 8090},
	}
	old, current := model.Destination{Service: &services[1], Weight: 90}, model.Destination{Service: &services[0], Weight: 10}
	if api == byChart {
		services[1].Subsets = []model.Subset{
			{Name: "v0-1", Labels: map[string]string{"version": "0.1"}},
			{Name: "v0-2", Labels: map[string]string{"version": "0.2"}},
		}
		old.Subset = "v0-1"
		current = model.Destination{Service: &services[1], Subset: "v0-2", Weight: 10}
	}
	return model.Mesh{
		Gateways: []model.Gateway{gateway},
		Services: services,
		Routes: []model.Route{
			{
				Name: "plain", Path: "routes.plain", Gateway: &gateway, Hosts: []string{"cart.example.com"},
				Rules: []model.RouteRule{{To: []model.Destination{{Service: &services[0], Weight: 100}}}},
			},
			{
				Name: "todoui", Path: "routes.todoui", Gateway: &gateway, Hosts: []string{"shop.example.com"},
				Rules: []model.RouteRule{
					{
						Match: []intent.RouteMatch{
							{Prefix: "/api", Method: "GET", Headers: map[string]string{"X-Tenant": "blue", "X-Canary": "yes"}},
							{Exact: "/health"},
						},
						To:      []model.Destination{old, current},
						Timeout: "1.5s",
						Retries: &intent.Retries{Attempts: 2, PerTryTimeout: "500ms", On: "5xx,reset"},
					},
					{To: []model.Destination{{Service: &services[1], Weight: 100}}},
				},
			},
		},
	}
}
