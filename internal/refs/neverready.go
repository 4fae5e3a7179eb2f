package refs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
)

// The rules of this file find objects that an engine waits for in vain: a layer
// is ready when all that it holds is, and the next one comes after it. Sources:
// Flux, cli-utils' kstatus (pvcConditions, deploymentConditions) and
// runtime/statusreaders; Argo CD, gitops-engine's pkg/health.

// neverReady reports an object that its layer waits for, for ever.
func (f *finder) neverReady(s *subject, severity diag.Severity, keys []string, why, try string) {
	p := problem{code: "MG5075", severity: severity, keys: keys, suggestion: try}
	later := ""
	for i := range f.subjects {
		if layer := f.subjects[i].Origin.Layer; layer > s.Origin.Layer && (later == "" || layer < later) {
			later = layer
		}
	}
	switch {
	case later == "":
		p.severity = diag.Warning // nothing waits for the last one
		p.message = fmt.Sprintf("%s: layer %s is never ready", why, s.Origin.Layer)
	default:
		p.message = fmt.Sprintf("%s: layer %s is never ready, and %s and what follows it never come", why, s.Origin.Layer, later)
	}
	f.report(s, p)
}

// waitedFor says whether an engine waits for an object.
func (f *finder) waitedFor(s *subject) bool {
	return f.mesh.GitOps != nil && s.Origin.Layer != "" && !s.asMade() && f.whole
}

func (f *finder) argo() bool { return f.mesh.GitOps != nil && f.mesh.GitOps.Engine == "argocd" }

// pausedRollout reports a Deployment whose rollout is paused: it never says that
// it has come to its end.
func pausedRollout(f *finder, s *subject) {
	if paused, _ := object.Get(s.Value, "spec", "paused").(bool); paused && f.waitedFor(s) {
		f.neverReady(s, "", []string{"spec", "paused"}, "is paused, and so never rolled out", "remove spec.paused, or set spec.replicas to 0 instead")
	}
}

// suspendedJob does it for a Job that is not started: Argo CD waits for it, Flux
// does not.
func suspendedJob(f *finder, s *subject) {
	if suspended, _ := object.Get(s.Value, "spec", "suspend").(bool); suspended && f.waitedFor(s) && f.argo() {
		f.neverReady(s, "", []string{"spec", "suspend"}, "is suspended, and Argo CD waits for it to be healthy", "remove spec.suspend, or leave the Job out")
	}
}

// noBalancer does it for a Service that nobody gives an address: Argo CD waits
// for one, Flux does not.
func noBalancer(f *finder, s *subject) {
	if object.String(s.Value, "spec", "type") != "LoadBalancer" || f.mesh.Cluster.LoadBalancer != "none" || object.String(s.Value, "spec", "loadBalancerClass") != "" || !f.waitedFor(s) || !f.argo() {
		return
	}
	f.neverReady(s, "", []string{"spec", "type"}, "is of type LoadBalancer, Argo CD waits for its address, and cluster.loadBalancer is \"none\"", "set spec.type to NodePort or ClusterIP, or cluster.loadBalancer to who gives addresses")
}

// unboundClaim does it for a claim that is bound when a pod first uses it, where
// none does, or those that do come in a later layer.
func unboundClaim(f *finder, s *subject) {
	spec := object.Map(s.Value, "spec")
	if !f.waitedFor(s) || text(spec, "volumeName") != "" || !f.bindsLate(spec["storageClassName"]) {
		return
	}
	var first *subject
	for _, w := range f.workloads[s.id.Namespace] {
		uses := slices.ContainsFunc(object.List(w.spec, "volumes"), func(v any) bool {
			volume, _ := v.(map[string]any)
			return object.String(volume, "persistentVolumeClaim", "claimName") == s.id.Name
		})
		if uses && (first == nil || w.from.Origin.Layer < first.Origin.Layer) {
			first = w.from
		}
	}
	switch {
	case first == nil:
		severity := diag.Severity("")
		if f.company(s.id.Namespace) != alone {
			severity = diag.Warning // a pod of others', perhaps
		}
		f.neverReady(s, severity, []string{"spec"}, "is bound when a pod first uses it, and no pod here does", "remove the claim, or let a pod mount it")
	case first.Origin.Layer > s.Origin.Layer:
		try := fmt.Sprintf("bring both in one layer: %s", first.Origin.Layer)
		if own := f.manifestOf(s); own != nil {
			try = fmt.Sprintf("set %s to %q", intent.Join(own.Path, "layer"), first.Origin.Layer)
		}
		f.neverReady(s, "", []string{"spec"}, fmt.Sprintf("is bound when a pod first uses it, and %s, which does, comes in layer %s", first.id, first.Origin.Layer), try)
	}
}

// lateClasses are the classes of storage that platforms bring and that wait for
// a pod, the default among them first; by the platforms' documentation.
var lateClasses = map[string]string{
	"k3s": "local-path", "k3d": "local-path", "kind": "standard", "gke": "standard-rwo premium-rwo", "aks": "default managed-csi managed-csi-premium managed managed-premium",
}

// bindsLate says whether a claim of a class is surely bound no sooner than a pod
// uses it.
func (f *finder) bindsLate(class any) bool {
	name, named := class.(string)
	if named && name == "" {
		return false // it waits for a volume that is made by hand
	}
	isDefault := func(c *subject) bool {
		return object.String(c.Value, "metadata", "annotations", "storageclass.kubernetes.io/is-default-class") == "true"
	}
	for _, c := range f.byKind["StorageClass.storage.k8s.io"] {
		if named && c.id.Name == name || !named && isDefault(c) {
			return object.String(c.Value, "volumeBindingMode") == "WaitForFirstConsumer"
		}
	}
	brought := strings.Fields(lateClasses[f.mesh.Cluster.Platform])
	if len(brought) == 0 || slices.Contains(f.mesh.Cluster.Disabled, "local-storage") || f.declares("StorageClass", "storage.k8s.io", "", name) {
		return false
	}
	return !named || slices.Contains(brought, name)
}
