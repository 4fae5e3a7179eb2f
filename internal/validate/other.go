package validate

import (
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"

	admission "k8s.io/api/admissionregistration/v1"
	coordination "k8s.io/api/coordination/v1"
	networking "k8s.io/api/networking/v1"
	node1 "k8s.io/api/node/v1"
	rbac "k8s.io/api/rbac/v1"
	scheduling "k8s.io/api/scheduling/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Sources of the rules about RBAC, networking, webhooks, classes:
// pkg/apis/{rbac,networking,admissionregistration,scheduling,storage}/
// validation/validation.go of Kubernetes 1.36.

var otherLimits = map[place]limit{
	in[rbac.RoleRef]("name"):                           format(pathSegment),
	in[networking.IPBlock]("cidr"):                     format(cidr),
	in[networking.IPBlock]("except"):                   {elements: cidr},
	in[networking.NetworkPolicyPort]("endPort"):        portNumber,
	in[networking.IngressRule]("host"):                 format(ingressHost),
	in[networking.IngressTLS]("hosts"):                 {elements: wildcardDomain},
	in[networking.IngressTLS]("secretName"):            format(validation.IsDNS1123Subdomain),
	in[networking.IngressSpec]("ingressClassName"):     format(validation.IsDNS1123Subdomain),
	in[networking.IngressServiceBackend]("name"):       format(validation.IsDNS1123Label),
	in[networking.ServiceBackendPort]("name"):          format(validation.IsValidPortName),
	in[networking.ServiceBackendPort]("number"):        optionalPort,
	in[networking.IngressClassSpec]("controller"):      format(prefixedPath),
	in[admission.MutatingWebhook]("name"):              format(qualified),
	in[admission.ValidatingWebhook]("name"):            format(qualified),
	in[admission.MutatingWebhook]("timeoutSeconds"):    between(1, 30),
	in[admission.ValidatingWebhook]("timeoutSeconds"):  between(1, 30),
	in[admission.ServiceReference]("port"):             portNumber,
	in[admission.ServiceReference]("path"):             format(orNone(absolute)),
	in[admission.WebhookClientConfig]("url"):           format(webhookURL),
	in[scheduling.PriorityClass]("value"):              {},
	in[storage.StorageClass]("provisioner"):            format(func(s string) []string { return validation.IsQualifiedName(strings.ToLower(s)) }),
	in[coordination.LeaseSpec]("leaseDurationSeconds"): atLeast(1),
	in[coordination.LeaseSpec]("leaseTransitions"):     atLeast(0),
	in[node1.RuntimeClass]("handler"):                  format(validation.IsDNS1123Label),
}

var otherRules = map[reflect.Type][]rule{
	reflect.TypeFor[rbac.PolicyRule]():                  {policyRule},
	reflect.TypeFor[rbac.RoleRef]():                     {roleRef},
	reflect.TypeFor[rbac.Subject]():                     {subject},
	reflect.TypeFor[rbac.AggregationRule]():             {aggregation},
	reflect.TypeFor[networking.NetworkPolicyPeer]():     {networkPeer},
	reflect.TypeFor[networking.NetworkPolicyPort]():     {networkPort},
	reflect.TypeFor[networking.IPBlock]():               {ipBlock},
	reflect.TypeFor[networking.IngressSpec]():           {ingress},
	reflect.TypeFor[networking.IngressServiceBackend](): {backendPortOf},
	reflect.TypeFor[networking.NetworkPolicySpec]():     {policyTypes},
	reflect.TypeFor[networking.HTTPIngressPath]():       {ingressPath},
	reflect.TypeFor[admission.WebhookClientConfig]():    {exactlyOne("url", "service")},
	reflect.TypeFor[admission.RuleWithOperations]():     {webhookRule},
	reflect.TypeFor[scheduling.PriorityClass]():         {priorityClass},
	reflect.TypeFor[node1.Scheduling]():                 {runtimeScheduling},
	reflect.TypeFor[node1.Overhead]():                   {runtimeOverhead},
}

func policyRule(r *report, n *node) {
	if n.count("nonResourceURLs") > 0 {
		if n.root().text("kind") == "Role" {
			r.conflict(n.get("nonResourceURLs"), "{} cannot be set in a Role, which is of one namespace", "remove {}")
		}
		for _, name := range []string{"apiGroups", "resources", "resourceNames"} {
			if n.count(name) > 0 {
				r.conflict(n.get(name), "{} cannot be set beside nonResourceURLs", "remove {}, or write a rule of its own for nonResourceURLs")
			}
		}
		return
	}
	r.need(n, "apiGroups", "resources")
}

func roleRef(r *report, n *node) {
	if g := n.text("apiGroup"); g != "" && g != rbac.GroupName {
		r.among(n.get("apiGroup"), []string{rbac.GroupName})
	}
	allowed := []string{"ClusterRole"}
	if n.root().text("kind") == "RoleBinding" {
		allowed = []string{"Role", "ClusterRole"}
	}
	if !slices.Contains(allowed, n.text("kind")) {
		r.among(n.get("kind"), allowed)
	}
}

func subject(r *report, n *node) {
	if !strings.HasPrefix(n.root().text("apiVersion"), rbac.GroupName) {
		return
	}
	group := n.text("apiGroup")
	switch n.text("kind") {
	case rbac.ServiceAccountKind:
		r.format(n.get("name"), validation.IsDNS1123Subdomain(n.text("name")))
		if group != "" {
			r.conflict(n.get("apiGroup"), "{} must be empty for a ServiceAccount", "remove {}")
		}
		if n.root().text("kind") == "ClusterRoleBinding" && n.text("namespace") == "" {
			r.missing(n.get("namespace"))
		}
	case rbac.UserKind, rbac.GroupKind:
		if group != "" && group != rbac.GroupName {
			r.among(n.get("apiGroup"), []string{rbac.GroupName})
		}
	default:
		r.oneOf(n.get("kind"), n.text("kind"), []string{rbac.ServiceAccountKind, rbac.UserKind, rbac.GroupKind})
	}
}

func aggregation(r *report, n *node) { r.need(n, "clusterRoleSelectors") }

func networkPeer(r *report, n *node) {
	found := n.present("podSelector", "namespaceSelector", "ipBlock")
	switch {
	case len(found) == 0:
		r.add(n, codeMissing, "{} names no peer", "set podSelector, namespaceSelector or ipBlock in {}")
	case len(found) > 1 && n.has("ipBlock"):
		r.conflict(n.get("ipBlock"), "{} cannot stand beside a selector", "write a peer of its own for ipBlock")
	}
}

func networkPort(r *report, n *node) {
	port, end := n.get("port"), n.get("endPort")
	if port.value != nil {
		r.port(port)
	}
	if end.value == nil {
		return
	}
	if first, ok := wholeOf(port.value); !ok {
		r.conflict(end, "{} wants a port that is a number", "set port to a number, or remove {}")
	} else if end.whole() < first {
		r.conflict(end, fmt.Sprintf("{} is %d, less than port, which is %d", end.whole(), first), fmt.Sprintf("set {} to %d or more", first))
	}
}

func ipBlock(r *report, n *node) {
	outer, err := netip.ParsePrefix(n.text("cidr"))
	if err != nil {
		return
	}
	if r.minor >= strictAddresses && outer != outer.Masked() {
		r.value(n.get("cidr"), fmt.Sprintf("must be %s: the bits behind the prefix must be 0", outer.Masked()))
	}
	for _, e := range n.each("except") {
		inner, err := netip.ParsePrefix(e.text())
		if err == nil && (!outer.Contains(inner.Addr()) || inner.Bits() <= outer.Bits()) {
			r.conflict(e, fmt.Sprintf("{} is %s, which is no part of %s", inner, outer), "set {} to a range inside of cidr")
		}
	}
}

// strictAddresses is the minor since which Kubernetes refuses ranges with bits
// behind the prefix: the feature StrictIPCIDRValidation.
const strictAddresses = 36

func ingress(r *report, n *node) {
	if n.count("rules") == 0 && !n.has("defaultBackend") {
		r.missing(n.get("rules"))
	}
}

// backendPortOf: a Service is named with its port.
func backendPortOf(r *report, n *node) {
	port := n.get("port")
	switch name, number := port.text("name"), port.whole("number"); {
	case name == "" && number == 0:
		r.add(port, codeMissing, "{} has neither name nor number", "set {}.number")
	case name != "" && number != 0:
		r.conflict(port, "{} has name and number, of which there can be one", "keep one of the two in {}")
	}
}

func policyTypes(r *report, n *node) {
	if c := n.count("policyTypes"); c > 2 {
		r.conflict(n.get("policyTypes"), fmt.Sprintf("{} has %d elements, of which there can be 2", c), "remove what {} has twice")
	}
}

func ingressHost(host string) []string {
	if _, err := netip.ParseAddr(host); err == nil {
		return []string{"must be a DNS name, not an address"}
	}
	return wildcardDomain(host)
}

func ingressPath(r *report, n *node) {
	path := n.text("path")
	specific := n.text("pathType") == string(networking.PathTypeImplementationSpecific)
	if !strings.HasPrefix(path, "/") && (!specific || path != "") {
		r.value(n.get("path"), "must begin with /")
	}
	if specific {
		return
	}
	for _, bad := range []string{"//", "/./", "/../", "%2f", "%2F"} {
		if strings.Contains(path, bad) {
			r.value(n.get("path"), "must not contain "+bad)
		}
	}
	for _, bad := range []string{"/..", "/."} {
		if strings.HasSuffix(path, bad) {
			r.value(n.get("path"), "must not end in "+bad)
		}
	}
}

// prefixedPath are a domain and a path, such as istio.io/ingress-controller.
func prefixedPath(text string) []string {
	return details(validation.IsDomainPrefixedPath(field.NewPath(""), text))
}

// qualified are names of a domain with three labels or more.
func qualified(text string) []string {
	return details(validation.IsFullyQualifiedName(field.NewPath(""), text))
}

// details returns what upstream's errors say, without their fields.
func details(list field.ErrorList) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Detail)
	}
	return out
}

