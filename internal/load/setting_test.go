package load_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
)

const settingFiles = `
-- overlays/mesh.cue --
package mesh

import "meshgen.dev/schema"

schema.#Mesh

mode: *"sidecar" | _
if mode == "sidecar" {
	controlPlane: logLevel: "debug"
}
gateways: [string]: replicas: 2
namespaces: shop: pods: count: 4
-- overlays/a/mesh.cue --
package mesh

import other "example.com/fleet/other"

cluster: {
	platform:   "k3s"
	kubernetes: "1.34"
	nodePools: server: {role: "server", cpu: "2", memory: "4Gi", taints: [{key: "a", effect: "NoSchedule"}]}
}
mtls: other.mtls
mode: "sidecar"
gateways: public: servers: shop: hosts: ["shop.example.com"]
controlPlane: env: FIRST: "1"
-- other/other.cue --
package other

mtls: stage: "strict"
`

// TestSet lays values over an intent, and shows what it becomes.
func TestSet(t *testing.T) {
	for _, test := range []struct {
		name string
		set  []load.Setting
		show func(m intent.Mesh) any
		want string
	}{
		{"as it is", nil, func(m intent.Mesh) any { return []any{m.Mode, m.ControlPlane.LogLevel} }, `[sidecar debug]`},
		{
			"what the files make of a value follows", []load.Setting{{Path: "mode", Value: "ambient"}},
			func(m intent.Mesh) any { return []any{m.Mode, m.ControlPlane.LogLevel} }, `[ambient info]`,
		},
		{
			"a field that nobody wrote", []load.Setting{{Path: "dataPlane.proxy.resources.requests.memory", Value: "64Mi"}},
			func(m intent.Mesh) any { return m.DataPlane.Proxy.Resources.Requests }, `{100m 64Mi}`,
		},
		{
			"a value in quotes", []load.Setting{{Path: "cluster.nodePools.server.cpu", Value: `"4"`}},
			func(m intent.Mesh) any { return m.Cluster.NodePools["server"].CPU }, `4`,
		},
		{
			"a number that stands for text", []load.Setting{{Path: "cluster.nodePools.server.cpu", Value: `4`}},
			func(m intent.Mesh) any { return m.Cluster.NodePools["server"].CPU }, `4`,
		},
		{
			"a value out of a pattern", []load.Setting{{Path: "gateways.public.replicas", Value: "3"}},
			func(m intent.Mesh) any { return m.Gateways["public"].Replicas }, `3`,
		},
		{
			"a value of another package", []load.Setting{{Path: "mtls.stage", Value: "permissive"}},
			func(m intent.Mesh) any { return m.MTLS.Stage }, `permissive`,
		},
		{
			"a list, and an element of one", []load.Setting{{Path: "gateways.public.servers.shop.hosts", Value: `["a.example", "b.example"]`}, {Path: "cluster.nodePools.server.taints[0].key", Value: "b"}},
			func(m intent.Mesh) any {
				return []any{m.Gateways["public"].Servers["shop"].Hosts, m.Cluster.NodePools["server"].Taints}
			}, `[[a.example b.example] [{b  NoSchedule}]]`,
		},
		{
			"a struct", []load.Setting{{Path: "cluster.nodePools.more", Value: `{cpu: "8", memory: "16Gi", count: 2}`}},
			func(m intent.Mesh) any { return m.Cluster.NodePools["more"].Count }, `2`,
		},
		{
			"an entry of a map", []load.Setting{{Path: "controlPlane.env.SECOND", Value: `2`}},
			func(m intent.Mesh) any { return m.ControlPlane.Env }, `map[FIRST:1 SECOND:2]`,
		},
		{
			"raw values", []load.Setting{{Path: "values.istiod.pilot.cni.enabled", Value: `true`}},
			func(m intent.Mesh) any { return m.Values.Istiod }, `map[pilot:map[cni:map[enabled:true]]]`,
		},
		{
			"taken away", []load.Setting{{Path: "mode", Value: ""}},
			func(m intent.Mesh) any { return m.Mode }, `sidecar`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, list := load.Open(repository(t, txtar.Parse([]byte(settingFiles))))
			if list.HasErrors() {
				t.Fatal(text(list))
			}
			s.Set = test.set
			r := s.Load([]string{"a"})[0]
			if r.Intent == nil {
				t.Fatal(text(r.Diagnostics))
			}
			if diff := cmp.Diff(test.want, fmt.Sprint(test.show(r.Intent.Mesh))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, set := range test.set {
				if set.Value != "" && !r.Intent.Written(set.Path) {
					t.Errorf("nobody wrote %s", set.Path)
				}
				if at := r.Intent.Position(set.Path); !strings.HasSuffix(at.File, ".cue") {
					t.Errorf("%s stands at %v", set.Path, at)
				}
			}
		})
	}
}

