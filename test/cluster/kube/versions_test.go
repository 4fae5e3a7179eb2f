package kube_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// TestVersions holds the versions that are printed against those that are built.
func TestVersions(t *testing.T) {
	for module, want := range map[string]map[string]string{
		"controlplane": {"k8s.io/kubernetes": kube.KubernetesVersion, "istio.io/api": kube.IstioVersion, "istio.io/client-go": kube.IstioVersion},
		"flux":         {"github.com/fluxcd/kustomize-controller": kube.FluxVersion},
		"argocd":       {"github.com/argoproj/argo-cd/v3": kube.ArgoCDVersion},
	} {
		path := filepath.Join(kube.Root(), "test", "cluster", "programs", module, "go.mod")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := modfile.Parse(path, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		pins := map[string]string{}
		for _, r := range file.Require {
			pins[r.Mod.Path] = strings.TrimPrefix(r.Mod.Version, "v")
		}
		for _, r := range file.Replace {
			pins[r.Old.Path] = strings.TrimPrefix(r.New.Version, "v")
		}
		for name, version := range want {
			if pins[name] != version {
				t.Errorf("%s is pinned to %q, and said to be %q", name, pins[name], version)
			}
		}
	}
}
