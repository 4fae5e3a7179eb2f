package render

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// images returns the images that the objects make a cluster pull, sorted: those
// of their pods, and the proxy that istiod injects into sidecars and gateways
// or runs as a waypoint.
func images(objects []object.Object) []string {
	var list []string
	for _, o := range objects {
		list = append(list, imagesOf(o)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// podSpecs are where objects hold the spec of their pods.
var podSpecs = [][]string{
	{"spec"},                     // Pod
	{"spec", "template", "spec"}, // Deployment and the like
	{"spec", "jobTemplate", "spec", "template", "spec"}, // CronJob
}

// containerLists are the lists of a pod's containers.
var containerLists = []string{"containers", "initContainers"}

// imagesOf returns the images that one object makes a cluster pull.
func imagesOf(o object.Object) []string {
	var list []string
	for _, pod := range podSpecs {
		for _, kind := range containerLists {
			for _, container := range object.List(object.Map(o.Value, pod...), kind) {
				container, _ := container.(map[string]any)
				if image := object.String(container, "image"); image != "" && image != "auto" {
					list = append(list, image)
				}
			}
		}
	}
	if image := proxyImage(o); image != "" {
		list = append(list, image)
	}
	return list
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
