//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"istio.io/istio/manifests"

	"github.com/meshgen/meshgen/schema"
)

// fleetBase is overlays/mesh.cue: what all clusters of a fleet share.
const fleetBase = `@experiment(explicitopen)

package mesh

import "meshgen.dev/schema"

schema.#Mesh

mode: "ambient"
cluster: {platform: "k3s", kubernetes: "1.35", disabled: ["traefik"]}
mtls: stage: "strict"
namespaces: shop: {mesh: true}
services: front: {namespace: "shop", port: 8080}
gitops: {engine: "flux", source: "fleet"}
`

// clusterFile is overlays/<cluster>/mesh.cue of the i-th cluster. Every chart
// but base gets values that no other cluster of a fleet of some hundreds has.
func clusterFile(i int) string {
	return fmt.Sprintf(`package mesh

controlPlane: resources: requests: memory: "%dMi"
dataPlane: {
	cni: resources: requests: memory:     "%dMi"
	ztunnel: resources: requests: memory: "%dMi"
}
gateways: public: {
	replicas: %d
	resources: requests: memory: "%dMi"
	servers: web: {hosts: ["%[6]s.example.com"], tls: secret: "web"}
}
routes: front: {
	gateway: "public"
	hosts: ["%[6]s.example.com"]
	rules: [{to: [{service: "front"}]}]
}
`, 256+i, 64+i, 96+i, 1+i%3, 64+i%900, clusterName(i)) // a proxy's limit is 1Gi
}

func clusterName(i int) string { return fmt.Sprintf("cluster-%04d", i) }

// writeFleet makes a repository with n clusters.
func writeFleet(dir string, n int) error {
	files := map[string]string{
		"cue.mod/module.cue": "module: \"bench.example.com@v0\"\nlanguage: version: \"v0.16.0\"\n",
		"overlays/mesh.cue":  fleetBase,
	}
	names, err := fs.Glob(schema.FS, "*.cue")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := schema.FS.ReadFile(name)
		if err != nil {
			return err
		}
		files["cue.mod/pkg/"+schema.ImportPath+"/"+name] = string(text)
	}
	for i := range n {
		files["overlays/"+clusterName(i)+"/mesh.cue"] = clusterFile(i)
	}
	for name, text := range files {
		if err := writeFile(filepath.Join(dir, name), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// chartFolders are where the charts stand in istio.io/istio/manifests.
var chartFolders = map[string]string{
	"base":    "charts/base",
	"istiod":  "charts/istio-control/istio-discovery",
	"cni":     "charts/istio-cni",
	"ztunnel": "charts/ztunnel",
	"gateway": "charts/gateway",
}

// writeCharts writes the charts that go.mod brings, as they are.
func writeCharts(dir string) error {
	for name, folder := range chartFolders {
		err := fs.WalkDir(manifests.FS, folder, func(p string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(manifests.FS, p)
			if err != nil {
				return err
			}
			return writeFile(filepath.Join(dir, name, strings.TrimPrefix(p, folder+"/")), text)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
