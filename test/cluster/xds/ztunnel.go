package xds

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

// Workload returns what ztunnel knows of a pod.
func (w *Workloads) Workload(pod *corev1.Pod) (*workloadapi.Workload, error) {
	for _, x := range w.Workloads {
		if x.Namespace == pod.Namespace && x.Name == pod.Name {
			return x, nil
		}
	}
	return nil, fmt.Errorf("ztunnel does not know the pod %s/%s", pod.Namespace, pod.Name)
}

// Service returns what ztunnel knows of a Service, by its host name.
func (w *Workloads) Service(hostname string) (*workloadapi.Service, error) {
	for _, x := range w.Services {
		if x.Hostname == hostname {
			return x, nil
		}
	}
	return nil, fmt.Errorf("ztunnel does not know the Service %s", hostname)
}

// Admits says whether ztunnel lets a connection through to a port of a pod on
// its node, and if not, why: a policy of action DENY that matches, or policies
// of action ALLOW none of which does (ztunnel, src/state.rs, assert_rbac).
func (w *Workloads) Admits(pod *corev1.Pod, caller Caller, port int) (bool, string, error) {
	workload, err := w.Workload(pod)
	if err != nil {
		return false, "", err
	}
	var allow []string
	allowed := false
	for _, name := range slices.Sorted(maps.Keys(w.Authorizations)) {
		a := w.Authorizations[name]
		switch {
		case a.DryRun,
			a.Scope == security.Scope_NAMESPACE && a.Namespace != workload.Namespace,
			a.Scope == security.Scope_WORKLOAD_SELECTOR && !slices.Contains(workload.AuthorizationPolicies, name):
			continue
		}
		matches, err := covers(a, caller, port)
		if err != nil {
			return false, "", fmt.Errorf("authorization %s: %w", name, err)
		}
		if a.Action == security.Action_DENY {
			if matches {
				return false, name + " denies it", nil
			}
			continue
		}
		allow = append(allow, name)
		allowed = allowed || matches
	}
	for _, name := range workload.AuthorizationPolicies {
		if w.Authorizations[name] == nil {
			return false, "", fmt.Errorf("the pod %s has the policy %s, which ztunnel is not told of", pod.Name, name)
		}
	}
	if len(allow) > 0 && !allowed {
		return false, "none of " + strings.Join(allow, ", ") + " allows it", nil
	}
	return true, "", nil
}

// covers says whether a policy matches: any group, and of it all rules, and of
// each any match (ztunnel, src/rbac.rs). A policy without groups matches nothing,
// an empty rule everything.
func covers(a *security.Authorization, caller Caller, port int) (bool, error) {
	for _, group := range a.Groups {
		all := true
		for _, rule := range group.Rules {
			any := len(rule.Matches) == 0
			for _, m := range rule.Matches {
				ok, err := matches(m, caller, port)
				if err != nil {
					return false, err
				}
				any = any || ok
			}
			all = all && any
		}
		if all {
			return true, nil
		}
	}
	return false, nil
}

// matches says whether all that a match names is so. One that names nothing
// matches nothing.
func matches(m *security.Match, caller Caller, port int) (bool, error) {
	if len(m.DestinationIps)+len(m.NotDestinationIps)+len(m.Extensions) > 0 {
		return false, fmt.Errorf("a match that this does not know: %v", m)
	}
	texts := func(value string) func(*security.StringMatch) bool {
		return func(s *security.StringMatch) bool {
			switch t := s.MatchType.(type) {
			case *security.StringMatch_Exact:
				return value == t.Exact
			case *security.StringMatch_Prefix:
				return value != "" && strings.HasPrefix(value, t.Prefix)
			case *security.StringMatch_Suffix:
				return value != "" && strings.HasSuffix(value, t.Suffix)
			}
			return value != "" // presence
		}
	}
	namespaces, principals := texts(caller.Namespace), texts(caller.identity())
	accounts := func(s *security.ServiceAccountMatch) bool {
		return caller.Namespace != "" && s.Namespace == caller.Namespace && s.ServiceAccount == caller.Account
	}
	blocks := func(b *security.Address) bool {
		at, ok := netip.AddrFromSlice(b.Address)
		return ok && netip.PrefixFrom(at, int(b.Length)).Contains(caller.from())
	}
	ports := func(p uint32) bool { return int(p) == port }
	named := len(m.Namespaces) + len(m.NotNamespaces) + len(m.Principals) + len(m.NotPrincipals) + len(m.ServiceAccounts) +
		len(m.NotServiceAccounts) + len(m.SourceIps) + len(m.NotSourceIps) + len(m.DestinationPorts) + len(m.NotDestinationPorts)
	return named > 0 &&
		agrees(m.Namespaces, m.NotNamespaces, namespaces) && agrees(m.Principals, m.NotPrincipals, principals) &&
		agrees(m.ServiceAccounts, m.NotServiceAccounts, accounts) && agrees(m.SourceIps, m.NotSourceIps, blocks) &&
		agrees(m.DestinationPorts, m.NotDestinationPorts, ports), nil
}

// agrees says whether any of some holds, if there are some, and none of others.
func agrees[T any](some, others []T, holds func(T) bool) bool {
	return (len(some) == 0 || slices.ContainsFunc(some, holds)) && !slices.ContainsFunc(others, holds)
}
