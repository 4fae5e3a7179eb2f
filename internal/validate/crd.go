package validate

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	strictjson "sigs.k8s.io/json"
)

// definition holds a CRD against the rules of the API server's own library.
func (r *report) definition(value map[string]any) {
	if len(r.problems) > 0 {
		return
	}
	root := &node{value: value}
	text, err := json.Marshal(value)
	if err != nil {
		return
	}
	var crd v1.CustomResourceDefinition
	strict, err := strictjson.UnmarshalStrict(text, &crd)
	if err != nil {
		r.add(root.get("spec", "versions"), codeCRD, "{} cannot be read: "+err.Error(), "correct the schema in {}")
		return
	}
	for _, unknown := range strict {
		path := strings.Trim(strings.TrimPrefix(unknown.Error(), "unknown field "), `"`)
		r.unknown(root.at(keysOf(path)...), nil)
	}
	v1.SetDefaults_CustomResourceDefinition(&crd)
	v1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)
	var internal apiextensions.CustomResourceDefinition
	if err := v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&crd, &internal, nil); err != nil {
		r.add(root.get("spec"), codeCRD, "{} cannot be read: "+err.Error(), "correct {}")
		return
	}
	for _, v := range internal.Spec.Versions { // as the API server's strategy does before it validates
		if v.Storage {
			internal.Status.StoredVersions = []string{v.Name}
		}
	}
	for _, e := range crdvalidation.ValidateCustomResourceDefinition(context.Background(), &internal) {
		n := root.at(keysOf(e.Field)...)
		r.add(n, codeCRD, "{}: "+e.ErrorBody(), "correct {}")
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
