package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Sources of the rules about Jobs: pkg/apis/batch/validation/validation.go of
// Kubernetes 1.36.

var jobLimits = map[place]limit{
	in[batch.JobSpec]("parallelism"):                           atLeast(0),
	in[batch.JobSpec]("completions"):                           atLeast(0),
	in[batch.JobSpec]("backoffLimit"):                          atLeast(0),
	in[batch.JobSpec]("activeDeadlineSeconds"):                 atLeast(0),
	in[batch.JobSpec]("ttlSecondsAfterFinished"):               atLeast(0),
	in[batch.JobSpec]("backoffLimitPerIndex"):                  atLeast(0),
	in[batch.JobSpec]("maxFailedIndexes"):                      atLeast(0),
	in[batch.JobSpec]("managedBy"):                             format(managedBy),
	in[batch.PodFailurePolicy]("rules"):                        {most: 20},
	in[batch.PodFailurePolicyRule]("onPodConditions"):          {most: 20},
	in[batch.PodFailurePolicyOnPodConditionsPattern]("type"):   format(validation.IsQualifiedName),
	in[batch.PodFailurePolicyOnExitCodesRequirement]("values"): {most: 255},
	in[batch.SuccessPolicy]("rules"):                           {most: 20},
	in[batch.SuccessPolicyRule]("succeededCount"):              atLeast(0),
	in[batch.CronJobSpec]("startingDeadlineSeconds"):           atLeast(0),
	in[batch.CronJobSpec]("successfulJobsHistoryLimit"):        atLeast(0),
	in[batch.CronJobSpec]("failedJobsHistoryLimit"):            atLeast(0),
	in[batch.CronJobSpec]("schedule"):                          format(schedule),
	in[batch.CronJobSpec]("timeZone"):                          format(timeZone),
}

var jobRules = map[reflect.Type][]rule{
	reflect.TypeFor[batch.Job]():                                    {jobName},
	reflect.TypeFor[batch.JobSpec]():                                {job, indexedJob, failurePolicy, successPolicy},
	reflect.TypeFor[batch.PodFailurePolicyRule]():                   {failureRule},
	reflect.TypeFor[batch.PodFailurePolicyOnExitCodesRequirement](): {exitCodes},
	reflect.TypeFor[batch.CronJobSpec]():                            {cronJob},
}

// managedBy are the names of controllers: a domain and a path.
func managedBy(text string) []string {
	if len(text) > 63 {
		return []string{"must have 63 characters at most"}
	}
	return details(validation.IsDomainPrefixedPath(field.NewPath(""), text))
}

func isIndexed(n *node) bool { return n.text("completionMode") == string(batch.IndexedCompletion) }

// jobName: the index of the last pod stands behind the Job's name in a host name.
func jobName(r *report, n *node) {
	if name, spec := n.text("metadata", "name"), n.get("spec"); isIndexed(spec) && (spec.whole("completions") > 0 || !spec.has("completions")) {
		r.podName(n.get("metadata", "name"), fmt.Sprintf("%s-%d", name, max(spec.whole("completions"), 1)-1), "the Job's last pod")
	}
}

// podName checks a name that a controller will make of another.
func (r *report) podName(n *node, made, what string) {
	if wrong := validation.IsDNS1123Label(made); len(wrong) > 0 && n.text() != "" {
		r.add(n, codeName, fmt.Sprintf("{} is %s: %s would be named %q, which %s", r.show(n.value), what, made, say(wrong[0])), "shorten or change {}")
	}
}

func job(r *report, n *node) {
	restart := n.get("template", "spec", "restartPolicy")
	if p := restart.text(); p == "" || p == string(core.RestartPolicyAlways) {
		r.add(restart, codeValue, "{} must be OnFailure or Never in a Job", `set {} to "OnFailure"`)
	} else if n.has("podFailurePolicy") && p != string(core.RestartPolicyNever) {
		r.conflict(restart, "{} must be Never with podFailurePolicy", `set {} to "Never"`)
	}
	generated := !n.truth("manualSelector")
	if selector := n.get("selector"); selector.value != nil && generated {
		r.conflict(selector, "{} is generated", "remove {}")
	} else if selector.value != nil && !matches(selector, n.get("template", "metadata", "labels")) {
		r.conflict(n.get("template", "metadata", "labels"), "{} are not those that spec.selector selects", "set {} to what spec.selector.matchLabels has")
	} else if selector.value == nil && !generated {
		r.missing(selector)
	}
	if p := n.get("podReplacementPolicy"); n.has("podFailurePolicy") && p.value != nil && p.text() != string(batch.Failed) {
		r.conflict(p, "{} must be Failed with podFailurePolicy", "set {} to Failed")
	}
}

// maxIndexes and highIndexes are how many pods an indexed Job can run and fail
// at all, and from how many completions on it can do with fewer.
const (
	maxIndexes  = 100_000
	highIndexes = 10_000
)

