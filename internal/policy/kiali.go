package policy

import (
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// kiali is the spec of kiali.io/v1alpha1 Kiali, as far as an intent fills it
// (kiali-operator, crd-docs/cr/kiali.io_v1alpha1_kiali.yaml).
type kiali struct {
	Auth             *kialiAuth    `json:"auth,omitempty"`
	ExternalServices kialiServices `json:"external_services"`
}

type kialiAuth struct {
	Strategy string      `json:"strategy"`
	OpenID   kialiOpenID `json:"openid"`
}

type kialiOpenID struct {
	ClientID    string `json:"client_id"`
	DisableRBAC bool   `json:"disable_rbac"`
	IssuerURI   string `json:"issuer_uri"`
}

type kialiServices struct {
	Prometheus kialiPrometheus `json:"prometheus"`
	Grafana    kialiGrafana    `json:"grafana"`
	Tracing    *kialiTracing   `json:"tracing,omitempty"`
}

type kialiPrometheus struct {
	URL string `json:"url"`
}

type kialiGrafana struct {
	Enabled     bool   `json:"enabled"` // the operator takes a missing value for true
	ExternalURL string `json:"external_url,omitempty"`
	InternalURL string `json:"internal_url,omitempty"`
}

type kialiTracing struct {
	Enabled     bool   `json:"enabled"`
	ExternalURL string `json:"external_url,omitempty"`
	InternalURL string `json:"internal_url"`
	Provider    string `json:"provider"`
	UseGRPC     bool   `json:"use_grpc"` // an intent gives the address of the HTTP API
}

// Kiali returns the resource that the Kiali operator makes Kiali of. Without
// OpenID Connect, how people log in is left to the operator.
func Kiali(m model.Mesh) []object.Object {
	k := m.Telemetry.Kiali
	if k == nil {
		return nil
	}
	spec := kiali{ExternalServices: kialiServices{Prometheus: kialiPrometheus{URL: k.Prometheus}}}
	if k.Auth != nil && k.Auth.OpenID != nil {
		spec.Auth = &kialiAuth{Strategy: "openid", OpenID: kialiOpenID{
			ClientID: k.Auth.OpenID.ClientID, DisableRBAC: k.Auth.OpenID.DisableRBAC, IssuerURI: k.Auth.OpenID.Issuer,
		}}
	}
	if k.Grafana != nil {
		spec.ExternalServices.Grafana = kialiGrafana{Enabled: true, ExternalURL: k.Grafana.External, InternalURL: k.Grafana.Internal}
	}
	if k.Tracing != nil {
		spec.ExternalServices.Tracing = &kialiTracing{
			Enabled: true, ExternalURL: k.Tracing.External, InternalURL: k.Tracing.Internal, Provider: k.Tracing.Provider,
		}
	}
	return []object.Object{meta{
		apiVersion: "kiali.io/v1alpha1", kind: "Kiali", namespace: k.Namespace, name: "kiali",
		component: "kiali", path: "telemetry.kiali",
	}.make(spec)}
}
