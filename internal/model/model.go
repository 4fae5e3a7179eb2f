// Package model is the resolved mesh: what an intent means on its cluster, with
// no default left to guess and no name left to look up. Components turn it into
// chart values, policy and gitops into objects.
//
// Lists are sorted by name. Where nothing has to be resolved, the model keeps
// the intent's own struct. A field Path is the intent's path that asked for the
// thing, for diagnostics and for an object's origin.
package model

import (
	"strings"

	"github.com/meshgen/meshgen/internal/intent"
)

// Mesh is one cluster's resolved mesh.
type Mesh struct {
	Cluster Cluster
	Istio   Istio

	// Mode is the data plane of a namespace that does not say otherwise.
	Mode intent.Mode

	// Budget is nil when the mesh's share of the hardware is not bounded.
	Budget *intent.Budget

	// Ambient and Sidecars say which data planes any namespace uses.
	Ambient  bool
	Sidecars bool

	ControlPlane ControlPlane
	CNI          CNI
	Ztunnel      Ztunnel
	Proxy        intent.Proxy
	Waypoint     intent.Resources

	// Sizings are the resources that a size stood for, by path.
	Sizings []Sizing

	MTLS          MTLS
	Namespaces    []Namespace
	Gateways      []Gateway
	Services      []Service
	Routes        []Route
	Authorization Authorization
	Egress        Egress
	Telemetry     intent.Telemetry

	// IstioCSR is nil when istiod signs the mesh's certificates.
	IstioCSR *intent.IstioCSR

	// GatewayAPI is nil when nothing of Gateway API is used.
	GatewayAPI *GatewayAPI

	// GitOps is nil when no engine is declared.
	GitOps *intent.GitOps

	Values     intent.Values
	MeshConfig map[string]any
	Patches    []Patch
	Manifests  []Manifest
	External   []External
}

// IstioCSRHost is the name by which istiod, the proxies and ztunnel call
// istio-csr: the Service that its chart makes. It wants m.IstioCSR.
func (m Mesh) IstioCSRHost() string { return "cert-manager-istio-csr." + m.IstioCSR.Namespace + ".svc" }

// RootNamespace is where the control plane runs, and where mesh-wide policy stands.
const RootNamespace = "istio-system"

// TrustDomain is the trust domain of the mesh's identities (MeshConfig's default).
const TrustDomain = "cluster.local"

// Cluster is the cluster that the mesh runs on.
type Cluster struct {
	Name       string
	Platform   string
	Kubernetes Minor

	// IstioPlatform is the chart's platform profile; empty when none applies.
	IstioPlatform string

	CNI          intent.CNI
	LoadBalancer string
	Disabled     []string
	MetalLB      *intent.MetalLB
	Datastore    string
	Pools        []Pool
}

// UsesMetalLB says whether MetalLB gives Services their addresses. It takes one
// from an annotation, and refuses a Service that has the field loadBalancerIP
// beside it, which Kubernetes deprecated in 1.24 and other balancers still read.
func (c Cluster) UsesMetalLB() bool { return c.LoadBalancer == "metallb" }

// Minor is the minor number of a Kubernetes version: 35 for 1.35.
type Minor int

// Pool is a group of equal nodes.
type Pool struct {
	Name string
	intent.NodePool
}

// Istio is the Istio release and its revision.
type Istio struct {
	Version  string // major.minor.patch
	Minor    int
	Revision string // empty for the unnamed default revision
	Tags     []string

	Hub         string // registry and path
	Tag         string // the images' tag, without the variant
	Variant     string // empty for the default variant, else distroless or debug
	PullSecrets []string
}

// RevisionLabel is the value of the label istio.io/rev: "default" for the unnamed revision.
func (i Istio) RevisionLabel() string {
	if i.Revision == "" {
		return "default"
	}
	return i.Revision
}

// Istiod is the name of istiod's Deployment and Service.
func (i Istio) Istiod() string {
	if i.Revision == "" {
		return "istiod"
	}
	return "istiod-" + i.Revision
}

