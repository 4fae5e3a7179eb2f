package check

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// egressAmbient: what leaves a sidecar is held to egress, what leaves ztunnel is
// not. ztunnel lets through what it does not know (istio/istio #54281, closed as
// intended), and it reads no VirtualService; a waypoint stands before what is
// called, not behind who calls.
var egressAmbient = Check{
	Doc: Doc{
		Code: "MG3027", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "Ambient workloads do not keep to an egress policy",
		Text:   "Sidecars hold calls to what the mesh knows, and send them through an egress gateway. ztunnel does neither: it passes on what it does not know, and reads no routes. In an ambient mesh egress.policy and through would only look as if they did something; where some namespaces are ambient and others have sidecars it is a warning.\nClose the way out with NetworkPolicies of the cluster's network plugin, or give the namespaces sidecars.",
		Before: "mode: \"ambient\"\nnamespaces: shop: mesh: true\negress: policy: \"registry-only\"",
		After:  "mode: \"sidecar\"\nnamespaces: shop: mesh: true\negress: policy: \"registry-only\"",
	},
	Run: func(m model.Mesh, _ intent.Intent) diag.List {
		if !m.Ambient {
			return nil
		}
		ambient, sidecars := modes(m)
		if len(ambient) == 0 && m.Mode == intent.Sidecar {
			return nil
		}
		d := diag.Diagnostic{Suggestion: `set mode to "sidecar"`}
		who := "the mesh is ambient, and ztunnel"
		if len(sidecars) > 0 {
			d.Severity = diag.Warning
			who = fmt.Sprintf("ztunnel, which stands before %s,", enumerate("namespace", ambient))
			d.Suggestion = fmt.Sprintf(`set %s.mode to "sidecar"`, intent.Join("namespaces", ambient[0]))
			if len(ambient) > 1 {
				d.Suggestion = `set the mode of these namespaces to "sidecar"`
			}
		}
		var list diag.List
		say := func(path, message, remove string) {
			d := d
			d.Path, d.Message = path, message
			if d.Severity == "" {
				d.Suggestion, d.Alternatives = remove, []string{d.Suggestion}
			}
			list = append(list, d)
		}
		if m.Egress.RegistryOnly {
			say("egress.policy", who+" passes on what the mesh does not know: workloads call whatever they like in spite of \"registry-only\"",
				`set egress.policy to "allow-any", and close the way out with NetworkPolicies in manifests`)
		}
		for _, h := range m.Egress.Hosts {
			if h.Through != nil {
				say(h.Path+".through", fmt.Sprintf("%s reads no routes: workloads call %s themselves, past gateway %s", who, h.Host, h.Through.Name),
					fmt.Sprintf("remove %s.through", h.Path))
			}
		}
		return list
	},
}

// modes returns the members of the mesh by the data plane that they have.
func modes(m model.Mesh) (ambient, sidecars []string) {
	for _, n := range m.Namespaces {
		switch {
		case n.Mesh && n.Mode == intent.Ambient:
			ambient = append(ambient, n.Name)
		case n.Mesh:
			sidecars = append(sidecars, n.Name)
		}
	}
	return ambient, sidecars
}

// enumerate writes things of one kind: namespace a; namespaces a and b;
// namespaces a, b and 3 more.
func enumerate(kind string, names []string) string {
	switch n := len(names); {
	case n == 1:
		return kind + " " + names[0]
	case n == 2:
		return kind + "s " + names[0] + " and " + names[1]
	case n == 3:
		return kind + "s " + strings.Join(names[:2], ", ") + " and " + names[2]
	default:
		return fmt.Sprintf("%ss %s and %d more", kind, strings.Join(names[:2], ", "), n-2)
	}
}
