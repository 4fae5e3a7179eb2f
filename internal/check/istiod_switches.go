package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

var istiodSwitches = Check{
	Doc: Doc{
		Code: "MG3024", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "A switch of istiod goes against the mesh",
		Text:   "istiod reads switches from its environment, and some of them cannot be thrown in this mesh: they make istiod wait for definitions that the cluster does not have, or end at its start, or they turn off what the mesh is made of, such as the controller that runs gateways of Gateway API, or the signing of certificates. A switch whose value is neither true nor false istiod leaves as it was, and of a variable whose name it does not know it says nothing: that is a warning.\nRemove the switch, or change what it contradicts.",
		Before: "gitops: {engine: \"flux\", source: \"fleet\"}\ngateways: public: {api: \"gateway-api\", servers: web: hosts: [\"a.example.com\"]}\ncontrolPlane: env: PILOT_ENABLE_ALPHA_GATEWAY_API: \"true\"",
		After:  "gitops: {engine: \"flux\", source: \"fleet\"}\ngateways: public: {api: \"gateway-api\", servers: web: hosts: [\"a.example.com\"]}",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		var list diag.List
		for _, v := range istiodEnvironment(m) {
			list = append(list, unknownVariable(m, v)...)
			for _, s := range switches {
				if s.name == v.name {
					list = append(list, s.hold(m, v)...)
				}
			}
		}
		return append(list, rawSwitches(m)...)
	},
}

// variable is one of istiod's environment, and the intent's path that sets it.
type variable struct{ name, value, path string }

// istiodEnvironment returns the variables that the intent sets for istiod, by
// whichever of its fields. The one that wins comes last: the chart's values are
// laid over the intent's fields, and patches over what the chart makes.
func istiodEnvironment(m model.Mesh) []variable {
	var list []variable
	for _, name := range slices.Sorted(maps.Keys(m.ControlPlane.Env)) {
		list = append(list, variable{name, m.ControlPlane.Env[name], intent.Join("controlPlane.env", name)})
	}
	for _, at := range [][]string{{"env"}, {"pilot", "env"}} {
		env := object.Map(m.Values.Istiod, at...)
		for _, name := range slices.Sorted(maps.Keys(env)) {
			list = append(list, variable{name, fmt.Sprint(env[name]), intent.Join("values.istiod", append(slices.Clone(at), name)...)})
		}
	}
	for _, p := range m.Patches {
		docs, _ := object.Documents([]byte(p.Patch.Patch)) // what cannot be read is the overlay's to report
		for _, d := range docs {
			eachVariable(d.Value, func(name, value string) { list = append(list, variable{name, value, p.Path}) })
		}
	}
	var last []variable
	for i, v := range list {
		if !slices.ContainsFunc(list[i+1:], func(w variable) bool { return w.name == v.name }) {
			last = append(last, v)
		}
	}
	return last
}

// eachVariable calls visit for each element of a container's env in a patch.
func eachVariable(v any, visit func(name, value string)) {
	switch v := v.(type) {
	case map[string]any:
		name, named := v["name"].(string)
		value, valued := v["value"].(string)
		if named && valued {
			visit(name, value)
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			eachVariable(v[key], visit)
		}
	case []any:
		for _, e := range v {
			eachVariable(e, visit)
		}
	}
}

// istiodSwitch is a variable of istiod that is true or false, and says what is
// wrong with one of the two in a mesh. A message goes on after the name and its
// value; an empty one says that nothing is wrong.
type istiodSwitch struct {
	name  string
	wrong bool // the value that may be
	why   func(m model.Mesh) (message, suggestion string, severity diag.Severity)
}

// switches are those of pilot/pkg/features of Istio 1.31.1 that a mesh can be
// at odds with.
var switches = []istiodSwitch{
	{"PILOT_ENABLE_ALPHA_GATEWAY_API", true, alphaGatewayAPI},
	{"PILOT_ENABLE_GATEWAY_API", false, usedGatewayAPI("istiod does not look at it")},
	{"PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER", false, usedGatewayAPI("istiod does not run any pods for it")},
	{"PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER", false, func(m model.Mesh) (string, string, diag.Severity) {
		if slices.ContainsFunc(m.External, func(e model.External) bool { return e.Kind == "GatewayClass" }) || len(m.Manifests) > 0 {
			return "", "", "" // somebody may bring the classes
		}
		return usedGatewayAPI("istiod does not make the GatewayClass that it names")(m)
	}},
	{"PILOT_ENABLE_AMBIENT", false, usedAmbient},
	{"PILOT_ENABLE_AMBIENT_WAYPOINTS", false, usedWaypoints},
	{"ENABLE_CA_SERVER", false, func(m model.Mesh) (string, string, diag.Severity) {
		if m.IstioCSR != nil || object.String(m.Values.Istiod, "global", "caAddress") != "" {
			return "", "", ""
		}
		return "keeps istiod from signing certificates, and nobody else is declared to: no workload gets one", "set certificates.mesh.istioCSR or values.istiod.global.caAddress, or remove %s", ""
	}},
}