// Scheduling is where pods run, in the words of a pod's spec.
type Scheduling struct {
	NodeSelector map[string]string

	// Affinity are the pools' labels, one term a pool; a node matches when it
	// matches one of them. Empty means any node.
	Affinity []map[string]string

	Tolerations []intent.Toleration

	// Spread is a topology key, kubernetes.io/hostname or
	// topology.kubernetes.io/zone; empty means that the scheduler decides.
	Spread string
}

// Sizing is what a component's size became.
type Sizing struct {
	Path      string // of the component, such as controlPlane or gateways.public
	Size      intent.Size
	Resources intent.Resources
	Stated    intent.Resources // those of them that the intent states itself
	Reason    string           // why these amounts, in a sentence without a full stop

	// Least says that size "auto" has taken as little as it can, and Roomy is what
	// it would take where that fits.
	Least bool
	Roomy intent.Resources
}

// Scale is how many pods run.
type Scale struct {
	Replicas         int                 // when Autoscaling is nil
	Autoscaling      *intent.Autoscaling // nil for a fixed number
	DisruptionBudget *intent.DisruptionBudget
}

// Least is the fewest replicas that run.
func (s Scale) Least() int {
	if s.Autoscaling != nil {
		return s.Autoscaling.Min
	}
	return s.Replicas
}

// ControlPlane is istiod.
type ControlPlane struct {
	Scale
	Scheduling Scheduling
	Resources  intent.Resources
	Env        map[string]string
	LogLevel   string
}

// CNI is the CNI node agent.
type CNI struct {
	Enabled   bool
	Resources intent.Resources
	LogLevel  string
}

// Ztunnel is the ambient node proxy; it runs where Mesh.Ambient says so.
type Ztunnel struct {
	Resources intent.Resources
	Env       map[string]string
	LogLevel  string
}

// MTLS is the mesh's stage and the exceptions to it.
type MTLS struct {
	Stage      intent.Stage
	Exceptions []MTLSException
}

// MTLSException is a set of workload ports that accept plaintext.
type MTLSException struct {
	Name string
	Path string
	intent.MTLSException
}

// Namespace is a namespace that meshgen makes or labels.
type Namespace struct {
	Name string
	Path string

	// Create is false when somebody else makes the namespace and meshgen only
	// puts its labels on it.
	Create bool

	// Mesh says whether the namespace's workloads are in the mesh, and Mode how.
	Mesh bool
	Mode intent.Mode

	// Revision is the revision or tag that serves the namespace; empty for the
	// unnamed default revision.
	Revision string

	// Waypoint says whether the namespace has a waypoint of its own, named WaypointName.
	Waypoint bool

	// Stage is what the namespace's workloads accept; empty when it is the mesh's.
	Stage intent.Stage

	// Pods are the applications' pods; nil when none are declared. Scheduling
	// is where they run.
	Pods       *intent.Pods
	Scheduling Scheduling

	// Labels and Annotations are complete: the person's and meshgen's.
	Labels      map[string]string
	Annotations map[string]string
}

// WaypointName is the name of the waypoint that a namespace gets (istioctl's default).
const WaypointName = "waypoint"

// Gateway is an ingress or egress gateway.
type Gateway struct {
	Name      string
	Path      string
	Kind      string // ingress or egress
	API       string // chart or gateway-api
	Namespace string

	Scale
	Scheduling Scheduling
	Resources  intent.Resources
	Service    intent.GatewayService
	Address    string

	// Pool is the MetalLB pool's object name; empty for none.
	Pool string

	// ServiceAccount and ServiceName are what the chart, or istiod, makes.
	ServiceAccount string
	ServiceName    string

	// Selector are the labels of the gateway's pods.
	Selector map[string]string

	// Ports are the ports of the Service, the status port left out, by number.
	Ports   []GatewayPort
	Servers []Server
}

// GatewayPort is a port of a gateway's Service.
type GatewayPort struct {
	Name   string
	Number int
}

// Server is a set of hosts on one port of a gateway.
type Server struct {
	Name     string
	Path     string
	Hosts    []string
	Port     int
	Protocol string // HTTP, GRPC or TCP: what is spoken inside the TLS, if there is any
	TLS      *ServerTLS
}

