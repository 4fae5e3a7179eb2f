package gitops_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/gitops"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

func substituting() model.Mesh {
	m := fluxMesh()
	m.GitOps.Substitute = &intent.Substitute{Names: []string{"DOMAIN", "ZONE"}}
	return m
}

// configMap returns a ConfigMap that holds a text, with annotations if there are any.
func configMap(text string, annotations map[string]any) object.Object {
	metadata := map[string]any{"name": "c", "namespace": "n"}
	if annotations != nil {
		metadata["annotations"] = annotations
	}
	return object.Object{
		Value: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
			"data": map[string]any{"list": []any{text}},
		},
		Origin: object.Origin{Component: "extra", Path: "manifests.c"},
	}
}

func TestGuard(t *testing.T) {
	marked := map[string]any{"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
	mixed := func(message string) diag.List {
		return diag.List{{
			Code: "MG5020", Severity: diag.Error, Path: "manifests.c", Message: message,
			Suggestion: "add the name to gitops.substitute.names, or move the placeholder to an object of its own",
		}}
	}
	tests := []struct {
		name  string
		text  string
		marks bool
		diags diag.List
	}{
		{name: "plain", text: "example.com costs $5"},
		{name: "placeholder", text: "https://shop.${DOMAIN}/"},
		{name: "placeholder with a default", text: "${ZONE:=a}.${DOMAIN}"},
		{name: "placeholder and an escaped dollar", text: "${DOMAIN} $${HOME}"},
		{name: "shell", text: "echo ${HOME}", marks: true},
		{name: "two dollars", text: "kill $$", marks: true},
		{name: "escaped", text: "$${DOMAIN}", marks: true},
		{name: "no name", text: "${}", marks: true},
		{name: "longer name", text: "${DOMAINS}", marks: true},
		{name: "mixed", text: "${DOMAIN} ${HOME}",
			diags: mixed("ConfigMap/c in n holds the placeholder ${DOMAIN}, and \"${HOME}\", which Flux would erase")},
		{name: "mixed, the other first", text: "${1} ${ZONE}",
			diags: mixed("ConfigMap/c in n holds the placeholder ${ZONE}, and \"${1}\", which Flux would erase")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, diags := gitops.Guard(substituting(), []object.Object{configMap(tt.text, nil)})
			want := configMap(tt.text, nil)
			if tt.marks {
				want = configMap(tt.text, marked)
			}
			if diff := cmp.Diff([]object.Object{want}, got, cmpopts.IgnoreUnexported(object.Object{})); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.diags, diags); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// Guard keeps what the object had, and does not touch the object that it was given.
func TestGuardCopies(t *testing.T) {
	before := configMap("${HOME}", map[string]any{"a": "b"})
	got, _ := gitops.Guard(substituting(), []object.Object{before})
	want := configMap("${HOME}", map[string]any{"a": "b", "kustomize.toolkit.fluxcd.io/substitute": "disabled"})
	if diff := cmp.Diff(want.Value, got[0].Value); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(configMap("${HOME}", map[string]any{"a": "b"}).Value, before.Value); diff != "" {
		t.Errorf("the object given changed (-want +got):\n%s", diff)
	}
}

func TestGuardLeavesAlone(t *testing.T) {
	crd := configMap("${HOME}", nil)
	crd.Value["kind"] = "CustomResourceDefinition"
	argo := substituting()
	argo.GitOps.Engine = "argocd"
	none := substituting()
	none.GitOps = nil
	tests := []struct {
		name   string
		mesh   model.Mesh
		object object.Object
	}{
		{"definition", substituting(), crd},
		{"no placeholders declared", fluxMesh(), configMap("${HOME}", nil)},
		{"Argo CD", argo, configMap("${HOME}", nil)},
		{"no engine", none, configMap("${HOME}", nil)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, diags := gitops.Guard(tt.mesh, []object.Object{tt.object})
			if diff := cmp.Diff(tt.object.Value, got[0].Value); diff != "" || len(diags) > 0 {
				t.Errorf("diagnostics %v, -want +got:\n%s", diags, diff)
			}
		})
	}
}
