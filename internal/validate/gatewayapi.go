package validate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// Sources of the rules about Gateway API's kinds: the kubebuilder markers of
// sigs.k8s.io/gateway-api/apis/v1 1.6.0, which its CRDs are made of. The CRDs
// themselves come with the cluster, and not with us.

var gatewayEnums = map[reflect.Type][]string{
	reflect.TypeFor[gateway.PathMatchType]():          texts(gateway.PathMatchExact, gateway.PathMatchPathPrefix, gateway.PathMatchRegularExpression),
	reflect.TypeFor[gateway.HeaderMatchType]():        texts(gateway.HeaderMatchExact, gateway.HeaderMatchRegularExpression),
	reflect.TypeFor[gateway.QueryParamMatchType]():    texts(gateway.QueryParamMatchExact, gateway.QueryParamMatchRegularExpression),
	reflect.TypeFor[gateway.GRPCMethodMatchType]():    texts(gateway.GRPCMethodMatchExact, gateway.GRPCMethodMatchRegularExpression),
	reflect.TypeFor[gateway.HTTPMethod]():             httpMethods,
	reflect.TypeFor[gateway.HTTPMethodWithWildcard](): append(slices.Clone(httpMethods), "*"),
	reflect.TypeFor[gateway.TLSModeType]():            texts(gateway.TLSModeTerminate, gateway.TLSModePassthrough),
	reflect.TypeFor[gateway.FromNamespaces]():         texts(gateway.NamespacesFromAll, gateway.NamespacesFromSelector, gateway.NamespacesFromSame, gateway.NamespacesFromNone),
	reflect.TypeFor[gateway.HTTPRouteFilterType]():    {"RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "RequestRedirect", "URLRewrite", "ExtensionRef", "CORS", "ExternalAuth"},
	reflect.TypeFor[gateway.GRPCRouteFilterType]():    {"RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"},
	reflect.TypeFor[gateway.HTTPPathModifierType]():   texts(gateway.FullPathHTTPPathModifier, gateway.PrefixMatchHTTPPathModifier),
	reflect.TypeFor[gateway.SessionPersistenceType](): texts(gateway.CookieBasedSessionPersistence, gateway.HeaderBasedSessionPersistence),
	reflect.TypeFor[gateway.CookieLifetimeType]():     texts(gateway.SessionCookieLifetimeType, gateway.PermanentCookieLifetimeType),
}

// gatewayFormats are the texts that Gateway API's text types take.
var gatewayFormats = map[reflect.Type]func(string) []string{
	reflect.TypeFor[gateway.ObjectName]():        upTo(253, nil),
	reflect.TypeFor[gateway.SectionName]():       upTo(253, sectionName),
	reflect.TypeFor[gateway.Hostname]():          upTo(253, hostname),
	reflect.TypeFor[gateway.PreciseHostname]():   upTo(253, preciseHostname),
	reflect.TypeFor[gateway.Group]():             groupName,
	reflect.TypeFor[gateway.Kind]():              upTo(63, kindName),
	reflect.TypeFor[gateway.Namespace]():         validation.IsDNS1123Label,
	reflect.TypeFor[gateway.HeaderName]():        upTo(256, headerName),
	reflect.TypeFor[gateway.HTTPHeaderName]():    upTo(256, headerName),
	reflect.TypeFor[gateway.GRPCHeaderName]():    upTo(256, headerName),
	reflect.TypeFor[gateway.Duration]():          gatewayDuration,
	reflect.TypeFor[gateway.ProtocolType]():      upTo(255, protocolName),
	reflect.TypeFor[gateway.AddressType]():       upTo(253, addressType),
	reflect.TypeFor[gateway.GatewayController](): upTo(253, matching(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$`, "must be a domain and a path such as istio.io/gateway-controller")),
}

// upTo are texts of 1 to some characters that are of a form.
func upTo(most int, form func(string) []string) func(string) []string {
	return func(text string) []string {
		if text == "" || len(text) > most {
			return []string{fmt.Sprintf("must have 1 to %d characters", most)}
		}
		if form == nil {
			return nil
		}
		return form(text)
	}
}

// groupName are API groups; the core group has none.
func groupName(text string) []string {
	if text == "" {
		return nil
	}
	return validation.IsDNS1123Subdomain(text)
}

var httpMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

var gatewayLimits = map[place]limit{
	in[gateway.Listener]("port"):                    portNumber,
	in[gateway.ParentReference]("port"):             portNumber,
	in[gateway.ParentReference]("name"):             {},
	in[gateway.LocalParametersReference]("name"):    format(upTo(253, nil)),
	in[gateway.ParametersReference]("name"):         format(upTo(253, nil)),
	in[gateway.BackendRef]("weight"):                between(0, 1_000_000),
	in[gateway.BackendObjectReference]("port"):      portNumber,
	in[gateway.HTTPRequestRedirectFilter]("port"):   portNumber,
	in[gateway.HTTPRequestRedirectFilter]("scheme"): format(oneOfTexts("http", "https")),
	in[gateway.HTTPRequestMirrorFilter]("percent"):  between(0, 100),
	in[gateway.LocalParametersReference]("group"):   {blank: true}, // the core group
	in[gateway.ParametersReference]("group"):        {blank: true},
	in[gateway.LocalObjectReference]("group"):       {blank: true},
	in[gateway.ObjectReference]("group"):            {blank: true},
	in[gateway.ReferenceGrantFrom]("group"):         {blank: true},
	in[gateway.ReferenceGrantTo]("group"):           {blank: true},
	in[gateway.LocalPolicyTargetReference]("group"): {blank: true},
}

var gatewayRules = map[reflect.Type][]rule{
	reflect.TypeFor[gateway.GatewaySpec]():               {listeners, addresses},
	reflect.TypeFor[gateway.ListenerTLSConfig]():         {listenerTLS},
	reflect.TypeFor[gateway.HTTPRouteSpec]():             {someRules, routeSize, parents},
	reflect.TypeFor[gateway.GRPCRouteSpec]():             {routeSize, parents},
	reflect.TypeFor[gateway.TLSRouteSpec]():              {parents, oneRule, noAddresses},
	reflect.TypeFor[gateway.GRPCMethodMatch]():           {grpcMethod},
	reflect.TypeFor[gateway.GatewaySpecAddress]():        {gatewayAddress},
	reflect.TypeFor[gateway.GatewayInfrastructure]():     {infrastructure},
	reflect.TypeFor[gateway.HTTPRouteRule]():             {httpRouteRule},
	reflect.TypeFor[gateway.HTTPRouteFilter]():           {routeFilter},
	reflect.TypeFor[gateway.GRPCRouteFilter]():           {routeFilter},
	reflect.TypeFor[gateway.HTTPPathMatch]():             {pathMatch},
	reflect.TypeFor[gateway.HTTPHeaderMatch]():           {valueMatch},
	reflect.TypeFor[gateway.HTTPQueryParamMatch]():       {valueMatch},
	reflect.TypeFor[gateway.GRPCHeaderMatch]():           {valueMatch},
	reflect.TypeFor[gateway.HTTPPathModifier]():          {pathModifier},
	reflect.TypeFor[gateway.HTTPRequestRedirectFilter](): {redirectStatus},
	reflect.TypeFor[gateway.HTTPRequestMirrorFilter]():   {atMostOne("percent", "fraction")},
	reflect.TypeFor[gateway.HTTPHeaderFilter]():          {headerFilter},
	reflect.TypeFor[gateway.BackendObjectReference]():    {backendPort},
	reflect.TypeFor[gateway.HTTPRouteTimeouts]():         {routeTimeouts},
}

// matching are texts of a form.
func matching(expression, reason string) func(string) []string {
	compiled := regexp.MustCompile(expression)
	return func(text string) []string {
		if compiled.MatchString(text) {
			return nil
		}
		return []string{reason}
	}
}

// oneOfTexts are some texts alone.
func oneOfTexts(allowed ...string) func(string) []string {
	return func(text string) []string {
		if slices.Contains(allowed, text) {
			return nil
		}
		return []string{"must be " + orList(allowed)}
	}
}

var (
	sectionName     = matching(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`, "must be lower-case letters, digits, - and .")
	kindName        = matching(`^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$`, "must be the name of a kind")
	hostname        = matching(`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`, "must be a DNS name in lower case, with *. before it perhaps")
	preciseHostname = matching(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`, "must be a DNS name in lower case")
	headerName      = matching("^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$", "must be the name of an HTTP header")
	gatewayDuration = matching(`^([0-9]{1,5}(h|m|s|ms)){1,4}$`, "must be a duration such as 10s or 1m30s")
	protocolName    = matching(`^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$`, "must be a protocol such as HTTPS")
	addressType     = matching(`^(Hostname|IPAddress|NamedAddress)$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$`, "must be IPAddress or Hostname")
	grpcService     = matching(`(?i)^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$`, "must be the name of a gRPC service")
	grpcName        = matching(`^[A-Za-z_][A-Za-z_0-9]*$`, "must be the name of a gRPC method")
	literalPath     = matching(`^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$`, "must be a path")
)

func listeners(r *report, n *node) {
	type key struct {
		port               int64
		protocol, hostname string
	}
	seen := map[key]bool{}
	if c := n.count("listeners"); c > 64 {
		r.conflict(n.get("listeners"), fmt.Sprintf("{} has %d elements, of which there can be 64", c), "write a second Gateway")
	}
	for _, l := range n.each("listeners") {
		protocol, tls := l.text("protocol"), l.get("tls")
		switch protocol {
		case "HTTP", "TCP", "UDP":
			if tls.value != nil {
				r.conflict(tls, "{} cannot be set with protocol "+protocol, "remove {}")
			}
		case "HTTPS":
			if m := tls.text("mode"); m != "" && m != "Terminate" {
				r.conflict(tls.get("mode"), "{} must be Terminate with protocol HTTPS", "set {} to Terminate, or protocol to TLS")
			}
		case "TLS":
			if tls.text("mode") == "" {
				r.missing(tls.get("mode"))
			}
		}
		if (protocol == "TCP" || protocol == "UDP") && l.text("hostname") != "" {
			r.conflict(l.get("hostname"), "{} cannot be set with protocol "+protocol, "remove {}")
		}
		k := key{l.whole("port"), protocol, l.text("hostname")}
		if seen[k] {
			r.add(l, codeTwice, fmt.Sprintf("{}: another listener has port %d, protocol %s and the same hostname already", k.port, k.protocol), "change {}.port or {}.hostname")
		}
		seen[k] = true
	}
}

// addresses: each stands there once.
func addresses(r *report, n *node) {
	seen := map[string]bool{}
	for _, a := range n.each("addresses") {
		key := a.text("type") + " " + a.text("value")
		if a.has("value") && seen[key] {
			r.add(a, codeTwice, fmt.Sprintf("{}: %q stands there a second time", a.text("value")), "remove one of the two")
		}
		seen[key] = true
	}
}

// gatewayAddress: the value is what the type says.
func gatewayAddress(r *report, n *node) {
	v := n.get("value")
	switch kind := n.text("type"); {
	case v.value == nil:
	case kind == "" || kind == "IPAddress":
		r.format(v, address(v.text()))
	case kind == "Hostname" && v.text() != "":
		r.format(v, hostname(v.text()))
	}
}

func infrastructure(r *report, n *node) {
	r.labels(n.get("labels"))
	r.annotations(n.get("annotations"))
}

func listenerTLS(r *report, n *node) {
	if m := n.text("mode"); (m == "" || m == "Terminate") && n.count("certificateRefs") == 0 && n.count("options") == 0 {
		r.add(n.get("certificateRefs"), codeMissing, "{} is missing, with mode Terminate", "set {}")
	}
}

func oneRule(r *report, n *node) {
	if c := n.count("rules"); c > 1 {
		r.conflict(n.get("rules"), fmt.Sprintf("{} has %d elements, of which there can be one", c), "write a second route")
	}
}

// someRules: where there is a list of rules it is not empty.
func someRules(r *report, n *node) {
	if rules := n.get("rules"); rules.value != nil && rules.count() == 0 {
		r.missing(rules)
	}
}

func routeSize(r *report, n *node) {
	if c := n.count("rules"); c > 16 {
		r.conflict(n.get("rules"), fmt.Sprintf("{} has %d elements, of which there can be 16", c), "write a second route")
	}
	matches := 0
	for _, rule := range n.each("rules") {
		c := rule.count("matches")
		matches += c
		if c > 64 {
			r.conflict(rule.get("matches"), fmt.Sprintf("{} has %d elements, of which there can be 64", c), "write a second rule")
		}
	}
	if matches > 128 {
		r.conflict(n.get("rules"), fmt.Sprintf("{} have %d matches, of which there can be 128", matches), "write a second route")
	}
}

func httpRouteRule(r *report, n *node) {
	seen := map[string]bool{}
	for _, f := range n.each("filters") {
		kind := f.text("type")
		if seen[kind] && kind != "RequestMirror" && kind != "ExtensionRef" {
			r.add(f, codeTwice, fmt.Sprintf("{}: the rule has a filter of type %s already", kind), "remove one of the two")
		}
		seen[kind] = true
		if kind == "RequestRedirect" && n.count("backendRefs") > 0 {
			r.conflict(f, "{} redirects, while the rule has backendRefs", "remove backendRefs, or the filter")
		}
		replacesPrefix(r, n, f)
	}
	for _, b := range n.each("backendRefs") {
		for _, f := range b.each("filters") {
			replacesPrefix(r, n, f)
		}
	}
	if seen["RequestRedirect"] && seen["URLRewrite"] {
		r.conflict(n.get("filters"), "{} have RequestRedirect and URLRewrite, of which there can be one", "remove one of the two")
	}
}

// replacesPrefix: a filter that replaces the prefix of a path knows which.
func replacesPrefix(r *report, rule, f *node) {
	for _, field := range []string{"requestRedirect", "urlRewrite"} {
		path := f.get(field, "path")
		if path.text("type") != "ReplacePrefixMatch" {
			continue
		}
		if m := rule.each("matches"); len(m) > 1 || len(m) == 1 && !prefixMatch(m[0]) || len(m) == 0 && rule.has("matches") {
			r.conflict(path, "{} replaces a prefix, and wants exactly one match with a path of type PathPrefix", "write one match with a PathPrefix, or set {}.type to ReplaceFullPath")
		}
	}
}

// filterFields are the fields of a filter, by its type.
var filterFields = [][2]string{
	{"RequestHeaderModifier", "requestHeaderModifier"}, {"ResponseHeaderModifier", "responseHeaderModifier"}, {"RequestMirror", "requestMirror"},
	{"RequestRedirect", "requestRedirect"}, {"URLRewrite", "urlRewrite"}, {"ExtensionRef", "extensionRef"}, {"CORS", "cors"}, {"ExternalAuth", "externalAuth"},
}

func routeFilter(r *report, n *node) {
	kind := n.text("type")
	for _, f := range filterFields {
		switch field := n.get(f[1]); {
		case kind == f[0] && field.value == nil:
			r.missing(field)
		case kind != f[0] && field.value != nil:
			r.conflict(field, "{} cannot be set with type "+kind, "remove {}, or set type to "+f[0])
		}
	}
}

// prefixMatch says whether a match is by a prefix of the path, as one without
// a path is.
func prefixMatch(m *node) bool {
	kind := m.text("path", "type")
	return kind == "" || kind == "PathPrefix"
}

func pathMatch(r *report, n *node) {
	v := n.get("value")
	if n.text("type") == "RegularExpression" {
		r.expression(v)
		return
	}
	if v.value == nil {
		return
	}
	path := v.text()
	if !strings.HasPrefix(path, "/") {
		r.value(v, "must begin with /")
		return
	}
	for _, bad := range []string{"//", "/./", "/../", "%2f", "%2F", "#"} {
		if strings.Contains(path, bad) {
			r.value(v, "must not contain "+bad)
			return
		}
	}
	if strings.HasSuffix(path, "/..") || strings.HasSuffix(path, "/.") {
		r.value(v, "must not end in /.. or /.")
		return
	}
	r.format(v, literalPath(path))
}

func pathModifier(r *report, n *node) {
	for _, pair := range [][2]string{{"ReplaceFullPath", "replaceFullPath"}, {"ReplacePrefixMatch", "replacePrefixMatch"}} {
		kind := pair[0]
		switch f := n.get(pair[1]); {
		case n.text("type") == kind && f.value == nil:
			r.missing(f)
		case n.text("type") != kind && f.value != nil:
			r.conflict(f, "{} cannot be set with type "+n.text("type"), "remove {}, or set type to "+kind)
		}
	}
}

// valueMatch: Envoy takes no routes at all where one expression cannot be read.
func valueMatch(r *report, n *node) {
	if n.text("type") == "RegularExpression" {
		r.expression(n.get("value"))
	}
}

func grpcMethod(r *report, n *node) {
	service, method := n.get("service"), n.get("method")
	if service.value == nil && method.value == nil {
		r.add(n, codeMissing, "{} has neither service nor method", "set {}.service or {}.method")
	}
	if n.text("type") == "RegularExpression" {
		r.expression(service)
		r.expression(method)
		return
	}
	if service.value != nil {
		r.format(service, grpcService(service.text()))
	}
	if method.value != nil {
		r.format(method, grpcName(method.text()))
	}
}

// parents: a route names each part of a parent once.
func parents(r *report, n *node) {
	seen := map[string]bool{}
	for _, p := range n.each("parentRefs") {
		key := fmt.Sprint(p.text("group"), "/", p.text("kind"), "/", p.text("namespace"), "/", p.text("name"), "/", p.text("sectionName"), "/", p.get("port").value)
		if seen[key] {
			r.add(p, codeTwice, "{} stands in the list a second time", "remove one of the two, or set their sectionName")
		}
		seen[key] = true
	}
	oneOrEach(r, n.each("parentRefs"))
}

func redirectStatus(r *report, n *node) {
	if s := n.get("statusCode"); s.value != nil && !slices.Contains([]int64{301, 302, 303, 307, 308}, s.whole()) {
		r.value(s, "must be 301, 302, 303, 307 or 308")
	} else if s.whole() > 302 && r.release.minor != 0 && r.release.minor < moreRedirects {
		r.value(s, fmt.Sprintf("must be 301 or 302 in Gateway API 1.%d, %s", r.release.minor, r.release.by))
	}
}

func headerFilter(r *report, n *node) {
	for _, list := range []string{"set", "add"} {
		seen := map[string]bool{}
		for _, h := range n.each(list) {
			if name := strings.ToLower(h.text("name")); seen[name] {
				r.add(h.get("name"), codeTwice, fmt.Sprintf("{}: the list has %q already", h.text("name")), "remove one of the two")
			} else {
				seen[name] = true
			}
		}
	}
}

func backendPort(r *report, n *node) {
	if (n.text("group") == "" && (n.text("kind") == "" || n.text("kind") == "Service")) && !n.has("port") {
		r.add(n.get("port"), codeMissing, "{} is missing: a Service is referred to with its port", "set {}")
	}
}

func routeTimeouts(r *report, n *node) {
	request, err := time.ParseDuration(n.text("request"))
	backend, other := time.ParseDuration(n.text("backendRequest"))
	if err == nil && other == nil && request != 0 && backend > request {
		r.conflict(n.get("backendRequest"), fmt.Sprintf("{} is %s, longer than request, which is %s", n.text("backendRequest"), n.text("request")), "set {} to "+n.text("request")+" or less")
	}
}