// Opaque says whether the gateway forwards the server's bytes without reading
// HTTP: then hosts are known from TLS alone, if there is any.
func (s Server) Opaque() bool {
	return s.Protocol == "TCP" || s.TLS != nil && s.TLS.Mode == "passthrough"
}

// ServerTLS is the TLS of a server.
type ServerTLS struct {
	Mode         string // simple, mutual or passthrough
	MinVersion   string // 1.2 or 1.3
	RedirectHTTP bool

	// Secret holds the certificate, in the gateway's namespace; empty for passthrough.
	Secret string

	// Issuer, if not empty, is the cert-manager issuer that Secret comes from,
	// and IssuerKind its kind.
	Issuer     string
	IssuerKind string
}

// Service is a Service that routes speak of.
type Service struct {
	Name      string
	Path      string
	Namespace string
	Port      int
	Subsets   []Subset
}

// Host is the Service's name in the cluster's DNS.
func (s Service) Host() string { return s.Name + "." + s.Namespace + ".svc.cluster.local" }

// Subset is a part of a Service's pods.
type Subset struct {
	Name   string
	Labels map[string]string
}

// Route is a set of HTTP rules behind a gateway.
type Route struct {
	Name    string
	Path    string
	Gateway *Gateway
	Hosts   []string
	Rules   []RouteRule
}

// RouteRule is one rule of a route.
type RouteRule struct {
	Match   []intent.RouteMatch
	To      []Destination
	Timeout string // empty for none
	Retries *intent.Retries
}

// Destination is where requests go; Subset is empty for the whole Service.
type Destination struct {
	Service *Service
	Subset  string
	Weight  int
}

// Authorization is who may call whom.
type Authorization struct {
	Deny    bool // what no rule speaks of is denied
	Issuers []Issuer
	Rules   []AuthRule
}

// Issuer is an issuer of JSON Web Tokens.
type Issuer struct {
	Name string
	Path string
	intent.Issuer
}

// AuthRule is one rule; Gateway and Issuer are resolved.
type AuthRule struct {
	Name string
	Path string
	intent.AuthRule

	// Gateway is what is called; nil when the rule is on a namespace.
	Gateway *Gateway

	// Callers are the gateways that may call.
	Callers []*Gateway

	// Issuer is whose token the request must carry; nil for none.
	Issuer *Issuer
}

// Egress is the traffic that leaves the mesh.
type Egress struct {
	RegistryOnly bool
	Hosts        []EgressHost
}

// EgressHost is a host outside the mesh; Through is nil when workloads call it themselves.
type EgressHost struct {
	Name      string
	Path      string
	Host      string   // may begin with a wildcard; made up where only addresses are known
	Addresses []string // empty where the host is looked up
	Port      int
	Protocol  string
	Through   *Gateway
}

// Wild says whether the host stands for every name below it.
func (h EgressHost) Wild() bool { return strings.HasPrefix(h.Host, "*") }

// GatewayAPI says where the CRDs of Gateway API come from.
type GatewayAPI struct {
	// Deliver is true when the delivery fetches them, false when the platform brings them.
	Deliver bool

	// Version is the release that the Istio version wants, such as v1.6.0.
	Version string

	// Source is the git repository that the delivery fetches them from.
	Source string

	// Bundle is what the platform brings; nil where the delivery fetches them, or
	// nobody knows.
	Bundle *GatewayBundle
}

// GatewayBundle are the releases of Gateway API that the patch releases of a
// platform's minor bring: the oldest minor of Gateway API 1 and the newest, both 0
// where they bring none.
type GatewayBundle struct{ Oldest, Newest int }

// Patch is a kustomize patch.
type Patch struct {
	Name string
	Path string
	intent.Patch
}

// Manifest is a set of plain Kubernetes objects.
type Manifest struct {
	Name string
	Path string
	intent.Manifest
}

// External is an object, or a set of them, that others make. Group is empty for
// any group, and Namespace for a kind that belongs to the whole cluster; a
// Namespace and a Name may end in *, for any rest.
type External struct {
	Kind, Group, Namespace, Name string
}
