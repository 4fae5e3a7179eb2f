package upstream

// source is a Go module that holds definitions of custom resources.
type source struct {
	module  string
	version string
	sum     string // the module's hash, as go.sum has it
	files   string // a pattern of the files' paths in the module
}

// sources are the modules of the definitions. Their versions are the newest
// that the module proxy had when they were written down, but for Istio's and
// Gateway API's, which are those that meshgen renders for.
var sources = []source{
	{
		module:  "istio.io/api",
		version: "v1.31.1",
		sum:     "h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=",
		files:   "kubernetes/customresourcedefinitions.gen.yaml",
	},
	{
		module:  "sigs.k8s.io/gateway-api",
		version: "v1.6.0",
		sum:     "h1:735YBRj5NXFrOGX0GoSjwzUIzbz8kiEOfADsqHFmHgE=",
		files:   "config/crd/standard/*.yaml",
	},
	{
		module:  "github.com/fluxcd/kustomize-controller",
		version: "v1.9.6",
		sum:     "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=",
		files:   "config/crd/bases/*.yaml",
	},
	{
		module:  "github.com/fluxcd/source-controller",
		version: "v1.9.6",
		sum:     "h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=",
		files:   "config/crd/bases/*.yaml",
	},
	{
		module:  "github.com/argoproj/argo-cd/v3",
		version: "v3.5.7",
		sum:     "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
		files:   "manifests/crds/application-crd.yaml",
	},
	{
		module:  "github.com/cert-manager/cert-manager",
		version: "v1.21.2",
		sum:     "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
		files:   "deploy/crds/cert-manager.io_*.yaml",
	},
	{
		module:  "go.universe.tf/metallb",
		version: "v0.16.2",
		sum:     "h1:RCSAGoZmqcvTg0e56+Okbwz8iTuQVX30JpKX5mYEPUM=",
		files:   "config/crd/bases/*.yaml",
	},
	{
		module:  "github.com/prometheus-operator/prometheus-operator",
		version: "v0.85.0",
		sum:     "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
		files:   "example/prometheus-operator-crd/monitoring.coreos.com_*monitors.yaml",
	},
	{
		module:  "github.com/cilium/cilium",
		version: "v1.20.2",
		sum:     "h1:dqiEGIcXc+gqCLYG/l7VCFJ8GHyb4HUrwbZOpkX5dL8=",
		files:   "pkg/k8s/apis/cilium.io/client/crds/v2/*networkpolicies.yaml",
	},
}
