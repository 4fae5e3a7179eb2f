package component

import "github.com/meshgen/meshgen/internal/model"

// base is the CRDs and the default validating webhook. The webhook is rendered
// with the failure policy that istiod would set in the cluster, so that no
// GitOps engine sees it drift: https://github.com/istio/istio/issues/52785.
func base(m model.Mesh) []model.Release {
	return release("base", map[string]any{
		"defaultRevision": m.Istio.RevisionLabel(),
		"base": map[string]any{
			"enableCRDTemplates":      false, // package chart labels them itself
			"validationFailurePolicy": "Fail",
		},
	}, m.Values.Base)
}
