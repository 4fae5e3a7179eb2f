package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// TestIstiodSwitches holds what is said of istiod's switches, by the field that
// sets them and by what the mesh is made of.
func TestIstiodSwitches(t *testing.T) {
	const alpha = "PILOT_ENABLE_ALPHA_GATEWAY_API"
	type m = map[string]any
	delivered := model.Mesh{GatewayAPI: &model.GatewayAPI{Deliver: true, Version: "v1.6.0"}, GitOps: &intent.GitOps{Engine: "flux"}}
	platform := model.Mesh{GatewayAPI: &model.GatewayAPI{Version: "v1.6.0"}}
	gateway := model.Mesh{Gateways: []model.Gateway{{Name: "public", Path: "gateways.public", API: "gateway-api"}}}
	waypoint := model.Mesh{Namespaces: []model.Namespace{{Name: "shop", Waypoint: true}}, Ambient: true}
	sidecars := model.Mesh{Namespaces: []model.Namespace{{Name: "shop", Mesh: true, Mode: intent.Sidecar}}}
	ambient := model.Mesh{Ambient: true, Namespaces: []model.Namespace{{Name: "shop", Mesh: true, Mode: intent.Ambient}}}
	with := func(in model.Mesh, change func(in *model.Mesh)) model.Mesh { change(&in); return in }
	env := func(name, value string) func(in *model.Mesh) {
		return func(in *model.Mesh) { in.ControlPlane.Env = map[string]string{name: value} }
	}
	const waits = " makes istiod wait for UDPRoutes in v1alpha2, which the standard channel of Gateway API v1.6.0 does not serve: it never becomes ready"
	const perhaps = "warning: controlPlane.env.PILOT_ENABLE_ALPHA_GATEWAY_API: PILOT_ENABLE_ALPHA_GATEWAY_API=1 makes istiod wait for ever beside the standard channel of Gateway API, and nothing says that the cluster has the experimental one"
	for _, c := range []struct {
		name string
		mesh model.Mesh
		want []string // severity: path: message
	}{
		{"by the intent", with(delivered, env(alpha, "true")), []string{"error: controlPlane.env." + alpha + ": " + alpha + "=true" + waits}},
		{"by a raw value", with(delivered, func(in *model.Mesh) { in.Values.Istiod = m{"pilot": m{"env": m{alpha: true}}} }), []string{"error: values.istiod.pilot.env." + alpha + ": " + alpha + "=true" + waits}},
		{"by a raw value at the root", with(delivered, func(in *model.Mesh) { in.Values.Istiod = m{"env": m{alpha: "t"}} }), []string{"error: values.istiod.env." + alpha + ": " + alpha + "=t" + waits}},
		{"by a patch", with(delivered, func(in *model.Mesh) {
			in.Patches = []model.Patch{{Path: "patches.alpha", Patch: intent.Patch{Patch: "- {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: " + alpha + ", value: \"true\"}}"}}}
		}), []string{"error: patches.alpha: " + alpha + "=true" + waits}},
		{"the last one counts", with(with(delivered, env(alpha, "true")), func(in *model.Mesh) { in.Values.Istiod = m{"pilot": m{"env": m{alpha: "false"}}} }), nil},
		{"off", with(delivered, env(alpha, "false")), nil},
		{"neither", with(delivered, env(alpha, "yes")), []string{
			"error: controlPlane.env." + alpha + `: istiod reads true or false in ` + alpha + `; with "yes" it does as if the variable were not there`}},
		{"a placeholder", with(delivered, env(alpha, "${ALPHA}")), nil},
		{"definitions of the platform", with(platform, env(alpha, "1")), []string{perhaps}},
		{"the experimental channel", with(with(platform, env(alpha, "1")), func(in *model.Mesh) {
			in.External = []model.External{{Kind: "CustomResourceDefinition", Name: "*.gateway.networking.x-k8s.io"}}
		}), nil},
		{"a slip", with(model.Mesh{Istio: model.Istio{Version: "1.31.1"}}, env("PILOT_PUSH_THROTLE", "10")), []string{
			"warning: controlPlane.env.PILOT_PUSH_THROTLE: istiod 1.31.1 reads no variable PILOT_PUSH_THROTLE: it does as if it were not there"}},
		{"small letters", with(model.Mesh{}, env("pilot_push_throttle", "10")), []string{
			"warning: controlPlane.env.pilot_push_throttle: istiod  reads no variable pilot_push_throttle: it does as if it were not there"}},
		{"another minor's", with(model.Mesh{Istio: model.Istio{Version: "1.30.2"}}, env("PILOT_ENABLE_STATUS", "true")), nil},
		{"of everybody", with(model.Mesh{Istio: model.Istio{Version: "1.31.1"}}, env("GOMEMLIMIT", "1GiB")), nil},
		{"of metadata", with(model.Mesh{Istio: model.Istio{Version: "1.31.1"}}, env("ISTIO_META_DNS_CAPTUR", "x")), nil},
		{"known", with(model.Mesh{Istio: model.Istio{Version: "1.31.1"}}, env("PILOT_PUSH_THROTTLE", "10")), nil},
		{"no definitions", with(model.Mesh{}, env(alpha, "true")), nil},

		{"Gateway API, used", with(gateway, env("PILOT_ENABLE_GATEWAY_API", "false")), []string{
			"error: controlPlane.env.PILOT_ENABLE_GATEWAY_API: PILOT_ENABLE_GATEWAY_API=false leaves gateway public without effect: gateways.public.api is gateway-api, and istiod does not look at it"}},
		{"Gateway API, not used", with(model.Mesh{}, env("PILOT_ENABLE_GATEWAY_API", "false")), nil},
		{"no pods", with(waypoint, env("PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER", "false")), []string{
			"error: controlPlane.env.PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER=false leaves the waypoint of shop without effect: it is a Gateway, and istiod does not run any pods for it"}},
		{"no class", with(gateway, env("PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER", "0")), []string{
			"error: controlPlane.env.PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER: PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER=0 leaves gateway public without effect: gateways.public.api is gateway-api, and istiod does not make the GatewayClass that it names"}},
		{"somebody's class", with(with(gateway, env("PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER", "0")), func(in *model.Mesh) {
			in.External = []model.External{{Kind: "GatewayClass", Name: "istio"}}
		}), nil},
		{"no ambient", with(waypoint, env("PILOT_ENABLE_AMBIENT", "false")), []string{
			"error: controlPlane.env.PILOT_ENABLE_AMBIENT: PILOT_ENABLE_AMBIENT=false turns ambient mode off in istiod, and the mesh uses it: ztunnel gets no workloads"}},
		{"no waypoints", with(waypoint, env("PILOT_ENABLE_AMBIENT_WAYPOINTS", "false")), []string{
			"error: controlPlane.env.PILOT_ENABLE_AMBIENT_WAYPOINTS: PILOT_ENABLE_AMBIENT_WAYPOINTS=false turns waypoints off in istiod, and shop has one"}},
		{"no authority", with(model.Mesh{}, env("ENABLE_CA_SERVER", "false")), []string{
			"error: controlPlane.env.ENABLE_CA_SERVER: ENABLE_CA_SERVER=false keeps istiod from signing certificates, and nobody else is declared to: no workload gets one"}},
		{"another authority", with(with(model.Mesh{}, env("ENABLE_CA_SERVER", "false")), func(in *model.Mesh) { in.IstioCSR = &intent.IstioCSR{} }), nil},

		{"Kubernetes' certificates", model.Mesh{Values: intent.Values{Istiod: m{"global": m{"pilotCertProvider": "kubernetes"}}}}, []string{
			`error: values.istiod.global.pilotCertProvider: "kubernetes" is no provider of istiod's certificate; istiod ends at its start with it, for Kubernetes signs no such certificates any more`}},
		{"no certificates", model.Mesh{Values: intent.Values{Istiod: m{"global": m{"pilotCertProvider": "vault"}}}}, []string{
			`error: values.istiod.global.pilotCertProvider: "vault" is no provider of istiod's certificate; istiod has no certificate of its own then, and webhooks and proxies cannot call it`}},
		{"a signer's certificates", model.Mesh{Values: intent.Values{Istiod: m{"global": m{"pilotCertProvider": "k8s.io/clusterissuers.cert-manager.io/mesh"}}}}, nil},
		{"an agent that is not there", model.Mesh{Values: intent.Values{Istiod: m{"pilot": m{"cni": m{"enabled": true}}}}}, []string{
			"error: values.istiod.pilot.cni.enabled: sidecars are injected without what redirects their traffic, and the CNI node agent, which would do it, is off"}},
		{"nobody injects", with(sidecars, func(in *model.Mesh) {
			in.Values.Istiod = m{"global": m{"operatorManageWebhooks": true, "proxy": m{"autoInject": "disabled"}}}
		}), []string{
			"error: values.istiod.global.operatorManageWebhooks: the chart leaves the injector's webhook to somebody else, and nobody injects sidecars into namespace shop",
			"error: values.istiod.global.proxy.autoInject: only pods with a label of their own get a sidecar, and not those of namespace shop"}},
		{"nobody is to inject", with(ambient, func(in *model.Mesh) {
			in.Values.Istiod = m{"global": m{"operatorManageWebhooks": true, "proxy": m{"autoInject": "disabled"}}}
		}), nil},
		{"no redirection", with(ambient, func(in *model.Mesh) {
			in.Values.CNI = m{"cni": m{"ambient": m{"enabled": false}, "excludeNamespaces": []any{"kube-system", "shop"}}}
			in.Values.Istiod = m{"pilot": m{"trustedZtunnelNamespace": "kube-system"}}
		}), []string{
			"error: values.cni.cni.ambient.enabled: the CNI node agent redirects no pods to ztunnel, and the mesh is ambient",
			"error: values.istiod.pilot.trustedZtunnelNamespace: ztunnel runs in istio-system, and istiod signs certificates of the nodes' pods for one in kube-system alone",
			"error: values.cni.cni.excludeNamespaces[1]: the CNI node agent passes over the pods of shop, which are in the mesh"}},
		{"an agent that sidecars do without", with(sidecars, func(in *model.Mesh) {
			in.Values.CNI = m{"cni": m{"ambient": m{"enabled": false}, "excludeNamespaces": []any{"shop"}}}
		}), nil},
		{"an agent", model.Mesh{CNI: model.CNI{Enabled: true}, Values: intent.Values{Istiod: m{"pilot": m{"cni": m{"enabled": true}}}}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, d := range istiodSwitches.Run(c.mesh, intent.Intent{}) {
				if d.Severity == "" {
					d.Severity = istiodSwitches.Severity
				}
				got = append(got, string(d.Severity)+": "+d.Path+": "+d.Message)
				if d.Suggestion == "" {
					t.Errorf("no way out: %+v", d)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
