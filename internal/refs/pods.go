package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// podReference is a field of a pod's spec that names an object.
type podReference struct {
	at       path   // the map that holds the name
	name     string // the field in it
	kind     string
	key      string        // the field that names a key of the object; empty for none
	items    bool          // the map's items name keys
	severity diag.Severity // empty for an error: the pod does not start without
}

// podReferences_ are the fields of core/v1 PodSpec that name objects.
var podReferences_ = append(containerReferences(),
	podReference{at: parsePath("volumes[].configMap"), name: "name", kind: "ConfigMap.", items: true},
	podReference{at: parsePath("volumes[].secret"), name: "secretName", kind: "Secret.", items: true},
	podReference{at: parsePath("volumes[].projected.sources[].configMap"), name: "name", kind: "ConfigMap.", items: true},
	podReference{at: parsePath("volumes[].projected.sources[].secret"), name: "name", kind: "Secret.", items: true},
	podReference{at: parsePath("volumes[].persistentVolumeClaim"), name: "claimName", kind: "PersistentVolumeClaim."},
	podReference{at: parsePath("volumes[].csi.nodePublishSecretRef"), name: "name", kind: "Secret."},
	podReference{at: path{}, name: "serviceAccountName", kind: "ServiceAccount."},
	podReference{at: path{}, name: "serviceAccount", kind: "ServiceAccount."}, // its old name, which the API server still reads
	podReference{at: path{}, name: "priorityClassName", kind: "PriorityClass.scheduling.k8s.io"},
	podReference{at: path{}, name: "runtimeClassName", kind: "RuntimeClass.node.k8s.io", severity: diag.Warning},
	// The kubelet goes on without the Secret, and the pull fails where it is needed.
	podReference{at: parsePath("imagePullSecrets[]"), name: "name", kind: "Secret.", severity: diag.Warning},
)

func containerReferences() []podReference {
	var list []podReference
	for _, c := range containers {
		list = append(list,
			podReference{at: parsePath(c + "[].envFrom[].configMapRef"), name: "name", kind: "ConfigMap."},
			podReference{at: parsePath(c + "[].envFrom[].secretRef"), name: "name", kind: "Secret."},
			podReference{at: parsePath(c + "[].env[].valueFrom.configMapKeyRef"), name: "name", kind: "ConfigMap.", key: "key"},
			podReference{at: parsePath(c + "[].env[].valueFrom.secretKeyRef"), name: "name", kind: "Secret.", key: "key"},
		)
	}
	return list
}

// clusterKinds are the kinds that belong to the whole cluster, of those that
// anything refers to.
var clusterKinds = map[string]bool{
	"PriorityClass.scheduling.k8s.io":                        true,
	"RuntimeClass.node.k8s.io":                               true,
	"StorageClass.storage.k8s.io":                            true,
	"VolumeAttributesClass.storage.k8s.io":                   true,
	"IngressClass.networking.k8s.io":                         true,
	"GatewayClass.gateway.networking.k8s.io":                 true,
	"ClusterRole.rbac.authorization.k8s.io":                  true,
	"ClusterIssuer.cert-manager.io":                          true,
	"ValidatingAdmissionPolicy.admissionregistration.k8s.io": true,
	"MutatingAdmissionPolicy.admissionregistration.k8s.io":   true,
	"Namespace.":        true,
	"PersistentVolume.": true,
	"PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io": true,
}

// podReferences holds a pod's spec against the objects that it names, and its
// mounts against its volumes.
func podReferences(f *finder, s *subject) {
	w, ok := podsOf(s)
	if !ok {
		return
	}
	f.mounts(s, w)
	f.volumeNames(s, w)
	f.namedPorts(s, w)
	seen := map[thing]bool{}
	for _, r := range podReferences_ {
		r.at.maps(w.spec, w.keys, func(keys []string, m map[string]any) {
			name := text(m, r.name)
			if optional, _ := m["optional"].(bool); optional || name == "" {
				return
			}
			namespace := s.id.Namespace
			if clusterKinds[r.kind] {
				namespace = ""
			}
			bare, group, _ := strings.Cut(r.kind, ".")
			if !f.exists(r.kind, namespace, name) {
				if seen[thing{bare, namespace, name}] {
					return
				}
				seen[thing{bare, namespace, name}] = true
				at := below(keys, r.name)
				f.report(s, problem{
					code: "MG5051", severity: r.severity, keys: at,
					message:    fmt.Sprintf("refers to %s in %s, which nobody makes", show(r.kind, namespace, name), field(at)),
					suggestion: f.remedy(at, r.kind, namespace, name),
				})
				return
			}
			target := f.byID[object.ID{Group: group, Kind: bare, Namespace: namespace, Name: name}]
			if r.kind != "Secret." || r.severity == "" { // without a Secret to pull with, the kubelet goes on
				f.waits(s, below(keys, r.name), thing{bare, namespace, name}, target)
			}
			if target == nil {
				return
			}
			if r.key != "" {
				f.hasKey(s, target, below(keys, r.key), text(m, r.key))
			}
			if r.items {
				parsePath("items[]").maps(m, keys, func(keys []string, item map[string]any) {
					f.hasKey(s, target, below(keys, "key"), text(item, "key"))
				})
			}
		})
	}
}

// hasKey reports a key that a ConfigMap or Secret lacks.
func (f *finder) hasKey(s, target *subject, keys []string, key string) {
	var known []string
	for _, part := range []string{"data", "binaryData", "stringData"} {
		for name := range object.Map(target.Value, part) {
			known = append(known, name)
		}
	}
	if key == "" || slices.Contains(known, key) || target.Value["sops"] != nil {
		return
	}
	slices.Sort(known) // from maps
	suggestion := fmt.Sprintf("add %s to %s, or set optional to true", key, target.id)
	if near := diag.Nearest(key, known); near != "" {
		suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
	}
	f.report(s, problem{
		code: "MG5051", keys: keys, suggestion: suggestion,
		message: fmt.Sprintf("wants the key %q of %s in %s, which it does not have", key, target.id, field(keys)),
	})
}

// mounts reports the mounts that have no volume, in any container.
func (f *finder) mounts(s *subject, w workload) {
	var volumes []string
	for _, v := range object.List(w.spec, "volumes") {
		m, _ := v.(map[string]any)
		volumes = append(volumes, text(m, "name"))
	}
	for _, v := range object.List(s.Value, "spec", "volumeClaimTemplates") {
		m, _ := v.(map[string]any)
		volumes = append(volumes, object.String(m, "metadata", "name"))
	}
	for _, c := range containers {
		for _, list := range []string{"volumeMounts", "volumeDevices"} {
			path{c, "[]", list, "[]"}.maps(w.spec, w.keys, func(keys []string, m map[string]any) {
				name := text(m, "name")
				if name == "" || slices.Contains(volumes, name) {
					return
				}
				at := below(keys, "name")
				p := problem{
					code: "MG5050", keys: at,
					message:    fmt.Sprintf("mounts the volume %q in %s, and its pods have no such volume", name, field(at)),
					suggestion: fmt.Sprintf("add the volume to %s, or remove the mount", field(below(w.keys, "volumes"))),
				}
				if near := diag.Nearest(name, volumes); near != "" {
					p.suggestion = fmt.Sprintf("set %s to %q", field(at), near)
				}
				f.report(s, p)
			})
		}
	}
}
