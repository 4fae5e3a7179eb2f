package resolve

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// texts reports the names that a chart writes without quotes, and that YAML
// would take for something else than text. Kubernetes would refuse the object.
func (r *resolver) texts() {
	for _, name := range sorted(r.in.Gateways) {
		g := r.in.Gateways[name]
		if g.API != "gateway-api" { // whose objects meshgen writes, with quotes
			r.text(intent.Join("gateways", name), "the name of gateway "+name, name)
		}
		if class := g.Service.LoadBalancerClass; class != "" {
			r.text(intent.Join("gateways", name)+".service.loadBalancerClass", "the class "+class, class)
		}
	}
	for i, tag := range r.in.Istio.Tags {
		r.text(fmt.Sprintf("istio.tags[%d]", i), "the tag "+tag, tag)
	}
	for i, secret := range r.in.Istio.PullSecrets {
		r.text(fmt.Sprintf("istio.pullSecrets[%d]", i), "the name of Secret "+secret, secret)
	}
}

// text reports a name at a path that YAML does not read as text.
func (r *resolver) text(path, what, name string) {
	if object.IsPlainText(name) {
		return
	}
	r.list = append(r.list, diag.Diagnostic{
		Code: "MG3036", Severity: diag.Error, Path: path,
		Message:    what + " is no text in YAML, and Istio's charts write it without quotes",
		Suggestion: fmt.Sprintf("take another name, such as %q", "mesh-"+name),
	})
}
