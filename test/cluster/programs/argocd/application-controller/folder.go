package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/argo"
)

// folder is a repository server whose repositories are one folder.
type folder struct {
	apiclient.UnimplementedRepoServerServiceServer
	root string
}

// GenerateManifest builds the kustomization at the source's path, and marks each
// object as the application's, as Argo CD's own server does. The revision is a
// digest of what came out.
func (f *folder) GenerateManifest(_ context.Context, q *apiclient.ManifestRequest) (*apiclient.ManifestResponse, error) {
	path := filepath.Join(f.root, filepath.FromSlash(q.ApplicationSource.Path))
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
	if err != nil {
		return nil, fmt.Errorf("kustomize build %s: %w", q.ApplicationSource.Path, err)
	}
	out := &apiclient.ManifestResponse{SourceType: string(v1alpha1.ApplicationSourceTypeKustomize)}
	digest := sha256.New()
	for _, r := range built.Resources() {
		value, err := r.Map()
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{Object: value}
		if q.AppLabelKey != "" && q.AppName != "" && !kube.IsCRD(object) {
			err := argo.NewResourceTracking().SetAppInstance(object, q.AppLabelKey, q.AppName, q.Namespace, v1alpha1.TrackingMethod(q.TrackingMethod), q.InstallationID)
			if err != nil {
				return nil, err
			}
		}
		text, err := json.Marshal(object.Object)
		if err != nil {
			return nil, err
		}
		digest.Write(text)
		out.Manifests = append(out.Manifests, string(text))
	}
	out.Revision = fmt.Sprintf("%x", digest.Sum(nil))[:40] // as long as a commit's
	return out, nil
}

// ResolveRevision has nothing to resolve.
func (f *folder) ResolveRevision(_ context.Context, q *apiclient.ResolveRevisionRequest) (*apiclient.ResolveRevisionResponse, error) {
	return &apiclient.ResolveRevisionResponse{Revision: q.AmbiguousRevision, AmbiguousRevision: q.AmbiguousRevision}, nil
}
