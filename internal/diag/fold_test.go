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

// A cluster that is made of another sees that one's contradiction again.
func TestFoldThrough(t *testing.T) {
	at := func(file string, line int) diag.Position { return diag.Position{File: file, Line: line, Column: 1} }
	note := func(p diag.Position) diag.Note { return diag.Note{Message: "here", Position: p} }
	berlin := diag.Diagnostic{
		Code: "MG1008", Cluster: "berlin", Path: "mode", Message: "two modes",
		Position: at("berlin.cue", 3), Related: []diag.Note{note(at("berlin.cue", 9))},
	}
	lagos := diag.Diagnostic{
		Code: "MG1008", Cluster: "lagos", Path: "mode", Message: "modes that contradict",
		Position: at("berlin.cue", 9), Related: []diag.Note{note(at("berlin.cue", 3)), note(at("lagos.cue", 6))},
	}
	elsewhere := lagos
	elsewhere.Position = at("oslo.cue", 1)
	otherPath := lagos
	otherPath.Path = "mtls.stage"
	words := berlin
	words.Related = []diag.Note{{Message: "on server-1"}}
	more := words
	more.Cluster, more.Related = "lagos", []diag.Note{{Message: "on server-1"}, {Message: "on server-2"}}
	for _, test := range []struct {
		name string
		list diag.List
		want diag.List
	}{
		{"notes in words", diag.List{words, more}, diag.List{words, more}},
		{"seen through", diag.List{berlin, lagos}, diag.List{berlin}},
		{"in another order", diag.List{lagos, berlin}, diag.List{berlin}},
		{"another place", diag.List{berlin, elsewhere}, diag.List{berlin, elsewhere}},
		{"another path", diag.List{berlin, otherPath}, diag.List{berlin, otherPath}},
	} {
		if diff := cmp.Diff(test.want, test.list.Fold()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
