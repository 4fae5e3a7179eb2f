package refs

import (
	"encoding/json"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// podSecurity holds the pods of a namespace against the level of Pod Security
// that its labels enforce, by the API server's own rules. The API server takes
// Deployments and refuses their pods, which only an event of the ReplicaSet says.
//
// Pods that are not among the objects are held by what is known of them: the
// init container of sidecars without the CNI node agent, and what istiod makes
// of Gateways and waypoints, whose templates leave out only the seccomp profile.
func podSecurity(f *finder, s *subject) {
	labels := map[string]string{}
	for key, v := range object.Map(s.Value, "metadata", "labels") {
		labels[key], _ = v.(string)
	}
	open := api.Policy{Enforce: api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}}
	enforced, wrong := api.PolicyToEvaluate(labels, open)
	for _, err := range wrong {
		// The field is written metadata.labels[key]; of the three labels one is enough to say so.
		f.report(s, problem{
			code: "MG5074", keys: []string{"metadata", "labels"},
			message:    fmt.Sprintf("has a label that Pod Security refuses: %v", err),
			suggestion: "set the label to privileged, baseline or restricted, and a version to latest or one such as v1.34",
		})
		return
	}
	level := enforced.Enforce
	if level.Level == api.LevelPrivileged {
		return
	}
	keys := []string{"metadata", "labels", api.EnforceLevelLabel}
	refuse := func(who, why, suggestion string) {
		f.report(s, problem{
			code: "MG5074", keys: keys,
			message:    fmt.Sprintf("enforces Pod Security %s, which refuses %s: %s", level.Level, who, why),
			suggestion: suggestion,
		})
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic("refs: " + err.Error()) // the library's own checks
	}
	label := intent.Join("namespaces", s.id.Name, "labels", api.EnforceLevelLabel)
	for _, w := range f.workloads[s.id.Name] {
		pod, ok := podSpec(w.spec)
		if !ok {
			continue
		}
		judge := func(l api.Level) policy.AggregateCheckResult {
			return policy.AggregateCheckResults(evaluator.EvaluatePod(api.LevelVersion{Level: l, Version: level.Version}, &metav1.ObjectMeta{}, pod))
		}
		result := judge(level.Level)
		if result.Allowed {
			continue
		}
		enough := api.LevelPrivileged
		if judge(api.LevelBaseline).Allowed {
			enough = api.LevelBaseline
		}
		refuse(fmt.Sprintf("the pods of %s", w.from.id), result.ForbiddenDetail(), fmt.Sprintf("set %s to %q, or change the pods", label, enough))
	}
	n := slices.IndexFunc(f.mesh.Namespaces, func(n model.Namespace) bool { return n.Name == s.id.Name })
	if n >= 0 && f.mesh.Namespaces[n].Mesh && f.mesh.Namespaces[n].Mode == intent.Sidecar && !f.mesh.CNI.Enabled {
		refuse("every pod with a sidecar", "its init container istio-init has the capabilities NET_ADMIN and NET_RAW", "set dataPlane.cni.enabled to true, whose node agent does what the init container does")
	}
	if level.Level != api.LevelRestricted || profiled(f.mesh) {
		return
	}
	const profile = `set values.istiod.gateways.seccompProfile.type to "RuntimeDefault"`
	for _, g := range f.mesh.Gateways {
		if g.Namespace == s.id.Name && g.API == "gateway-api" {
			refuse("the pods that istiod makes for gateway "+g.Name, "they set no seccompProfile", profile)
		}
	}
	if n >= 0 && f.mesh.Namespaces[n].Waypoint {
		refuse("the pods that istiod makes for the waypoint", "they set no seccompProfile", profile)
	}
}

// profiled says whether raw values change what istiod makes of Gateways.
func profiled(m model.Mesh) bool {
	gateways := object.Map(m.Values.Istiod, "gateways")
	return len(object.Map(gateways, "seccompProfile"))+len(object.Map(gateways, "securityContext")) > 0
}

// podSpec reads the spec of a workload's pods; what is no such spec others report.
func podSpec(spec map[string]any) (*corev1.PodSpec, bool) {
	if spec == nil {
		return nil, false
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, false
	}
	pod := &corev1.PodSpec{}
	return pod, json.Unmarshal(text, pod) == nil
}
