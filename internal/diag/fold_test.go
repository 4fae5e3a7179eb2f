package diag_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
)

func TestFold(t *testing.T) {
	base := diag.Position{File: "overlays/mesh.cue", Line: 7, Column: 1}
	note := []diag.Note{{Message: "here", Position: base}}
	list := diag.List{
		{Code: "MG1002", Cluster: "a", Message: "shared", Position: base},
		{Code: "MG1003", Cluster: "a", Message: "own"},
		{Code: "MG1002", Cluster: "b", Message: "shared", Position: base},
		{Code: "MG1002", Cluster: "c", Message: "shared", Position: base},
		{Code: "MG1002", Cluster: "c", Message: "shared", Position: base, Related: note},
		{Code: "MG1003", Cluster: "b", Message: "another"},
		{Code: "MG1003", Cluster: "b", Message: "another"},
	}
	want := diag.List{
		{Code: "MG1002", Message: "shared", Position: base},
		{Code: "MG1003", Cluster: "a", Message: "own"},
		{Code: "MG1002", Cluster: "c", Message: "shared", Position: base, Related: note},
		{Code: "MG1003", Cluster: "b", Message: "another"},
	}
	if diff := cmp.Diff(want, list.Fold()); diff != "" {
		t.Errorf("Fold (-want +got):\n%s", diff)
	}
	if list[0].Cluster != "a" {
		t.Error("Fold changed the list that it was given")
	}
}
