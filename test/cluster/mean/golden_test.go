package mean

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/meshgen/meshgen/internal/render/rendertest"
	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/xds"
)

// golden returns the folder of a cluster of a golden case, as meshgen renders it.
func golden(t *testing.T, name, cluster string) string {
	t.Helper()
	made, list := mesh.Compile(t, rendertest.Repository(t, os.DirFS(filepath.Join(kube.Root(), "testdata", "golden", name, "in"))))
	if list.HasErrors() {
		t.Fatalf("%s: %v", name, list)
	}
	return filepath.Join(mesh.Write(t, made), cluster)
}

// website is the application of the golden cases any-host and egress-forms.
const website = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: web}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: web, labels: {app: web}}
spec: {containers: [{name: web, image: "example.com/web:1"}]}
`

func TestAnyHostByChart(t *testing.T) { anyHost(t, "chart", "istio=public", "kubernetes://box") }

func TestAnyHostByGatewayAPI(t *testing.T) {
	anyHost(t, "gateway-api", waypointOf+"public", "kubernetes-gateway://istio-ingress/box")
}

// anyHost is the golden case of a box that is reached by its address.
func anyHost(t *testing.T, cluster, selector, secret string) {
	s := raise(t, golden(t, "any-host", cluster), "")
	s.name = "any-host/" + cluster
	s.others(website)
	s.others(certificate(t, "istio-ingress", "box", "box.example.com"))
	web, gateway := s.pod("web", "app=web"), s.pod("istio-ingress", selector)
	s.settle()

	const to = "outbound|80||web.web.svc.cluster.local"
	from := func(address string, port int, name, host string) xds.Request {
		r := xds.Request{Connection: xds.Connection{Port: port, TLS: port != 80, SNI: name}, Method: "GET", Host: host, Path: "/"}
		r.Caller.IP = netip.MustParseAddr(address)
		return r
	}
	s.about("whatever host is named in TLS and in HTTP, or none", func(s *stand) {
		p := s.told(gateway)
		for _, name := range []string{"", "anything.example.org", "shop.example.com"} {
			p.servesTLS(p.https(name), secret, "TLSv1_2", false)
		}
		for host, timeout := range map[string]time.Duration{"192.0.2.1": 0, "anything.example.org": 0, "shop.example.com": 5 * time.Second} {
			_, r := p.routed(p.https(""), host, "/")
			p.equal("where "+host+" goes", xds.Shares(r), map[string]uint32{to: 100})
			all, _ := seconds(r)
			p.equal("the timeout of "+host, all, timeout)
		}
	})
	s.about("redirect of any host from port 80", func(s *stand) {
		p := s.told(gateway)
		for _, host := range []string{"192.0.2.1", "admin.example.com"} {
			v, r := p.routed(p.chain("0.0.0.0_80", xds.PlainText(80)), host, "/")
			if v.GetRequireTls().String() != "ALL" && r.GetRedirect().GetSchemeRedirect() != "https" {
				p.Errorf("%s is not sent on to https: %v", host, r)
			}
			through, why := p.through(p.chain("0.0.0.0_80", xds.PlainText(80)), from("192.0.2.9", 80, "", host))
			p.equal("whether "+host+" reaches the redirect: "+why, through, true)
		}
	})
	s.about("one host for an office alone, the others open, the workload closed", func(s *stand) {
		p := s.told(gateway)
		for _, test := range []struct {
			from, name, host string
			want             bool
		}{
			{"192.0.2.9", "shop.example.com", "shop.example.com", true},
			{"192.0.2.9", "", "192.0.2.1", true},
			{"192.168.1.9", "admin.example.com", "admin.example.com", true},
			{"192.0.2.9", "admin.example.com", "admin.example.com", false},
			{"192.168.2.9", "admin.example.com", "admin.example.com", false},
			{"192.0.2.9", "shop.example.com", "admin.example.com:443", false},
			{"192.168.1.9", "", "admin.example.com:443", true},
		} {
			through, why := p.through(p.https(test.name), from(test.from, 443, test.name, test.host))
			p.equal(test.host+" from "+test.from+": "+why, through, test.want)
		}
		p = s.told(web)
		p.refused(xds.Request{Connection: xds.Mutual(xds.Meshed("web", "default"), 80), Method: "GET", Host: "web", Path: "/"})
	})
}

func TestEgressForms(t *testing.T) {
	s := raise(t, golden(t, "egress-forms", "box"), "")
	s.name = "egress-forms/box"
	s.others(website)
	web := s.pod("web", "app=web")
	s.settle()

	const nowhere = "BlackHoleCluster"
	s.about("hosts outside: by name, below a wildcard, by address, by both, and no others", func(s *stand) {
		p := s.told(web)
		for _, test := range []struct {
			name, ip string
			port     int
			want     string
		}{
			{"api.example.com", "192.0.2.1", 443, "outbound|443||api.example.com"},
			{"a.example.net", "192.0.2.2", 443, "outbound|443||*.example.net"},
			{"example.net", "192.0.2.2", 443, nowhere},
			{"pinned.example.com", "203.0.113.9", 443, "outbound|443||pinned.example.com"},
			{"pinned.example.com", "203.0.113.8", 443, nowhere},
			{"other.example.com", "192.0.2.1", 443, nowhere},
			{"", "203.0.113.7", 5432, "outbound|5432||database.egress.internal"},
			{"", "198.51.100.200", 5432, "outbound|5432||database.egress.internal"},
			{"", "203.0.113.8", 5432, nowhere},
			{"", "203.0.113.7", 5433, nowhere},
		} {
			p.equal(test.name+" "+test.ip, p.outward(xds.Connection{IP: test.ip, Port: test.port, TLS: test.name != "", SNI: test.name}), test.want)
		}
		p.equal("where api.example.com is", p.endpoints("outbound|443||api.example.com"), []string{"api.example.com:443"})
		http := p.chain("0.0.0.0_80", xds.PlainText(80))
		_, r := p.routed(http, "a.example.org", "/")
		p.equal("where HTTP to a.example.org goes", xds.Shares(r), map[string]uint32{"outbound|80||*.example.org": 100})
		_, r = p.routed(http, "example.org", "/")
		p.equal("what HTTP to example.org gets", r.GetDirectResponse().GetStatus(), uint32(502))
	})
}
