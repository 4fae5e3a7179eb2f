package validate

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func peerAuthentication(r *report, spec *node) {
	ports := spec.get("portLevelMtls")
	if ports.value != nil && ports.count() == 0 {
		r.lacks(ports)
	}
	if ports.count() > 0 && spec.count("selector", "matchLabels") == 0 {
		r.refuse(ports, "{} wants a selector: ports are those of workloads", "set spec.selector.matchLabels, or remove {}")
	}
	for _, p := range ports.fields() {
		if n, err := strconv.Atoi(p.key); err != nil || n < 1 || n > 65535 {
			r.refuse(p, fmt.Sprintf("{}: %q is no port", p.key), "write a port of 1 to 65535")
		}
	}
	r.selector(spec.get("selector", "matchLabels"))
}

// sourceLists are the lists of a rule's source.
var sourceLists = []string{"principals", "requestPrincipals", "namespaces", "serviceAccounts", "trustDomains", "ipBlocks", "remoteIpBlocks"}

// operationLists are the lists of a rule's operation.
var operationLists = []string{"ports", "methods", "paths", "hosts"}

// both returns a list's name and that of its opposite.
func both(name string) []string {
	return []string{name, "not" + strings.ToUpper(name[:1]) + name[1:]}
}

func authorizationPolicy(r *report, spec *node) {
	r.attached(spec)
	action := spec.text("action")
	rules := spec.get("rules")
	switch {
	case rules.count() == 0 && (action == "CUSTOM" || action == "DENY"):
		r.refuse(rules, "{} is missing: a policy with action "+action+" does nothing without", "set {} to [{}] for every request")
	case action == "CUSTOM" && spec.text("provider", "name") == "":
		r.lacks(spec.get("provider", "name"))
	case action != "CUSTOM" && spec.has("provider"):
		r.refuse(spec.get("provider"), "{} wants action CUSTOM", "set action to CUSTOM, or remove {}")
	}
	for _, rule := range rules.elements() {
		for _, from := range rule.each("from") {
			r.source(from.get("source"), action == "CUSTOM")
		}
		for _, to := range rule.each("to") {
			r.operation(to.get("operation"))
		}
		for _, when := range rule.each("when") {
			r.condition(when, action == "CUSTOM")
		}
	}
}

func (r *report) source(n *node, custom bool) {
	total := 0
	for _, list := range sourceLists {
		for _, name := range both(list) {
			f := n.get(name)
			total += f.count()
			if custom && f.count() > 0 && !strings.HasSuffix(list, "pBlocks") {
				r.refuse(f, "{} cannot be set with action CUSTOM", "remove {}")
			}
			r.sourceValues(f, list)
		}
	}
	if total == 0 {
		r.lacks(n)
	}
	accounts := n.count("serviceAccounts") + n.count("notServiceAccounts")
	for _, name := range []string{"principals", "notPrincipals", "namespaces", "notNamespaces"} {
		if accounts > 0 && n.count(name) > 0 {
			r.refuse(n.get(name), "{} stands beside serviceAccounts", "remove {} or serviceAccounts")
		}
	}
}

func (r *report) sourceValues(f *node, list string) {
	if list == "serviceAccounts" && f.count() > 16 {
		r.refuse(f, fmt.Sprintf("{} has %d elements, of which there can be 16", f.count()), "write a second source")
	}
	for _, e := range f.elements() {
		v := e.text()
		switch {
		case v == "":
			r.lacks(e)
		case list == "ipBlocks" || list == "remoteIpBlocks":
			r.wrong(e, subnet)
		case list == "serviceAccounts":
			r.wrong(e, account)
		case list == "principals" && neverCalls(v):
			r.refuse(e, fmt.Sprintf("{} is %q, which no caller has: the mesh's identities are <trust domain>/ns/<namespace>/sa/<service account>", v), "change {}, such as to cluster.local/ns/shop/sa/web")
		case list == "trustDomains":
			r.wrong(e, trustDomain)
		}
	}
}

// neverCalls says whether no identity of a mesh is called so: istiod puts the
// scheme spiffe:// before it, and the rest is a trust domain, a namespace and a
// service account (pkg/spiffe). A pattern has a * at one of its ends.
func neverCalls(principal string) bool {
	if strings.Contains(principal, "://") {
		return true
	}
	return !strings.HasPrefix(principal, "*") && !strings.HasSuffix(principal, "*") && !(strings.Contains(principal, "/ns/") && strings.Contains(principal, "/sa/"))
}

// account says what is wrong with the name of a service account.
func account(text string) string {
	namespace, name, ok := strings.Cut(text, "/")
	if strings.Contains(text, "*") || strings.Contains(name, "/") || len(text) > 320 || ok && (namespace == "" || name == "") {
		return "must be a service account, with a namespace and / before it perhaps"
	}
	return ""
}

// oneWildcard says what is wrong with a text that can have one * at an end.
func oneWildcard(text string) string {
	if c := strings.Count(text, "*"); c > 1 || c == 1 && !strings.HasPrefix(text, "*") && !strings.HasSuffix(text, "*") {
		return "must have one * at most, at its beginning or end"
	}
	return ""
}

func trustDomain(text string) string {
	if strings.Contains(text, "/") {
		return "must be a trust domain, without /"
	}
	return oneWildcard(text)
}

