package host

import (
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

const istioCSRHeader = `
Values of cert-manager's istio-csr chart that the mesh needs: merge them into
your own. istio-csr must run before istiod starts.
  helm upgrade --install cert-manager-istio-csr jetstack/cert-manager-istio-csr -n %NAMESPACE% -f istio-csr-values.yaml
`

// clusterID is what istiod, the proxies and ztunnel call their cluster when
// nothing names it (the charts' global.multiCluster.clusterName). istio-csr
// turns down requests that come from another.
const clusterID = "Kubernetes"

// istioCSR returns the values of istio-csr's chart; they are empty where istiod
// signs. The keys are those of cert-manager/istio-csr
// deploy/charts/istio-csr/values.yaml at v0.17.0. What happens to be the chart's
// default is written too where the mesh breaks if it is another.
func istioCSR(m model.Mesh) file {
	csr := m.IstioCSR
	if csr == nil {
		return file{}
	}
	server := map[string]any{"clusterID": clusterID}
	if m.Ambient {
		// ztunnel asks for the certificates of the pods on its node.
		server["caTrustedNodeAccounts"] = model.RootNamespace + "/ztunnel"
	}
	app := map[string]any{
		"certmanager": map[string]any{
			"namespace": model.RootNamespace,
			"issuer": map[string]any{
				"name":  csr.Issuer,
				"kind":  csr.Kind,
				"group": "cert-manager.io",
			},
		},
		"istio": map[string]any{
			"namespace": model.RootNamespace,
			"revisions": object.Strings(revisions(m.Istio)...),
		},
		"server": server,
		"tls": map[string]any{
			"trustDomain":         model.TrustDomain,
			"certificateDNSNames": object.Strings(m.IstioCSRHost()),
		},
	}
	return file{
		path:   "istio-csr-values.yaml",
		header: strings.ReplaceAll(istioCSRHeader, "%NAMESPACE%", csr.Namespace),
		values: map[string]any{"app": app},
	}
}

// revisions returns the revisions that istiod's certificate is for. The chart
// makes istiod.istio-system.svc the certificate's common name whatever the
// revision, and some issuers want that among the DNS names, so default is
// always one of them. Tags need none: their webhooks call the revision's Service.
func revisions(i model.Istio) []string {
	if i.Revision == "" {
		return []string{i.RevisionLabel()}
	}
	return []string{"default", i.RevisionLabel()}
}
