package kube

import (
	"os"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// kiali is a definition that lets everything through, as the operator's own
// does; test/upstream holds its fields against an example.
const kiali = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: kialis.kiali.io}
spec:
  group: kiali.io
  names: {kind: Kiali, listKind: KialiList, plural: kialis, singular: kiali}
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`

// Definitions returns the definitions of all custom resources that meshgen
// writes, or refers to, and does not bring: those of test/upstream, at its
// versions, Gateway API's standard channel among them.
func Definitions(t testing.TB) []*unstructured.Unstructured {
	t.Helper()
	return definitions(t, append(slices.Clone(have.Standard), have.Definitions...))
}

// ExperimentalDefinitions returns the same with Gateway API's experimental
// channel. An istiod with PILOT_ENABLE_ALPHA_GATEWAY_API never gets ready beside
// the standard one: it waits for versions that this does not serve.
func ExperimentalDefinitions(t testing.TB) []*unstructured.Unstructured {
	t.Helper()
	return definitions(t, append(slices.Clone(have.Experimental), have.Definitions...))
}

func definitions(t testing.TB, files []string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := Parse([]byte(kiali))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("TestMain did not call kube.Main")
	}
	brought := []string{"CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		more, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, o := range more {
			if slices.Contains(brought, o.GetKind()) { // and not a kustomization
				objects = append(objects, o)
			}
		}
	}
	return objects
}