// hold says what a variable has against the mesh.
func (s istiodSwitch) hold(m model.Mesh, v variable) diag.List {
	on, err := strconv.ParseBool(v.value)
	if err != nil {
		if strings.Contains(v.value, "${") {
			return nil // known at deploy time
		}
		return diag.List{{
			Path:       v.path,
			Message:    fmt.Sprintf("istiod reads true or false in %s; with %q it does as if the variable were not there", v.name, v.value),
			Suggestion: fmt.Sprintf(`set %s in %s to "true" or "false"`, v.name, v.path),
		}}
	}
	if on != s.wrong {
		return nil
	}
	message, suggestion, severity := s.why(m)
	if message == "" {
		return nil
	}
	if strings.Contains(suggestion, "%s") {
		suggestion = fmt.Sprintf(suggestion, v.path)
	}
	return diag.List{{Path: v.path, Severity: severity, Message: fmt.Sprintf("%s=%s %s", v.name, v.value, message), Suggestion: suggestion}}
}

// alphaGatewayAPI holds istiod's alpha switch against the channel of Gateway
// API's definitions. With the switch istiod watches udproutes in v1alpha2
// (pkg/config/schema/gvr, collections.PilotGatewayAPI). A definition that is
// missing it does without; the standard channel has it since v1.6.0, and does
// not serve that version: the watch never synchronises, and istiod never
// becomes ready.
func alphaGatewayAPI(m model.Mesh) (message, suggestion string, severity diag.Severity) {
	g := m.GatewayAPI
	declared := slices.ContainsFunc(m.External, func(e model.External) bool {
		return e.Kind == "CustomResourceDefinition" && (e.Name == "*" || strings.HasSuffix(e.Name, ".gateway.networking.x-k8s.io"))
	})
	const declare = `external: "CustomResourceDefinition/*.gateway.networking.x-k8s.io": "..."`
	switch {
	case g == nil:
		return "", "", "" // nothing here brings the definitions, or needs them
	case g.Deliver && m.GitOps != nil:
		return fmt.Sprintf("makes istiod wait for UDPRoutes in v1alpha2, which the standard channel of Gateway API %s does not serve: it never becomes ready", g.Version),
			`remove %s, or set cluster.gatewayAPI.crds to "platform", bring the experimental channel yourself, and say so: ` + declare, ""
	case !declared:
		return "makes istiod wait for ever beside the standard channel of Gateway API, and nothing says that the cluster has the experimental one",
			"remove %s, or say who brings the experimental channel: " + declare, diag.Warning
	}
	return "", "", ""
}

// usedGatewayAPI returns what is wrong with a switch that Gateways need.
func usedGatewayAPI(lost string) func(m model.Mesh) (string, string, diag.Severity) {
	return func(m model.Mesh) (string, string, diag.Severity) {
		for _, g := range m.Gateways {
			if g.API == "gateway-api" {
				return fmt.Sprintf("leaves gateway %s without effect: %s is gateway-api, and %s", g.Name, g.Path+".api", lost), "remove %s", ""
			}
		}
		for _, n := range m.Namespaces {
			if n.Waypoint {
				return fmt.Sprintf("leaves the waypoint of %s without effect: it is a Gateway, and %s", n.Name, lost), "remove %s", ""
			}
		}
		return "", "", ""
	}
}

func usedAmbient(m model.Mesh) (message, suggestion string, severity diag.Severity) {
	if !m.Ambient {
		return "", "", ""
	}
	return "turns ambient mode off in istiod, and the mesh uses it: ztunnel gets no workloads", "remove %s", ""
}

func usedWaypoints(m model.Mesh) (message, suggestion string, severity diag.Severity) {
	for _, n := range m.Namespaces {
		if n.Waypoint {
			return fmt.Sprintf("turns waypoints off in istiod, and %s has one", n.Name), "remove %s", ""
		}
	}
	return "", "", ""
}

// certProviders are what istiod takes for its own certificate
// (pilot/pkg/bootstrap/server.go, initIstiodCerts); the rest of a signer's name
// stands behind the last.
var certProviders = []string{"istiod", "custom", "none", "k8s.io/"}

