package upstream

// kialiKeys are the fields of a Kiali that meshgen may write, with values of
// their types. Kiali has neither Go types nor a definition that names its
// fields: these are from the operator's own example, kiali/kiali-operator
// crd-docs/cr/kiali.io_v1alpha1_kiali.yaml.
const kialiKeys = `
apiVersion: ""
kind: ""
metadata: {name: "", namespace: ""}
spec:
  auth:
    strategy: ""
    openid:
      client_id: ""
      disable_rbac: false
      insecure_skip_verify_tls: false
      issuer_uri: ""
      username_claim: ""
  external_services:
    grafana:
      datasource_uid: ""
      enabled: true
      external_url: ""
      internal_url: ""
    prometheus:
      url: ""
    tracing:
      enabled: false
      external_url: ""
      internal_url: ""
      provider: ""
      use_grpc: true
      tempo_config: {datasource_uid: "", org_id: "", url_format: ""}
  istio_namespace: ""
`

// holdKiali returns the fields of a Kiali that its operator does not document,
// and those of another type.
func holdKiali(object map[string]any) []string {
	known, err := parse([]byte(kialiKeys))
	if err != nil {
		return []string{err.Error()}
	}
	return holdExample(object, known, "")
}
