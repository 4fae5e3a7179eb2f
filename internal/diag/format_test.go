package diag

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examples are a diagnostic with everything, one with nothing but words, and
// one whose text is full of what formats must escape.
func examples() List {
	return List{
		{
			Code: "MG2003", Severity: Error, Cluster: "edge-berlin", Path: "dataPlane.ztunnel",
			Message:      `ztunnel asks for 2 CPU on pool "edge", whose nodes have 1`,
			Suggestion:   `set dataPlane.ztunnel.resources.requests.cpu to "500m"`,
			Alternatives: []string{`set cluster.nodePools.edge.cpu to "3"`},
			Position:     Position{File: "overlays/edge-berlin/mesh.cue", Line: 14, Column: 7},
			Related: []Note{
				{Message: "the pool declares 1 CPU here", Position: Position{File: "overlays/edge-berlin/mesh.cue", Line: 8, Column: 9}},
				{Message: "a note without a place"},
			},
		},
		{Code: "MG3001", Severity: Warning, Cluster: "oslo", Path: "gateways.public", Message: "nobody uses it"},
		{
			Code: "MG1001", Severity: Error, Cluster: "oslo", Message: "100%, a:b\r\n::error::<x> & \"y\"",
			Position: Position{File: "overlays/a b,c:d%/me#sh.cue", Line: 2},
		},
		{Code: "MG6001", Severity: Error, Message: "what is this", Position: Position{File: "a:b"}},
		{Code: "MG1006", Severity: Error, Message: "there is no folder overlays"},
	}
}

func format(t *testing.T, f func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	want := `overlays/edge-berlin/mesh.cue:14:7: ztunnel asks for 2 CPU on pool "edge", whose nodes have 1 (MG2003)
    overlays/edge-berlin/mesh.cue:8:9: the pool declares 1 CPU here
    a note without a place
    try: set dataPlane.ztunnel.resources.requests.cpu to "500m"
    or: set cluster.nodePools.edge.cpu to "3"
cluster oslo: gateways.public: warning: nobody uses it (MG3001)
` + "overlays/a b,c:d%/me#sh.cue:2: 100%, a:b\r\n        ::error::<x> & \"y\" (MG1001)\n    cluster oslo\n" + `a:b: what is this (MG6001)
there is no folder overlays (MG1006)
`
	if diff := cmp.Diff(want, format(t, func(w io.Writer) error { return Text(w, examples(), false) })); diff != "" {
		t.Error(diff)
	}
	colored := "\x1b[1mcluster oslo: gateways.public:\x1b[0m \x1b[33mwarning:\x1b[0m nobody uses it (MG3001)\n"
	if diff := cmp.Diff(colored, format(t, func(w io.Writer) error { return Text(w, examples()[1:2], true) })); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	want := `{
  "diagnostics": [
    {
      "code": "MG2003",
      "severity": "error",
      "cluster": "edge-berlin",
      "path": "dataPlane.ztunnel",
      "message": "ztunnel asks for 2 CPU on pool \"edge\", whose nodes have 1",
      "suggestion": "set dataPlane.ztunnel.resources.requests.cpu to \"500m\"",
      "position": {
        "file": "overlays/edge-berlin/mesh.cue",
        "line": 14,
        "column": 7
      },
      "related": [
        {
          "message": "the pool declares 1 CPU here",
          "position": {
            "file": "overlays/edge-berlin/mesh.cue",
            "line": 8,
            "column": 9
          }
        },
        {
          "message": "a note without a place",
          "position": {
            "file": "",
            "line": 0,
            "column": 0
          }
        }
      ],
      "alternatives": [
        "set cluster.nodePools.edge.cpu to \"3\""
      ]
    },
    {
      "code": "MG3001",
      "severity": "warning",
      "cluster": "oslo",
      "path": "gateways.public",
      "message": "nobody uses it",
      "suggestion": "",
      "position": {
        "file": "",
        "line": 0,
        "column": 0
      },
      "related": []
    }
  ],
  "summary": {
    "errors": 1,
    "warnings": 1
  }
}
`
	if diff := cmp.Diff(want, format(t, func(w io.Writer) error { return JSON(w, examples()[:2]) })); diff != "" {
		t.Error(diff)
	}
	want = "{\n  \"diagnostics\": [],\n  \"summary\": {\n    \"errors\": 0,\n    \"warnings\": 0\n  }\n}\n"
	if diff := cmp.Diff(want, format(t, func(w io.Writer) error { return JSON(w, nil) })); diff != "" {
		t.Error(diff)
	}
}

