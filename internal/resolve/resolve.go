// Package resolve turns an intent into a model: names become what they name,
// pools become labels and tolerations, and what follows from the platform is
// filled in. It reports every name that leads nowhere; whether the resolved
// mesh makes sense is for package check to say.
package resolve

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

// Mesh resolves one cluster's intent. Diagnostics name the intent's path; their
// positions are for the caller to fill in. Without options the zero Options hold.
func Mesh(in intent.Mesh, options ...Options) (model.Mesh, diag.List) {
	r := &resolver{in: in}
	for _, o := range options {
		r.options = o
	}
	r.cluster()
	r.texts()
	r.istio()
	r.namespaces()
	r.planes()
	r.gateways()
	r.services()
	r.routes()
	r.authorization()
	r.egress()
	r.certificates()
	r.escapes()
	r.gatewayAPI()
	r.waypoints()
	r.sizes()
	return r.out, r.list
}

// resolver holds what has been resolved so far. A step may read what the steps
// before it made.
type resolver struct {
	in      intent.Mesh
	options Options
	out     model.Mesh
	list    diag.List
}

// unknown reports a name at a path that is in none of the known names.
func (r *resolver) unknown(path, what, name string, known []string) {
	d := diag.Diagnostic{
		Code: "MG3001", Severity: diag.Error, Path: path,
		Message: fmt.Sprintf("there is no %s %q", what, name),
	}
	switch nearest := diag.Nearest(name, known); {
	case nearest != "":
		d.Suggestion = fmt.Sprintf("set %s to %q", path, nearest)
	case len(known) > 0:
		d.Suggestion = fmt.Sprintf("set %s to %s", path, or(known))
		d.Alternatives = append(d.Alternatives, declare(what, name)...)
	default:
		ways := append(declare(what, name), "remove "+path)
		d.Suggestion, d.Alternatives = ways[0], ways[1:]
	}
	r.list = append(r.list, d)
}

// declare says what brings a name of a kind of thing into the intent.
func declare(what, name string) []string {
	where := map[string]string{
		"node pool": "cluster.nodePools", "MetalLB pool": "cluster.metallb.pools",
		"gateway": "gateways", "gateway from the chart named": "gateways", "service": "services", "issuer": "authorization.issuers",
	}[what]
	switch {
	case what == "revision or tag":
		return []string{fmt.Sprintf("add %q to istio.tags", name)}
	case where == "":
		return nil
	}
	return []string{fmt.Sprintf("set %s to %s", intent.Join(where, name), map[string]string{
		"cluster.nodePools": `{cpu: "4", memory: "8Gi"}, with what its nodes have`, "cluster.metallb.pools": `{addresses: ["10.0.0.10-10.0.0.20"]}, with addresses of your network`,
		"gateways": `{servers: web: hosts: ["shop.example.com"]}, with hosts of its own`, "services": `{namespace: "shop", port: 8080}, with where it runs`,
		"authorization.issuers": `{issuer: "https://login.example.com", jwks: "https://login.example.com/keys"}, with those of the issuer`,
	}[where])}
}

// or lists names for a sentence.
func or(names []string) string {
	if len(names) < 2 {
		return quoted(names)
	}
	last := len(names) - 1
	return quoted(names[:last]) + " or " + quoted(names[last:])
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = strconv.Quote(name)
	}
	return strings.Join(list, ", ")
}

// platformProfiles are the platforms that the charts have a profile for, when
// the cluster runs the CNI that the platform brings: files/profile-platform-*.yaml.
var platformProfiles = map[string][]string{
	"k3s":       {"flannel"},
	"k3d":       {"flannel"},
	"microk8s":  nil,
	"minikube":  nil,
	"gke":       nil,
	"openshift": nil,
}

func (r *resolver) cluster() {
	in := r.in.Cluster
	minor, _ := strconv.Atoi(strings.TrimPrefix(in.Kubernetes, "1."))
	r.out.Cluster = model.Cluster{
		Name:         in.Name,
		Platform:     in.Platform,
		Kubernetes:   model.Minor(minor),
		CNI:          in.CNI,
		LoadBalancer: in.LoadBalancer,
		Disabled:     slices.Sorted(slices.Values(in.Disabled)),
		MetalLB:      in.MetalLB,
		Datastore:    in.Datastore,
	}
	if bundled, ok := platformProfiles[in.Platform]; ok && (bundled == nil || slices.Contains(bundled, in.CNI.Provider)) {
		// With another CNI the agent must use that CNI's folders, which are the
		// charts' defaults: https://istio.io/latest/docs/ambient/install/platform-prerequisites/.
		r.out.Cluster.IstioPlatform = in.Platform
	}
	for _, name := range sorted(in.NodePools) {
		r.out.Cluster.Pools = append(r.out.Cluster.Pools, model.Pool{Name: name, NodePool: in.NodePools[name]})
	}
}

func (r *resolver) istio() {
	in := r.in.Istio
	parts := strings.Split(in.Version, ".")
	minor, _ := strconv.Atoi(parts[1])
	r.out.Istio = model.Istio{
		Version:     in.Version,
		Minor:       minor,
		Revision:    in.Revision,
		Tags:        slices.Sorted(slices.Values(in.Tags)),
		Hub:         in.Registry,
		Tag:         in.Version,
		Variant:     in.Variant,
		PullSecrets: in.PullSecrets,
	}
	if in.Variant == "default" {
		r.out.Istio.Variant = ""
	}
}

