package validate

import (
	"fmt"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/meshgen/meshgen/internal/object"
)

// relaxedServices is the minor since which the name of a Service may begin with
// a digit: the feature RelaxedServiceNameValidation.
const relaxedServices = 36

// names are the kinds, as kind.group, whose names follow another rule than that
// of most, a DNS subdomain. Sources: the name functions that
// pkg/apis/*/validation of Kubernetes 1.36 hand to ValidateObjectMeta.
var names = map[string]func(string) []string{
	"Namespace.":                                    validation.IsDNS1123Label,
	"Role.rbac.authorization.k8s.io":                pathSegment,
	"ClusterRole.rbac.authorization.k8s.io":         pathSegment,
	"RoleBinding.rbac.authorization.k8s.io":         pathSegment,
	"ClusterRoleBinding.rbac.authorization.k8s.io":  pathSegment,
	"PodDisruptionBudget.policy":                    nil, // whatever the API server makes of it
	"StatefulSet.apps":                              validation.IsDNS1123Label,
	"IPAddress.networking.k8s.io":                   strictAddress,
	"CertificateSigningRequest.certificates.k8s.io": pathSegment,
}

// maxAnnotations is what annotations can hold together:
// TotalAnnotationSizeLimitB of apimachinery.
const maxAnnotations = 256 << 10

// metadata checks what every object has: its name, labels, annotations.
func (r *report) metadata(n *node, id object.ID) {
	meta := n.get("metadata")
	r.need(meta, "name")
	rule, ok := names[id.Kind+"."+id.Group]
	if !ok {
		rule = validation.IsDNS1123Subdomain
	}
	if id.Kind == "Service" && id.Group == "" {
		if rule = validation.IsDNS1035Label; r.minor >= relaxedServices {
			rule = validation.IsDNS1123Label
		}
	}
	if rule != nil && id.Name != "" {
		r.name(meta.get("name"), rule(id.Name))
	}
	if id.Namespace != "" {
		r.name(meta.get("namespace"), validation.IsDNS1123Label(id.Namespace))
	}
	r.labels(meta.get("labels"))
	r.annotations(meta.get("annotations"))
	for _, f := range meta.each("finalizers") {
		r.format(f, validation.IsQualifiedName(f.text()))
	}
	r.forbid(meta, "in what is applied again and again", "generateName")
}

// metadataType is what the metadata of every kind is, be it Kubernetes' own or
// not.
var metadataType = reflect.TypeFor[metav1.ObjectMeta]()

// customMetadata holds the metadata of a custom resource against its type: CRDs
// say nothing of it.
func (r *report) customMetadata(root *node, s *shape) {
	r.walk(root.get("metadata"), member{shape: s})
}

func (r *report) name(n *node, wrong []string) {
	if len(wrong) > 0 {
		r.add(n, codeName, fmt.Sprintf("{} is %s, which %s", r.show(n.value), say(wrong[0])), "change {}: it "+say(wrong[0]))
	}
}

// annotations checks keys, and how much there is.
func (r *report) annotations(n *node) {
	size := 0
	for _, f := range n.fields() {
		size += len(f.key) + len(f.text())
		if wrong := validation.IsQualifiedName(strings.ToLower(f.key)); len(wrong) > 0 {
			r.add(f, codeName, fmt.Sprintf("{}: the key %q %s", f.key, say(wrong[0])), "change the key: it "+say(wrong[0]))
		}
	}
	if size > maxAnnotations {
		r.add(n, codeValue, fmt.Sprintf("{} hold %d bytes, of which there can be %d", size, maxAnnotations), "shorten {}")
	}
}
