// Package sources names the Go modules that hold the definitions of custom
// resources, at pinned versions, and has the go command fetch them. It depends
// on nothing.
package sources

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Source is a Go module that holds definitions of custom resources.
type Source struct {
	Module  string
	Version string
	Sum     string // the module's hash, as go.sum has it
	Files   string // a pattern of the files' paths in the module
}

// All are the modules of the definitions. Their versions are the newest
// that the module proxy had when they were written down, but for Istio's and
// Gateway API's, which are those that meshgen renders for.
var All = []Source{
	{
		Module:  "istio.io/api",
		Version: "v1.31.1",
		Sum:     "h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=",
		Files:   "kubernetes/customresourcedefinitions.gen.yaml",
	},
	{
		Module:  "sigs.k8s.io/gateway-api",
		Version: "v1.6.0",
		Sum:     "h1:735YBRj5NXFrOGX0GoSjwzUIzbz8kiEOfADsqHFmHgE=",
		Files:   "config/crd/standard/*.yaml",
	},
	{
		Module:  "github.com/fluxcd/kustomize-controller",
		Version: "v1.9.6",
		Sum:     "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=",
		Files:   "config/crd/bases/*.yaml",
	},
	{
		Module:  "github.com/fluxcd/source-controller",
		Version: "v1.9.6",
		Sum:     "h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=",
		Files:   "config/crd/bases/*.yaml",
	},
	{
		Module:  "github.com/argoproj/argo-cd/v3",
		Version: "v3.5.7",
		Sum:     "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
		Files:   "manifests/crds/application-crd.yaml",
	},
	{
		Module:  "github.com/cert-manager/cert-manager",
		Version: "v1.21.2",
		Sum:     "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
		Files:   "deploy/crds/cert-manager.io_*.yaml",
	},
	{
		Module:  "go.universe.tf/metallb",
		Version: "v0.16.2",
		Sum:     "h1:RCSAGoZmqcvTg0e56+Okbwz8iTuQVX30JpKX5mYEPUM=",
		Files:   "config/crd/bases/*.yaml",
	},
	{
		Module:  "github.com/prometheus-operator/prometheus-operator",
		Version: "v0.85.0",
		Sum:     "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
		Files:   "example/prometheus-operator-crd/monitoring.coreos.com_*monitors.yaml",
	},
	{
		Module:  "github.com/cilium/cilium",
		Version: "v1.20.2",
		Sum:     "h1:dqiEGIcXc+gqCLYG/l7VCFJ8GHyb4HUrwbZOpkX5dL8=",
		Files:   "pkg/k8s/apis/cilium.io/client/crds/v2/*networkpolicies.yaml",
	},
}

// Definitions returns the contents of the source's files, by their paths.
func (s Source) Definitions() (map[string][]byte, error) {
	dir, err := s.download()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(s.Files)))
	if err == nil && len(files) == 0 {
		err = errors.New("no such file")
	}
	if err != nil {
		return nil, fmt.Errorf("%s@%s, %s: %w", s.Module, s.Version, s.Files, err)
	}
	out := map[string][]byte{}
	for _, file := range files {
		if out[file], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// download returns the folder that the go command keeps the module in, after
// having fetched it if need be.
func (s Source) download() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", s.Module+"@"+s.Version)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	cmd.Dir = os.TempDir() // outside of any module, whose go.sum the command would change
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, runErr := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &got); err != nil {
		return "", fmt.Errorf("fetching %s@%s: %w\n%s", s.Module, s.Version, runErr, &stderr)
	}
	switch {
	case got.Error != "":
		return "", fmt.Errorf("fetching %s@%s: %s", s.Module, s.Version, got.Error)
	case got.Sum != s.Sum:
		return "", fmt.Errorf("%s@%s has the hash %s, not %s", s.Module, s.Version, got.Sum, s.Sum)
	}
	return got.Dir, nil
}