func webhookURL(text string) []string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "":
		return []string{"must be a URL with https and a host"}
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return []string{"must be a URL without a user, a query and a fragment"}
	}
	return nil
}

func reviewVersions(r *report, n *node) {
	versions := n.get("admissionReviewVersions")
	seen := map[string]bool{}
	known := false
	for _, v := range versions.elements() {
		r.format(v, validation.IsDNS1035Label(v.text()))
		if seen[v.text()] {
			r.add(v, codeTwice, "{} stands there a second time", "remove {}")
		}
		seen[v.text()] = true
		known = known || v.text() == "v1" || v.text() == "v1beta1"
	}
	if !known && versions.count() > 0 {
		r.add(versions, codeValue, "{} has neither v1 nor v1beta1", `add "v1" to {}`)
	}
}

func webhookRule(r *report, n *node) {
	r.need(n, "operations", "apiGroups", "apiVersions", "resources")
	for _, name := range []string{"operations", "apiGroups", "apiVersions"} {
		list := n.get(name).elements()
		for _, e := range list {
			if e.value == "*" && len(list) > 1 {
				r.conflict(n.get(name), "{} has * beside others", "keep * alone in {}, or remove it")
				break
			}
			if name == "apiVersions" && e.text() == "" {
				r.missing(e)
			}
		}
	}
	r.webhookResources(n.get("resources"))
}

