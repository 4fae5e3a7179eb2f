package refs

import (
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// defaultClass warns of claims that name no class of storage where the platform
// brings none by default, and nobody else does: they stay unbound, and the pods
// that use them Pending, for ever. One with an empty class, or with the name of a
// volume, waits for a volume that somebody makes by hand.
func defaultClass(f *finder, s *subject) {
	if s.ours() || !f.whole || !f.lacksClass() {
		return
	}
	unbound := func(keys []string, spec map[string]any) {
		if spec["storageClassName"] != nil || text(spec, "volumeName") != "" {
			return
		}
		f.report(s, problem{
			code: "MG5051", severity: diag.Warning, keys: below(keys),
			message:    "claims storage without a class in " + field(keys) + ", and the cluster has no class by default: it stays unbound, and pods that use it do not start",
			suggestion: f.classWay(field(keys)),
		})
	}
	if s.kind == "PersistentVolumeClaim." {
		unbound([]string{"spec"}, object.Map(s.Value, "spec"))
		return
	}
	parsePath("spec.volumeClaimTemplates[].spec").maps(s.Value, nil, unbound)
	if w, ok := podsOf(s); ok {
		parsePath("volumes[].ephemeral.volumeClaimTemplate.spec").maps(w.spec, w.keys, unbound)
	}
}

// classWay says how a claim gets a class.
func (f *finder) classWay(claim string) string {
	way := "set " + claim + `.storageClassName, or declare who brings a default: external: "StorageClass/...": "..."`
	if slices.Contains(f.mesh.Cluster.Disabled, "local-storage") {
		return `remove "local-storage" from cluster.disabled, ` + way
	}
	return way
}

// classless are the platforms that bring no class of storage, by their
// documentation.
var classless = []string{"rke2", "talos"}

// lacksClass says whether the cluster surely has no class of storage by default.
// A volume of people's without a class binds a claim without one.
func (f *finder) lacksClass() bool {
	c := f.mesh.Cluster
	local := (c.Platform == "k3s" || c.Platform == "k3d") && slices.Contains(c.Disabled, "local-storage")
	if !local && !slices.Contains(classless, c.Platform) || f.declares("StorageClass", "storage.k8s.io", "", "") {
		return false
	}
	for _, class := range f.byKind["StorageClass.storage.k8s.io"] {
		for _, key := range []string{"storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"} {
			if object.String(class.Value, "metadata", "annotations", key) == "true" {
				return false
			}
		}
	}
	return !slices.ContainsFunc(f.byKind["PersistentVolume."], func(v *subject) bool {
		return object.String(v.Value, "spec", "storageClassName") == ""
	})
}
