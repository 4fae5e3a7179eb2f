package validate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apimachinery/pkg/util/validation"
	strictjson "sigs.k8s.io/json"
)

// definition holds a CRD against the API server's rules: what its names and
// versions must be, and, by its own library, whether the schemas are
// structural, their defaults valid and their CEL rules correct. Source of the rest: pkg/apis/apiextensions/validation of
// apiextensions-apiserver 0.37.
func (r *report) definition(root *node) {
	spec := root.get("spec")
	r.definitionNames(root, spec)
	if g := spec.get("group"); protectedGroup(g.text()) && root.text("metadata", "annotations", apiApproved) == "" {
		r.add(g, codeCRD, fmt.Sprintf("{} is %s, a group of Kubernetes' own, which wants the annotation %s", g.text(), apiApproved), "take a group of your own in {}")
	}
	storage, seen := 0, map[string]bool{}
	for _, v := range spec.each("versions") {
		name := v.text("name")
		if r.format(v.get("name"), validation.IsDNS1035Label(name)); seen[name] {
			r.add(v.get("name"), codeTwice, fmt.Sprintf("{}: another version is named %q already", name), "change {}")
		}
		seen[name] = true
		if v.truth("storage") {
			storage++
		}
		if !v.has("schema", "openAPIV3Schema") {
			r.missing(v.get("schema", "openAPIV3Schema"))
			continue
		}
		r.schema(v.get("schema", "openAPIV3Schema"))
		r.versionParts(v)
	}
	if storage != 1 {
		r.add(spec.get("versions"), codeCRD, fmt.Sprintf("{} has %d versions with storage true, but must have one", storage), "set storage to true for one of {}")
	}
}

// apiApproved says where Kubernetes' community has approved a CRD of its groups.
const apiApproved = "api-approved.kubernetes.io"

// protectedGroup says whether a group is the Kubernetes community's.
func protectedGroup(group string) bool {
	return group == "k8s.io" || group == "kubernetes.io" || strings.HasSuffix(group, ".k8s.io") || strings.HasSuffix(group, ".kubernetes.io")
}

func (r *report) definitionNames(root, spec *node) {
	group, names := spec.get("group"), spec.get("names")
	if g := group.text(); !strings.Contains(g, ".") {
		r.value(group, "must be a domain with a dot")
	} else {
		r.format(group, validation.IsDNS1123Subdomain(g))
	}
	if want := names.text("plural") + "." + group.text(); group.text() != "" && names.text("plural") != "" && root.text("metadata", "name") != want {
		r.add(root.get("metadata", "name"), codeCRD, fmt.Sprintf("{} is %q, but must be spec.names.plural and spec.group: %q", root.text("metadata", "name"), want), fmt.Sprintf("set {} to %q", want))
	}
	r.format(names.get("plural"), validation.IsDNS1035Label(names.text("plural")))
	if n := names.get("singular"); n.text() != "" {
		r.format(n, validation.IsDNS1035Label(n.text()))
	}
	for _, name := range []string{"kind", "listKind"} {
		if n := names.get(name); n.text() != "" {
			r.format(n, validation.IsDNS1035Label(strings.ToLower(n.text())))
		}
	}
	for _, list := range []string{"shortNames", "categories"} {
		for _, n := range names.each(list) {
			r.format(n, validation.IsDNS1035Label(n.text()))
		}
	}
	if names.text("kind") == names.text("listKind") {
		r.conflict(names.get("listKind"), "{} is the kind's own name", "change {}")
	}
	if s := spec.text("scope"); s != string(v1.ClusterScoped) && s != string(v1.NamespaceScoped) {
		r.oneOf(spec.get("scope"), s, []string{string(v1.ClusterScoped), string(v1.NamespaceScoped)})
	}
	if p := spec.get("preserveUnknownFields"); p.truth() {
		r.add(p, codeCRD, "{} cannot be true since apiextensions.k8s.io/v1", "remove {}, and set x-kubernetes-preserve-unknown-fields in the schema")
	}
	r.conversion(spec.get("conversion"))
}

// schema checks one version's schema.
func (r *report) schema(n *node) {
	text, err := json.Marshal(n.value)
	if err != nil {
		return
	}
	var props v1.JSONSchemaProps
	unknown, err := strictjson.UnmarshalStrict(text, &props)
	if err != nil {
		r.add(n, codeCRD, "{} cannot be read: "+err.Error(), "correct {}")
		return
	}
	for _, u := range unknown {
		path := strings.Trim(strings.TrimPrefix(u.Error(), "unknown field "), `"`)
		r.unknown(n.at(keysOf(path)...), nil)
	}
	var internal apiextensions.JSONSchemaProps
	if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&props, &internal, nil); err != nil {
		r.add(n, codeCRD, "{} cannot be read: "+err.Error(), "correct {}")
		return
	}
	if props.Type != "object" {
		r.add(n.get("type"), codeCRD, fmt.Sprintf("{} is %q, but the whole of an object is an object", props.Type), "set {} to object")
		return
	}
	s, err := structural.NewStructural(&internal)
	if err != nil {
		r.add(n, codeCRD, "{}: "+err.Error(), "correct {}")
		return
	}
	wrong := structural.ValidateStructural(nil, s)
	if len(wrong) == 0 {
		if wrong, err = defaulting.ValidateDefaults(context.Background(), nil, s, true, true); err != nil {
			return
		}
	}
	if len(wrong) == 0 {
		r.schemaRules(n)
	}
	for _, e := range wrong {
		r.add(n.at(keysOf(e.Field)...), codeCRD, "{}: "+upstreamText(e), "correct {}")
	}
	if len(wrong) == 0 {
		total, found := uint64(0), len(r.problems)
		r.celRules(n, s, celScope{root: true, times: 1, total: &total})
		if total > maxSchemaCost && len(r.problems) == found { // no rule is to blame alone
			r.add(n, codeCRD, fmt.Sprintf("{}: the rules of the whole schema cost %d by the API server's estimate, of which there can be %d", total, maxSchemaCost), "set maxItems, maxProperties and maxLength where the rules look, or write cheaper rules")
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
