// Package validate holds every object that a cluster gets against what its kind
// may be, so that the API server and istiod take what is rendered.
//
// Four sources say what a kind may be:
//
//   - Built-in kinds and Gateway API's: upstream's Go types. A walk compares the
//     object's value with the type, field by field, and finds every unknown
//     field, wrong type, missing field and value at once, each with its path;
//     upstream's own decoders stop at the first, or say less. What the types do
//     not say stands in tables beside the walk: enumerations by the type of the
//     text, bounds and formats by field, and functions by the type of the struct,
//     so that a rule about a container holds in whatever has containers. Their
//     source is the validation of Kubernetes itself, which cannot be imported;
//     the formats of names are apimachinery's.
//   - Custom resources whose CRDs are among the objects, as Istio's are: the CRD,
//     by the API server's own library: pruning, defaults, schema, lists, CEL. It
//     is compiled when an object first uses it, and only the CEL rules that can
//     apply are.
//   - Istio's kinds, once more: what istiod's webhook refuses and the CRD allows.
//   - All others: the rules about metadata that hold for every object.
//
// Whether the cluster serves the version that an object of Kubernetes' own, or
// of a CRD, is written in is for package refs to say.
//
// Most objects of a fleet are the same in every cluster. What was found to be
// fine is remembered by the digest of its text.
package validate

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	gatewayv1alpha2 "sigs.k8s.io/gateway-api/apis/v1alpha2"
	gatewayv1alpha3 "sigs.k8s.io/gateway-api/apis/v1alpha3"
	gatewayv1beta1 "sigs.k8s.io/gateway-api/apis/v1beta1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// Validator validates objects, and remembers what it compiled and what was
// fine. It is safe for concurrent use.
type Validator struct {
	gateway *runtime.Scheme
	shapes  shapes
	crds    definitions
	envoy   envoyTypes

	mu   sync.Mutex
	fine map[[sha256.Size]byte]bool
}

// New returns a validator that knows nothing yet.
func New() *Validator {
	v := &Validator{
		gateway: runtime.NewScheme(),
		shapes:  shapes{known: map[reflect.Type]*shape{}},
		fine:    map[[sha256.Size]byte]bool{},
	}
	for _, add := range []func(*runtime.Scheme) error{gatewayv1.Install, gatewayv1beta1.Install, gatewayv1alpha2.Install, gatewayv1alpha3.Install} {
		if err := add(v.gateway); err != nil {
			panic(err) // two types of one name in upstream's own packages
		}
	}
	return v
}

// Finding is something wrong with an object.
type Finding struct {
	Object object.Object
	Path   string // of the field, with indexes for elements; empty for the object

	// Code, Message and Suggestion are those of a diagnostic. It is a warning
	// where the API server takes the object.
	Code, Message, Suggestion string
	Warning                   bool
}

