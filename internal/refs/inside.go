package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file look at names that stand inside of what an object
// refers to: a container of its pods, a file of a volume, a port's name.

// volumeNames reports what a container asks of a volume that the volume is not:
// files of a block device, a device of files, a file that a ConfigMap or a
// Secret does not make.
func (f *finder) volumeNames(s *subject, w workload) {
	volumes := map[string]map[string]any{}
	for _, v := range object.List(w.spec, "volumes") {
		m, _ := v.(map[string]any)
		volumes[text(m, "name")] = m
	}
	for _, v := range object.List(s.Value, "spec", "volumeClaimTemplates") {
		m, _ := v.(map[string]any)
		volumes[object.String(m, "metadata", "name")] = map[string]any{"ephemeral": map[string]any{"volumeClaimTemplate": m}}
	}
	for _, c := range containers {
		path{c, "[]", "volumeMounts", "[]"}.maps(w.spec, w.keys, func(keys []string, m map[string]any) {
			volume := volumes[text(m, "name")]
			if f.isBlock(s, volume) == "Block" {
				f.report(s, problem{
					code: "MG5050", keys: below(keys, "name"),
					message:    fmt.Sprintf("mounts the volume %q as files in %s, and its claim is a block device: no pod starts", text(m, "name"), field(below(keys, "name"))),
					suggestion: "list it in volumeDevices with a devicePath, or set volumeMode of the claim to Filesystem",
				})
				return
			}
			f.subPath(s, below(keys, "subPath"), text(m, "subPath"), volume)
		})
		path{c, "[]", "volumeDevices", "[]"}.maps(w.spec, w.keys, func(keys []string, m map[string]any) {
			if f.isBlock(s, volumes[text(m, "name")]) == "Filesystem" {
				f.report(s, problem{
					code: "MG5050", keys: below(keys, "name"),
					message:    fmt.Sprintf("takes the volume %q for a device in %s, and its claim is of files: no pod starts", text(m, "name"), field(below(keys, "name"))),
					suggestion: "list it in volumeMounts with a mountPath, or set volumeMode of the claim to Block",
				})
			}
		})
	}
	f.ownContainers(s, w)
}

// isBlock returns the mode of a volume's claim, "" where that is not known.
func (f *finder) isBlock(s *subject, volume map[string]any) string {
	spec := object.Map(volume, "ephemeral", "volumeClaimTemplate", "spec")
	if name := object.String(volume, "persistentVolumeClaim", "claimName"); name != "" {
		if claim := f.byID[object.ID{Kind: "PersistentVolumeClaim", Namespace: s.id.Namespace, Name: name}]; claim != nil {
			spec = object.Map(claim.Value, "spec")
		}
	}
	if spec == nil {
		return ""
	}
	if mode := text(spec, "volumeMode"); mode != "" {
		return mode
	}
	return "Filesystem"
}

// subPath warns of a file of a ConfigMap's or Secret's volume that is not there:
// the kubelet makes a folder of the name and mounts that.
func (f *finder) subPath(s *subject, keys []string, sub string, volume map[string]any) {
	for _, of := range []struct{ part, name, kind string }{{"configMap", "name", "ConfigMap"}, {"secret", "secretName", "Secret"}} {
		source := object.Map(volume, of.part)
		target := f.byID[object.ID{Kind: of.kind, Namespace: s.id.Namespace, Name: text(source, of.name)}]
		if optional, _ := source["optional"].(bool); source == nil || optional || sub == "" || target == nil || target.Value["sops"] != nil {
			continue
		}
		var files []string
		for _, part := range []string{"data", "binaryData", "stringData"} {
			for name := range object.Map(target.Value, part) {
				files = append(files, name)
			}
		}
		if items := object.List(source, "items"); len(items) > 0 {
			files = nil
			for _, v := range items {
				m, _ := v.(map[string]any)
				files = append(files, text(m, "path"))
			}
		}
		clean := strings.Trim(strings.TrimPrefix(sub, "./"), "/")
		if slices.ContainsFunc(files, func(name string) bool { return name == clean || strings.HasPrefix(name, clean+"/") || clean == "." }) {
			continue
		}
		slices.Sort(files) // from maps
		p := problem{
			code: "MG5051", severity: diag.Warning, keys: keys,
			message:    fmt.Sprintf("mounts the file %q of %s in %s, which it does not have: an empty folder is mounted in its place", sub, target.id, field(keys)),
			suggestion: fmt.Sprintf("add %s to %s", sub, target.id),
		}
		if near := diag.Nearest(clean, files); near != "" {
			p.suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
		}
		f.report(s, p)
	}
}

