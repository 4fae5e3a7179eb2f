package refs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDefaultClass: claims without a class, where no class of storage is there
// by default.
func TestDefaultClass(t *testing.T) {
	const cluster = "package mesh\n\nimport \"meshgen.dev/schema\"\n\nschema.#Mesh\n\nnamespaces: shop: {}\n"
	const without = `cluster: {platform: "k3s", kubernetes: "1.34", disabled: ["traefik", "local-storage"]}` + "\n"
	claim := func(spec string) string {
		return `manifests: x: objects: [{apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: {name: "data", namespace: "shop"}, spec: {accessModes: ["ReadWriteOnce"], resources: requests: storage: "1Gi"` + spec + `}}]`
	}
	const set = `manifests: x: objects: [{apiVersion: "apps/v1", kind: "StatefulSet", metadata: {name: "db", namespace: "shop"}, spec: {serviceName: "", selector: matchLabels: app: "db", volumeClaimTemplates: [{metadata: name: "data", spec: {accessModes: ["ReadWriteOnce"], resources: requests: storage: "1Gi"}}], template: {metadata: labels: app: "db", spec: {containers: [{name: "db", image: "r.example.com/db:1"}], volumes: [{name: "more", ephemeral: volumeClaimTemplate: spec: {accessModes: ["ReadWriteOnce"], resources: requests: storage: "1Gi"}}]}}}}]`
	got := intents(t, cluster, map[string]string{
		"k3s":         `cluster: {platform: "k3s", kubernetes: "1.34", disabled: ["traefik"]}` + "\n" + claim(""),
		"without":     without + claim(""),
		"talos":       `cluster: {platform: "talos", kubernetes: "1.34"}` + "\n" + claim(""),
		"set":         without + set,
		"named":       without + claim(`, storageClassName: "local-path"`),
		"of-a-volume": without + claim(`, storageClassName: ""`),
		"declared":    without + claim("") + "\nexternal: \"StorageClass/longhorn\": \"Longhorn's chart\"",
		"another":     without + claim("") + "\n" + `manifests: y: objects: [{apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: {name: "fast", annotations: "storageclass.kubernetes.io/is-default-class": "true"}, provisioner: "example.com/disk"}]`,
		"by-hand":     without + claim("") + "\n" + `manifests: y: objects: [{apiVersion: "v1", kind: "PersistentVolume", metadata: name: "disk", spec: {accessModes: ["ReadWriteOnce"], capacity: storage: "1Gi", hostPath: path: "/data"}}]`,
	}, "MG5051")
	say := func(place, what, in, way string) string {
		return "overlays/" + place + ": warning: " + what + " in shop claims storage without a class in " + in + ", and the cluster has no class by default: it stays unbound, and pods that use it do not start (MG5051)\n    try: " + way + "set " + in + ".storageClassName, or declare who brings a default: external: \"StorageClass/...\": \"...\"\n"
	}
	const enable = `remove "local-storage" from cluster.disabled, `
	want := map[string]string{
		"k3s":         "",
		"without":     say("without/mesh.cue:4:120", "PersistentVolumeClaim/data", "spec", enable),
		"talos":       say("talos/mesh.cue:4:120", "PersistentVolumeClaim/data", "spec", ""),
		"set":         say("set/mesh.cue:4:219", "StatefulSet.apps/db", "spec.volumeClaimTemplates[0].spec", enable) + say("set/mesh.cue:4:459", "StatefulSet.apps/db", "spec.template.spec.volumes[0].ephemeral.volumeClaimTemplate.spec", enable),
		"named":       "overlays/named/mesh.cue:4:214: warning: PersistentVolumeClaim/data in shop refers to StorageClass.storage.k8s.io/local-path in spec.storageClassName, which nobody makes (MG5051)\n    try: add the object to manifests, or declare who makes it: external: \"StorageClass/local-path\": \"...\"\n",
		"of-a-volume": "",
		"declared":    "",
		"another":     "",
		"by-hand":     "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
