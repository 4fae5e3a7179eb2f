package policy

import (
	security "istio.io/api/security/v1"
	selector "istio.io/api/type/v1beta1"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// ReasonAnnotation says why an exception was made, in the person's words.
const ReasonAnnotation = "meshgen.dev/reason"

// MTLS returns the mesh's PeerAuthentication, one for each namespace with a
// stage of its own, and one for each exception.
//
// An exception repeats the stage of its namespace for the workload's other
// ports. Left out it would be inherited, but istiod reads the inherited mode only
// when it sees the exception itself (pilot/pkg/serviceregistry/ambient/policies.go,
// PeerAuthDerivedPolicies, 1.31): with an exception that comes before the mesh's
// policy, ztunnel is told of a policy of the workload that it is never sent.
func MTLS(m model.Mesh) []object.Object {
	objects := []object.Object{
		peerAuthentication(model.RootNamespace, "default", "mtls.stage", nil).make(
			&security.PeerAuthentication{Mtls: mutualTLS(m.MTLS.Stage)}),
	}
	for _, ns := range m.Namespaces {
		if ns.Stage == "" {
			continue
		}
		objects = append(objects, peerAuthentication(ns.Name, "default", ns.Path+".mtls.stage", nil).make(
			&security.PeerAuthentication{Mtls: mutualTLS(ns.Stage)}))
	}
	for _, e := range m.MTLS.Exceptions {
		ports := make(map[uint32]*security.PeerAuthentication_MutualTLS, len(e.Ports))
		for _, port := range e.Ports {
			ports[uint32(port)] = mutualTLS(intent.Permissive)
		}
		reason := map[string]string{ReasonAnnotation: e.Reason}
		objects = append(objects, peerAuthentication(e.Namespace, "plaintext-"+e.Name, e.Path, reason).make(
			&security.PeerAuthentication{
				Selector:      &selector.WorkloadSelector{MatchLabels: e.Labels},
				Mtls:          mutualTLS(stageOf(m, e.Namespace)),
				PortLevelMtls: ports,
			}))
	}
	return objects
}

// stageOf is the namespace's own stage, or the mesh's.
func stageOf(m model.Mesh, namespace string) intent.Stage {
	for _, ns := range m.Namespaces {
		if ns.Name == namespace && ns.Stage != "" {
			return ns.Stage
		}
	}
	return m.MTLS.Stage
}

func peerAuthentication(namespace, name, path string, annotations map[string]string) meta {
	return meta{
		apiVersion: "security.istio.io/v1", kind: "PeerAuthentication",
		namespace: namespace, name: name, annotations: annotations,
		component: "mtls", path: path,
	}
}

func mutualTLS(stage intent.Stage) *security.PeerAuthentication_MutualTLS {
	mode := security.PeerAuthentication_MutualTLS_PERMISSIVE
	if stage == intent.Strict {
		mode = security.PeerAuthentication_MutualTLS_STRICT
	}
	return &security.PeerAuthentication_MutualTLS{Mode: mode}
}