// webhookResources: what a * of the list says already is not said once more. Of
// a part of an object, the API server knows only what stands before it; of *, it
// looks at the last that is no part.
func (r *report) webhookResources(list *node) {
	wild, all, last := map[string]bool{}, false, (*node)(nil)
	for _, e := range list.elements() {
		if e.text() == "" {
			r.missing(e)
			continue
		}
		name, sub, part := strings.Cut(e.text(), "/")
		switch {
		case part && (wild[name+"/*"] || wild["*/"+sub]), e.text() != "*/*" && list.count() > 1 && list.holds("*/*"):
			r.conflict(e, fmt.Sprintf("{} is %s, which a * of the list says already", e.text()), "remove {}")
		case !part && e.text() == "*":
			all, last = true, nil
		case !part:
			last = e
		}
		wild[e.text()] = true
	}
	if all && last != nil {
		r.conflict(last, fmt.Sprintf("{} is %s, which the * of the list says already", last.text()), "remove {}")
	}
}

// holds says whether a text stands in a list.
func (n *node) holds(text string) bool {
	return slices.ContainsFunc(n.elements(), func(e *node) bool { return e.value == text })
}

// highestPriority is the highest value of a PriorityClass of one's own:
// scheduling.HighestUserDefinablePriority.
const highestPriority = 1_000_000_000

func priorityClass(r *report, n *node) {
	name := n.text("metadata", "name")
	if strings.HasPrefix(name, "system-") && name != "system-node-critical" && name != "system-cluster-critical" {
		r.add(n.get("metadata", "name"), codeImmutable, fmt.Sprintf("{} is %q: Kubernetes keeps names with system- to itself", name), "change {}")
	} else if v := n.whole("value"); !strings.HasPrefix(name, "system-") && v > highestPriority {
		r.value(n.get("value"), fmt.Sprintf("must be %d at most", highestPriority))
	}
}

func runtimeScheduling(r *report, n *node) {
	r.labels(n.get("nodeSelector"))
	var seen []any
	for _, t := range n.each("tolerations") {
		if slices.ContainsFunc(seen, func(o any) bool { return reflect.DeepEqual(o, t.value) }) {
			r.add(t, codeTwice, "{} stands in the list a second time", "remove {}")
		}
		seen = append(seen, t.value)
	}
}

func runtimeOverhead(r *report, n *node) {
	for _, q := range n.get("podFixed").fields() {
		r.resourceName(q)
		if v, ok := quantityOf(q); ok && v.Sign() < 0 {
			r.value(q, "must not be negative")
		}
	}
}
