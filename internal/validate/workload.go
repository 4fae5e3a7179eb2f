package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	apps "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about workloads: pkg/apis/{apps,batch,autoscaling,
// policy}/validation/validation.go of Kubernetes 1.36.

var workloadLimits = map[place]limit{
	in[apps.DeploymentSpec]("replicas"):                           atLeast(0),
	in[apps.DeploymentSpec]("minReadySeconds"):                    atLeast(0),
	in[apps.DeploymentSpec]("revisionHistoryLimit"):               atLeast(0),
	in[apps.ReplicaSetSpec]("replicas"):                           atLeast(0),
	in[apps.ReplicaSetSpec]("minReadySeconds"):                    atLeast(0),
	in[apps.DaemonSetSpec]("minReadySeconds"):                     atLeast(0),
	in[apps.DaemonSetSpec]("revisionHistoryLimit"):                atLeast(0),
	in[apps.StatefulSetSpec]("replicas"):                          atLeast(0),
	in[apps.StatefulSetSpec]("minReadySeconds"):                   atLeast(0),
	in[apps.StatefulSetSpec]("serviceName"):                       format(validation.IsDNS1123Label),
	in[apps.StatefulSetOrdinals]("start"):                         atLeast(0),
	in[apps.RollingUpdateStatefulSetStrategy]("partition"):        atLeast(0),
	in[autoscaling.HorizontalPodAutoscalerSpec]("maxReplicas"):    atLeast(1),
	in[autoscalingv1.HorizontalPodAutoscalerSpec]("maxReplicas"):  atLeast(1),
	in[autoscaling.MetricTarget]("averageUtilization"):            atLeast(1),
	in[autoscaling.MetricIdentifier]("name"):                      format(pathSegment),
	in[autoscaling.CrossVersionObjectReference]("name"):           format(pathSegment),
	in[autoscaling.CrossVersionObjectReference]("kind"):           format(pathSegment),
	in[autoscaling.HPAScalingRules]("stabilizationWindowSeconds"): between(0, 3600),
	in[autoscaling.ContainerResourceMetricSource]("container"):    format(validation.IsDNS1123Label),
	in[autoscaling.HPAScalingPolicy]("value"):                     atLeast(1),
	in[autoscaling.HPAScalingPolicy]("periodSeconds"):             between(1, 1800),
}

var workloadRules = map[reflect.Type][]rule{
	reflect.TypeFor[metav1.LabelSelector]():           {labelSelector},
	reflect.TypeFor[apps.DeploymentSpec]():            {selects("a Deployment"), alwaysRestarts, deploymentStrategy},
	reflect.TypeFor[apps.ReplicaSetSpec]():            {selects("a ReplicaSet"), alwaysRestarts},
	reflect.TypeFor[apps.StatefulSetSpec]():           {selects("a StatefulSet"), alwaysRestarts, statefulSetStrategy, claimTemplates},
	reflect.TypeFor[apps.DaemonSetSpec]():             {selects("a DaemonSet"), alwaysRestarts, daemonSetStrategy},
	reflect.TypeFor[autoscaling.MetricSpec]():         {metric},
	reflect.TypeFor[autoscaling.HPAScalingRules]():    {scalingRules},
	reflect.TypeFor[autoscaling.MetricTarget]():       {metricTarget},
	reflect.TypeFor[policy.PodDisruptionBudgetSpec](): {disruption},
}

// labels checks a map of labels that stands somewhere in a spec.
func (r *report) labels(n *node) {
	for _, f := range n.fields() {
		r.label(f)
	}
}

func (r *report) label(f *node) {
	if wrong := validation.IsQualifiedName(f.key); len(wrong) > 0 {
		r.add(f, codeName, fmt.Sprintf("{}: the key %q %s", f.key, say(wrong[0])), "change the key: it "+say(wrong[0]))
	} else if v, ok := f.value.(string); ok {
		if wrong := validation.IsValidLabelValue(v); len(wrong) > 0 {
			r.add(f, codeName, fmt.Sprintf("{} is %s, which %s", r.show(v), say(wrong[0])), "change {}: it "+say(wrong[0]))
		}
	}
}

func labelSelector(r *report, n *node) {
	r.labels(n.get("matchLabels"))
	for _, e := range n.each("matchExpressions") {
		r.format(e.get("key"), validation.IsQualifiedName(e.text("key")))
		values := e.get("values")
		switch operator := e.text("operator"); operator {
		case string(metav1.LabelSelectorOpIn), string(metav1.LabelSelectorOpNotIn):
			if values.count() == 0 {
				r.missing(values)
			}
		default:
			if values.count() > 0 {
				r.conflict(values, "{} must be empty with operator "+operator, "remove {}")
			}
		}
		for _, v := range values.elements() {
			r.format(v, validation.IsValidLabelValue(v.text()))
		}
	}
}

// matches says whether a label selector selects labels.
func matches(selector *node, labels *node) bool {
	for _, f := range selector.get("matchLabels").fields() {
		if labels.text(f.key) != f.text() || !labels.has(f.key) {
			return false
		}
	}
	for _, e := range selector.each("matchExpressions") {
		has := labels.has(e.text("key"))
		in := has && slices.ContainsFunc(e.each("values"), func(v *node) bool { return v.text() == labels.text(e.text("key")) })
		switch metav1.LabelSelectorOperator(e.text("operator")) {
		case metav1.LabelSelectorOpIn:
			if !in {
				return false
			}
		case metav1.LabelSelectorOpNotIn:
			if in {
				return false
			}
		case metav1.LabelSelectorOpExists:
			if !has {
				return false
			}
		case metav1.LabelSelectorOpDoesNotExist:
			if has {
				return false
			}
		}
	}
	return true
}