// ownContainers reports what the downward API is to say of a container that the
// pod has not: the kubelet has nothing to say, and the pod does not start.
func (f *finder) ownContainers(s *subject, w workload) {
	names := append(containerNames(w), "istio-proxy") // which the injector may add
	for _, p := range []string{"containers[].env[].valueFrom.resourceFieldRef", "initContainers[].env[].valueFrom.resourceFieldRef", "volumes[].downwardAPI.items[].resourceFieldRef", "volumes[].projected.sources[].downwardAPI.items[].resourceFieldRef"} {
		parsePath(p).maps(w.spec, w.keys, func(keys []string, m map[string]any) {
			f.containerOf(s, below(keys, "containerName"), text(m, "containerName"), names, s, "MG5050", diag.Error)
		})
	}
}

// containerNames are the names of a pod's containers, those that prepare it
// included.
func containerNames(w workload) []string {
	var names []string
	for _, list := range containers {
		for _, v := range object.List(w.spec, list) {
			m, _ := v.(map[string]any)
			names = append(names, text(m, "name"))
		}
	}
	return names
}

// containerOf reports the name of a container that pods have not.
func (f *finder) containerOf(s *subject, keys []string, name string, names []string, pods *subject, code string, severity diag.Severity) {
	if name == "" || slices.Contains(names, name) {
		return
	}
	p := problem{
		code: code, severity: severity, keys: keys,
		message:    fmt.Sprintf("names the container %q in %s, and the pods of %s have none of that name", name, field(keys), pods.id),
		suggestion: fmt.Sprintf("set %s to one of %s", field(keys), strings.Join(names, ", ")),
	}
	if near := diag.Nearest(name, names); near != "" {
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
	}
	f.report(s, p)
}

// scaledContainers returns the rule of a kind that scales by single containers
// of what it scales: one that is not there gives no figure, and nothing is
// scaled.
func scaledContainers(ref string, at string) rule {
	to, names := parsePath(ref), parsePath(at)
	return func(f *finder, s *subject) {
		m := object.Map(s.Value, to...)
		target := f.byID[object.ID{Group: scalable[text(m, "kind")], Kind: text(m, "kind"), Namespace: s.id.Namespace, Name: text(m, "name")}]
		if target == nil {
			return
		}
		w, ok := podsOf(target)
		if !ok || w.injected {
			return
		}
		known := append(containerNames(w), "istio-proxy")
		names.each(s.Value, nil, func(keys []string, v any) {
			if name, _ := v.(string); name != "*" {
				f.containerOf(s, below(keys), name, known, target, "MG5054", diag.Warning)
			}
		})
	}
}

// portName reports the name of a port that a known Service does not have.
func (f *finder) portName(s *subject, keys []string, code string, h host, wanted string) {
	target := f.byID[object.ID{Kind: "Service", Namespace: h.namespace, Name: h.name}]
	if target == nil || wanted == "" {
		return
	}
	_, names := servicePorts(target)
	if slices.Contains(names, wanted) {
		return
	}
	p := problem{
		code: code, keys: keys,
		message:    fmt.Sprintf("asks for the port %q in %s, and no port of %s is called so", wanted, field(keys), target.id),
		suggestion: fmt.Sprintf("give a port of %s the name %s", target.id, wanted),
	}
	if near := diag.Nearest(wanted, names); near != "" {
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
	} else if len(names) > 0 {
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), names[0])
	}
	f.report(s, p)
}
