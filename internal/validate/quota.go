package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about quotas and limits: validateResourceQuotaScopes,
// validateScopedResourceSelectorRequirement, ValidateResourceQuotaSpec and
// ValidateLimitRange in pkg/apis/core/validation/validation.go, and the sets of
// pkg/apis/core/helper/helpers.go, of Kubernetes 1.36.

var quotaRules = map[reflect.Type][]rule{
	reflect.TypeFor[core.ResourceQuotaSpec](): {quotaHard, quotaScopes},
	reflect.TypeFor[core.LimitRangeItem]():    {limitRange},
}

// Resources that a quota of pods, or of claims, can be of.
var (
	podCounts   = []string{"pods"}
	podAmounts  = []string{"pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"}
	claimCounts = []string{"persistentvolumeclaims", "requests.storage"}
)

// objectCounts are the resources that are counted; quotaResources are all that
// have no domain.
var (
	objectCounts   = []string{"pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"}
	quotaResources = slices.Concat(objectCounts, []string{"cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage"})
)

// scopeResources are the resources that a scope can be of.
var scopeResources = map[string][]string{
	"Terminating": podAmounts, "NotTerminating": podAmounts, "NotBestEffort": podAmounts,
	"PriorityClass": podAmounts, "CrossNamespacePodAffinity": podAmounts,
	"BestEffort": podCounts, "VolumeAttributesClass": claimCounts,
}

func quotaHard(r *report, n *node) {
	for _, q := range n.get("hard").fields() {
		if !r.qualifiedResource(q, quotaResources) {
			continue
		}
		v, ok := quantityOf(q)
		switch {
		case !ok:
		case v.Sign() < 0:
			r.value(q, "must not be negative")
		case (slices.Contains(objectCounts, q.key) || extended(q.key) && !strings.HasPrefix(q.key, "requests.")) && v.MilliValue()%1000 != 0:
			r.value(q, "must be a whole number")
		}
	}
}

// qualifiedResource checks the name of a resource, and says whether it is one.
func (r *report) qualifiedResource(q *node, known []string) bool {
	if wrong := validation.IsQualifiedName(q.key); len(wrong) > 0 {
		r.add(q, codeName, fmt.Sprintf("{}: the name %q %s", q.key, say(wrong[0])), "change the name: it "+say(wrong[0]))
		return false
	}
	plain := strings.TrimPrefix(q.key, "requests.")
	if !strings.Contains(q.key, "/") && !slices.Contains(known, q.key) && !strings.HasPrefix(plain, core.ResourceHugePagesPrefix) {
		r.unknown(q, known)
		return false
	}
	return true
}

// scopeOpposites are scopes that nothing can have both of.
var scopeOpposites = map[string]string{"BestEffort": "NotBestEffort", "Terminating": "NotTerminating"}

func quotaScopes(r *report, n *node) {
	r.scopes(n, n.each("scopes"), func(e *node) *node { return e })
	terms := n.get("scopeSelector").each("matchExpressions")
	r.scopes(n, terms, func(e *node) *node { return e.get("scopeName") })
	for _, e := range terms {
		operator, values := e.get("operator"), e.get("values")
		if scope := e.text("scopeName"); scope != "PriorityClass" && scope != "VolumeAttributesClass" && operator.text() != "Exists" {
			r.conflict(operator, fmt.Sprintf("{} must be Exists for the scope %s", scope), "set {} to Exists")
			continue
		}
		switch listed := operator.text() == "In" || operator.text() == "NotIn"; {
		case listed && values.count() == 0:
			r.missing(values)
		case !listed && values.count() > 0:
			r.conflict(values, "{} must be empty with operator "+operator.text(), "remove {}")
		}
	}
}

// scopes checks that scopes can be of the resources, and stand beside each other.
func (r *report) scopes(spec *node, list []*node, name func(*node) *node) {
	has := map[string]bool{}
	for _, e := range list {
		has[name(e).text()] = true
	}
	for _, e := range list {
		scope := name(e)
		if other := scopeOpposites[scope.text()]; other != "" && has[other] {
			r.conflict(scope, fmt.Sprintf("{} is %s, beside %s", scope.text(), other), "remove one of the two")
		}
		for _, q := range spec.get("hard").fields() {
			allowed, known := scopeResources[scope.text()]
			if known && slices.Contains(quotaResources, q.key) && !slices.Contains(allowed, q.key) {
				r.conflict(scope, fmt.Sprintf("{} is %s, which a quota of %s cannot have", scope.text(), q.key), fmt.Sprintf("remove {}, or move %s to a quota of its own", q.key))
				break
			}
		}
	}
}

// limitTypes are what limits are of, besides what others bring.
var limitTypes = []string{"Pod", "Container", "PersistentVolumeClaim"}

// limitGroups are the fields of a limit, by how much they are: none is above
// what stands behind it.
var limitGroups = []string{"min", "defaultRequest", "default", "max"}

// limitRange: what is given by default lies between the least and the most.
func limitRange(r *report, n *node) {
	kind := n.text("type")
	if !slices.Contains(limitTypes, kind) && !(strings.Contains(kind, "/") && len(validation.IsQualifiedName(kind)) == 0) {
		r.among(n.get("type"), limitTypes)
	}
	if kind == string(core.LimitTypePod) {
		r.forbid(n, "with type Pod", "default", "defaultRequest")
	}
	if kind == string(core.LimitTypePersistentVolumeClaim) && !n.has("min", "storage") && !n.has("max", "storage") {
		r.add(n.get("max", "storage"), codeMissing, "{} is missing, and min.storage too", "set {} or min.storage")
	}
	for _, group := range append([]string{"maxLimitRequestRatio"}, limitGroups...) {
		for _, q := range n.get(group).fields() {
			if kind == string(core.LimitTypePod) || kind == string(core.LimitTypeContainer) {
				r.resourceName(q)
			} else {
				r.qualifiedResource(q, append([]string{"storage"}, quotaResources...))
			}
		}
	}
	for i, low := range limitGroups {
		for _, q := range n.get(low).fields() {
			least, ok := quantityOf(q)
			for _, high := range limitGroups[i+1:] {
				if most, there := quantityOf(n.get(high, q.key)); ok && there && least.Cmp(most) > 0 {
					r.conflict(q, fmt.Sprintf("{} is %s, more than %s, which is %s", least.String(), high, most.String()), fmt.Sprintf("set {} to %s or less", most.String()))
					break
				}
			}
		}
	}
	for _, q := range n.get("maxLimitRequestRatio").fields() {
		ratio, ok := quantityOf(q)
		least, low := quantityOf(n.get("min", q.key))
		most, high := quantityOf(n.get("max", q.key))
		switch {
		case !ok:
		case ratio.Cmp(*resource.NewQuantity(1, resource.DecimalSI)) < 0:
			r.value(q, "must be 1 or more")
		case low && high && least.Sign() != 0 && ratio.AsApproximateFloat64() > most.AsApproximateFloat64()/least.AsApproximateFloat64():
			r.conflict(q, fmt.Sprintf("{} is %s, more than max divided by min allows", ratio.String()), "lower {}, or min")
		}
	}
}
