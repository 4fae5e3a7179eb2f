package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of "abc"

func example() File {
	return File{
		Meshgen: "0.1.0", Schema: digest, Istio: "1.31.1", Kubernetes: "1.34",
		Charts: map[string]Chart{"ztunnel": {"1.31.1", digest}, "base": {"1.31.1", digest}},
		Sizes: []Size{{
			Path: "controlPlane", Size: "auto", Requests: Resources{CPU: "200m", Memory: "384Mi"}, Limits: Resources{Memory: "768Mi"},
			Reason: "182 proxies and 2 services need 100m CPU and 192Mi",
		}},
		Images: []string{"docker.io/istio/pilot:1.31.1"},
		Files:  map[string]string{"shared/x/a.yaml": digest, "edge/a.yaml": digest},
	}
}

const encoded = `{
  "meshgen": "0.1.0",
  "schema": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  "istio": "1.31.1",
  "kubernetes": "1.34",
  "charts": {
    "base": {
      "version": "1.31.1",
      "digest": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    },
    "ztunnel": {
      "version": "1.31.1",
      "digest": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
  },
  "sizes": [
    {
      "path": "controlPlane",
      "size": "auto",
      "requests": {
        "cpu": "200m",
        "memory": "384Mi"
      },
      "limits": {
        "memory": "768Mi"
      },
      "reason": "182 proxies and 2 services need 100m CPU and 192Mi"
    }
  ],
  "images": [
    "docker.io/istio/pilot:1.31.1"
  ],
  "files": {
    "edge/a.yaml": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "shared/x/a.yaml": "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  }
}
`

func TestEncode(t *testing.T) {
	got, err := example().Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(encoded, string(got)); diff != "" {
		t.Error(diff)
	}
	if Digest([]byte("abc")) != digest {
		t.Errorf("Digest = %s", Digest([]byte("abc")))
	}
	back, err := Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), back); diff != "" {
		t.Error(diff)
	}
	empty, err := File{}.Encode()
	if err != nil || strings.Contains(string(empty), "null") {
		t.Errorf("an empty lock is %s, %v", empty, err)
	}
	if _, err := Parse(empty); err != nil {
		t.Errorf("an empty lock does not parse: %v", err)
	}
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"later field":  {`{"files": {}, "later": 1}`, ""},
		"empty":        {``, "EOF"},
		"merge":        {"<<<<<<< HEAD\n{}", "it holds a merge conflict that nobody has resolved"},
		"trailing":     {`{"files": {}} {}`, "text follows the end of the JSON value"},
		"no files":     {`{}`, "it names no files"},
		"parent":       {`{"files": {"../x": "` + digest + `"}}`, `it names "../x", which is no path below the rendered folder`},
		"absolute":     {`{"files": {"/x": "` + digest + `"}}`, `it names "/x", which is no path below the rendered folder`},
		"backslash":    {`{"files": {"a\\..\\x": "` + digest + `"}}`, `it names "a\\..\\x", which is no path below the rendered folder`},
		"root":         {`{"files": {".": "` + digest + `"}}`, `it names ".", which is no path below the rendered folder`},
		"short digest": {`{"files": {"a": "sha256:12"}}`, `"sha256:12" is no digest of a`},
		"no function":  {`{"files": {"a": "` + digest[7:] + `"}}`, `"` + digest[7:] + `" is no digest of a`},
	} {
		_, err := Parse([]byte(c.content))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
