// Package intent is what was asked: the fields of schema.#Mesh as plain structs,
// with the schema's defaults laid under what people wrote.
//
// The structs mirror the CUE definitions field by field; the loader refuses a
// field that they lack, so the two cannot drift apart unseen. A pointer means
// that a field may be absent and that absence says something.
package intent

import (
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// Intent is one cluster's mesh, and where each of its values was written.
type Intent struct {
	Mesh Mesh

	// Folder is the cluster's folder, relative to the repository's root.
	Folder string

	// Position returns where the value at a path such as
	// gateways.public.replicas was written, or the nearest value around it.
	// Names that are not plain identifiers may be quoted or bare.
	Position func(path string) diag.Position

	// Name returns where the name of the field at a path was written, for what is
	// wrong with the name itself; otherwise it is as Position.
	Name func(path string) diag.Position

	// Written says whether a person wrote a value at a path, as opposed to a
	// default of the schema.
	Written func(path string) bool
}

// Later says whether what stands at a path was written after what stands at
// another: in a cluster's file, which is laid over its parents', or further down in
// the same one. Of two that do not go together, the later one is most likely what
// was added to what went well before.
func (i Intent) Later(a, b string) bool {
	x, y := i.Position(a), i.Position(b)
	deeper := strings.Count(x.File, "/") - strings.Count(y.File, "/")
	return deeper > 0 || deeper == 0 && x.Compare(y) > 0
}

// Mesh is schema.#Mesh.
type Mesh struct {
	Cluster       Cluster              `json:"cluster"`
	Mode          Mode                 `json:"mode"`
	Istio         Istio                `json:"istio"`
	Budget        *Budget              `json:"budget"`
	ControlPlane  ControlPlane         `json:"controlPlane"`
	DataPlane     DataPlane            `json:"dataPlane"`
	MTLS          MTLS                 `json:"mtls"`
	Namespaces    map[string]Namespace `json:"namespaces"`
	Gateways      map[string]Gateway   `json:"gateways"`
	Services      map[string]Service   `json:"services"`
	Routes        map[string]Route     `json:"routes"`
	Authorization Authorization        `json:"authorization"`
	Egress        Egress               `json:"egress"`
	Telemetry     Telemetry            `json:"telemetry"`
	Certificates  *Certificates        `json:"certificates"`
	GitOps        *GitOps              `json:"gitops"`
	Values        Values               `json:"values"`
	MeshConfig    map[string]any       `json:"meshConfig"`
	Patches       map[string]Patch     `json:"patches"`
	Manifests     map[string]Manifest  `json:"manifests"`
	External      map[string]string    `json:"external"` // reasons, by schema.#ObjectReference
}

// Mode is a data plane.
type Mode string

const (
	Sidecar Mode = "sidecar"
	Ambient Mode = "ambient"
)

// Istio is schema.#Istio.
type Istio struct {
	Version     string   `json:"version"`
	Revision    string   `json:"revision"`
	Tags        []string `json:"tags"`
	Registry    string   `json:"registry"`
	Variant     string   `json:"variant"`
	PullSecrets []string `json:"pullSecrets"`
}

// Budget is schema.#Budget.
type Budget struct {
	Share   Share        `json:"share"`
	PerNode ResourceList `json:"perNode"`
	Cluster struct {
		Share  Share  `json:"share"`
		CPU    string `json:"cpu"`
		Memory string `json:"memory"`
	} `json:"cluster"`
}

// Share is schema.#Share; zero means not bounded.
type Share struct {
	Memory float64 `json:"memory"`
	CPU    float64 `json:"cpu"`
}

// Size is schema.#Size.
type Size string

// The sizes of a component. With NoSize its resources stand in the intent.
const (
	NoSize Size = "none"
	Auto   Size = "auto"
	Small  Size = "small"
	Medium Size = "medium"
	Large  Size = "large"
)

// Cluster is schema.#Cluster.
type Cluster struct {
	Name         string              `json:"name"`
	Platform     string              `json:"platform"`
	Kubernetes   string              `json:"kubernetes"`
	CNI          CNI                 `json:"cni"`
	LoadBalancer string              `json:"loadBalancer"`
	Disabled     []string            `json:"disabled"`
	MetalLB      *MetalLB            `json:"metallb"`
	GatewayAPI   GatewayAPI          `json:"gatewayAPI"`
	Datastore    string              `json:"datastore"`
	NodePools    map[string]NodePool `json:"nodePools"`
}

// CNI is schema.#CNI.
type CNI struct {
	Provider             string `json:"provider"`
	KubeProxyReplacement bool   `json:"kubeProxyReplacement"`
	NetworkPolicies      string `json:"networkPolicies"`
}

// GatewayAPI is the field gatewayAPI of schema.#Cluster.
type GatewayAPI struct {
	CRDs   string `json:"crds"`
	Source string `json:"source"`
}

// MetalLB is schema.#MetalLB.
type MetalLB struct {
	Namespace string                 `json:"namespace"`
	Pools     map[string]MetalLBPool `json:"pools"`
}

// MetalLBPool is one pool of schema.#MetalLB.
type MetalLBPool struct {
	Addresses  []string `json:"addresses"`
	AutoAssign bool     `json:"autoAssign"`
	Advertise  string   `json:"advertise"`
}

// NodePool is schema.#NodePool.
type NodePool struct {
	Count    int               `json:"count"`
	Role     string            `json:"role"`
	CPU      string            `json:"cpu"`
	Memory   string            `json:"memory"`
	Arch     string            `json:"arch"`
	PageSize int               `json:"pageSize"`
	VABits   int               `json:"vaBits"`
	Zones    []string          `json:"zones"`
	Labels   map[string]string `json:"labels"`
	Taints   []Taint           `json:"taints"`
	MaxPods  int               `json:"maxPods"`

	// Allocatable is what there is for pods besides CPU and memory, by name.
	Allocatable map[string]string `json:"allocatable"`

	// Reserved is nil when the platform's own figure holds.
	Reserved *ResourceList `json:"reserved"`
	Kernel   struct {
		Version string   `json:"version"`
		Missing []string `json:"missing"`
	} `json:"kernel"`
}

// Taint is a node's taint.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// Resources is schema.#Resources.
type Resources struct {
	Requests ResourceList `json:"requests"`
	Limits   ResourceList `json:"limits"`
}

// ResourceList is schema.#ResourceList; an empty string means not set.
type ResourceList struct {
	CPU    string `json:"cpu"`
	Memory string `json:"memory"`
}

// Placement is schema.#Placement.
type Placement struct {
	Pools        []string          `json:"pools"`
	Spread       string            `json:"spread"`
	NodeSelector map[string]string `json:"nodeSelector"`
	Tolerations  []Toleration      `json:"tolerations"`
}

// Toleration is schema.#Toleration.
type Toleration struct {
	Key      string `json:"key"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
	Effect   string `json:"effect"`
}

// Autoscaling is schema.#Autoscaling.
type Autoscaling struct {
	Min int `json:"min"`
	Max int `json:"max"`
	CPU int `json:"cpu"`
}

// DisruptionBudget is schema.#DisruptionBudget; a value is an int64, a string or nil.
type DisruptionBudget struct {
	MinAvailable   any `json:"minAvailable"`
	MaxUnavailable any `json:"maxUnavailable"`
}

// ControlPlane is schema.#ControlPlane.
type ControlPlane struct {
	Replicas         int               `json:"replicas"`
	Autoscaling      *Autoscaling      `json:"autoscaling"`
	Size             Size              `json:"size"`
	Resources        Resources         `json:"resources"`
	Placement        Placement         `json:"placement"`
	DisruptionBudget *DisruptionBudget `json:"disruptionBudget"`
	Env              map[string]string `json:"env"`
	LogLevel         string            `json:"logLevel"`
}

// DataPlane is schema.#DataPlane.
type DataPlane struct {
	CNI struct {
		Enabled   *bool     `json:"enabled"`
		Resources Resources `json:"resources"`
		LogLevel  string    `json:"logLevel"`
	} `json:"cni"`
	Ztunnel struct {
		Size      Size              `json:"size"`
		Resources Resources         `json:"resources"`
		Env       map[string]string `json:"env"`
		LogLevel  string            `json:"logLevel"`
	} `json:"ztunnel"`
	Proxy    Proxy `json:"proxy"`
	Waypoint struct {
		Size      Size      `json:"size"`
		Resources Resources `json:"resources"`
	} `json:"waypoint"`
}

// Proxy is the field proxy of schema.#DataPlane.
type Proxy struct {
	Size                            Size      `json:"size"`
	Resources                       Resources `json:"resources"`
	HoldApplicationUntilProxyStarts bool      `json:"holdApplicationUntilProxyStarts"`
	DNS                             struct {
		Capture      bool `json:"capture"`
		AutoAllocate bool `json:"autoAllocate"`
	} `json:"dns"`
	LogLevel string `json:"logLevel"`
}

// Stage is what workloads accept.
type Stage string

const (
	Permissive Stage = "permissive"
	Strict     Stage = "strict"
)

// MTLS is schema.#MTLS.
type MTLS struct {
	Stage      Stage                    `json:"stage"`
	Exceptions map[string]MTLSException `json:"exceptions"`
}

// MTLSException is one exception of schema.#MTLS.
type MTLSException struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	Ports     []int             `json:"ports"`
	Reason    string            `json:"reason"`
}

// Namespace is schema.#Namespace.
type Namespace struct {
	Mesh     bool   `json:"mesh"`
	Mode     Mode   `json:"mode"`
	Create   bool   `json:"create"`
	Revision string `json:"revision"`
	Waypoint string `json:"waypoint"`
	MTLS     *struct {
		Stage Stage `json:"stage"`
	} `json:"mtls"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Pods        *Pods             `json:"pods"`
}

// Pods is the field pods of schema.#Namespace.
type Pods struct {
	Count       int          `json:"count"`
	Requests    ResourceList `json:"requests"`
	Placement   Placement    `json:"placement"`
	Services    int          `json:"services"`
	RequestRate float64      `json:"requestRate"` // zero means not known
}

// Certificates is schema.#Certificates.
type Certificates struct {
	Mesh *struct {
		IstioCSR *IstioCSR `json:"istioCSR"`
	} `json:"mesh"`
}

// IstioCSR is the field mesh.istioCSR of schema.#Certificates.
type IstioCSR struct {
	Issuer    string `json:"issuer"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
}

// GitOps is schema.#GitOps.
type GitOps struct {
	Engine     string `json:"engine"`
	Source     string `json:"source"`
	Path       string `json:"path"`
	Namespace  string `json:"namespace"`
	Revision   string `json:"revision"`
	Project    string `json:"project"`
	Interval   string `json:"interval"`
	Timeout    string `json:"timeout"`
	Decryption *struct {
		Provider string `json:"provider"`
		Secret   string `json:"secret"`
	} `json:"decryption"`
	Substitute *Substitute `json:"substitute"`
}

// Substitute is the field substitute of schema.#GitOps.
type Substitute struct {
	Names []string `json:"names"`
	From  []struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"from"`
}

// Values is schema.#Values.
type Values struct {
	Base     map[string]any            `json:"base"`
	Istiod   map[string]any            `json:"istiod"`
	CNI      map[string]any            `json:"cni"`
	Ztunnel  map[string]any            `json:"ztunnel"`
	Gateways map[string]map[string]any `json:"gateways"`
}

// Patch is schema.#Patch. The loader reads Path, so that Patch holds the text.
type Patch struct {
	Target *Target `json:"target"`
	Patch  string  `json:"patch"`
	Path   string  `json:"path"`

	// File is the file that Path names, relative to the repository's root.
	File string `json:"-"`
}

// Target is the field target of schema.#Patch.
type Target struct {
	Group              string `json:"group"`
	Version            string `json:"version"`
	Kind               string `json:"kind"`
	Name               string `json:"name"`
	Namespace          string `json:"namespace"`
	LabelSelector      string `json:"labelSelector"`
	AnnotationSelector string `json:"annotationSelector"`
}

// Manifest is schema.#Manifest. The loader reads Path, so that Text holds the YAML.
type Manifest struct {
	Path    string           `json:"path"`
	Objects []map[string]any `json:"objects"`
	Layer   string           `json:"layer"`

	// File is the file that Path names, relative to the repository's root.
	File string `json:"-"`
	Text []byte `json:"-"`
}
