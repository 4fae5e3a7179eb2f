package policy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// serviceMonitor is ServiceMonitorSpec of monitoring.coreos.com/v1
// (prometheus-operator, pkg/apis/monitoring/v1/servicemonitor_types.go).
type serviceMonitor struct {
	JobLabel     string               `json:"jobLabel"`
	TargetLabels []string             `json:"targetLabels"`
	Selector     metav1.LabelSelector `json:"selector"`
	Endpoints    []endpoint           `json:"endpoints"`
}

// podMonitor is PodMonitorSpec of monitoring.coreos.com/v1
// (prometheus-operator, pkg/apis/monitoring/v1/podmonitor_types.go).
type podMonitor struct {
	JobLabel            string               `json:"jobLabel"`
	Selector            metav1.LabelSelector `json:"selector"`
	NamespaceSelector   *namespaceSelector   `json:"namespaceSelector,omitempty"`
	PodMetricsEndpoints []endpoint           `json:"podMetricsEndpoints"`
}

// namespaceSelector is NamespaceSelector; without it a monitor looks in its own namespace.
type namespaceSelector struct {
	Any bool `json:"any"`
}

// endpoint is Endpoint and PodMetricsEndpoint, as far as both have it.
type endpoint struct {
	Port        string       `json:"port,omitempty"`
	Path        string       `json:"path,omitempty"`
	Interval    string       `json:"interval"`
	Relabelings []relabeling `json:"relabelings,omitempty"`
}

// relabeling is RelabelConfig.
type relabeling struct {
	SourceLabels []string `json:"sourceLabels,omitempty"`
	TargetLabel  string   `json:"targetLabel,omitempty"`
	Regex        string   `json:"regex,omitempty"`
	Replacement  string   `json:"replacement,omitempty"`
	Action       string   `json:"action"`
}

// Monitors returns Prometheus Operator's monitors, all in the root namespace:
// istiod's, those of the node agents that run, and one for the proxies of every
// namespace.
func Monitors(m model.Mesh) []object.Object {
	monitors := m.Telemetry.Monitors
	if monitors == nil {
		return nil
	}
	interval := wholeDuration(monitors.Interval)
	about := func(kind, name string) meta {
		return meta{
			apiVersion: "monitoring.coreos.com/v1", kind: kind,
			namespace: model.RootNamespace, name: name, labels: monitors.Labels,
			component: "monitors", path: "telemetry.monitors",
		}
	}
	objects := []object.Object{about("ServiceMonitor", m.Istio.Istiod()).make(istiodMonitor(m.Istio, interval))}
	if m.CNI.Enabled {
		objects = append(objects, about("PodMonitor", "istio-cni").make(
			agentMonitor("k8s-app", "istio-cni-node", "metrics", interval)))
	}
	if m.Ambient {
		objects = append(objects, about("PodMonitor", "ztunnel").make(
			agentMonitor("app", "ztunnel", "ztunnel-stats", interval)))
	}
	return append(objects, about("PodMonitor", "istio-proxies").make(proxyMonitor(interval)))
}

// istiodMonitor leaves out the Services of revision tags: they have the same
// labels and the same pods, which would be scraped again for each of them.
func istiodMonitor(istio model.Istio, interval string) serviceMonitor {
	return serviceMonitor{
		JobLabel:     "app",
		TargetLabels: []string{"istio.io/rev"},
		Selector: metav1.LabelSelector{
			MatchLabels:      map[string]string{"app": "istiod", "istio.io/rev": istio.RevisionLabel()},
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "istio.io/tag", Operator: metav1.LabelSelectorOpDoesNotExist}},
		},
		Endpoints: []endpoint{{Port: "http-monitoring", Interval: interval}},
	}
}

func agentMonitor(label, app, port, interval string) podMonitor {
	return podMonitor{
		JobLabel:            label,
		Selector:            metav1.LabelSelector{MatchLabels: map[string]string{label: app}},
		PodMetricsEndpoints: []endpoint{{Port: port, Path: "/metrics", Interval: interval}},
	}
}

// proxyMonitor is Istio's envoy-stats-monitor (istio,
// samples/addons/extras/prometheus-operator.yaml), without ztunnel: its
// container has the proxies' name, and it has a monitor of its own. The scraped
// port is the one that the pod's annotation names.
func proxyMonitor(interval string) podMonitor {
	const (
		port = "__meta_kubernetes_pod_annotation_prometheus_io_port"
		ip   = "__meta_kubernetes_pod_ip"
	)
	return podMonitor{
		JobLabel: "envoy-stats",
		Selector: metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "istio-prometheus-ignore", Operator: metav1.LabelSelectorOpDoesNotExist},
			{Key: "app", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"ztunnel"}},
		}},
		NamespaceSelector: &namespaceSelector{Any: true},
		PodMetricsEndpoints: []endpoint{{
			Path: "/stats/prometheus", Interval: interval,
			Relabelings: []relabeling{
				{Action: "keep", SourceLabels: []string{"__meta_kubernetes_pod_container_name"}, Regex: "istio-proxy"},
				{Action: "keep", SourceLabels: []string{"__meta_kubernetes_pod_annotationpresent_prometheus_io_scrape"}},
				{
					Action: "replace", SourceLabels: []string{port, ip}, TargetLabel: "__address__",
					Regex: `(\d+);(([A-Fa-f0-9]{1,4}::?){1,7}[A-Fa-f0-9]{1,4})`, Replacement: "[$2]:$1",
				},
				{
					Action: "replace", SourceLabels: []string{port, ip}, TargetLabel: "__address__",
					Regex: `(\d+);((([0-9]+?)(\.|$)){4})`, Replacement: "$2:$1",
				},
				{Action: "labeldrop", Regex: "__meta_kubernetes_pod_label_(.+)"},
				{Action: "replace", SourceLabels: []string{"__meta_kubernetes_namespace"}, TargetLabel: "namespace"},
				{Action: "replace", SourceLabels: []string{"__meta_kubernetes_pod_name"}, TargetLabel: "pod"},
			},
		}},
	}
}
