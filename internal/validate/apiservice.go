package validate

import (
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
)

// apiService is the kind APIService. Its own types stand in kube-aggregator, which
// would bring the whole of an API server along. Source of both, fields and rules:
// kube-aggregator 0.36, pkg/apis/apiregistration/{v1,validation}.
type apiService struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              apiServiceSpec        `json:"spec,omitempty"`
	Status            *runtime.RawExtension `json:"status,omitempty"`
}

type apiServiceSpec struct {
	Service               *apiServiceReference `json:"service,omitempty"`
	Group                 string               `json:"group,omitempty"`
	Version               string               `json:"version,omitempty"`
	InsecureSkipTLSVerify bool                 `json:"insecureSkipTLSVerify,omitempty"`
	CABundle              []byte               `json:"caBundle,omitempty"`
	GroupPriorityMinimum  int32                `json:"groupPriorityMinimum"`
	VersionPriority       int32                `json:"versionPriority"`
}

type apiServiceReference struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Port      *int32 `json:"port,omitempty"`
}

// apiServiceKind is what the kind is known by.
var apiServiceKind = schema.GroupVersionKind{Group: "apiregistration.k8s.io", Version: "v1", Kind: "APIService"}

var apiServiceLimits = map[place]limit{
	in[apiServiceSpec]("group"):                format(validation.IsDNS1123Subdomain),
	in[apiServiceSpec]("version"):              format(validation.IsDNS1035Label),
	in[apiServiceSpec]("groupPriorityMinimum"): between(1, 20000),
	in[apiServiceSpec]("versionPriority"):      between(1, 1000),
	in[apiServiceReference]("port"):            portNumber,
}

var apiServiceRules = map[reflect.Type][]rule{
	reflect.TypeFor[apiService]():          {served},
	reflect.TypeFor[apiServiceReference](): {func(r *report, n *node) { r.need(n, "namespace", "name") }},
}

// served: the name is the version and the group, and what is served elsewhere
// says how it is trusted.
func served(r *report, n *node) {
	spec := n.get("spec")
	r.need(spec, "version")
	if want := spec.text("version") + "." + spec.text("group"); spec.text("version") != "" && n.text("metadata", "name") != want {
		r.add(n.get("metadata", "name"), codeName, fmt.Sprintf("{} is %q, but must be spec.version and spec.group: %q", n.text("metadata", "name"), want), fmt.Sprintf("set {} to %q", want))
	}
	bundle, trusts := spec.get("caBundle"), spec.truth("insecureSkipTLSVerify")
	switch {
	case spec.has("service") && trusts && !isBlank(bundle.value):
		r.conflict(bundle, "{} stands beside insecureSkipTLSVerify", "remove one of the two")
	case !spec.has("service") && trusts:
		r.conflict(spec.get("insecureSkipTLSVerify"), "{} wants a service", "set service, or remove {}")
	case !spec.has("service") && !isBlank(bundle.value):
		r.conflict(bundle, "{} wants a service", "set service, or remove {}")
	}
}
