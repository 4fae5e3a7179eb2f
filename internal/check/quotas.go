package check

import "github.com/meshgen/meshgen/internal/diag"

// quotaPages is the page of what a namespace may have. Package refs gives the
// diagnostics.
func quotaPages() []Doc {
	const quota = `manifests: quota: objects: [{apiVersion: "v1", kind: "ResourceQuota", metadata: {name: "all", namespace: "istio-system"}, spec: hard: "requests.memory": `
	return []Doc{{
		Code: "MG5078", Since: "0.2.0", Severity: diag.Error,
		Title:  "A quota or a limit range refuses what is rendered",
		Text:   "A ResourceQuota says how much the pods of a namespace may ask for, and how many objects it may hold: the API server refuses what goes beyond, and pods whose containers do not say what it counts. A LimitRange refuses containers that ask for less or more than it allows. What is held against them are the pods at their fewest, with the defaults of LimitRanges; a rolling update needs more. Quotas with scopes are not looked at.\nRaise the quota, or lower what is asked for.",
		Before: quota + `"1Gi"}]`,
		After:  quota + `"4Gi"}]`,
	}}
}
