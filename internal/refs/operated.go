package refs

import (
	"maps"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// The pods of operators are among no objects: an operator makes them from a
// custom resource, with labels that it may or may not tell. Those of Prometheus
// Operator are known; where another custom resource stands, its pods may be
// what a selector selects.

// monitored are the kinds of monitoring.coreos.com that pods are made from: the
// label by which the operator tells them apart, the application's name, and the
// Service that it makes (prometheus-operator, pkg/prometheus, pkg/alertmanager,
// pkg/thanos: the labels of the pods' template).
var monitored = map[string]struct{ label, name, service string }{
	"Prometheus.monitoring.coreos.com":      {"prometheus", "prometheus", "prometheus-operated"},
	"PrometheusAgent.monitoring.coreos.com": {"", "prometheus-agent", ""},
	"Alertmanager.monitoring.coreos.com":    {"alertmanager", "alertmanager", "alertmanager-operated"},
	"ThanosRuler.monitoring.coreos.com":     {"thanos-ruler", "thanos-ruler", "thanos-ruler-operated"},
}

// indexMonitored notes the pods and the Service that Prometheus Operator makes.
func (f *finder) indexMonitored(s *subject) {
	kind, ok := monitored[s.kind]
	if !ok {
		return
	}
	labels := map[string]any{}
	maps.Copy(labels, object.Map(s.Value, "spec", "podMetadata", "labels"))
	labels["app.kubernetes.io/name"] = kind.name
	labels["app.kubernetes.io/managed-by"] = "prometheus-operator"
	labels["app.kubernetes.io/instance"] = s.id.Name
	if kind.label != "" {
		labels[kind.label] = s.id.Name
	}
	if strings.HasPrefix(kind.name, "prometheus") {
		labels["operator.prometheus.io/name"] = s.id.Name
		labels["operator.prometheus.io/shard"] = "0"
	}
	f.workloads[s.id.Namespace] = append(f.workloads[s.id.Namespace], workload{from: s, labels: labels, injected: true})
	if kind.service != "" {
		f.made[thing{"Service", s.id.Namespace, kind.service}] = s
	}
}

// podless are the groups, and those below them, whose objects no pods are made
// from.
var podless = []string{
	"bitnami.com", "cert-manager.io", "cilium.io", "external-secrets.io", "externaldns.k8s.io", "fluxcd.io", "gateway.networking.k8s.io", "isindir.github.com",
	"istio.io", "keda.sh", "kyverno.io", "metallb.io", "projectcalico.org", "secrets-store.csi.x-k8s.io", "snapshot.storage.k8s.io", "traefik.io", "autoscaling.k8s.io",
}

// podlessKinds are such kinds of other groups.
var podlessKinds = []string{
	"AlertmanagerConfig.monitoring.coreos.com", "PodMonitor.monitoring.coreos.com", "Probe.monitoring.coreos.com", "PrometheusRule.monitoring.coreos.com",
	"ScrapeConfig.monitoring.coreos.com", "ServiceMonitor.monitoring.coreos.com", "AppProject.argoproj.io", "Application.argoproj.io", "ApplicationSet.argoproj.io", "Rollout.argoproj.io",
}

// operated says whether a custom resource of a namespace may stand for pods.
func (f *finder) operated(namespace string) bool {
	if f.operators == nil {
		f.operators = map[string]bool{}
		for i := range f.subjects {
			s := &f.subjects[i]
			_, own := kindsOf[s.id.Group]
			below := func(g string) bool { return s.id.Group == g || strings.HasSuffix(s.id.Group, "."+g) }
			if !own && s.id.Namespace != "" && !slices.ContainsFunc(podless, below) && !slices.Contains(podlessKinds, s.kind) {
				f.operators[s.id.Namespace] = true
			}
		}
	}
	return f.operators[namespace]
}
