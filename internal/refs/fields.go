package refs

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// fieldReference is a field of a kind that names one object, and nothing more
// to it. What has more to it has a rule of its own.
type fieldReference struct {
	at       path   // the field that holds the name
	kind     string // what it names; empty where the field is a map that says so
	code     string
	severity diag.Severity // empty for an error
}

// fields are the references of kinds, beside those of pods.
var fields = map[string][]fieldReference{
	"ServiceAccount.":        {{at: parsePath("imagePullSecrets[].name"), kind: "Secret.", code: "MG5051", severity: diag.Warning}},
	"PersistentVolumeClaim.": {{at: parsePath("spec.storageClassName"), kind: "StorageClass.storage.k8s.io", code: "MG5051", severity: diag.Warning}},
	"StatefulSet.apps": {
		{at: parsePath("spec.serviceName"), kind: "Service.", code: "MG5051", severity: diag.Warning},
		{at: parsePath("spec.volumeClaimTemplates[].spec.storageClassName"), kind: "StorageClass.storage.k8s.io", code: "MG5051", severity: diag.Warning},
	},
	"Ingress.networking.k8s.io": {
		{at: parsePath("spec.ingressClassName"), kind: "IngressClass.networking.k8s.io", code: "MG5051", severity: diag.Warning},
		{at: parsePath("spec.tls[].secretName"), kind: "Secret.", code: "MG5051", severity: diag.Warning},
	},
	"ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io": {
		{at: parsePath("spec.policyName"), kind: "ValidatingAdmissionPolicy.admissionregistration.k8s.io", code: "MG5060"},
	},
	"MutatingAdmissionPolicyBinding.admissionregistration.k8s.io": {
		{at: parsePath("spec.policyName"), kind: "MutatingAdmissionPolicy.admissionregistration.k8s.io", code: "MG5060"},
	},
	"Gateway.networking.istio.io": {
		{at: parsePath("spec.servers[].tls.credentialName"), kind: "Secret.", code: "MG5051"},
	},
	"WasmPlugin.extensions.istio.io": {
		{at: parsePath("spec.imagePullSecret"), kind: "Secret.", code: "MG5051", severity: diag.Warning},
	},
	"TrafficExtension.extensions.istio.io": {
		{at: parsePath("spec.wasm.imagePullSecret"), kind: "Secret.", code: "MG5051", severity: diag.Warning},
	},
	"BackendTLSPolicy.gateway.networking.k8s.io": {
		{at: parsePath("spec.validation.caCertificateRefs[]"), code: "MG5051"}, // a ConfigMap, or a Secret
	},
	"L2Advertisement.metallb.io":  {{at: parsePath("spec.ipAddressPools[]"), kind: "IPAddressPool.metallb.io", code: "MG5051"}},
	"BGPAdvertisement.metallb.io": {{at: parsePath("spec.ipAddressPools[]"), kind: "IPAddressPool.metallb.io", code: "MG5051"}},
	"Gateway.gateway.networking.k8s.io": {
		{at: parsePath("spec.infrastructure.parametersRef.name"), kind: "ConfigMap.", code: "MG5051"},
	},
}

// fieldReferences holds an object against the table.
func fieldReferences(f *finder, s *subject) {
	for _, r := range fields[s.kind] {
		r.at.each(s.Value, nil, func(keys []string, v any) {
			name, ok := v.(string)
			r := r
			if of, isMap := v.(map[string]any); isMap && r.kind == "" && text(of, "group") == "" {
				name, ok = text(of, "name"), text(of, "name") != "" && text(of, "kind") != ""
				r.kind, keys = text(of, "kind")+".", below(keys, "name")
			}
			if !ok {
				return
			}
			namespace := s.id.Namespace
			if clusterKinds[r.kind] {
				namespace = ""
			}
			if s.kind == "Gateway.networking.istio.io" && f.credentialElsewhere(s, name) {
				return
			}
			if !f.exists(r.kind, namespace, name) {
				f.missing(s, below(keys), r.code, r.severity, r.kind, namespace, name)
			} else if r.kind == "StorageClass.storage.k8s.io" {
				bare, group := splitKind(r.kind)
				f.waits(s, below(keys), thing{bare, namespace, name}, f.byID[object.ID{Group: group, Kind: bare, Name: name}])
			}
		})
	}
}

// missing reports a name that leads nowhere.
func (f *finder) missing(s *subject, keys []string, code string, severity diag.Severity, kind, namespace, name string) {
	f.report(s, problem{
		code: code, severity: severity, keys: keys,
		message:    fmt.Sprintf("refers to %s in %s, which nobody makes", show(kind, namespace, name), field(keys)),
		suggestion: f.remedy(keys, kind, namespace, name),
	})
}

// credentialElsewhere says whether a Gateway's certificate is not a Secret of
// the Gateway's namespace: istiod reads it where the gateway's pods run, and
// takes ConfigMaps and files, too (istio, pilot/pkg/credentials).
func (f *finder) credentialElsewhere(s *subject, name string) bool {
	if strings.Contains(name, "://") || strings.HasPrefix(name, "builtin:") {
		return true
	}
	want := selector{labels: asMap(at(s.Value, []string{"spec", "selector"}))}
	for namespace := range f.workloads {
		if len(f.selected(namespace, want)) > 0 && f.exists("Secret.", namespace, name) {
			return true
		}
	}
	return false
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// servicePool holds a Service's address pool against MetalLB's.
func servicePool(f *finder, s *subject) {
	const key = "metallb.io/address-pool"
	for _, key := range []string{key, "metallb.universe.tf/address-pool"} {
		name, _ := s.Annotations()[key].(string)
		metallb := f.mesh.Cluster.MetalLB
		if name == "" || metallb == nil || f.exists("IPAddressPool.metallb.io", metallb.Namespace, name) {
			continue
		}
		f.missing(s, []string{"metadata", "annotations", key}, "MG5051", "", "IPAddressPool.metallb.io", metallb.Namespace, name)
	}
}
