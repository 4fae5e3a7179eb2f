package object

// KeepAnnotations are the annotations by which Flux and Argo CD leave an object
// in the cluster when it goes from the repository: deleting a namespace or a
// CRD deletes all that is in it. Argo CD heeds helm.sh/resource-policy when an
// Application goes and not when it prunes (argo-cd #17819), Flux never does:
// https://fluxcd.io/flux/components/kustomize/kustomizations/#prune,
// https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/.
func KeepAnnotations() map[string]string {
	return map[string]string{
		"kustomize.toolkit.fluxcd.io/prune": "disabled",
		"argocd.argoproj.io/sync-options":   "Prune=false,Delete=false",
	}
}

// ShareAnnotations are the annotations of an object that somebody else makes and
// an engine only adds fields to; they go beside KeepAnnotations, whose
// sync-options they repeat. Flux by itself takes away what people added with
// kubectl, and Argo CD applies on the server's side, where fields have owners,
// only when it is told to:
// https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources,
// https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#server-side-apply.
func ShareAnnotations() map[string]string {
	return map[string]string{
		"kustomize.toolkit.fluxcd.io/ssa": "Merge",
		"argocd.argoproj.io/sync-options": "Prune=false,Delete=false,ServerSideApply=true",
	}
}
