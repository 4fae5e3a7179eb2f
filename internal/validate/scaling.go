package validate

import (
	"fmt"
	"maps"
	"slices"

	autoscaling "k8s.io/api/autoscaling/v2"
)

func scalingRange(r *report, n *node) {
	least := n.get("minReplicas")
	if least.value == nil {
		return
	}
	lowest := int64(1)
	for _, m := range n.each("metrics") {
		if t := m.text("type"); t == string(autoscaling.ObjectMetricSourceType) || t == string(autoscaling.ExternalMetricSourceType) {
			lowest = 0
		}
	}
	if least.whole() < lowest {
		r.value(least, fmt.Sprintf("must be %d or more", lowest))
	} else if least.whole() == 0 {
		r.tooNewValue(least, scaleToZero)
	}
	if least.whole() > n.whole("maxReplicas") {
		r.conflict(least, fmt.Sprintf("{} is %d, more than maxReplicas, which is %d", least.whole(), n.whole("maxReplicas")), fmt.Sprintf("set {} to %d or less", n.whole("maxReplicas")))
	}
}

// metricFields are the fields of a metric, by its type.
var metricFields = map[string]string{
	string(autoscaling.ObjectMetricSourceType):            "object",
	string(autoscaling.PodsMetricSourceType):              "pods",
	string(autoscaling.ResourceMetricSourceType):          "resource",
	string(autoscaling.ContainerResourceMetricSourceType): "containerResource",
	string(autoscaling.ExternalMetricSourceType):          "external",
}

func metric(r *report, n *node) {
	want := metricFields[n.text("type")]
	if !n.has(want) {
		r.missing(n.get(want))
	}
	for _, other := range slices.Sorted(maps.Values(metricFields)) {
		if other != want && n.has(other) {
			r.conflict(n.get(other), fmt.Sprintf("{} cannot be set with type %s", n.text("type")), "remove {}")
		}
	}
	target := n.get(want, "target")
	if target.value == nil {
		return
	}
	switch want {
	case "resource", "containerResource":
		r.one(target, true, "averageUtilization", "averageValue")
	case "pods":
		if !target.has("averageValue") {
			r.missing(target.get("averageValue"))
		}
	case "external":
		r.one(target, true, "value", "averageValue")
	case "object":
		if !target.has("value") && !target.has("averageValue") {
			r.missing(target.get("value"))
		}
	}
}

func metricTarget(r *report, n *node) {
	for _, field := range []string{"value", "averageValue"} {
		if q, ok := quantityOf(n.get(field)); ok && q.Sign() <= 0 {
			r.value(n.get(field), "must be greater than 0")
		}
	}
}

func scalingRules(r *report, n *node) {
	if policies := n.get("policies"); policies.value != nil && policies.count() == 0 {
		r.missing(policies)
	}
}

func disruption(r *report, n *node) {
	r.one(n, false, "minAvailable", "maxUnavailable")
	r.share(n.get("minAvailable"), 100)
	r.share(n.get("maxUnavailable"), 100)
}
