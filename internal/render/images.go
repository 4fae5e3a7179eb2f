package render

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// images returns the images that the objects make a cluster pull, sorted: those
// of their pods and Wasm modules, and the proxy that istiod injects into sidecars
// and gateways or runs as a waypoint.
func images(objects []object.Object) []string {
	var list []string
	for _, o := range objects {
		list = append(list, imagesOf(o)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// podSpecs are where objects hold their pods: what has the field spec.
var podSpecs = [][]string{nil, {"spec", "template"}, {"spec", "jobTemplate", "spec", "template"}}

// imageAt is an image that an object names, and the path of the field.
type imageAt struct{ image, field string }

// imagesOf returns the images that one object makes a cluster pull.
func imagesOf(o object.Object) []string {
	var list []string
	for _, at := range imagesAt(o) {
		list = append(list, at.image)
	}
	if image := proxyImage(o); image != "" {
		list = append(list, image)
	}
	return list
}

// imagesAt returns the images that one object names: of its containers, of its
// volumes, of a proxy of its own, and of the Wasm modules that proxies fetch.
func imagesAt(o object.Object) []imageAt {
	var list []imageAt
	add := func(image any, at []string, format string, args ...any) {
		if text, _ := image.(string); text != "" && text != "auto" {
			list = append(list, imageAt{text, strings.Join(append(slices.Clone(at), fmt.Sprintf(format, args...)), ".")})
		}
	}
	for _, at := range podSpecs {
		pod := object.Map(o.Value, at...)
		if pod == nil {
			continue
		}
		spec := object.Map(pod, "spec")
		for _, kind := range []string{"containers", "initContainers"} {
			for i, container := range object.List(spec, kind) {
				container, _ := container.(map[string]any)
				add(container["image"], at, "spec.%s[%d].image", kind, i)
			}
		}
		for i, volume := range object.List(spec, "volumes") {
			volume, _ := volume.(map[string]any)
			add(object.Get(volume, "image", "reference"), at, "spec.volumes[%d].image.reference", i)
		}
		add(object.Map(pod, "metadata", "annotations")[proxyImageAnnotation], at, "metadata.annotations[%s]", proxyImageAnnotation)
	}
	switch o.Kind() {
	case "WasmPlugin":
		add(wasmImage(object.String(o.Value, "spec", "url")), nil, "spec.url")
	case "TrafficExtension":
		add(wasmImage(object.String(o.Value, "spec", "wasm", "url")), nil, "spec.wasm.url")
	}
	return list
}

// proxyImageAnnotation makes a pod's sidecar, or a gateway, run another image
// (istio/istio pkg/kube/inject/template.go, ProxyImage). The injection templates
// read it of the pod's annotations.
const proxyImageAnnotation = "sidecar.istio.io/proxyImage"

// wasmImage returns the image of a Wasm module's address, "" for another kind of
// address. Without a scheme it is an image (extensions/v1alpha1 WasmPlugin.url).
func wasmImage(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	switch {
	case !ok:
		return address
	case scheme == "oci":
		return rest
	}
	return ""
}

// proxyImage returns the image that the injector's ConfigMap makes pods run, or
// "" for another object: the values that the injection templates read stand in
// the ConfigMap.
func proxyImage(o object.Object) string {
	if o.Kind() != "ConfigMap" || !strings.HasPrefix(o.Name(), "istio-sidecar-injector") {
		return ""
	}
	var values struct {
		Global struct {
			Hub     string `json:"hub"`
			Tag     any    `json:"tag"`
			Variant string `json:"variant"`
			Proxy   struct {
				Image string `json:"image"`
			} `json:"proxy"`
		} `json:"global"`
	}
	if json.Unmarshal([]byte(object.String(o.Value, "data", "values")), &values) != nil {
		return ""
	}
	g := values.Global
	if strings.Contains(g.Proxy.Image, "/") {
		return g.Proxy.Image
	}
	tag, _ := g.Tag.(string)
	if g.Variant != "" {
		tag += "-" + g.Variant
	}
	return g.Hub + "/" + g.Proxy.Image + ":" + tag
}
