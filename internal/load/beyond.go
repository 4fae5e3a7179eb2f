package load

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/intent"
)

// beyond is what the language has no field for and Istio has: where people look
// for it, what they call it, and the way to have it all the same.
type beyond struct {
	in   *regexp.Regexp // the first names of the struct's path
	name *regexp.Regexp // in small letters, without - and _
	way  string
}

// ways are the ways, the first that fits. What meshgen checks of manifests and
// patches holds for them, too.
var ways = []beyond{
	{anywhere, regexp.MustCompile(`^(global|local)?ratelimit(s|ing|er)?$|^throttl(e|ing)$`), "write an EnvoyFilter with Envoy's local rate limit into manifests"},
	{regexp.MustCompile(`^authorization`), regexp.MustCompile(`^(ext(ernal)?|custom|providers?|oauth2?(proxy)?|opa)$`), authorizer},
	{anywhere, regexp.MustCompile(`^(ext(ernal)?)auth(z|n|orization|orizers?)?$|^authorizers?$|^oauth2?proxy$`), authorizer},
	{anywhere, regexp.MustCompile(`^(jwts?|oidc|jwks|jwtrules|requestauth)$`), "declare the issuer in authorization.issuers, and ask for it in authorization.rules"},
	{regexp.MustCompile(`^services`), regexp.MustCompile(`^(circuitbreak(er|ers|ing)|outlierdetection|connectionpool|(consistenthash)?loadbalanc(er|ing)|trafficpolicy|locality(lb)?|m?tls|warmup|keepalive|stickysessions?)$`), "write a DestinationRule for the service into manifests"},
	{regexp.MustCompile(`^gateways`), regexp.MustCompile(`^(circuitbreak(er|ers|ing)|wasm|waf|filters?|lua|compression|gzip)$`), "write an EnvoyFilter or a WasmPlugin for the gateway into manifests"},
	{regexp.MustCompile(`^telemetry`), regexp.MustCompile(`^(alerts?|alerting|alertrules|loki|dashboards?|prometheusrules?)$`), "write the objects into manifests"},
	{regexp.MustCompile(`^$`), regexp.MustCompile(`^(trustdomain(aliases)?|accesslog(file|format|encoding)|outboundtrafficpolicy|defaultconfig|extensionproviders|localitylbsetting|discoveryselectors|cacertificates|enabletracing|defaultproviders)$`), "move it to meshConfig"},
	{regexp.MustCompile(`^$`), regexp.MustCompile(`^(pilot|global|sidecarinjectorwebhook|multicluster|meshid|network)$`), "write it as the chart has it into values.istiod"},
	{anywhere, regexp.MustCompile(`^(virtualservices?|destinationrules?|serviceentr(y|ies)|envoyfilters?|sidecars|workload(entr(y|ies)|groups?)|wasmplugins?|telemetries|peerauthentications?|requestauthentications?|authorizationpolic(y|ies)|proxyconfigs?|httproutes?|grpcroutes?|tcproutes?|tlsroutes?|referencegrants?|networkpolic(y|ies)|configmaps?|secrets|certificaterequests?)$`), "write the objects into manifests, such as manifests.own: {path: \"own.yaml\"}"},
}

var anywhere = regexp.MustCompile(``)

const authorizer = "declare the authorizer in meshConfig.extensionProviders, and write an AuthorizationPolicy with action CUSTOM that names it into manifests"

// edit is what a patch adds to a rule of a route: the field of a VirtualService, and
// an example of it; the filter of an HTTPRoute, empty where Gateway API has none.
type edit struct {
	name         *regexp.Regexp
	field, value string
	filter       string
}

var edits = []edit{
	{regexp.MustCompile(`^(faults?|faultinjection|abort|delay|chaos)$`), "fault", "{abort: {httpStatus: 503, percentage: {value: 1}}}", ""},
	{regexp.MustCompile(`^(mirrors?|mirrorpercentage|shadow|traffictomirror)$`), "mirror", "{host: other.shop.svc.cluster.local}", "{type: RequestMirror, requestMirror: {backendRef: {name: other, port: 8080}}}"},
	{regexp.MustCompile(`^(rewrites?|urlrewrite|pathrewrite|stripprefix)$`), "rewrite", "{uri: /}", "{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}"},
	{regexp.MustCompile(`^(cors|corspolicy)$`), "corsPolicy", "{allowOrigins: [{exact: https://www.example.com}]}", "{type: CORS, cors: {allowOrigins: [https://www.example.com]}}"},
	{regexp.MustCompile(`^((request|response)?headers|headeroperations|setheaders|addheaders)$`), "headers", "{request: {set: {x-from: mesh}}}", "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-from, value: mesh}]}}"},
}

