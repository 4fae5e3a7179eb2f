package gitops_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/gitops"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

var allLayers = []string{
	"00-namespaces", "10-crds", "20-control-plane", "30-data-plane",
	"40-gateways", "50-policy", "60-traffic", "70-telemetry",
}

func fluxMesh() model.Mesh {
	return model.Mesh{
		Cluster: model.Cluster{Name: "edge-berlin"},
		GitOps: &intent.GitOps{
			Engine: "flux", Source: "fleet", Path: "rendered", Namespace: "flux-system",
			Revision: "HEAD", Project: "default", Interval: "10m", Timeout: "5m",
		},
	}
}

func argoMesh() model.Mesh {
	return model.Mesh{
		Cluster: model.Cluster{Name: "production"},
		GitOps: &intent.GitOps{
			Engine: "argocd", Source: "https://git.example.com/platform/fleet.git", Path: "rendered",
			Namespace: "argocd", Revision: "HEAD", Project: "default", Interval: "10m", Timeout: "5m",
		},
	}
}

func TestDelivery(t *testing.T) {
	platform := &model.GatewayAPI{Deliver: false, Version: "v1.6.0"}
	deliver := &model.GatewayAPI{Deliver: true, Version: "v1.6.0", Source: "https://github.com/kubernetes-sigs/gateway-api"}
	certificate := []model.Gateway{{Name: "public", Servers: []model.Server{
		{Name: "plain"},
		{Name: "shop", TLS: &model.ServerTLS{Issuer: "letsencrypt", IssuerKind: "ClusterIssuer"}},
	}}}
	tests := []struct {
		want   string // a file in testdata
		mesh   model.Mesh
		change func(*model.Mesh)
		layers []string
	}{
		{want: "flux.yaml", mesh: fluxMesh(), layers: allLayers, change: func(m *model.Mesh) {
			m.GatewayAPI = platform
		}},
		{want: "flux-gateway-api.yaml", mesh: fluxMesh(), change: func(m *model.Mesh) {
			m.GatewayAPI = deliver
			m.Gateways = certificate
		}, layers: []string{"00-namespaces", "10-crds", "20-control-plane", "40-gateways"}},
		{want: "flux-options.yaml", mesh: fluxMesh(), change: func(m *model.Mesh) {
			g := m.GitOps
			g.Path, g.Namespace, g.Interval, g.Timeout = "clusters/made", "gitops", "30m", "15m"
			g.Decryption = &struct {
				Provider string `json:"provider"`
				Secret   string `json:"secret"`
			}{"sops", "age-key"}
			g.Substitute = &intent.Substitute{Names: []string{"DOMAIN"}}
			g.Substitute.From = append(g.Substitute.From, struct {
				Kind string `json:"kind"`
				Name string `json:"name"`
			}{"ConfigMap", "cluster"}, struct {
				Kind string `json:"kind"`
				Name string `json:"name"`
			}{"Secret", "cluster-secrets"})
		}, layers: []string{"00-namespaces", "10-crds", "50-policy"}},
		{want: "argocd.yaml", mesh: argoMesh(), layers: []string{"00-namespaces", "10-crds", "20-control-plane", "40-gateways"},
			change: func(m *model.Mesh) { m.GatewayAPI = deliver }},
		{want: "argocd-options.yaml", mesh: argoMesh(), layers: []string{"10-crds"}, change: func(m *model.Mesh) {
			g := m.GitOps
			g.Path, g.Namespace, g.Revision, g.Project = "clusters/made", "gitops", "release", "mesh"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			tt.change(&tt.mesh)
			got, err := object.Encode(gitops.Delivery(tt.mesh, tt.layers))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, tt.want, got)
		})
	}
}

// compare compares YAML with a file of testdata, leaving the file's comments out.
func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	wantDocs, err := object.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	gotDocs, err := object.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantDocs, gotDocs); diff != "" {
		t.Errorf("not %s (-want +got):\n%s", file, diff)
	}
}

func TestNoDelivery(t *testing.T) {
	noEngine := fluxMesh()
	noEngine.GitOps = nil
	if got := gitops.Delivery(noEngine, allLayers); got != nil {
		t.Errorf("a mesh without an engine has %d objects", len(got))
	}
	if got := gitops.Delivery(fluxMesh(), nil); got != nil {
		t.Errorf("a cluster without layers has %d objects", len(got))
	}
}

// The file of each object, and its name: a name that changes takes the layer's
// objects down and up again.
func TestFilesAndNames(t *testing.T) {
	fluxed, argo := fluxMesh(), argoMesh()
	fluxed.GatewayAPI = &model.GatewayAPI{Deliver: true, Version: "v1.6.0", Source: "https://github.com/kubernetes-sigs/gateway-api"}
	argo.GatewayAPI = fluxed.GatewayAPI
	var got []string
	for _, m := range []model.Mesh{fluxed, argo} {
		for _, o := range gitops.Delivery(m, allLayers) {
			got = append(got, o.Origin.Component+" "+o.Origin.Path+" "+o.Kind()+" "+o.Namespace()+"/"+o.Name())
		}
	}
	want := []string{
		"root gitops Kustomization flux-system/mesh",
		"gateway-api gitops GitRepository flux-system/mesh-gateway-api",
		"gateway-api gitops Kustomization flux-system/mesh-gateway-api",
		"00-namespaces gitops Kustomization flux-system/mesh-namespaces",
		"10-crds gitops Kustomization flux-system/mesh-crds",
		"20-control-plane gitops Kustomization flux-system/mesh-control-plane",
		"30-data-plane gitops Kustomization flux-system/mesh-data-plane",
		"40-gateways gitops Kustomization flux-system/mesh-gateways",
		"50-policy gitops Kustomization flux-system/mesh-policy",
		"60-traffic gitops Kustomization flux-system/mesh-traffic",
		"70-telemetry gitops Kustomization flux-system/mesh-telemetry",
		"root gitops Application argocd/production-mesh",
		"gateway-api gitops Application argocd/production-mesh-gateway-api",
		"00-namespaces gitops Application argocd/production-mesh-namespaces",
		"10-crds gitops Application argocd/production-mesh-crds",
		"20-control-plane gitops Application argocd/production-mesh-control-plane",
		"30-data-plane gitops Application argocd/production-mesh-data-plane",
		"40-gateways gitops Application argocd/production-mesh-gateways",
		"50-policy gitops Application argocd/production-mesh-policy",
		"60-traffic gitops Application argocd/production-mesh-traffic",
		"70-telemetry gitops Application argocd/production-mesh-telemetry",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMirror: the definitions come from the repository that the intent names.
func TestMirror(t *testing.T) {
	const mirror = "https://git.example.com/mirrors/gateway-api.git"
	fluxed, argo := fluxMesh(), argoMesh()
	fluxed.GatewayAPI = &model.GatewayAPI{Deliver: true, Version: "v1.6.0", Source: mirror}
	argo.GatewayAPI = fluxed.GatewayAPI
	var got []string
	for _, m := range []model.Mesh{fluxed, argo} {
		for _, o := range gitops.Delivery(m, allLayers) {
			switch {
			case o.Kind() == "GitRepository":
				got = append(got, object.String(o.Value, "spec", "url"))
			case o.Kind() == "Application" && o.Origin.Component == "gateway-api":
				got = append(got, object.String(o.Value, "spec", "source", "repoURL"))
			}
		}
	}
	if diff := cmp.Diff([]string{mirror, mirror}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
