package validate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// TestSince holds what is said of fields and values that not every minor of
// Kubernetes, and not every release of Gateway API, has.
func TestSince(t *testing.T) {
	pod := func(spec, container string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {" + spec + "containers: [{name: a, image: redis" + container + "}]}\n"
	}
	service := "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}\nspec: {ports: [{port: 80}], trafficDistribution: PreferSameNode}\n"
	route := "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a, namespace: shop}\nspec: {rules: [{name: one, filters: [{type: RequestRedirect, requestRedirect: {statusCode: 308}}]}]}\n"
	mirror := "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a, namespace: shop}\nspec: {rules: [{filters: [{type: RequestMirror, requestMirror: {percent: 5, backendRef: {name: b, port: 80}}}, {type: CORS, cors: {allowOrigins: [\"https://a.b\"]}}]}]}\n"
	node := "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.1.0.7/24, podCIDRs: [10.1.0.0/24]}\n"
	for _, c := range []struct {
		minor   model.Minor
		gateway string
		text    string
		want    string
	}{
		{33, "", pod("hostnameOverride: x, ", ""), "spec.hostnameOverride is a field that Kubernetes has from 1.34 on; the cluster has 1.33"},
		{34, "", pod("hostnameOverride: x, ", ""), "warning: spec.hostnameOverride is dropped by the API server, without a word: the feature gate HostnameOverride is on from 1.35 on; the cluster has 1.34"},
		{35, "", pod("hostnameOverride: x, ", ""), ""},
		{33, "", pod("hostnameOverride: null, ", ""), ""},
		{32, "", pod("volumes: [{name: i, image: {reference: r}}], ", ""), "warning: spec.volumes[0].image is dropped by the API server, without a word: the feature gate ImageVolume is on from 1.35 on; the cluster has 1.32"},
		{34, "", pod("", ", env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: a, key: A}}}]"), "spec.containers[0].env[0].valueFrom.fileKeyRef is dropped by the API server, which then refuses the rest: the feature gate EnvFiles is on from 1.35 on; the cluster has 1.34"},
		{36, "", pod("volumes: [{name: i, image: {reference: r}}], ", ""), ""},
		{32, "", pod("", ", restartPolicy: Never"), `spec.containers[0].restartPolicy is "Never", which Kubernetes takes from 1.34 on; the cluster has 1.32`},
		{34, "", pod("", ", restartPolicy: Never"), "warning: spec.containers[0].restartPolicy is dropped by the API server, without a word: the feature gate ContainerRestartRules is on from 1.35 on; the cluster has 1.34"},
		{32, "", pod("initContainers: [{name: b, image: redis, restartPolicy: Always}], ", ""), ""},
		{32, "", pod("", ", lifecycle: {preStop: {sleep: {seconds: 0}}}"), "spec.containers[0].lifecycle.preStop.sleep.seconds is 0, but must be 1 or more; the cluster has Kubernetes 1.32"},
		{36, "", pod("os: {name: linux}, ", ", lifecycle: {stopSignal: SIGUSR1}"), "warning: spec.containers[0].lifecycle.stopSignal is dropped by the API server, without a word: the feature gate ContainerStopSignals is off in every Kubernetes unless somebody switches it on"},
		{32, "", service, `spec.trafficDistribution is "PreferSameNode", which Kubernetes takes from 1.33 on; the cluster has 1.32`},
		{33, "", service, `spec.trafficDistribution is "PreferSameNode", which the API server refuses: the feature gate PreferSameTrafficDistribution is on from 1.34 on; the cluster has 1.33`},
		{34, "", service, ""},
		{35, "", node, ""},
		{36, "", node, `spec.podCIDR is "10.1.0.7/24", which must not have bits set beyond the prefix length`},
		{36, "v1.3.0", route, "spec.rules[0].filters[0].requestRedirect.statusCode is 308, but must be 301 or 302 in Gateway API 1.3, which the delivery brings\n" +
			"there is no field spec.rules[0].name in Gateway API 1.3, which the delivery brings; its standard channel has it from 1.4 on"},
		{36, "v1.4.1", route, "spec.rules[0].filters[0].requestRedirect.statusCode is 308, but must be 301 or 302 in Gateway API 1.4, which the delivery brings"},
		{36, "v1.5.1", route, ""},
		{32, "k3s", mirror, "warning: spec.rules[0].filters[0].requestMirror.percent is a field that Gateway API has from 1.3 on; the first releases of K3s 1.32 bring 1.2\n" +
			"there is no field spec.rules[0].filters[1].cors in Gateway API 1.4, the last that K3s 1.32 brings; its standard channel has it from 1.5 on"},
	} {
		docs, err := object.Parse([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		m := model.Mesh{}
		m.Cluster.Kubernetes = c.minor
		switch c.gateway {
		case "":
		case "k3s":
			m.GatewayAPI = &model.GatewayAPI{Bundle: &model.GatewayBundle{Oldest: 2, Newest: 4}}
		default:
			m.GatewayAPI = &model.GatewayAPI{Deliver: true, Version: c.gateway}
		}
		found, err := validate.New().Objects(m, []object.Object{{Value: docs[0]}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			_, said, _ := strings.Cut(f.Message, ": ")
			if f.Warning {
				said = "warning: " + said
			}
			got = append(got, said)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fmt.Sprint("1.", c.minor, " ", c.gateway, ":\n", c.text), diff)
		}
	}
}