// Redirects and answers stand in the place of destinations, which rules must have.
var instead = regexp.MustCompile(`^(redirects?|httpsredirect|directresponse|response|delegate)$`)

// patience are the fields that rules of routes have, wherever else people put them.
var patience = regexp.MustCompile(`^(timeouts?|retry|retries|retrypolicy|pertrytimeout)$`)

// wayOut returns what to type for a field that the language does not have, and that
// stands for something that Istio has; empty for all others.
func (e *explainer) wayOut(names []string) string {
	name := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(names[len(names)-1]))
	around := strings.Join(names[:len(names)-1], ".")
	routing := around == "" || slices.Contains([]string{"routes", "services", "gateways", "namespaces"}, names[0])
	if routing && patience.MatchString(name) {
		field := "timeout"
		if strings.HasPrefix(name, "retr") || name == "pertrytimeout" {
			field = "retries"
		}
		return "move it to " + intent.Join(e.ruleOf(names), field)
	}
	if routing {
		for _, x := range edits {
			if x.name.MatchString(name) {
				return e.patchFor(names, x)
			}
		}
		if instead.MatchString(name) {
			return "write a VirtualService or an HTTPRoute into manifests in the place of the route"
		}
	}
	for _, w := range ways {
		if w.in.MatchString(around) && w.name.MatchString(name) {
			if w.way == "move it to meshConfig" {
				return w.way + "." + names[len(names)-1]
			}
			return w.way
		}
	}
	return ""
}

// routeOf returns the name of the route that a field belongs to: the one that it
// stands in, the first of its gateway, or the first that there is.
func (e *explainer) routeOf(names []string) string {
	if names[0] == "routes" && len(names) > 2 {
		return names[1]
	}
	routes := fieldsOf(e.x.lookup([]string{"routes"}))
	for _, route := range routes {
		through, _ := e.x.lookup([]string{"routes", route, "gateway"}).String()
		if names[0] == "gateways" && len(names) > 2 && through == names[1] {
			return route
		}
	}
	if len(routes) > 0 {
		return routes[0]
	}
	return "web"
}

// ruleOf returns the path of a rule of that route.
func (e *explainer) ruleOf(names []string) string {
	return intent.Join("routes", e.routeOf(names)) + ".rules[" + indexOf(names) + "]"
}

// indexOf is the rule that a field stands in, the first if it stands in none.
func indexOf(names []string) string {
	if len(names) > 4 && names[0] == "routes" && names[2] == "rules" {
		return names[3]
	}
	return "0"
}

// patchFor says which patch adds to a route what the language does not have.
func (e *explainer) patchFor(names []string, x edit) string {
	route := e.routeOf(names)
	gateway, _ := e.x.lookup([]string{"routes", route, "gateway"}).String()
	api, _ := e.x.lookup([]string{"gateways", gateway, "api"}).String()
	kind, path, value, first := "VirtualService", "/spec/http/"+indexOf(names)+"/"+x.field, x.value, ""
	switch {
	case api == "gateway-api" && x.filter != "":
		kind, path, value = "HTTPRoute", "/spec/rules/"+indexOf(names)+"/filters", "["+x.filter+"]"
	case api == "gateway-api":
		first = fmt.Sprintf(`set %s to "chart", for Gateway API has nothing of the kind, and `, intent.Join("gateways", gateway, "api"))
	}
	return fmt.Sprintf(`%sadd it by a patch, such as %s: {target: {kind: %q, name: %q}, patch: "[{op: add, path: %s, value: %s}]"}`,
		first, intent.Join("patches", route+"-"+strings.ToLower(x.field)), kind, route, path, value)
}
