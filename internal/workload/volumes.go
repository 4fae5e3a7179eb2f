package workload

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/schedule"
)

// storage is what the objects say of volumes: of claims, of volumes that are there,
// and where a class makes them. What others make is not known, and suits any node.
type storage struct {
	claims  map[name]corev1.PersistentVolumeClaimSpec
	volumes map[string]corev1.PersistentVolumeSpec
	classes map[string]storagev1.StorageClass
	local   bool // the platform brings K3s' class local-path, and it is the default
}

// K3s' own class, and what makes its volumes: folders of the node on which the
// first pod comes to sit (docs.k3s.io/storage).
const (
	localPath            = "local-path"
	localPathProvisioner = "rancher.io/local-path"
)

// onOneNode says whether the volumes of a class are folders of one node.
func (s *storage) onOneNode(class *string) bool {
	if class == nil {
		for _, at := range slices.Sorted(maps.Keys(s.classes)) {
			if s.classes[at].Annotations["storageclass.kubernetes.io/is-default-class"] == "true" {
				return false // there are two defaults, or this is another
			}
		}
		return s.local
	}
	if c, ok := s.classes[*class]; ok {
		return c.Provisioner == localPathProvisioner
	}
	return s.local && *class == localPath
}

// read notes an object, if it has to do with volumes.
func (s *storage) read(c *cluster, o object.Object) {
	switch {
	case o.Kind() == "PersistentVolumeClaim" && o.Group() == "":
		var claim corev1.PersistentVolumeClaim
		if c.decode(o, &claim) {
			s.claims = noted(s.claims, named(o), claim.Spec)
		}
	case o.Kind() == "PersistentVolume" && o.Group() == "":
		var volume corev1.PersistentVolume
		if c.decode(o, &volume) {
			s.volumes = noted(s.volumes, o.Name(), volume.Spec)
		}
	case o.Kind() == "StorageClass" && o.Group() == "storage.k8s.io":
		var class storagev1.StorageClass
		if c.decode(o, &class) {
			s.classes = noted(s.classes, o.Name(), class)
		}
	}
}

func noted[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}

// named is an object's name, in the namespace that it gets.
func named(o object.Object) name {
	if o.Namespace() == "" {
		return name{"default", o.Name()}
	}
	return name{o.Namespace(), o.Name()}
}

// of is what the claims of a pod ask of the scheduler; of those that a StatefulSet
// makes for each of its pods, templates.
func (s *storage) of(namespace string, pod *corev1.PodSpec, templates []corev1.PersistentVolumeClaim) schedule.Volumes {
	var v schedule.Volumes
	own := map[string]bool{}
	for _, t := range templates {
		own[t.Name] = true
		s.made(&v, t.Name, t.Spec)
	}
	for _, volume := range pod.Volumes {
		switch {
		case own[volume.Name]:
		case volume.Ephemeral != nil && volume.Ephemeral.VolumeClaimTemplate != nil:
			s.made(&v, volume.Name, volume.Ephemeral.VolumeClaimTemplate.Spec)
		case volume.PersistentVolumeClaim != nil:
			s.claimed(&v, namespace, volume.PersistentVolumeClaim.ClaimName)
		}
	}
	return v
}

// claimed adds what a claim that is there asks.
func (s *storage) claimed(v *schedule.Volumes, namespace, claimName string) {
	claim, ok := s.claims[name{namespace, claimName}]
	if !ok {
		return
	}
	if slices.Contains(claim.AccessModes, corev1.ReadWriteOncePod) && !slices.Contains(v.Exclusive, claimName) {
		v.Exclusive = append(v.Exclusive, claimName)
	}
	volume, ok := s.volumes[claim.VolumeName]
	for _, at := range slices.Sorted(maps.Keys(s.volumes)) {
		if ref := s.volumes[at].ClaimRef; !ok && ref != nil && ref.Name == claimName && ref.Namespace == namespace {
			volume, ok = s.volumes[at], true
		}
	}
	switch {
	case !ok:
		s.made(v, claimName, claim)
		if s.onOneNode(claim.StorageClassName) && claim.VolumeName == "" && !slices.Contains(v.OneNode, claimName) {
			v.OneNode = append(v.OneNode, claimName)
		}
	case volume.NodeAffinity != nil && volume.NodeAffinity.Required != nil:
		v.Nodes = append(v.Nodes, schedule.VolumeNodes{Claim: claimName, Selector: *volume.NodeAffinity.Required})
	}
}

// made adds where the class of a claim makes volumes.
func (s *storage) made(v *schedule.Volumes, claim string, spec corev1.PersistentVolumeClaimSpec) {
	if spec.StorageClassName == nil || spec.VolumeName != "" {
		return
	}
	class, ok := s.classes[*spec.StorageClassName]
	if !ok || len(class.AllowedTopologies) == 0 {
		return
	}
	var selector corev1.NodeSelector
	for _, term := range class.AllowedTopologies {
		var t corev1.NodeSelectorTerm
		for _, e := range term.MatchLabelExpressions {
			t.MatchExpressions = append(t.MatchExpressions, corev1.NodeSelectorRequirement{Key: e.Key, Operator: corev1.NodeSelectorOpIn, Values: e.Values})
		}
		selector.NodeSelectorTerms = append(selector.NodeSelectorTerms, t)
	}
	v.Nodes = append(v.Nodes, schedule.VolumeNodes{Claim: claim, Selector: selector})
}
