package render

import "testing"

func TestMoves(t *testing.T) {
	for image, want := range map[string]string{
		"docker.io/istio/pilot:1.31.1-distroless":      "",
		"localhost:5000/istio/pilot:1.31.1":            "",
		"localhost:5000/istio/pilot":                   "which has no tag and so means the latest",
		"nginx":                                        "which has no tag and so means the latest",
		"nginx:latest":                                 "whose tag moves",
		"docker.io/istio/pilot:latest-distroless":      "whose tag moves",
		"nginx:1.29-latest-of-its-kind":                "",
		"nginx:latest@sha256:" + "0123456789abcdef":    "",
		"${REGISTRY}/nginx":                            "",
		"registry.istio.io/testing/pilot:1.31-alpha.5": "which is no release of Istio's",
		"gcr.io/istio-testing/pilot:1.31-alpha.5":      "which is no release of Istio's",
		"registry.example.com/testing/pilot:1.31.1":    "",
	} {
		if got := moves(image); got != want {
			t.Errorf("%s: got %q, want %q", image, got, want)
		}
	}
}
