package fit

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/hardware"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/workload"
)

// edit is a change of a setup; nil means that it cannot be made.
type edit func(s *setup) *setup

// again is the setup with other nodes or workloads. Errors cannot come: the
// pods are those that were digested before, but for numbers.
func (s *setup) again(m model.Mesh, nodes []hardware.Node, work []workload.Workload) *setup {
	n, err := newSetup(m, nodes, work, s.namespaces)
	if err != nil {
		return nil
	}
	n.cluster.Hurry() // many changes are tried for each that is printed
	return n
}

// asking changes what some workloads ask for. The sidecars' part of a pod is
// changed where sidecar is set, and else the pod's own.
func asking(which []int, sidecar bool, to func(i int, now hardware.Amount) hardware.Amount) edit {
	return func(s *setup) *setup {
		work := slices.Clone(s.work)
		for _, i := range which {
			w, err := work[i], error(nil)
			if sidecar {
				w, err = w.WithSidecar(to(i, w.Mesh))
			} else {
				w, err = w.WithRequests(to(i, w.Requests.Sub(ownless(w))))
			}
			if err != nil {
				return nil
			}
			work[i] = w
		}
		return s.again(s.mesh, s.nodes, work)
	}
}

// ownless is the part of a pod's request that its own resources do not speak of.
func ownless(w workload.Workload) hardware.Amount {
	if w.Sidecar {
		return w.Mesh
	}
	return hardware.Amount{}
}

// replicas changes how many pods a workload has at rest.
func replicas(i, n int) edit {
	return func(s *setup) *setup {
		work := slices.Clone(s.work)
		w := &work[i]
		if w.Replicas.Max == w.Replicas.Min {
			w.Replicas.Max = n
		}
		w.Replicas.Min = n
		if n < 2 && w.Role != workload.Manifest {
			w.Budgets = nil // the charts leave it out
		}
		return s.again(s.mesh, s.nodes, work)
	}
}

// tolerating lets a workload's pods onto nodes with some taints, and onto those
// with some labels alone.
func tolerating(i int, taints []corev1.Taint, labels map[string]string) edit {
	return func(s *setup) *setup {
		pod := s.work[i].Pod.DeepCopy()
		if pod.NodeSelector == nil {
			pod.NodeSelector = map[string]string{}
		}
		maps.Copy(pod.NodeSelector, labels)
		for _, t := range taints {
			pod.Tolerations = append(pod.Tolerations, corev1.Toleration{Key: t.Key, Operator: corev1.TolerationOpEqual, Value: t.Value, Effect: t.Effect})
		}
		work := slices.Clone(s.work)
		var err error
		if work[i], err = work[i].WithPod(pod); err != nil {
			return nil
		}
		return s.again(s.mesh, s.nodes, work)
	}
}

// pools changes the nodes.
func pools(change func([]model.Pool) []model.Pool) edit {
	return func(s *setup) *setup {
		m := s.mesh
		m.Cluster.Pools = change(slices.Clone(m.Cluster.Pools))
		servers := 0
		for _, p := range m.Cluster.Pools {
			if p.Role == "server" {
				servers += p.Count
			}
		}
		if m.Cluster.Datastore == "sqlite" && servers > 1 {
			m.Cluster.Datastore = "etcd" // as the schema's default
		}
		return s.again(m, hardware.Nodes(m.Cluster), s.work)
	}
}

// bigger gives each node of a pool other CPU or memory, or both.
func bigger(pool string, to hardware.Amount) edit {
	return pools(func(list []model.Pool) []model.Pool {
		k := slices.IndexFunc(list, func(p model.Pool) bool { return p.Name == pool })
		if to.CPU > 0 {
			list[k].CPU = quantity(cpu, to.CPU)
		}
		if to.Memory > 0 {
			list[k].Memory = quantity(memory, to.Memory)
		}
		return list
	})
}

// more gives a pool more nodes.
func more(pool string, n int) edit {
	return pools(func(list []model.Pool) []model.Pool {
		for k := range list {
			if list[k].Name == pool {
				list[k].Count += n
			}
		}
		return list
	})
}

// agents adds a pool of agents like the nodes of another, without its taints.
func agents(name, like string, n int) edit {
	return pools(func(list []model.Pool) []model.Pool {
		k := slices.IndexFunc(list, func(p model.Pool) bool { return p.Name == like })
		added := list[k]
		added.Name, added.Count, added.Role, added.Taints, added.Reserved = name, n, "agent", nil, nil
		return append(list, added)
	})
}

// budgeting sets one bound of the budget.
func budgeting(b bound, share float64, value int64) edit {
	return func(s *setup) *setup {
		m, limits := s.mesh, *s.mesh.Budget
		text := quantity(b.resource, value)
		for path, set := range map[string]func(){
			"budget.share.memory":         func() { limits.Share.Memory = share },
			"budget.share.cpu":            func() { limits.Share.CPU = share },
			"budget.perNode.memory":       func() { limits.PerNode.Memory = text },
			"budget.perNode.cpu":          func() { limits.PerNode.CPU = text },
			"budget.cluster.share.memory": func() { limits.Cluster.Share.Memory = share },
			"budget.cluster.share.cpu":    func() { limits.Cluster.Share.CPU = share },
			"budget.cluster.memory":       func() { limits.Cluster.Memory = text },
			"budget.cluster.cpu":          func() { limits.Cluster.CPU = text },
		} {
			if path == b.path {
				set() // one of them, so that their order does not matter
			}
		}
		m.Budget = &limits
		return s.again(m, s.nodes, s.work)
	}
}

// poolPath is the intent's path of a pool.
func poolPath(name string) string { return intent.Join("cluster.nodePools", name) }

// scalePath is the intent's path of a workload's least replicas; empty where the
// intent has none.
func (s *setup) scalePath(i int) string {
	w := s.work[i]
	var auto bool
	switch w.Role {
	case workload.Istiod:
		auto = s.mesh.ControlPlane.Autoscaling != nil
	case workload.Gateway:
		k := slices.IndexFunc(s.mesh.Gateways, func(g model.Gateway) bool { return g.Path == w.Path })
		if k < 0 {
			return ""
		}
		auto = s.mesh.Gateways[k].Autoscaling != nil
	case workload.Application:
		return w.Path + ".count"
	default:
		return ""
	}
	if auto {
		return w.Path + ".autoscaling.min"
	}
	return w.Path + ".replicas"
}

// set is what to type to give a field a value.
func set(path, value string) string { return fmt.Sprintf("set %s to %s", path, value) }

// quoted is a quantity as it stands in the intent.
func quoted(resource string, value int64) string { return fmt.Sprintf("%q", quantity(resource, value)) }

// unused returns a name that no pool has.
func (s *setup) unused(name string) string {
	names := map[string]bool{}
	for _, p := range s.mesh.Cluster.Pools {
		names[p.Name] = true
	}
	for candidate, n := name, 2; ; n++ {
		if !names[candidate] {
			return candidate
		}
		candidate = fmt.Sprintf("%s%d", name, n)
	}
}