func TestGitHub(t *testing.T) {
	want := `::error file=overlays/edge-berlin/mesh.cue,line=14,col=7,title=MG2003::ztunnel asks for 2 CPU on pool "edge", whose nodes have 1%0Aoverlays/edge-berlin/mesh.cue:8:9: the pool declares 1 CPU here%0Aa note without a place%0Atry: set dataPlane.ztunnel.resources.requests.cpu to "500m"%0Aor: set cluster.nodePools.edge.cpu to "3"
::warning title=MG3001::cluster oslo: gateways.public: nobody uses it
::error file=overlays/a b%2Cc%3Ad%25/me#sh.cue,line=2,title=MG1001::100%25, a:b%0D%0A::error::<x> & "y"%0Acluster oslo
::error file=a%3Ab,title=MG6001::what is this
::error title=MG1006::there is no folder overlays
`
	if diff := cmp.Diff(want, format(t, func(w io.Writer) error { return GitHub(w, examples()) })); diff != "" {
		t.Error(diff)
	}
}

func TestSARIF(t *testing.T) {
	tool := Tool{
		Name: "meshgen", Version: "0.1.0", URL: "https://example.com/meshgen",
		Rule: func(code string) (Rule, bool) {
			return Rule{Title: "Pods do not fit", Text: "They ask for more than there is."}, code == "MG2003"
		},
		Place: func(d Diagnostic) string { return "overlays/" + d.Cluster },
	}
	got := format(t, func(w io.Writer) error { return SARIF(w, examples(), tool) })
	want := `{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "2.1.0",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "meshgen",
          "version": "0.1.0",
          "informationUri": "https://example.com/meshgen",
          "rules": [
            {
              "id": "MG1001"
            },
            {
              "id": "MG1006"
            },
            {
              "id": "MG2003",
              "shortDescription": {
                "text": "Pods do not fit"
              },
              "fullDescription": {
                "text": "They ask for more than there is."
              },
              "help": {
                "text": "They ask for more than there is."
              }
            },
            {
              "id": "MG3001"
            },
            {
              "id": "MG6001"
            }
          ]
        }
      },
      "columnKind": "unicodeCodePoints",
      "results": [
        {
          "ruleId": "MG2003",
          "ruleIndex": 2,
          "level": "error",
          "message": {
            "text": "ztunnel asks for 2 CPU on pool \"edge\", whose nodes have 1\ntry: set dataPlane.ztunnel.resources.requests.cpu to \"500m\"\nor: set cluster.nodePools.edge.cpu to \"3\""
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "overlays/edge-berlin/mesh.cue",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 14,
                  "startColumn": 7
                }
              },
              "logicalLocations": [
                {
                  "fullyQualifiedName": "edge-berlin/dataPlane.ztunnel"
                }
              ]
            }
          ],
          "relatedLocations": [
            {
              "id": 0,
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "overlays/edge-berlin/mesh.cue",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 8,
                  "startColumn": 9
                }
              },
              "message": {
                "text": "the pool declares 1 CPU here"
              }
            },
            {
              "id": 1,
              "message": {
                "text": "a note without a place"
              }
            }
          ],
`
	if len(got) < len(want) || cmp.Diff(want, got[:len(want)]) != "" {
		t.Error(cmp.Diff(want, got[:min(len(got), len(want))]))
	}

	var log sarifLog
	if err := json.Unmarshal([]byte(got), &log); err != nil {
		t.Fatal(err)
	}
	results := log.Runs[0].Results
	if got := results[1].Locations[0].Physical; len(results) != 5 || got.Artifact.URI != "overlays/oslo" || got.Region != nil {
		t.Errorf("a problem without a position is at %+v", got)
	}
	if results[1].Level != "warning" {
		t.Errorf("a warning's level is %s", results[1].Level)
	}
	if got, want := results[2].Locations[0].Physical.Artifact.URI, "overlays/a%20b,c:d%25/me%23sh.cue"; got != want {
		t.Errorf("the address is %s, want %s", got, want)
	}
	if got, want := results[3].Locations[0].Physical.Artifact.URI, "./a:b"; got != want {
		t.Errorf("the address is %s, want %s", got, want)
	}
}

// A problem keeps its fingerprint when its line moves, and no other has it.
func TestFingerprint(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range examples() {
		f := fingerprint(d)
		if seen[f] {
			t.Errorf("two problems have the fingerprint %s", f)
		}
		seen[f] = true
		d.Position.Line += 3
		if fingerprint(d) != f {
			t.Error("a moved problem has another fingerprint")
		}
	}
}

func TestSummary(t *testing.T) {
	for want, c := range map[string]struct {
		list     List
		clusters int
	}{
		"7 clusters, no problems":           {nil, 7},
		"1 cluster, no problems":            {nil, 1},
		"4 errors, 1 warning in 3 clusters": {examples(), 3},
		"1 warning in 1 cluster":            {examples()[1:2], 1},
		"1 error in 2 clusters":             {examples()[:1], 2},
	} {
		if got := Summary(c.list, c.clusters); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
