package fit

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// portTaken says that a port of the nodes is asked for twice. Of what the
// platform has and what the intent asks for, it is the intent's that has to go.
func (s *setup) portTaken(d *diag.Diagnostic, t trouble) {
	h := t.pending[0]
	port, other := "", -1
	for _, r := range t.run.Why(h.pods[0]) {
		if r.Code != schedule.HostPort {
			continue
		}
		for n, p := range s.takenPorts(t.run, r.Node, h.work) {
			if port == "" || port == statusPort { // every gateway has that, so that another says more
				port, other = n, p
			}
		}
		break
	}
	loser := h.work
	// Which of the two comes second is luck. A person can change what has a path,
	// and what stands in a manifest rather than a gateway that was there before.
	if other >= 0 && (s.work[loser].Path == "" || !ofManifest(s.work[loser]) && ofManifest(s.work[other])) {
		loser, other = other, loser
	}
	w := s.work[loser]
	d.Path = w.Path
	has := "another pod"
	if other >= 0 {
		has = s.owns(other)
	}
	none := "there is no other"
	if w.Role == workload.ServiceLB {
		none = "ServiceLB has no other"
	}
	d.Message = fmt.Sprintf("port %s of the nodes is taken by %s, and %s for %s", port, has, none, s.owns(loser))
	switch {
	case has == traefik:
		d.Suggestion = `add "traefik" to cluster.disabled`
	case w.Role == workload.ServiceLB && slices.ContainsFunc(s.mesh.Gateways, func(g model.Gateway) bool { return g.Path == w.Path }):
		d.Suggestion = set(w.Path+".service.type", `"ClusterIP"`)
		d.Alternatives = []string{`set cluster.loadBalancer to "metallb", add "servicelb" to cluster.disabled, and write the addresses that MetalLB may give in cluster.metallb.pools`}
	case w.Role == workload.ServiceLB && ofManifest(w):
		d.Suggestion = "write another port in the Service, or set its spec.type to \"ClusterIP\""
	default:
		d.Suggestion = "give one of the two another port, or nodes of its own"
	}
}

// statusPort is the port of a gateway's Service that load balancers ask for its
// health.
const statusPort = "15021"

// takenPorts yields the ports of a node that a workload asks for and another
// has, with that other.
func (s *setup) takenPorts(run *schedule.Run, n, i int) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for _, want := range nodePorts(s.work[i].Pod) {
			for _, p := range run.On(n) {
				k := s.of(p)
				if slices.Contains(nodePorts(s.work[k].Pod), want) && !yield(strconv.Itoa(int(want.number)), k) {
					return
				}
			}
		}
	}
}

type nodePort struct {
	protocol corev1.Protocol
	number   int32
}

// nodePorts are the ports of its node that a pod takes: TCP where nothing else
// is said, and all that are declared where it is in the node's network.
func nodePorts(pod *corev1.PodSpec) []nodePort {
	var list []nodePort
	for _, containers := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for _, c := range containers {
			for _, p := range c.Ports {
				if pod.HostNetwork && p.HostPort == 0 {
					p.HostPort = p.ContainerPort
				}
				if p.HostPort > 0 {
					list = append(list, nodePort{cmp.Or(p.Protocol, corev1.ProtocolTCP), p.HostPort})
				}
			}
		}
	}
	return list
}

// traefik is K3s' ingress controller, whose Service ServiceLB serves.
const traefik = "Traefik"

// owns names what wants a host port.
func (s *setup) owns(i int) string {
	w := s.work[i]
	if w.Role != workload.ServiceLB {
		return s.name(i)
	}
	for _, g := range s.mesh.Gateways {
		if g.Path == w.Path {
			return "gateway " + g.Name
		}
	}
	if w.Path == "" && w.Name == "svclb-traefik" {
		return traefik
	}
	return s.name(i)
}

// clashes are the workloads that are pending for nothing but a port of a node
// that another workload has. What stands in its own way wants more nodes.
func (s *setup) clashes(run *schedule.Run, pending []held) []held {
	var clashes []held
	for _, h := range pending {
		port := false
		for _, r := range run.Why(h.pods[0]) {
			switch r.Code {
			case schedule.HostPort:
				for _, other := range s.takenPorts(run, r.Node, h.work) {
					port = port || other != h.work
				}
				continue
			case schedule.CPU, schedule.Memory, schedule.TooManyPods, schedule.OtherResource, schedule.Spread, schedule.Affinity, schedule.InUse, schedule.AntiAffinity, schedule.AntiAffinityOfOthers:
				port = false
			default:
				continue
			}
			if !port {
				break
			}
		}
		if port {
			clashes = append(clashes, h)
		}
	}
	return clashes
}

// ofManifest says whether a person's manifest brought a workload.
func ofManifest(w workload.Workload) bool { return strings.HasPrefix(w.Path, "manifests.") }