// TestSetRefused is what a value is answered with that the intent cannot take.
func TestSetRefused(t *testing.T) {
	for _, test := range []struct{ path, value, want string }{
		{"modus", "ambient", "overlays/a/mesh.cue:1:1: error MG1020 [a] ()\n    --compare modus=ambient: the mesh has no field \"modus\"\n    try: look the field up in docs/reference/intent.md\n"},
		{"mode", "ambiant", "overlays/a/mesh.cue:11:7: error MG1020 [a] ()\n    --compare mode=ambiant: mode is ambiant; want \"sidecar\" or \"ambient\"\n    try: set mode to \"ambient\"\n"},
		{"gateways.publc.replicas", "3", "overlays/a/mesh.cue:12:1: error MG1020 [a] ()\n    --compare gateways.publc.replicas=3: the cluster has no gateways.publc\n    try: write gateways.public\n"},
		{"gateways.public.replicas", "many", "overlays/mesh.cue:11:31: error MG1020 [a] ()\n    --compare gateways.public.replicas=many: gateways.public.replicas is many; want a whole number from 1 to 5000\n    try: set gateways.public.replicas to a value such as 1\n"},
		{"gateways.public.replicas", "0", "overlays/mesh.cue:11:31: error MG1020 [a] ()\n    --compare gateways.public.replicas=0: gateways.public.replicas is 0; want a whole number from 1 to 5000\n    try: set gateways.public.replicas to 1\n"},
		{"cluster.nodePools", "[x", "overlays/a/mesh.cue:8:2: error MG1020 [a] ()\n    --compare cluster.nodePools=[x: the value is no CUE without references\n    try: write a text, a number, true, false, a list or a struct\n"},
		{"", "x", "overlays/a/mesh.cue:1:1: error MG1020 [a] ()\n    --compare =x: there is no path before the =\n    try: write the intent's path, as in mode=ambient\n"},
		{"gateways.admin.servers.web.port", "8443", "overlays/a/mesh.cue:12:1: error MG1020 [a] ()\n    --compare gateways.admin.servers.web.port=8443: the cluster has no gateways.admin\n    try: write public in its place, or give a new one whole, as 'gateways.admin={servers: {web: {port: 8443}}}'\n"},
		{"namespaces.new.pods.requests.memory", "4Gi", "overlays/mesh.cue:12:1: error MG1020 [a] ()\n    --compare namespaces.new.pods.requests.memory=4Gi: the cluster has no namespaces.new\n    try: write shop in its place, or give a new one whole, as 'namespaces.new={pods: {requests: {memory: \"4Gi\"}}}'\n"},
		{"replicas", "3", "overlays/a/mesh.cue:1:1: error MG1020 [a] ()\n    --compare replicas=3: the mesh has no field \"replicas\"\n    try: write controlPlane.replicas or gateways.<name>.replicas\n"},
	} {
		t.Run(test.path+"="+test.value, func(t *testing.T) {
			s, list := load.Open(repository(t, txtar.Parse([]byte(settingFiles))))
			if list.HasErrors() {
				t.Fatal(text(list))
			}
			s.Set = []load.Setting{{Path: test.path, Value: test.value, Name: "--compare " + test.path + "=" + test.value}}
			r := s.Load([]string{"a"})[0]
			if r.Intent != nil {
				t.Error("it gives an intent")
			}
			if diff := cmp.Diff(test.want, text(r.Diagnostics)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
