package upstream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/meshgen/meshgen/test/upstream/sources"
)

// definitions holds the definitions of custom resources by apiVersion and kind,
// as "v1 Kind" or "group/v1 Kind". They are made ready when they are first used.
type definitions map[string]*definition

// definition is one version of a custom resource.
type definition struct {
	namespaced bool
	props      *apiextensions.JSONSchemaProps

	// Made from props on first use.
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

// fetch reads the definitions of every source.
func fetch(t *testing.T) definitions {
	t.Helper()
	all := definitions{}
	for _, s := range sources.All {
		files, err := s.Definitions()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range slices.Sorted(maps.Keys(files)) {
			for _, doc := range split(files[file]) {
				if err := all.add(doc); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
			}
		}
	}
	return all
}

// add adds the versions of a definition; other documents are passed over.
func (d definitions) add(doc []byte) error {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(doc, &crd); err != nil {
		return err
	}
	if crd.Kind != "CustomResourceDefinition" {
		return nil
	}
	for _, v := range crd.Spec.Versions {
		if !v.Served || v.Schema == nil {
			continue
		}
		props := &apiextensions.JSONSchemaProps{}
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, props, nil); err != nil {
			return err
		}
		d[crd.Spec.Group+"/"+v.Name+" "+crd.Spec.Names.Kind] = &definition{
			namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped,
			props:      props,
		}
	}
	return nil
}

// prepare makes what holding an object to the definition needs.
func (d *definition) prepare() error {
	if d.validator != nil {
		return nil
	}
	structural, err := schema.NewStructural(d.props)
	if err != nil {
		return err
	}
	validator, _, err := validation.NewSchemaValidator(d.props)
	if err != nil {
		return err
	}
	d.structural, d.validator = structural, validator
	d.rules = cel.NewValidator(structural, true, celconfig.PerCallLimit)
	return nil
}

// hold returns what the API server would say about a new object, and the fields
// that it would drop.
func (d *definition) hold(object map[string]any) []string {
	if err := d.prepare(); err != nil {
		return []string{err.Error()}
	}
	var problems []string
	if namespace := text(object, "metadata", "namespace"); d.namespaced != (namespace != "") {
		problems = append(problems, fmt.Sprintf("metadata.namespace is %q; namespaced: %v", namespace, d.namespaced))
	}
	object = runtime.DeepCopyJSON(object)
	unknown := pruning.PruneWithOptions(object, d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		problems = append(problems, "unknown field "+path)
	}
	defaulting.Default(object, d.structural)
	for _, err := range validation.ValidateCustomResource(nil, object, d.validator) {
		problems = append(problems, err.Error())
	}
	for _, err := range listtype.ValidateListSetsAndMaps(nil, d.structural, object) {
		problems = append(problems, err.Error())
	}
	if d.rules != nil {
		errs, _ := d.rules.Validate(context.Background(), nil, d.structural, object, nil, celconfig.RuntimeCELCostBudget)
		for _, err := range errs {
			problems = append(problems, err.Error())
		}
	}
	slices.Sort(problems)
	return problems
}

// split cuts a YAML stream into its documents.
func split(stream []byte) [][]byte {
	var docs [][]byte
	for _, doc := range strings.Split("\n"+string(stream), "\n---") {
		if strings.TrimSpace(doc) != "" {
			docs = append(docs, []byte(doc))
		}
	}
	return docs
}

// parse reads a document as the API server does: a key that stands twice is an
// error, and whole numbers are integers.
func parse(doc []byte) (map[string]any, error) {
	text, err := yaml.YAMLToJSONStrict(doc)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	return object, utiljson.Unmarshal(text, &object)
}

// text returns the string at a path of keys, or "".
func text(value map[string]any, keys ...string) string {
	var at any = value
	for _, k := range keys {
		m, _ := at.(map[string]any)
		at = m[k]
	}
	s, _ := at.(string)
	return s
}
