package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	flow "k8s.io/api/flowcontrol/v1"
	flowbeta "k8s.io/api/flowcontrol/v1beta3"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap"
	"k8s.io/apiserver/pkg/util/shufflesharding"
)

// Sources of the rules about the API server's own flow control: the validation
// and the defaults of pkg/apis/flowcontrol of Kubernetes 1.36. A number that is 0
// is one that is not there.

var flowLimits = map[place]limit{
	in[flow.FlowSchemaSpec]("matchingPrecedence"):                          between(0, 10000),
	in[flow.PriorityLevelConfigurationReference]("name"):                   format(validation.IsDNS1123Subdomain),
	in[flow.ServiceAccountSubject]("name"):                                 format(orAll(validation.IsDNS1123Subdomain)),
	in[flow.ServiceAccountSubject]("namespace"):                            format(validation.IsDNS1123Label),
	in[flow.LimitedPriorityLevelConfiguration]("nominalConcurrencyShares"): atLeast(0),
	in[flow.LimitedPriorityLevelConfiguration]("borrowingLimitPercent"):    atLeast(0),
	in[flow.LimitedPriorityLevelConfiguration]("lendablePercent"):          between(0, 100),
	in[flow.ExemptPriorityLevelConfiguration]("nominalConcurrencyShares"):  atLeast(0),
	in[flow.ExemptPriorityLevelConfiguration]("lendablePercent"):           between(0, 100),
	in[flow.QueuingConfiguration]("queueLengthLimit"):                      atLeast(0),
	in[flow.QueuingConfiguration]("queues"):                                between(0, 10_000_000),
	in[flow.QueuingConfiguration]("handSize"):                              atLeast(0),
}

var flowRules = map[reflect.Type][]rule{
	reflect.TypeFor[flow.FlowSchema]():                 {flowSchema},
	reflect.TypeFor[flow.PolicyRulesWithSubjects]():    {flowRulesOf},
	reflect.TypeFor[flow.Subject]():                    {flowSubject},
	reflect.TypeFor[flow.ResourcePolicyRule]():         {flowRule},
	reflect.TypeFor[flow.NonResourcePolicyRule]():      {flowPaths},
	reflect.TypeFor[flow.PriorityLevelConfiguration](): {priorityLevel},
	reflect.TypeFor[flow.QueuingConfiguration]():       {queuing},
}

// flowVerbs are the verbs that a request can have there.
var flowVerbs = []string{"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"}

// orAll takes * as well.
func orAll(form func(string) []string) func(string) []string {
	return func(text string) []string {
		if text == "*" {
			return nil
		}
		return form(text)
	}
}

// flowSchema: the first place is that of the schema named exempt, and the two
// that the API server cannot do without are as it made them.
func flowSchema(r *report, n *node) {
	name, spec := n.text("metadata", "name"), n.get("spec")
	if p := spec.get("matchingPrecedence"); name != flow.FlowSchemaNameExempt && p.whole() == 1 {
		r.conflict(p, "{} is 1, the place of the schema that is named exempt", "set {} to 2 or more")
	}
	for _, made := range bootstrap.MandatoryFlowSchemas {
		var got flow.FlowSchemaSpec
		if made.Name != name || !read(spec, &got) {
			continue
		}
		if got.MatchingPrecedence == 0 {
			got.MatchingPrecedence = 1000
		}
		r.made(spec, equality.Semantic.DeepEqual(got, made.Spec), name)
	}
}

// read reads a field into a value of upstream's.
func read(n *node, into any) bool {
	m, _ := n.value.(map[string]any)
	return runtime.DefaultUnstructuredConverter.FromUnstructured(m, into) == nil
}

// made reports what differs from how the API server made it.
func (r *report) made(n *node, same bool, name string) {
	if !same {
		r.add(n, codeImmutable, fmt.Sprintf("{} is not what the API server has for the name %s", name), "remove the object: the API server makes it, or give it another name")
	}
}

func flowRulesOf(r *report, n *node) {
	if n.count("resourceRules")+n.count("nonResourceRules") == 0 {
		r.add(n.get("resourceRules"), codeMissing, "{} is missing, and nonResourceRules too", "set {} or nonResourceRules")
	}
}

// flowSubject: who asks is told in the field that is named as the kind is.
func flowSubject(r *report, n *node) {
	fields := map[string]string{string(flow.SubjectKindUser): "user", string(flow.SubjectKindGroup): "group", string(flow.SubjectKindServiceAccount): "serviceAccount"}
	kind := n.text("kind")
	own, ok := fields[kind]
	if !ok {
		return
	}
	if !n.has(own) {
		r.missing(n.get(own))
	}
	for _, other := range []string{"group", "serviceAccount", "user"} {
		if other != own {
			r.forbid(n, "with kind "+kind, other)
		}
	}
}

