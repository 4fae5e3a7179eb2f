package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/host"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// want maps the paths of a case's files to files in
// testdata, which are compared as they are, comments and all.
func TestFiles(t *testing.T) {
	tests := []struct {
		name string
		mesh model.Mesh
		want map[string]string
	}{
		{
			name: "K3s as it comes",
			mesh: model.Mesh{Cluster: model.Cluster{Platform: "k3s", CNI: intent.CNI{Provider: "flannel"}}},
		},
		{
			name: "K3s with flannel, without Traefik",
			mesh: model.Mesh{Cluster: model.Cluster{
				Platform: "k3s", CNI: intent.CNI{Provider: "flannel"}, Disabled: []string{"traefik"},
			}},
			want: map[string]string{"k3s/config.yaml": "k3s-flannel.yaml"},
		},
		{
			name: "K3s with Cilium in the place of kube-proxy, ambient",
			mesh: model.Mesh{Ambient: true, Cluster: model.Cluster{
				Platform: "k3s", Disabled: []string{"traefik", "servicelb"},
				CNI: intent.CNI{Provider: "cilium", KubeProxyReplacement: true},
			}},
			want: map[string]string{
				"k3s/config.yaml":    "k3s-cilium.yaml",
				"cilium-values.yaml": "cilium-ambient-k3s.yaml",
			},
		},
		{
			name: "k3d with Calico",
			mesh: model.Mesh{Cluster: model.Cluster{Platform: "k3d", CNI: intent.CNI{Provider: "calico"}}},
			want: map[string]string{"k3s/config.yaml": "k3d-calico.yaml"},
		},
		{
			name: "RKE2 with Cilium",
			mesh: model.Mesh{Sidecars: true, Cluster: model.Cluster{
				Platform: "rke2", Disabled: []string{"rke2-ingress-nginx"},
				CNI: intent.CNI{Provider: "cilium", KubeProxyReplacement: true},
			}},
			want: map[string]string{
				"rke2/config.yaml":   "rke2-cilium.yaml",
				"cilium-values.yaml": "cilium-rke2.yaml",
			},
		},
		{
			name: "RKE2 with a plugin that is not named",
			mesh: model.Mesh{Cluster: model.Cluster{Platform: "rke2", CNI: intent.CNI{Provider: "other"}}},
		},
		{
			name: "Cilium beside kube-proxy, sidecars, elsewhere",
			mesh: model.Mesh{Sidecars: true, Cluster: model.Cluster{Platform: "generic", CNI: intent.CNI{Provider: "cilium"}}},
			want: map[string]string{"cilium-values.yaml": "cilium-sidecar.yaml"},
		},
		{
			name: "Cilium beside K3s' kube-proxy",
			mesh: model.Mesh{Sidecars: true, Cluster: model.Cluster{Platform: "k3s", CNI: intent.CNI{Provider: "cilium"}}},
			want: map[string]string{"k3s/config.yaml": "k3s-cilium-kube-proxy.yaml", "cilium-values.yaml": "cilium-sidecar.yaml"},
		},
		{
			name: "Cilium in the place of kube-proxy, where no address of the API server is known",
			mesh: model.Mesh{Sidecars: true, Cluster: model.Cluster{
				Platform: "generic", CNI: intent.CNI{Provider: "cilium", KubeProxyReplacement: true},
			}},
			want: map[string]string{"cilium-values.yaml": "cilium-elsewhere.yaml"},
		},
		{
			name: "K3s keeps what its processes use",
			mesh: model.Mesh{Cluster: model.Cluster{
				Platform: "k3s", CNI: intent.CNI{Provider: "flannel"}, Disabled: []string{"traefik"}, Datastore: "sqlite",
				Pools: []model.Pool{pool("agent", "agent", "amd64"), pool("server", "server", "amd64")},
			}},
			want: map[string]string{"k3s/config.yaml": "k3s-reserved.yaml", "k3s/agent-config.yaml": "k3s-reserved-agent.yaml"},
		},
		{
			name: "K3s whose pools keep different amounts",
			mesh: model.Mesh{Cluster: model.Cluster{
				Platform: "k3s", CNI: intent.CNI{Provider: "flannel"}, Disabled: []string{"traefik"}, Datastore: "etcd",
				Pools: []model.Pool{
					pool("big", "agent", "amd64"), pool("pi", "agent", "arm64"),
					pool("server", "server", "amd64"), stated(pool("spare", "server", "amd64"), "250m", "2.5Gi"),
				},
			}},
			want: map[string]string{
				"k3s/config.yaml": "k3s-flannel.yaml", "k3s/pool-big.yaml": "k3s-pool-big.yaml", "k3s/pool-pi.yaml": "k3s-pool-pi.yaml",
				"k3s/pool-server.yaml": "k3s-pool-server.yaml", "k3s/pool-spare.yaml": "k3s-pool-spare.yaml",
			},
		},
		{
			name: "k3d",
			mesh: model.Mesh{Cluster: model.Cluster{
				Platform: "k3d", CNI: intent.CNI{Provider: "flannel"}, Datastore: "sqlite",
				Pools: []model.Pool{pool("a", "agent", "amd64"), pool("b", "agent", "arm64"), pool("server", "server", "amd64")},
			}},
			want: map[string]string{"k3s/config.yaml": "k3d-reserved.yaml", "k3s/pool-a.yaml": "k3d-pool-a.yaml", "k3s/pool-b.yaml": "k3d-pool-b.yaml"},
		},
		{
			name: "RKE2 keeps what its processes use, but for its static pods",
			mesh: model.Mesh{Cluster: model.Cluster{
				Platform: "rke2", CNI: intent.CNI{Provider: "canal"}, Datastore: "etcd",
				Pools: []model.Pool{pool("agent", "agent", "amd64"), pool("server", "server", "amd64")},
			}},
			want: map[string]string{"rke2/config.yaml": "rke2-reserved.yaml", "rke2/agent-config.yaml": "rke2-reserved-agent.yaml"},
		},
		{
			name: "a person who keeps nothing",
			mesh: model.Mesh{Cluster: model.Cluster{
				Platform: "k3s", CNI: intent.CNI{Provider: "flannel"}, Disabled: []string{"traefik"}, Datastore: "sqlite",
				Pools: []model.Pool{stated(pool("server", "server", "amd64"), "0", "0")},
			}},
			want: map[string]string{"k3s/config.yaml": "k3s-flannel.yaml"},
		},
		{
			name: "istio-csr, a revision, sidecars",
			mesh: model.Mesh{
				Sidecars: true, Istio: model.Istio{Revision: "1-31", Tags: []string{"prod"}},
				Cluster:  model.Cluster{Platform: "generic", CNI: intent.CNI{Provider: "other"}},
				IstioCSR: &intent.IstioCSR{Issuer: "mesh-root", Kind: "Issuer", Namespace: "cert-manager"},
			},
			want: map[string]string{"istio-csr-values.yaml": "istio-csr-revision.yaml"},
		},
		{
			name: "istio-csr, ambient, a namespace of its own",
			mesh: model.Mesh{
				Ambient:  true,
				Cluster:  model.Cluster{Platform: "generic", CNI: intent.CNI{Provider: "other"}},
				IstioCSR: &intent.IstioCSR{Issuer: "vault", Kind: "ClusterIssuer", Namespace: "istio-csr"},
			},
			want: map[string]string{"istio-csr-values.yaml": "istio-csr-ambient.yaml"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files, err := host.Files(tt.mesh)
			if err != nil {
				t.Fatal(err)
			}
			got, want := map[string]string{}, map[string]string{}
			for path, content := range files {
				got[path] = string(content)
			}
			for path, file := range tt.want {
				if os.Getenv("MESHGEN_UPDATE") == "1" {
					if err := os.WriteFile(filepath.Join("testdata", file), files[path], 0o644); err != nil {
						t.Fatal(err)
					}
				}
				content, err := os.ReadFile(filepath.Join("testdata", file))
				if err != nil {
					t.Fatal(err)
				}
				want[path] = string(content)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// pool is a pool of one node.
func pool(name, role, arch string) model.Pool {
	return model.Pool{Name: name, NodePool: intent.NodePool{Count: 1, Role: role, CPU: "4", Memory: "8Gi", Arch: arch, MaxPods: 110}}
}

// stated is a pool that says itself what it keeps.
func stated(p model.Pool, cpu, memory string) model.Pool {
	p.Reserved = &intent.ResourceList{CPU: cpu, Memory: memory}
	return p
}