// selects is a rule that wants the selector to select the template's pods.
func selects(kind string) rule {
	return func(r *report, n *node) {
		selector := n.get("selector")
		if selector.count("matchLabels")+selector.count("matchExpressions") == 0 {
			r.add(selector, codeMissing, "{} selects nothing in particular, which "+kind+" cannot have", "set {}.matchLabels to labels of the template")
			return
		}
		if labels := n.get("template", "metadata", "labels"); !r.suspicious(selector) && !matches(selector, labels) {
			r.conflict(labels, "{} are not those that spec.selector selects", "set {} to what spec.selector.matchLabels has")
		}
	}
}

func alwaysRestarts(r *report, n *node) {
	spec := n.get("template", "spec")
	if p := spec.text("restartPolicy"); p != "" && p != string(core.RestartPolicyAlways) {
		r.among(spec.get("restartPolicy"), []string{string(core.RestartPolicyAlways)})
	}
	r.forbid(spec, "in a pod that runs for ever", "activeDeadlineSeconds")
}

// templateMetadata checks a pod template's labels and annotations.
func templateMetadata(r *report, n *node) {
	r.labels(n.get("metadata", "labels"))
	r.annotations(n.get("metadata", "annotations"))
}

// share reads a field that is a number or a percentage; false when it is there
// but is neither.
func (r *report) share(n *node, most int) (value int64, ok bool) {
	switch v := n.value.(type) {
	case nil:
		return 0, true
	case string:
		digits, percent := strings.CutSuffix(v, "%")
		number, err := strconv.Atoi(digits)
		if !percent || err != nil || number < 0 || len(validation.IsValidPercent(v)) > 0 {
			r.value(n, "must be a whole number or a percentage such as 25%")
			return 0, false
		}
		if most > 0 && number > most {
			r.value(n, fmt.Sprintf("must be %d%% at most", most))
			return 0, false
		}
		return int64(number), true
	default:
		number, _ := wholeOf(v)
		if number < 0 {
			r.value(n, "must be 0 or more")
		}
		return number, number >= 0
	}
}

// progressDeadline is how many seconds a Deployment has to get on, by default:
// SetDefaults_Deployment in pkg/apis/apps/v1/defaults.go.
const progressDeadline = 600

func deploymentStrategy(r *report, n *node) {
	switch d, ready := n.get("progressDeadlineSeconds"), n.whole("minReadySeconds"); {
	case d.value != nil && d.whole() <= ready:
		r.conflict(d, fmt.Sprintf("{} is %d, but must be more than minReadySeconds, %d", d.whole(), ready), "raise {}")
	case d.value == nil && ready >= progressDeadline:
		r.conflict(d, fmt.Sprintf("{} is missing, and then %d, but must be more than minReadySeconds, %d", progressDeadline, ready), fmt.Sprintf("set {} to %d", ready+1))
	}
	rolling := n.get("strategy", "rollingUpdate")
	if n.text("strategy", "type") == string(apps.RecreateDeploymentStrategyType) && rolling.value != nil {
		r.conflict(rolling, "{} cannot be set with strategy Recreate", "remove {}")
	}
	unavailable, a := r.share(rolling.get("maxUnavailable"), 100)
	surge, b := r.share(rolling.get("maxSurge"), 0)
	if a && b && rolling.has("maxUnavailable") && rolling.has("maxSurge") && unavailable == 0 && surge == 0 {
		r.conflict(rolling.get("maxUnavailable"), "{} and maxSurge are 0, so that no pod could ever be replaced", "set {} or maxSurge to 1")
	}
}

func statefulSetStrategy(r *report, n *node) {
	rolling := n.get("updateStrategy", "rollingUpdate")
	if n.text("updateStrategy", "type") == string(apps.OnDeleteStatefulSetStrategyType) && rolling.value != nil {
		r.conflict(rolling, "{} cannot be set with updateStrategy OnDelete", "remove {}")
	}
	if v, ok := r.share(rolling.get("maxUnavailable"), 100); ok && rolling.has("maxUnavailable") && v == 0 && fieldsSince[in[apps.RollingUpdateStatefulSetStrategy]("maxUnavailable")].has(r.minor) {
		r.value(rolling.get("maxUnavailable"), "must be 1 or more")
	}
}

func daemonSetStrategy(r *report, n *node) {
	if n.text("updateStrategy", "type") == string(apps.OnDeleteDaemonSetStrategyType) {
		return
	}
	rolling := n.get("updateStrategy", "rollingUpdate")
	unavailable, a := r.share(rolling.get("maxUnavailable"), 100)
	surge, b := r.share(rolling.get("maxSurge"), 100)
	if rolling.get("maxUnavailable").value == nil {
		unavailable = 1 // its default
	}
	switch {
	case !a || !b:
	case unavailable != 0 && surge != 0:
		r.conflict(rolling.get("maxSurge"), fmt.Sprintf("{} is %v while maxUnavailable is %d: a DaemonSet can have one of the two", rolling.get("maxSurge").value, unavailable), "set maxUnavailable to 0, or remove {}")
	case unavailable == 0 && surge == 0:
		r.conflict(rolling.get("maxUnavailable"), "{} and maxSurge are 0, so that no pod could ever be replaced", "set {} or maxSurge to 1")
	}
}