func flowRule(r *report, n *node) {
	if !n.truth("clusterScope") && n.count("namespaces") == 0 {
		r.missing(n.get("namespaces"))
	}
	r.wildLists(n, "verbs", "apiGroups", "resources", "namespaces")
	r.verbs(n.get("verbs"))
	for _, e := range n.each("namespaces") {
		r.format(e, orAll(validation.IsDNS1123Label)(e.text()))
	}
}

func flowPaths(r *report, n *node) {
	r.wildLists(n, "verbs", "nonResourceURLs")
	r.verbs(n.get("verbs"))
	for _, e := range n.each("nonResourceURLs") {
		r.format(e, orAll(requestPath)(e.text()))
	}
}

// wildLists checks lists in which each element stands once, and * alone.
func (r *report) wildLists(n *node, names ...string) {
	for _, name := range names {
		list := n.get(name)
		r.once(list)
		if list.count() > 1 && slices.ContainsFunc(list.elements(), func(e *node) bool { return e.value == "*" }) {
			r.conflict(list, "{} has * beside others", "keep * alone in {}, or remove it")
		}
	}
}

func (r *report) verbs(n *node) {
	for _, e := range n.elements() {
		if v := e.text(); v != "*" && !slices.Contains(flowVerbs, v) {
			r.oneOf(e, v, flowVerbs)
		}
	}
}

// requestPath are paths of requests, with a * for all below them perhaps.
func requestPath(text string) []string {
	switch {
	case text == "/":
	case !strings.HasPrefix(text, "/"):
		return []string{"must begin with /"}
	case strings.Contains(text, " ") || strings.Contains(text, "//"):
		return []string{"must not contain blanks or //"}
	case strings.Contains(strings.TrimSuffix(text, "/*"), "*"):
		return []string{"must not contain * but at its end, behind a /"}
	}
	return nil
}

func priorityLevel(r *report, n *node) {
	spec, name := n.get("spec"), n.text("metadata", "name")
	limited := spec.text("type") == string(flow.PriorityLevelEnablementLimited)
	if zero := n.get("metadata", "annotations", flowbeta.PriorityLevelPreserveZeroConcurrencySharesKey); zero.value != nil {
		r.conflict(zero, "{} is of an older version", "remove {}")
	}
	if exempt := name == flow.PriorityLevelConfigurationNameExempt; exempt == limited {
		r.conflict(spec.get("type"), "{} is Exempt for the level that is named exempt, and for no other", "set {} to Limited")
	}
	if !limited {
		r.forbid(spec, "with type "+spec.text("type"), "limited")
		return
	}
	r.forbid(spec, "with type Limited", "exempt")
	response := spec.get("limited", "limitResponse")
	if response.text("type") == "" {
		r.missing(response.get("type"))
		return
	}
	switch queuing, queues := response.get("queuing"), response.text("type") == string(flow.LimitResponseTypeQueue); {
	case queues && queuing.value == nil:
		r.missing(queuing)
	case !queues && queuing.value != nil:
		r.conflict(queuing, "{} wants type Queue", "set type to Queue, or remove {}")
	}
	r.lastLevel(spec, name)
}

// lastLevel: the level for what no other takes is as the API server made it.
func (r *report) lastLevel(spec *node, name string) {
	var got flow.PriorityLevelConfigurationSpec
	if name != flow.PriorityLevelConfigurationNameCatchAll || !read(spec, &got) {
		return
	}
	if l := got.Limited; l != nil && l.LendablePercent == nil {
		l.LendablePercent = new(int32)
	}
	r.made(spec, equality.Semantic.DeepEqual(got, bootstrap.MandatoryPriorityLevelConfigurationCatchAll.Spec), name)
}

// queuing: a flow's queues are dealt from the deck of all of them, by a hash
// that has so many bits.
func queuing(r *report, n *node) {
	or := func(name string, none int64) int64 {
		if v := n.whole(name); v != 0 {
			return v
		}
		return none // the default
	}
	queues, hand := or("queues", 64), or("handSize", 8)
	switch {
	case queues < 0 || hand < 0:
	case hand > queues:
		r.conflict(n.get("handSize"), fmt.Sprintf("{} is %d, more than queues, which is %d", hand, queues), fmt.Sprintf("set {} to %d or less", queues))
	case shufflesharding.RequiredEntropyBits(int(queues), int(hand)) > shufflesharding.MaxHashBits:
		r.conflict(n.get("handSize"), fmt.Sprintf("{} is %d, and queues is %d: to deal one from the other takes more than the %d bits of the hash", hand, queues, shufflesharding.MaxHashBits), "lower {}")
	}
}
