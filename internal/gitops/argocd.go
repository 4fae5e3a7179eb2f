package gitops

import (
	"strconv"

	"github.com/meshgen/meshgen/internal/object"
)

// The annotations and the finalizer are those of argoproj/argo-cd
// docs/user-guide/sync-waves.md and docs/operator-manual/application.yaml.
const (
	waveAnnotation = "argocd.argoproj.io/sync-wave"

	// cascade makes Argo CD delete an Application's objects with the Application.
	cascade = "resources-finalizer.argocd.argoproj.io"

	// inCluster is the cluster that Argo CD runs in.
	inCluster = "https://kubernetes.default.svc"
)

// rootWave comes after every layer: with a health check for Applications in
// place, a root in an earlier wave would wait for its own layers before it
// applies them.
const rootWave = 100

// gatewayAPIWave comes with Istio's definitions and before the control plane.
const gatewayAPIWave = 10

// argoCD returns the Applications, in the order in which they are applied. The
// shape is that of argoproj/argo-cd pkg/apis/application/v1alpha1
// ApplicationSpec at v3.5; every field is in v2.14 too.
//
// The waves order the Applications when the root applies them. Argo CD waits
// for a wave to be healthy only if argocd-cm has a health check for
// Applications (docs/operator-manual/health.md); without it the Applications
// start in order, and those that come too early are tried again.
//
// Argo CD must track its objects by annotation, as it does since v3.0: istiod
// copies the labels of a Gateway to the Deployment that it makes from it, and
// Argo CD takes objects with its label that are not in Git for leftovers.
func (d delivery) argoCD() []object.Object {
	g := d.mesh.GitOps
	root := d.application(d.argoName(""), rootWave, map[string]any{
		"repoURL":        g.Source,
		"targetRevision": g.Revision,
		"path":           d.path(deliveryFolder),
	}, true)
	objects := []object.Object{made("root", root)}
	if d.gatewayAPI() {
		objects = append(objects, made("gateway-api", d.application(d.argoName("gateway-api"), gatewayAPIWave, map[string]any{
			"repoURL":        d.mesh.GatewayAPI.Source,
			"targetRevision": d.mesh.GatewayAPI.Version,
			"path":           gatewayAPIPath,
		}, false)))
	}
	for _, l := range d.layers {
		app := d.application(d.argoName(l.name), l.rank, map[string]any{
			"repoURL":        g.Source,
			"targetRevision": g.Revision,
			"path":           d.path(l.folder),
		}, !l.kept())
		if !l.kept() {
			object.Map(app, "metadata")["finalizers"] = object.Strings(cascade)
		}
		if l.name == controlPlane {
			object.Map(app, "spec")["ignoreDifferences"] = webhookDifferences()
		}
		objects = append(objects, made(l.folder, app))
	}
	return objects
}

// application returns an Application with what all of them have. Objects that
// it holds have their own namespaces, so the destination names none.
//
// Applying on the server's side is needed by the definitions, which are larger
// than the annotation that Argo CD would otherwise put on them, and leaves the
// fields alone that controllers write. It tries again for twenty minutes, to
// outlast the first installation of a cluster; not for ever, because Argo CD
// looks at no newer commit while it tries.
func (d delivery) application(name string, wave int, source map[string]any, prune bool) map[string]any {
	metadata := d.metadata(name)
	metadata["annotations"] = map[string]any{waveAnnotation: strconv.Itoa(wave)}
	return map[string]any{
		"apiVersion": "argoproj.io/v1alpha1",
		"kind":       "Application",
		"metadata":   metadata,
		"spec": map[string]any{
			"project":     d.mesh.GitOps.Project,
			"source":      source,
			"destination": map[string]any{"server": inCluster},
			"syncPolicy": map[string]any{
				"automated":   map[string]any{"prune": prune, "selfHeal": true},
				"syncOptions": object.Strings("ServerSideApply=true", "RespectIgnoreDifferences=true"),
				"retry": map[string]any{
					"limit": int64(10),
					"backoff": map[string]any{
						"duration":    "10s",
						"factor":      int64(2),
						"maxDuration": "3m",
					},
				},
			},
		},
	}
}

// webhookDifferences are the fields that istiod writes into the webhook
// configurations of the control plane: its certificate authority. Their failure
// policy is rendered as what istiod sets, so it does not differ. Nothing else
// that a controller writes is in our objects: replicas are left out where an autoscaler sets
// them, and addresses, ports and status are the API server's and the
// controllers' own fields.
func webhookDifferences() []any {
	kinds := []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
	differences := make([]any, len(kinds))
	for i, kind := range kinds {
		differences[i] = map[string]any{
			"group":             "admissionregistration.k8s.io",
			"kind":              kind,
			"jqPathExpressions": object.Strings(".webhooks[]?.clientConfig.caBundle"),
		}
	}
	return differences
}

// argoName returns the name of an Application; the root's with no name given.
func (d delivery) argoName(name string) string {
	if name == "" {
		return d.mesh.Cluster.Name + "-mesh"
	}
	return d.mesh.Cluster.Name + "-mesh-" + name
}
