package validate

import (
	"fmt"
	"slices"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

func toleration(r *report, n *node) {
	key, value, operator := n.text("key"), n.text("value"), core.TolerationOperator(n.text("operator"))
	if key == "" && operator != core.TolerationOpExists {
		r.conflict(n.get("operator"), "{} must be Exists without a key", "set key, or set {} to Exists")
	}
	if n.has("tolerationSeconds") && n.text("effect") != string(core.TaintEffectNoExecute) {
		r.conflict(n.get("effect"), "{} must be NoExecute with tolerationSeconds", "set {} to NoExecute, or remove tolerationSeconds")
	}
	switch operator {
	case core.TolerationOpEqual, "":
		r.format(n.get("value"), validation.IsValidLabelValue(value))
	case core.TolerationOpExists:
		if value != "" {
			r.conflict(n.get("value"), "{} must be empty with operator Exists", "remove {}")
		}
	default:
		r.conflict(n.get("operator"), fmt.Sprintf("{} is %s, which clusters have switched off", operator), "set {} to Equal or Exists")
	}
}

func nodeSelectorTerm(r *report, n *node) {
	for _, e := range n.each("matchExpressions") {
		r.format(e.get("key"), validation.IsQualifiedName(e.text("key")))
		count := e.count("values")
		switch core.NodeSelectorOperator(e.text("operator")) {
		case core.NodeSelectorOpIn, core.NodeSelectorOpNotIn:
			if count == 0 {
				r.missing(e.get("values"))
			}
		case core.NodeSelectorOpExists, core.NodeSelectorOpDoesNotExist:
			if count > 0 {
				r.conflict(e.get("values"), "{} must be empty with operator "+e.text("operator"), "remove {}")
			}
		default:
			if count != 1 {
				r.conflict(e.get("values"), fmt.Sprintf("{} has %d values, but must have one with operator %s", count, e.text("operator")), "set {} to one number")
			}
		}
	}
	for _, e := range n.each("matchFields") {
		if e.text("key") != "metadata.name" {
			r.among(e.get("key"), []string{"metadata.name"})
		}
		if o := e.text("operator"); o != "In" && o != "NotIn" {
			r.among(e.get("operator"), []string{"In", "NotIn"})
		} else if e.count("values") != 1 {
			r.conflict(e.get("values"), fmt.Sprintf("{} has %d values, but must have one", e.count("values")), "set {} to one name")
		}
		for _, v := range e.each("values") {
			r.format(v, validation.IsDNS1123Subdomain(v.text()))
		}
	}
}

func spread(r *report, n *node) {
	if n.has("minDomains") && n.text("whenUnsatisfiable") != string(core.DoNotSchedule) {
		r.conflict(n.get("minDomains"), "{} wants whenUnsatisfiable DoNotSchedule", "remove {}")
	}
	r.labelKeys(n, "matchLabelKeys")
}

func affinityTerm(r *report, n *node) {
	r.labelKeys(n, "matchLabelKeys")
	r.labelKeys(n, "mismatchLabelKeys")
	for _, k := range n.each("matchLabelKeys") {
		if slices.ContainsFunc(n.each("mismatchLabelKeys"), func(o *node) bool { return o.value == k.value }) {
			r.conflict(k, fmt.Sprintf("{} is %s, which mismatchLabelKeys has as well", k.text()), "remove one of the two")
		}
	}
}

// labelKeys checks keys that are merged into the selector beside them.
func (r *report) labelKeys(n *node, field string) {
	if n.count(field) == 0 {
		return
	}
	if !n.has("labelSelector") {
		r.conflict(n.get(field), "{} wants a labelSelector", "set labelSelector, or remove {}")
	}
}