func (r *report) operation(n *node) {
	total := 0
	for _, list := range operationLists {
		for _, name := range both(list) {
			f := n.get(name)
			total += f.count()
			for _, e := range f.elements() {
				switch {
				case e.text() == "":
					r.lacks(e)
				case list == "ports":
					r.wrong(e, portText)
				case list == "paths":
					r.wrong(e, pathTemplate)
				}
			}
		}
	}
	if total == 0 {
		r.lacks(n)
	}
}

func portText(text string) string {
	if p, err := strconv.ParseUint(text, 10, 32); err != nil || p > 65535 {
		return "must be a port"
	}
	return ""
}

var pathLiteral = regexp.MustCompile(`^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$`)

// pathTemplate says what is wrong with a path that may have {*} and {**}.
func pathTemplate(path string) string {
	template := strings.Contains(path, "{*}") || strings.Contains(path, "{**}")
	last := false
	for _, part := range strings.Split(strings.Trim(path, "/"), "/") {
		switch {
		case (part == "{*}" || part == "{**}") && last:
			return "must have {**} at its end"
		case part == "{**}":
			last = true
		case part == "{*}":
		case strings.ContainsAny(part, "{}"):
			return "must have no braces but in {*} and {**}, as parts of their own"
		case template && !pathLiteral.MatchString(part):
			return "must have plain parts beside {*} and {**}"
		}
	}
	return ""
}

// attributes are the keys of conditions, and what checks their values.
var attributes = map[string]func(string) string{
	"source.ip": subnet, "remote.ip": subnet, "destination.ip": subnet, "destination.port": portText,
	"source.namespace": nil, "source.serviceAccount": account, "source.principal": nil, "source.trustDomain": oneWildcard,
	"request.auth.principal": nil, "request.auth.audiences": nil, "request.auth.presenter": nil, "connection.sni": nil,
}

// keyed are the beginnings of keys that have a name in brackets.
var keyed = []string{"request.headers", "request.auth.claims", "experimental.envoy.filters."}

func (r *report) condition(n *node, custom bool) {
	key := n.get("key")
	name := key.text()
	if name == "" {
		r.lacks(key)
		return
	}
	if n.count("values") == 0 && n.count("notValues") == 0 {
		r.lacks(n.get("values"))
	}
	if custom && (strings.HasPrefix(name, "request.auth.") || slices.Contains([]string{"source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal"}, name)) {
		r.refuse(key, "{} is "+name+", which action CUSTOM cannot have", "remove the condition")
	}
	check, known := attributes[name]
	bracketed := slices.ContainsFunc(keyed, func(p string) bool { return strings.HasPrefix(name, p) })
	open := strings.Index(name, "[")
	switch {
	case bracketed && (!strings.HasSuffix(name, "]") || open <= 0 || open >= len(name)-2):
		r.must(key, "must have a name in brackets, such as request.headers[User-Agent]")
	case !known && !bracketed:
		words := sortedKeys(attributes)
		r.refuse(key, fmt.Sprintf("{} is %q, which is no attribute", name), "write one of "+orList(append(words, "request.headers[...]", "request.auth.claims[...]")))
	}
	for _, list := range []string{"values", "notValues"} {
		for _, v := range n.each(list) {
			if v.text() == "" {
				r.lacks(v)
			} else if check != nil {
				r.wrong(v, check)
			}
		}
	}
}

func requestAuthentication(r *report, spec *node) {
	r.attached(spec)
	for _, rule := range spec.each("jwtRules") {
		for _, list := range []string{"audiences", "fromParams", "fromCookies"} {
			for _, e := range rule.each(list) {
				if e.text() == "" {
					r.lacks(e)
				}
			}
		}
		if rule.text("issuer") == "" && rule.text("jwksUri") == "" {
			r.lacks(rule.get("issuer"))
		}
		if u := rule.get("jwksUri"); u.text() != "" {
			r.wrong(u, jwksURL)
		}
		if k := rule.get("jwks"); k.text() != "" {
			r.keys(k)
		}
		for _, h := range rule.each("fromHeaders") {
			if h.text("name") == "" {
				r.lacks(h.get("name"))
			}
		}
		for _, h := range rule.each("outputClaimToHeaders") {
			if h.text("claim") == "" {
				r.lacks(h.get("claim"))
			}
			if header := h.text("header"); !strictHeader.MatchString(header) {
				r.must(h.get("header"), "must be the name of a header: letters, digits, - and _")
			}
		}
		r.istioDuration(rule.get("timeout"))
	}
}

var strictHeader = regexp.MustCompile("^[-_A-Za-z0-9]+$")

func jwksURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "must be a URL with http or https"
	}
	return ""
}

// keys checks a JSON Web Key Set, or one key.
func (r *report) keys(n *node) {
	var set struct {
		Keys []struct {
			Kind string `json:"kty"`
		} `json:"keys"`
		Kind string `json:"kty"`
	}
	err := json.Unmarshal([]byte(n.text()), &set)
	bad := err != nil || set.Keys == nil && set.Kind == ""
	for _, k := range set.Keys {
		bad = bad || !slices.Contains([]string{"RSA", "EC", "OKP", "oct"}, k.Kind)
	}
	if bad {
		r.refuse(n, "{} is no JSON Web Key Set", `write {"keys": [...]} with the public keys into {}`)
	}
}
