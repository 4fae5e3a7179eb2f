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
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/schedule"
	"github.com/meshgen/meshgen/internal/workload"
)

// portTaken says that a port of the nodes is asked for twice. Of what the
// platform has and what the intent asks for, it is the intent's that has to go.
func (s *setup) portTaken(f *findings, d *diag.Diagnostic, t trouble) {
	port, loser, other := s.rivals(f, t)
	has := "another pod"
	if other >= 0 {
		has = s.owns(other)
		if at := s.portPlace(other, port); at.path != "" {
			d.Related = append(d.Related, diag.Note{Message: has + " is here", Path: at.path, Position: at.position})
		}
	}
	w := s.work[loser]
	at := s.portPlace(loser, port)
	d.Path, d.Position = at.path, at.position
	none := "there is no other"
	if w.Role == workload.ServiceLB {
		none = "ServiceLB has no other"
	}
	d.Message = fmt.Sprintf("port %s of the nodes is taken by %s, and %s for %s", port, has, none, s.owns(loser))
	ways := []string{s.frees(loser, at.keys)}
	if other >= 0 {
		if has == traefik {
			ways = []string{`add "traefik" to cluster.disabled`, ways[0]}
		} else if s.wantedBy(f, t) == 1 { // else the others still want the port
			ways = append(ways, s.frees(other, s.portPlace(other, port).keys))
		}
		if w.Role == workload.ServiceLB && s.work[other].Role == workload.ServiceLB && has != traefik {
			ways = append(ways, `set cluster.loadBalancer to "metallb", add "servicelb" to cluster.disabled, and write the addresses that MetalLB may give in cluster.metallb.pools`)
		}
	}
	ways = slices.DeleteFunc(ways, func(way string) bool { return way == "" })
	if len(ways) == 0 {
		ways = []string{"give one of the two another port, or nodes of its own"}
	}
	d.Suggestion, d.Alternatives = ways[0], ways[1:]
}

// rivals are the port that two want, the one that is to give way, and the one that
// has the port, below zero for none that is known. Which of them comes second in a
// cluster is luck. A person can change what has a path, and what stands in a
// manifest rather than a gateway; of two gateways the one that was written last is
// to give way, since it is most likely the one that is new.
func (s *setup) rivals(f *findings, t trouble) (port string, loser, other int) {
	port, other = s.holder(t)
	loser = t.pending[0].work
	if other < 0 {
		return port, loser, other
	}
	if s.gateway(loser) && s.gateway(other) {
		all := []int{other}
		turn := 0 // of several that want the port, each trouble is that of another one
		for _, more := range f.troubles {
			if more.code != "MG3014" || !s.gateway(more.pending[0].work) {
				continue
			}
			if _, holder := s.holder(more); holder == other {
				all = append(all, more.pending[0].work)
				if more.pending[0].work == loser {
					turn = len(all) - 1
				}
			}
		}
		slices.SortStableFunc(all, func(a, b int) int {
			switch a, b := s.work[a].Path, s.work[b].Path; {
			case s.around.Later(a, b):
				return 1
			case s.around.Later(b, a):
				return -1
			}
			return 0
		})
		return port, all[turn], all[0]
	}
	if s.work[loser].Path == "" || !ofManifest(s.work[loser]) && ofManifest(s.work[other]) {
		loser, other = other, loser
	}
	return port, loser, other
}

// holder is the port that a pending pod lacks, and the workload that has it.
func (s *setup) holder(t trouble) (port string, other int) {
	h := t.pending[0]
	other = -1
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
	return port, other
}

// wantedBy is how many workloads want the port that one has.
func (s *setup) wantedBy(f *findings, t trouble) int {
	_, other := s.holder(t)
	n := 0
	for _, more := range f.troubles {
		if more.code == "MG3014" {
			if _, holder := s.holder(more); holder == other {
				n++
			}
		}
	}
	return n
}

// gateway says whether pods are ServiceLB's for a gateway of the intent.
func (s *setup) gateway(i int) bool {
	w := s.work[i]
	return w.Role == workload.ServiceLB && slices.ContainsFunc(s.mesh.Gateways, func(g model.Gateway) bool { return g.Path == w.Path })
}

// frees is what to type so that a workload no longer takes a port, whose keys in
// its manifest are given; empty for none that is known.
func (s *setup) frees(i int, keys []string) string {
	w := s.work[i]
	field := text(keys)
	switch {
	case s.gateway(i):
		return set(w.Path+".service.type", `"ClusterIP"`)
	case !ofManifest(w):
		return ""
	case w.Role != workload.ServiceLB:
		return "give " + s.name(i) + " another port, or nodes of its own"
	case w.Serves.Kind == "Gateway":
		way := "annotate " + served(w) + ` with networking.istio.io/service-type: ClusterIP`
		if field != "" {
			way = "set " + field + " of " + served(w) + " to another port, or " + way
		}
		return way
	case field != "":
		return "set " + field + " of " + served(w) + ` to another port, or its spec.type to "ClusterIP"`
	}
	return "set spec.type of " + served(w) + ` to "ClusterIP"`
}

// text writes the keys of a field as people do: spec.ports[0].port.
func text(keys []string) string { return intent.JoinIndexes("", keys) }

// served is what ServiceLB's pods are for.
func served(w workload.Workload) string {
	return w.Serves.Kind + "/" + w.Serves.Name + " in " + w.Serves.Namespace
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
	switch {
	case w.Role != workload.ServiceLB:
		return s.name(i)
	case s.gateway(i):
		k := slices.IndexFunc(s.mesh.Gateways, func(g model.Gateway) bool { return g.Path == w.Path })
		return "gateway " + s.mesh.Gateways[k].Name
	case w.Path == "" && w.Name == "svclb-traefik":
		return traefik
	case w.Serves.Kind != "":
		return served(w)
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