// Objects returns what is wrong with a cluster's objects, in their order.
func (v *Validator) Objects(m model.Mesh, objects []object.Object) ([]Finding, error) {
	crds := v.crds.of(objects)
	var findings []Finding
	for _, o := range objects {
		found, err := v.object(m, crds, o)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// object validates one object, unless it is known to be fine.
func (v *Validator) object(m model.Mesh, crds map[schema.GroupKind]*definition, o object.Object) ([]Finding, error) {
	id := o.ID()
	isCRD := id.Kind == "CustomResourceDefinition" && id.Group == apiextensions.GroupName
	if isCRD && o.Origin.Chart == "base" && !o.Origin.Brought && len(o.Origin.Patches) == 0 {
		return nil, nil // Istio's own: pinned by go.mod, and TestOwnDefinitions holds them against upstream's rules
	}
	if object.Map(o.Value, "sops")["mac"] != nil {
		return nil, nil // SOPS has encrypted it: what is applied is another text
	}
	text, err := o.YAML()
	if err != nil {
		return nil, err
	}
	crd := crds[schema.GroupKind{Group: id.Group, Kind: id.Kind}]
	value, replaced := substituted(m, o, text)
	api := gatewayRelease(m)
	key := digest(text, crd, m.Cluster.Kubernetes, experimentalChannel(m), api)
	v.mu.Lock()
	fine := v.fine[key]
	v.mu.Unlock()
	if fine && len(replaced) == 0 { // which names are replaced differs between clusters
		return nil, nil
	}
	r := &report{minor: m.Cluster.Kubernetes, secret: id.Kind == "Secret", crd: id.Group == gatewayv1.GroupName, standard: !experimentalChannel(m), release: api, nodes: len(m.Cluster.Pools) > 0, envoy: &v.envoy}
	root := &node{value: value}
	r.metadata(root, id)
	r.carried(root, text)
	switch t := v.typeOf(o); {
	case t != nil:
		r.typed(root, v.shapes.of(t))
		if isCRD {
			r.independent(func() { r.definition(root) })
		}
	case crd != nil || istioRules[id.Kind+"."+id.Group] != nil:
		r.customMetadata(root, v.shapes.of(metadataType))
		if crd != nil && !r.custom(root, crd) {
			break
		}
		r.independent(func() { r.istio(root, id) })
	case id.Kind == "PodSecurityPolicy" && id.Group == "policy":
		r.customMetadata(root, v.shapes.of(metadataType)) // no types have it any more; package refs says so
	case v.known(id.Group) && !v.otherVersion(o):
		r.add(root.get("kind"), codeKind, "there is no kind "+id.Kind+" in "+o.APIVersion(), v.nearest(o))
	default:
		r.customMetadata(root, v.shapes.of(metadataType))
	}
	r.problems = slices.DeleteFunc(r.problems, func(p problem) bool { return replaced[pathKey(p.keys)] })
	r.problems = withoutFollowers(r.problems)
	if len(r.problems) > 0 {
		return r.findings(o), nil
	}
	if len(replaced) == 0 {
		v.mu.Lock()
		v.fine[key] = true
		v.mu.Unlock()
	}
	return nil, nil
}

func digest(text []byte, crd *definition, minor model.Minor, experimental bool, api release) [sha256.Size]byte {
	h := sha256.New()
	channel := byte(0)
	if experimental {
		channel = 1
	}
	h.Write([]byte{byte(minor), channel, byte(api.minor), byte(api.oldest)})
	if crd != nil {
		h.Write(crd.digest[:])
	}
	h.Write(text)
	var key [sha256.Size]byte
	h.Sum(key[:0])
	return key
}

// typeOf returns upstream's type of an object, nil if it has none.
func (v *Validator) typeOf(o object.Object) reflect.Type {
	gvk := schema.FromAPIVersionAndKind(o.APIVersion(), o.Kind())
	for _, s := range []*runtime.Scheme{scheme.Scheme, v.gateway} {
		if t, ok := s.AllKnownTypes()[gvk]; ok {
			return t
		}
	}
	switch gvk {
	case apiextensions.SchemeGroupVersion.WithKind("CustomResourceDefinition"):
		return reflect.TypeFor[apiextensions.CustomResourceDefinition]()
	case apiServiceKind:
		return reflect.TypeFor[apiService]()
	}
	return nil
}

// known says whether all kinds of a group have types here.
func (v *Validator) known(group string) bool {
	return scheme.Scheme.IsGroupRegistered(group) || v.gateway.IsGroupRegistered(group)
}

// otherVersion says whether Kubernetes has an object's kind in another version
// of the group.
func (v *Validator) otherVersion(o object.Object) bool {
	group := o.ID().Group
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if gvk.Group == group && gvk.Kind == o.Kind() && gvk.Version != runtime.APIVersionInternal {
			return true
		}
	}
	return false
}

// nearest says which kind may be meant.
func (v *Validator) nearest(o object.Object) string {
	gv, err := schema.ParseGroupVersion(o.APIVersion())
	if err != nil {
		return "set apiVersion to a group and a version"
	}
	var here, elsewhere []string
	for _, s := range []*runtime.Scheme{scheme.Scheme, v.gateway} {
		for kind := range s.KnownTypes(gv) {
			here = append(here, kind)
		}
		for gvk := range s.AllKnownTypes() {
			switch {
			case gvk.Kind != o.Kind() || gvk.Version == runtime.APIVersionInternal:
			case gvk.Group == gv.Group:
				return "set apiVersion to " + gvk.GroupVersion().String()
			case gvk.Version == "v1" || gvk.Version == "v2":
				elsewhere = append(elsewhere, gvk.GroupVersion().String())
			}
		}
	}
	slices.Sort(here)
	if kind := diag.Nearest(o.Kind(), here); kind != "" {
		return "set kind to " + kind
	}
	if len(elsewhere) > 0 {
		return "set apiVersion to " + slices.Max(elsewhere)
	}
	return "set apiVersion and kind to those of a kind that exists"
}

// typed holds an object against its type. A spec that is missing is held
// against the type as well: it is what lacks something.
func (r *report) typed(root *node, s *shape) {
	value, _ := root.value.(map[string]any)
	if spec, ok := s.members["spec"]; ok && spec.form == fields && value["spec"] == nil {
		none := &report{minor: r.minor}
		if none.walk(&node{value: map[string]any{}}, spec); len(none.problems) > 0 {
			r.missing(root.get("spec"))
			return
		}
	}
	if _, ok := value["status"]; ok { // the API server's to write
		copied := make(map[string]any, len(value))
		for k, v := range value {
			if k != "status" {
				copied[k] = v
			}
		}
		root = &node{value: copied}
	}
	r.walk(root, member{shape: s})
}

// shown is how many problems of one object are told. Whoever wrote more has most
// likely written one of them many times.
const shown = 50

// findings turns problems into findings, and counts those that are too many.
func (r *report) findings(o object.Object) []Finding {
	id := o.ID().String()
	problems := r.problems
	if len(problems) > shown+1 { // one line more says no less than a line that counts it
		problems = problems[:shown]
	}
	out := make([]Finding, len(problems), len(problems)+1)
	for i, p := range problems {
		at := pathOf(o.Value, p.keys)
		path := cmp.Or(at, "the object")
		out[i] = Finding{
			Object: o, Path: at, Code: p.code, Warning: p.warning,
			Message:    id + ": " + strings.ReplaceAll(p.message, "{}", path),
			Suggestion: strings.NewReplacer("[{}]", "[{}]", "{}", path).Replace(p.try), // a list of one empty map is no place
		}
	}
	if more := len(r.problems) - len(problems); more > 0 {
		out = append(out, Finding{
			Object: o, Code: r.problems[len(problems)].code,
			Message:    fmt.Sprintf("%s: %d more mistakes are not shown", id, more),
			Suggestion: "correct those that are shown, and look again",
		})
	}
	return out
}