// indexedJob: what is about indexes wants them.
func indexedJob(r *report, n *node) {
	if n.has("maxFailedIndexes") && !n.has("backoffLimitPerIndex") {
		r.add(n.get("backoffLimitPerIndex"), codeMissing, "{} is missing, with maxFailedIndexes", "set {}, or remove maxFailedIndexes")
	}
	if !isIndexed(n) {
		r.forbid(n, `without completionMode "Indexed"`, "backoffLimitPerIndex", "maxFailedIndexes", "successPolicy")
		return
	}
	completions, failed, parallel := n.get("completions"), n.get("maxFailedIndexes"), n.get("parallelism")
	most := int64(maxIndexes)
	if completions.value == nil && parallel.value == nil && n.up.key != "jobTemplate" {
		completions = &node{value: int64(1)} // the default where neither is there, of Jobs alone (SetDefaults_Job)
	} else if completions.value == nil && parallel.value == nil {
		r.missing(completions)
		return
	} else if completions.value == nil {
		r.add(completions, codeMissing, `{} is missing, with completionMode "Indexed" and parallelism`, "set {}, or remove parallelism")
		return
	}
	if completions.whole() > maxIndexes && n.has("backoffLimitPerIndex") {
		most = highIndexes
		if failed.value == nil {
			r.add(failed, codeMissing, fmt.Sprintf("{} is missing, with more than %d completions", maxIndexes), "set {}")
		}
	}
	switch v := failed.whole(); {
	case v > most:
		r.value(failed, fmt.Sprintf("must be %d at most", most))
	case v > completions.whole():
		r.conflict(failed, fmt.Sprintf("{} is %d, more than completions, which is %d", v, completions.whole()), orLess(completions.whole()))
	}
	if parallel.whole() > most {
		r.value(parallel, fmt.Sprintf("must be %d at most", most))
	}
}

// failurePolicy: a rule names a container of the pod, and an index only where
// there are some.
func failurePolicy(r *report, n *node) {
	var names []string
	for _, group := range []string{"containers", "initContainers"} {
		for _, c := range n.get("template", "spec").each(group) {
			names = append(names, c.text("name"))
		}
	}
	for _, rule := range n.get("podFailurePolicy").each("rules") {
		if rule.text("action") == string(batch.PodFailurePolicyActionFailIndex) && !n.has("backoffLimitPerIndex") {
			r.conflict(rule.get("action"), "{} is FailIndex, which wants backoffLimitPerIndex", "set backoffLimitPerIndex, or {} to FailJob")
		}
		if c := rule.get("onExitCodes", "containerName"); c.value != nil && !slices.Contains(names, c.text()) {
			r.oneOf(c, c.text(), names)
		}
	}
}

func failureRule(r *report, n *node) {
	codes, conditions := n.has("onExitCodes"), n.count("onPodConditions") > 0
	switch {
	case codes && conditions:
		r.conflict(n.get("onPodConditions"), "{} stands beside onExitCodes", "remove one of the two")
	case !codes && !conditions:
		r.add(n, codeMissing, "{} has neither onExitCodes nor onPodConditions", "set one of the two in {}")
	}
}

func exitCodes(r *report, n *node) {
	seen := map[int64]bool{}
	values := n.each("values")
	for i, v := range values {
		code := v.whole()
		if code == 0 && n.text("operator") == string(batch.PodFailurePolicyOnExitCodesOpIn) {
			r.value(v, "must not be 0 with operator In")
		}
		if seen[code] {
			r.add(v, codeTwice, fmt.Sprintf("{}: %d stands there a second time", code), "remove {}")
		} else if i > 0 && code < values[i-1].whole() {
			r.add(v, codeValue, fmt.Sprintf("{} is %d, behind %d, but the list must be in order", code, values[i-1].whole()), "sort the values")
		}
		seen[code] = true
	}
}

// successPolicy: indexes are in order, and there are as many as are counted.
func successPolicy(r *report, n *node) {
	completions := n.whole("completions")
	for _, rule := range n.get("successPolicy").each("rules") {
		indexes, count := rule.get("succeededIndexes"), rule.get("succeededCount")
		if indexes.value == nil && count.value == nil {
			r.add(rule, codeMissing, "{} has neither succeededIndexes nor succeededCount", "set one of the two in {}")
		}
		total := completions
		if indexes.value != nil {
			found, wrong := indexCount(indexes.text(), completions)
			if wrong != "" {
				r.value(indexes, wrong)
				continue
			}
			total = min(total, found)
		}
		if count.value != nil && count.whole() > total {
			r.conflict(count, fmt.Sprintf("{} is %d, but there are %d indexes", count.whole(), total), orLess(total))
		}
	}
}

// indexCount returns how many indexes a text such as 0,2-4 names, or what is
// wrong with it.
func indexCount(text string, completions int64) (int64, string) {
	if text == "" {
		return 0, ""
	}
	total, last := int64(0), int64(-1)
	for _, part := range strings.Split(text, ",") {
		low, high, ranged := strings.Cut(part, "-")
		from, err := strconv.ParseInt(low, 10, 32)
		to := from
		if ranged && err == nil {
			to, err = strconv.ParseInt(high, 10, 32)
		}
		switch {
		case err != nil:
			return 0, "must be indexes such as 0,2-4"
		case from <= last || ranged && to <= from:
			return 0, "must be indexes in order, such as 0,2-4"
		case to >= completions:
			return 0, fmt.Sprintf("must be indexes below completions, which is %d", completions)
		}
		total, last = total+to-from+1, to
	}
	return total, ""
}

func cronJob(r *report, n *node) {
	if name := n.root().text("metadata", "name"); len(name) > 52 {
		r.add(n.root().get("metadata", "name"), codeName, fmt.Sprintf("{} has %d characters, of which a CronJob can have 52", len(name)), "shorten {}")
	}
	r.forbid(n.get("jobTemplate", "spec"), "in a CronJob", "selector")
	if n.truth("jobTemplate", "spec", "manualSelector") {
		r.forbid(n.get("jobTemplate", "spec"), "in a CronJob", "manualSelector")
	}
}

// orLess is the advice for a number of indexes that there are not; where there
// are none, no number will do.
func orLess(most int64) string {
	if most < 1 {
		return "remove {}, or set spec.completions to 1 or more"
	}
	return fmt.Sprintf("set {} to %d or less", most)
}
