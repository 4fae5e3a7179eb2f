package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// toyService is a line of a toy intent that gives one object.
func toyService(affinity string) string {
	return "file x.yaml {apiVersion: v1, kind: Service, metadata: {name: x, namespace: ns}, spec: {sessionAffinity: " + affinity + "}}"
}

func TestDiff(t *testing.T) {
	w := newWorld(t, map[string]string{
		"overlays/a/mesh.cue": toyService("None"),
		"overlays/b/mesh.cue": toyService("None"),
	})
	w.expect("render", "a: 2 added\nb: 2 added\n", "", 0)
	w.expect("diff", "nothing changes in 2 clusters\n", "", 0)

	w.put(map[string]string{"overlays/a/mesh.cue": toyService("ClientIP")})
	before := w.files("rendered")
	want := `1 of 2 clusters changes: 1 object changed; 1 other file

Objects
~ Service/x in ns (a)
    ~ spec.sessionAffinity: None -> ClientIP

Files
~ meshgen.lock (a)
`
	w.expect("diff", want, "", 1)
	w.expect("diff b", "nothing changes in 1 cluster\n", "", 0)
	w.expect("diff a --color always", "1 of 1 cluster changes: 1 object changed; 1 other file\n"+
		"\n\x1b[1mObjects\x1b[0m\n\x1b[33m~\x1b[0m Service/x in ns\n    \x1b[33m~\x1b[0m spec.sessionAffinity: None -> ClientIP\n"+
		"\n\x1b[1mFiles\x1b[0m\n\x1b[33m~\x1b[0m meshgen.lock\n", "", 1)
	w.expect("diff a -o json", `{
  "diff": {
    "summary": {
      "compared": 1,
      "clusters": 1,
      "added": 0,
      "removed": 0,
      "changed": 1,
      "files": 1
    },
    "clusters": [
      {
        "name": "a",
        "change": "changed",
        "objects": [
          {
            "group": "",
            "kind": "Service",
            "namespace": "ns",
            "name": "x",
            "change": "changed",
            "effects": [],
            "fields": [
              {
                "path": "spec.sessionAffinity",
                "change": "changed",
                "old": "None",
                "new": "ClientIP"
              }
            ]
          }
        ],
        "files": [
          {
            "path": "a/meshgen.lock",
            "change": "changed"
          }
        ]
      }
    ],
    "files": []
  },
  "diagnostics": [],
  "summary": {
    "errors": 0,
    "warnings": 0
  }
}
`, "", 1)
	if diff := cmp.Diff(before, w.files("rendered")); diff != "" {
		t.Errorf("diff wrote something:\n%s", diff)
	}
}

// A cluster whose folder is gone from overlays/ goes, unless others are asked for.
func TestDiffClusterGoes(t *testing.T) {
	w := newWorld(t, map[string]string{
		"overlays/a/mesh.cue": toyService("None"),
		"overlays/b/mesh.cue": toyService("None"),
	})
	w.expect("render", "a: 2 added\nb: 2 added\n", "", 0)
	w.remove("overlays/b")
	w.expect("diff", "1 of 2 clusters changes: 1 object removed; 1 other file\n\nClusters\n- b: 1 object, 1 other file\n", "", 1)
	w.expect("diff a", "nothing changes in 1 cluster\n", "", 0)
}

func TestDiffErrors(t *testing.T) {
	w := newWorld(t, map[string]string{"overlays/a/mesh.cue": "error it is wrong"})
	text := "overlays/a/mesh.cue:1:1: it is wrong (MG1001)\n    try: write it well\n"
	w.expect("diff", "", text+"1 error in 1 cluster\n", 1)
	w.expect("diff -o markdown",
		"### meshgen: the intent has errors\n\n    "+strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ")+"\n",
		text+"1 error in 1 cluster\n", 1)
	stdout, _, status := w.run("diff", "-o", "json")
	if !strings.HasPrefix(stdout, "{\n  \"diff\": null,\n  \"diagnostics\": [\n") || status != 1 {
		t.Errorf("status %d:\n%s", status, stdout)
	}
	w.expect("diff -o sarif", "", "meshgen: invalid argument \"sarif\" for \"-o, --format\" flag: it is none of text, json, markdown\n"+
		"usage: meshgen diff [CLUSTER...] [flags]\n", 2)
}

// What render would refuse is said, and is no fine tree even if the intent
// would change nothing.
func TestDiffForeign(t *testing.T) {
	w := newWorld(t, map[string]string{"overlays/a/mesh.cue": toyService("None")})
	w.expect("render", "a: 2 added\n", "", 0)
	w.put(map[string]string{"rendered/a/NOTE": "mine"})
	w.expect("diff", "nothing changes in 1 cluster\n",
		"rendered/a/NOTE: this file is not meshgen's: no meshgen.lock names it (MG6001)\n"+
			"    try: move it out of rendered/, or run meshgen render --force, which leaves it alone\n1 error in 1 cluster\n", 1)
}
