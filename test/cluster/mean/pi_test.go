package mean

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/meshgen/meshgen/test/cluster/xds"
)

// homelab is what pi-cluster expects to find: MetalLB, and a store of traces.
const homelab = `
apiVersion: v1
kind: Namespace
metadata: {name: metallb-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: tempo}
---
apiVersion: v1
kind: Service
metadata: {name: tempo-distributor, namespace: tempo}
spec: {ports: [{port: 4317, name: grpc}]}
`

const tempo = "outbound|4317||tempo-distributor.tempo.svc.cluster.local"

// databases are the pods of pi-cluster.
const databases = `
apiVersion: v1
kind: Pod
metadata: {name: operator, namespace: databases, labels: {app.kubernetes.io/name: cloudnative-pg}}
spec: {containers: [{name: operator, image: "example.com/operator:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: postgres, namespace: databases, labels: {app: postgres}}
spec: {containers: [{name: postgres, image: "example.com/postgres:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: e-commerce}
spec: {selector: {app: web}, ports: [{port: 8080, name: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: e-commerce, labels: {app: web}}
spec: {containers: [{name: web, image: "example.com/web:1"}]}
`

func TestPiCluster(t *testing.T) {
	s := raise(t, rendered("pi-cluster"), homelab)
	s.others(databases)
	s.others(certificate(t, "istio-ingress", "public-shop-tls", "shop.homelab.example"))
	s.others(certificate(t, "istio-ingress", "admin-tools-tls", "*.admin.homelab.example"))
	operator, postgres, web := s.pod("databases", "app.kubernetes.io/name=cloudnative-pg"), s.pod("databases", "app=postgres"), s.pod("e-commerce", "app=web")
	public, admin := s.pod("istio-ingress", waypointOf+"public"), s.pod("istio-ingress", waypointOf+"admin")
	waypoint, node := s.pod("e-commerce", waypointOf+"waypoint"), s.pod("istio-system", "app=ztunnel")
	s.settle()

	s.about("ztunnel: strict, and a port's exception", func(s *stand) {
		z := s.ztunnel(node)
		admits(s, z, operator, 9443, xds.Plain(), true)
		admits(s, z, operator, 9443, xds.Meshed("databases", "default"), true)
		admits(s, z, operator, 8080, xds.Plain(), false)
		admits(s, z, operator, 8080, xds.Meshed("databases", "default"), true)
		admits(s, z, postgres, 9443, xds.Plain(), false)
		admits(s, z, postgres, 5432, xds.Plain(), false)
		admits(s, z, postgres, 5432, xds.Meshed("e-commerce", "default"), true)
		admits(s, z, web, 8080, xds.Plain(), false)
	})
	s.about("ztunnel: tunnels, the waypoint", func(s *stand) {
		z := s.ztunnel(node)
		tunnelled(s, z, operator, postgres, web)
		behind(s, z, "web.e-commerce.svc.cluster.local", "waypoint.e-commerce.svc.cluster.local")
	})
	s.about("gateways made by istiod: hosts, TLS, resources, pools of addresses", func(s *stand) {
		p := s.told(public)
		p.servesTLS(p.https("shop.homelab.example"), "kubernetes-gateway://istio-ingress/public-shop-tls", "TLSv1_2", false)
		if p.https("tools.admin.homelab.example") != nil {
			p.Error("the public gateway serves the admin's host")
		}
		p = s.told(admin)
		p.servesTLS(p.https("tools.admin.homelab.example"), "kubernetes-gateway://istio-ingress/admin-tools-tls", "TLSv1_2", false)
		if p.https("shop.homelab.example") != nil {
			p.Error("the admin's gateway serves the public host")
		}
		resources(s, s.sidecar(public), "100m", "128Mi", "2", "1Gi")
		for _, name := range []string{"public", "admin"} {
			if got := s.get("v1", "Service", "istio-ingress", name+"-istio").GetAnnotations()["metallb.io/address-pool"]; got != name {
				s.Errorf("the gateway %s takes its address from the pool %q", name, got)
			}
		}
	})
	s.about("traces with a tag, access logs", func(s *stand) {
		p := s.told(waypoint)
		chain := p.named("main_internal", "inbound-vip|8080|http|web.e-commerce.svc.cluster.local")
		p.traced(chain, 100, tempo)
		p.logged(chain, "response.code >= 400", true)
		tags := map[string]string{}
		for _, tag := range p.manager(chain).Tracing.CustomTags {
			tags[tag.Tag] = tag.GetLiteral().GetValue()
		}
		p.equal("the tag cluster", tags["cluster"], "pi")
		p = s.told(public)
		p.traced(p.https("shop.homelab.example"), 100, tempo)
	})
}

// certificate returns a Secret with a certificate of a host that nobody trusts,
// as cert-manager makes it.
func certificate(t *testing.T, namespace, name, host string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	data := func(kind string, content []byte) string {
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	return fmt.Sprintf("apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: %s, namespace: %s}\ndata: {tls.crt: %s, tls.key: %s}\n",
		name, namespace, data("CERTIFICATE", der), data("EC PRIVATE KEY", private))
}