// rawSwitches says what is wrong with raw values of the istiod chart that
// become switches.
func rawSwitches(m model.Mesh) diag.List {
	var list diag.List
	if p := object.String(m.Values.Istiod, "global", "pilotCertProvider"); p != "" && !slices.ContainsFunc(certProviders, func(known string) bool {
		return p == known || strings.HasSuffix(known, "/") && strings.HasPrefix(p, known)
	}) {
		end := "has no certificate of its own then, and webhooks and proxies cannot call it"
		if p == "kubernetes" {
			end = "ends at its start with it, for Kubernetes signs no such certificates any more"
		}
		list = append(list, diag.Diagnostic{
			Path:       "values.istiod.global.pilotCertProvider",
			Message:    fmt.Sprintf("%q is no provider of istiod's certificate; istiod %s", p, end),
			Suggestion: `remove values.istiod.global.pilotCertProvider, or set it to "istiod"`,
		})
	}
	for _, path := range [][]string{{"pilot", "cni", "enabled"}, {"cni", "enabled"}} {
		if on, _ := object.Get(m.Values.Istiod, path...).(bool); on && !m.CNI.Enabled {
			at := intent.Join("values.istiod", path...)
			list = append(list, diag.Diagnostic{
				Path:       at,
				Message:    "sidecars are injected without what redirects their traffic, and the CNI node agent, which would do it, is off",
				Suggestion: fmt.Sprintf("set dataPlane.cni.enabled to true, or remove %s", at),
			})
		}
	}
	list = append(list, undoing(m)...)
	return append(list, otherAuthorities(m)...)
}

// undoing says which raw values of the charts turn off what the mesh is made of.
func undoing(m model.Mesh) diag.List {
	var list diag.List
	refuse := func(path, message string) {
		list = append(list, diag.Diagnostic{Path: path, Message: message, Suggestion: "remove " + path})
	}
	ambient, sidecars := modes(m)
	if on, _ := object.Get(m.Values.Istiod, "global", "operatorManageWebhooks").(bool); on && len(sidecars) > 0 {
		refuse("values.istiod.global.operatorManageWebhooks", "the chart leaves the injector's webhook to somebody else, and nobody injects sidecars into "+enumerate("namespace", sidecars))
	}
	if object.String(m.Values.Istiod, "global", "proxy", "autoInject") == "disabled" && len(sidecars) > 0 {
		refuse("values.istiod.global.proxy.autoInject", "only pods with a label of their own get a sidecar, and not those of "+enumerate("namespace", sidecars))
	}
	for _, at := range [][]string{{"cni", "ambient", "enabled"}, {"ambient", "enabled"}} {
		if on, isBool := object.Get(m.Values.CNI, at...).(bool); isBool && !on && m.Ambient {
			refuse(intent.Join("values.cni", at...), "the CNI node agent redirects no pods to ztunnel, and the mesh is ambient")
		}
	}
	for _, at := range [][]string{{"pilot", "trustedZtunnelNamespace"}, {"trustedZtunnelNamespace"}} {
		if name := object.String(m.Values.Istiod, at...); name != "" && name != model.RootNamespace && m.Ambient {
			refuse(intent.Join("values.istiod", at...), fmt.Sprintf("ztunnel runs in %s, and istiod signs certificates of the nodes' pods for one in %s alone", model.RootNamespace, name))
		}
	}
	for _, at := range [][]string{{"cni", "excludeNamespaces"}, {"excludeNamespaces"}} {
		for i, v := range object.List(m.Values.CNI, at...) {
			if name, _ := v.(string); slices.Contains(ambient, name) || slices.Contains(sidecars, name) && m.CNI.Enabled {
				refuse(fmt.Sprintf("%s[%d]", intent.Join("values.cni", at...), i), fmt.Sprintf("the CNI node agent passes over the pods of %s, which are in the mesh", name))
			}
		}
	}
	return list
}

// otherAuthorities warns of raw values that have workloads ask another address
// for their certificates than that of istio-csr, which the intent declares: the
// value wins.
func otherAuthorities(m model.Mesh) diag.List {
	if m.IstioCSR == nil {
		return nil
	}
	var list diag.List
	for _, v := range []struct {
		path, address string
	}{
		{"values.istiod.global.caAddress", object.String(m.Values.Istiod, "global", "caAddress")},
		{"values.ztunnel.caAddress", object.String(m.Values.Ztunnel, "caAddress")},
	} {
		host, _, _ := strings.Cut(strings.TrimPrefix(v.address, "https://"), ":")
		if v.address == "" || strings.Contains(v.address, "${") || strings.TrimSuffix(host, ".cluster.local") == m.IstioCSRHost() {
			continue
		}
		list = append(list, diag.Diagnostic{
			Severity:   diag.Warning,
			Path:       v.path,
			Message:    fmt.Sprintf("workloads ask %s for their certificates, and the intent says that istio-csr signs, which is %s:443", v.address, m.IstioCSRHost()),
			Suggestion: "remove " + v.path + ", or certificates.mesh.istioCSR",
		})
	}
	return list
}
