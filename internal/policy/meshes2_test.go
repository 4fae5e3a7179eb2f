package policy

import (
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// rule returns a rule of the intent with its name and path.
func rule(name string, fill func(*model.AuthRule)) model.AuthRule {
	r := model.AuthRule{Name: name, Path: "authorization.rules." + name}
	r.Action = "allow"
	fill(&r)
	return r
}

func customers() *model.Issuer {
	return &model.Issuer{
		Name: "customers", Path: "authorization.issuers.customers",
		Issuer: intent.Issuer{
			Issuer: "https://id.example.com/", JWKS: "https://id.example.com/.well-known/jwks.json",
			Audiences: []string{"shop"}, ForwardToken: true,
		},
	}
}

// authorizationMesh is production's: sidecars, a gateway from the chart with one
// open and one guarded host, and an egress gateway.
func authorizationMesh() model.Mesh {
	api := simple("api-tls")
	api.RedirectHTTP = true
	m := egressMesh()
	gateway := public(byChart, server("api", 443, api, "api.example.com"), server("shop", 443, simple("shop-tls"), "shop.example.com"))
	m.Gateways = append(m.Gateways, gateway)
	m.Namespaces = []model.Namespace{
		{Name: "payments", Path: "namespaces.payments", Mesh: true, Mode: intent.Sidecar},
		{Name: "shop", Path: "namespaces.shop", Mesh: true, Mode: intent.Sidecar},
	}
	m.Authorization = model.Authorization{Deny: true, Rules: []model.AuthRule{
		rule("api-needs-login", func(r *model.AuthRule) {
			r.Gateway, r.Issuer, r.When.Host = &gateway, customers(), "api.example.com"
		}),
		rule("no-admin", func(r *model.AuthRule) {
			r.Action, r.Gateway = "deny", &gateway
			r.To.Paths, r.From.IPBlocks = []string{"/admin*"}, []string{"203.0.113.0/24"}
		}),
		rule("payments-from-shop", func(r *model.AuthRule) {
			r.To.Namespace, r.To.Paths, r.To.Methods = "payments", []string{"/charge"}, []string{"POST"}
			r.To.Labels, r.To.Ports = map[string]string{"app": "charge"}, []int{8080}
			r.From.Namespaces, r.From.ServiceAccounts = []string{"shop"}, []string{"batch/nightly"}
			r.From.IPBlocks = []string{"10.0.0.0/8"}
		}),
		rule("shop-from-gateway", func(r *model.AuthRule) {
			r.To.Namespace, r.Callers = "shop", []*model.Gateway{&gateway}
		}),
	}}
	return m
}

// ambientAuthorizationMesh has a namespace with a waypoint and one without, and
// a gateway of Gateway API that no rule speaks of.
func ambientAuthorizationMesh() model.Mesh {
	gateway := public(byGatewayAPI, server("shop", 443, simple("shop-tls"), "shop.example.com"))
	return model.Mesh{
		Ambient:  true,
		Gateways: []model.Gateway{gateway},
		Namespaces: []model.Namespace{
			{Name: "databases", Path: "namespaces.databases", Mesh: true, Mode: intent.Ambient},
			{Name: "e-commerce", Path: "namespaces.e-commerce", Mesh: true, Mode: intent.Ambient, Waypoint: true},
		},
		Authorization: model.Authorization{Deny: true, Rules: []model.AuthRule{
			rule("buyers", func(r *model.AuthRule) {
				r.To.Namespace, r.To.Methods = "e-commerce", []string{"POST"}
				r.Issuer, r.From.Namespaces = customers(), []string{"web"}
			}),
			rule("databases", func(r *model.AuthRule) {
				r.To.Namespace, r.To.Ports, r.From.Namespaces = "databases", []int{5432}, []string{"e-commerce"}
			}),
			rule("shop-from-gateway", func(r *model.AuthRule) {
				r.To.Namespace, r.Callers = "e-commerce", []*model.Gateway{&gateway}
			}),
		}},
	}
}

// guardsMesh has hosts that a guard takes a part of: wildcards, TLS that is
// passed through, and a gateway that a rule guards as a whole.
func guardsMesh() model.Mesh {
	wide := simple("wide-tls")
	wide.RedirectHTTP = true
	mqtt := server("mqtt", 1883, nil, "mqtt.example.com")
	mqtt.Protocol = "TCP"
	gateway := public(byChart,
		mqtt,
		server("passed", 9443, &model.ServerTLS{Mode: "passthrough"}, "*.passed.example.net", "own.example.net"),
		server("wide", 443, wide, "*.example.com"),
	)
	closed := public(byGatewayAPI, server("all", 443, wide, "closed.example.com"))
	closed.Name, closed.Path = "closed", "gateways.closed"
	return model.Mesh{
		Gateways: []model.Gateway{closed, gateway},
		Authorization: model.Authorization{Deny: true, Rules: []model.AuthRule{
			rule("admin", func(r *model.AuthRule) {
				r.Gateway, r.When.Host, r.From.IPBlocks = &gateway, "admin.example.com", []string{"10.0.0.0/8"}
			}),
			rule("closed", func(r *model.AuthRule) { r.Gateway, r.From.IPBlocks = &closed, []string{"10.0.0.0/8"} }),
			rule("passed", func(r *model.AuthRule) {
				r.Gateway, r.When.Host, r.From.IPBlocks = &gateway, "one.passed.example.net", []string{"10.0.0.0/8"}
			}),
		}},
	}
}

// issuersMesh asks for the same issuer's tokens on each kind of target, twice on one.
func issuersMesh() model.Mesh {
	m := ambientAuthorizationMesh()
	chart, api := public(byChart), m.Gateways[0]
	chart.Namespace = "istio-other"
	on := func(name string, fill func(*model.AuthRule)) model.AuthRule {
		return rule(name, func(r *model.AuthRule) { r.Issuer = customers(); fill(r) })
	}
	m.Authorization.Rules = []model.AuthRule{
		on("chart", func(r *model.AuthRule) { r.Gateway = &chart }),
		on("chart-again", func(r *model.AuthRule) { r.Gateway = &chart }),
		on("gateway-api", func(r *model.AuthRule) { r.Gateway = &api }),
		on("namespace", func(r *model.AuthRule) { r.To.Namespace = "shop" }),
		on("waypoint", func(r *model.AuthRule) { r.To.Namespace = "e-commerce" }),
	}
	return m
}

func egressMesh() model.Mesh {
	gateway := model.Gateway{
		Name: "egress", Path: "gateways.egress", Kind: egress, API: byChart, Namespace: "istio-egress",
		ServiceAccount: "egress", ServiceName: "egress", Selector: map[string]string{"app": "egress", "istio": "egress"},
	}
	host := func(name, host, protocol string, port int, through *model.Gateway) model.EgressHost {
		return model.EgressHost{Name: name, Path: "egress.hosts." + name, Host: host, Port: port, Protocol: protocol, Through: through}
	}
	return model.Mesh{
		Gateways: []model.Gateway{gateway},
		Egress: model.Egress{RegistryOnly: true, Hosts: []model.EgressHost{
			host("direct", "maps.example", "HTTPS", 443, nil),
			host("ftp", "files.example", "TCP", 2121, nil),
			host("psp", "api.psp.example", "TLS", 443, &gateway),
			host("psp-again", "api.psp.example", "HTTP", 80, &gateway),
			host("psp-other", "api.psp.example", "TLS", 8443, nil),
			host("updates", "updates.example", "HTTP", 80, &gateway),
		}},
	}
}

func telemetryMesh() model.Mesh {
	m := model.Mesh{
		Istio: model.Istio{Revision: "1-31"}, Ambient: true, CNI: model.CNI{Enabled: true},
		Telemetry: intent.Telemetry{
			AccessLogs: &intent.AccessLogs{Format: "json", Filter: "response.code >= 400", Provider: "envoy"},
			Tracing:    &intent.Tracing{Provider: "tempo", Sampling: 0.5, Tags: map[string]string{"cluster": "pi", "site": "home"}},
			Monitors:   &intent.Monitors{Interval: "60s", Labels: map[string]string{"release": "prometheus"}},
			Kiali:      &intent.Kiali{Namespace: "istio-system", Prometheus: "http://prometheus.monitoring:9090/prometheus"},
		},
	}
	k := m.Telemetry.Kiali
	k.Grafana = &struct {
		Internal string `json:"internal"`
		External string `json:"external"`
	}{"http://grafana.grafana.svc.cluster.local/grafana/", "https://monitoring.homelab.example/grafana/"}
	k.Tracing = &struct {
		Provider string `json:"provider"`
		Internal string `json:"internal"`
		External string `json:"external"`
	}{"tempo", "http://tempo-query-frontend.tempo.svc.cluster.local:3100/", ""}
	k.Auth = &struct {
		OpenID *struct {
			ClientID    string `json:"clientID"`
			Issuer      string `json:"issuer"`
			DisableRBAC bool   `json:"disableRBAC"`
		} `json:"openid"`
	}{&struct {
		ClientID    string `json:"clientID"`
		Issuer      string `json:"issuer"`
		DisableRBAC bool   `json:"disableRBAC"`
	}{"kiali", "https://sso.homelab.example/realms/picluster", false}}
	return m
}

func metalLBMesh() model.Mesh {
	return model.Mesh{Cluster: model.Cluster{
		LoadBalancer: "metallb",
		MetalLB: &intent.MetalLB{Namespace: "metallb-system", Pools: map[string]intent.MetalLBPool{
			"public": {Addresses: []string{"10.0.0.100-10.0.0.109", "2001:db8::/64"}, Advertise: "l2"},
			"admin":  {Addresses: []string{"10.0.0.110-10.0.0.119"}, AutoAssign: true, Advertise: "bgp"},
		}},
	}}
}

func networkPoliciesMesh(cni string) model.Mesh {
	redirecting := simple("shop-tls")
	redirecting.RedirectHTTP = true
	return model.Mesh{
		Cluster:   model.Cluster{CNI: intent.CNI{Provider: cni, NetworkPolicies: "default-deny"}},
		Ambient:   true,
		Sidecars:  true,
		Telemetry: intent.Telemetry{Monitors: &intent.Monitors{Interval: "30s"}},
		Gateways:  []model.Gateway{public(byGatewayAPI, server("shop", 443, redirecting, "shop.example.com"))},
		Namespaces: []model.Namespace{
			{Name: "databases", Path: "namespaces.databases", Mesh: true, Mode: intent.Ambient},
			{Name: "e-commerce", Path: "namespaces.e-commerce", Mesh: true, Mode: intent.Ambient, Waypoint: true},
			{Name: "istio-system", Path: "namespaces.istio-system"},
			{Name: "legacy", Path: "namespaces.legacy", Mesh: true, Mode: intent.Sidecar},
		},
	}
}