func (r *resolver) planes() {
	in := r.in
	r.out.Budget = in.Budget
	r.out.ControlPlane = model.ControlPlane{
		Scale:      model.Scale{Replicas: in.ControlPlane.Replicas, Autoscaling: in.ControlPlane.Autoscaling, DisruptionBudget: in.ControlPlane.DisruptionBudget},
		Scheduling: r.placement("controlPlane.placement", in.ControlPlane.Placement),
		Resources:  in.ControlPlane.Resources,
		Env:        in.ControlPlane.Env,
		LogLevel:   in.ControlPlane.LogLevel,
	}
	r.out.CNI = model.CNI{Enabled: r.out.Ambient, Resources: in.DataPlane.CNI.Resources, LogLevel: in.DataPlane.CNI.LogLevel}
	if enabled := in.DataPlane.CNI.Enabled; enabled != nil {
		r.out.CNI.Enabled = *enabled
	}
	r.out.Ztunnel = model.Ztunnel{Resources: in.DataPlane.Ztunnel.Resources, Env: in.DataPlane.Ztunnel.Env, LogLevel: in.DataPlane.Ztunnel.LogLevel}
	r.out.Proxy = in.DataPlane.Proxy
	r.out.Waypoint = in.DataPlane.Waypoint.Resources
	r.out.MTLS.Stage = in.MTLS.Stage
	for _, name := range sorted(in.MTLS.Exceptions) {
		r.out.MTLS.Exceptions = append(r.out.MTLS.Exceptions, model.MTLSException{
			Name: name, Path: intent.Join("mtls.exceptions", name), MTLSException: in.MTLS.Exceptions[name],
		})
	}
	r.out.Telemetry = in.Telemetry
	r.out.GitOps = in.GitOps
}

// topologies are the node labels that replicas are spread over.
var topologies = map[string]string{"node": "kubernetes.io/hostname", "zone": "topology.kubernetes.io/zone"}

// placement turns pools into their labels and tolerations.
func (r *resolver) placement(path string, in intent.Placement) model.Scheduling {
	s := model.Scheduling{
		NodeSelector: in.NodeSelector,
		Tolerations:  slices.Clone(in.Tolerations),
		Spread:       topologies[in.Spread],
	}
	for i, name := range in.Pools {
		pool, ok := r.in.Cluster.NodePools[name]
		if !ok {
			r.unknown(fmt.Sprintf("%s.pools[%d]", path, i), "node pool", name, sorted(r.in.Cluster.NodePools))
			continue
		}
		if len(pool.Labels) == 0 {
			r.list = append(r.list, diag.Diagnostic{
				Code: "MG3002", Severity: diag.Error, Path: fmt.Sprintf("%s.pools[%d]", path, i),
				Message:    fmt.Sprintf("node pool %q has no labels, so that nothing can be placed on it", name),
				Suggestion: fmt.Sprintf(`give the nodes a label and declare it: %s: labels: "node-role": %q`, intent.Join("cluster.nodePools", name), name),
			})
			continue
		}
		s.Affinity = append(s.Affinity, pool.Labels)
		for _, t := range pool.Taints {
			toleration := intent.Toleration{Key: t.Key, Operator: "Exists", Effect: t.Effect}
			if t.Value != "" {
				toleration.Operator, toleration.Value = "Equal", t.Value
			}
			if !slices.Contains(s.Tolerations, toleration) {
				s.Tolerations = append(s.Tolerations, toleration)
			}
		}
	}
	return s
}

func (r *resolver) certificates() {
	if c := r.in.Certificates; c != nil && c.Mesh != nil {
		r.out.IstioCSR = c.Mesh.IstioCSR
	}
}

func (r *resolver) escapes() {
	r.out.Values, r.out.MeshConfig = r.in.Values, r.in.MeshConfig
	for _, name := range sorted(r.in.Patches) {
		r.out.Patches = append(r.out.Patches, model.Patch{Name: name, Path: intent.Join("patches", name), Patch: r.in.Patches[name]})
	}
	for _, name := range sorted(r.in.Manifests) {
		r.out.Manifests = append(r.out.Manifests, model.Manifest{Name: name, Path: intent.Join("manifests", name), Manifest: r.in.Manifests[name]})
	}
	for _, reference := range sorted(r.in.External) {
		r.out.External = append(r.out.External, external(reference))
	}
	var charts []string
	for _, g := range r.out.Gateways {
		if g.API == "chart" {
			charts = append(charts, g.Name)
		}
	}
	for _, name := range sorted(r.in.Values.Gateways) {
		if !slices.Contains(charts, name) {
			r.unknown(intent.Join("values.gateways", name), "gateway from the chart named", name, charts)
		}
	}
}

// external reads a reference, of the form that the schema wants.
func external(reference string) model.External {
	kind, name, _ := strings.Cut(reference, "/")
	var e model.External
	e.Kind, e.Group, _ = strings.Cut(kind, ".")
	if namespace, rest, ok := strings.Cut(name, "/"); ok {
		e.Namespace, name = namespace, rest
	}
	e.Name = name
	return e
}
