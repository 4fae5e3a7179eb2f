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
	files := map[string]map[string]string{
		"controlplane/go.mod": {"istio.io/api": kube.IstioVersion, "istio.io/client-go": kube.IstioVersion},
		"flux/go.mod":         {"github.com/fluxcd/kustomize-controller": kube.FluxVersion},
		"argocd/go.mod":       {"github.com/argoproj/argo-cd/v3": kube.ArgoCDVersion},
	}
	for _, minor := range kube.Minors() {
		file := "controlplane/go.mod"
		if minor != kube.Newest() {
			file = "controlplane/kubernetes-" + minor + ".mod"
			files[file] = map[string]string{}
		}
		files[file]["k8s.io/kubernetes"] = kube.Release(minor)
	}
	for file, want := range files {
		path := filepath.Join(kube.Root(), "test", "cluster", "programs", filepath.FromSlash(file))
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
