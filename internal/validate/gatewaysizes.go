package validate

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// How much there can be of what Gateway API's kinds hold, and what can stand
// beside what. Source: the CRDs of gateway-api 1.6.0, standard channel (maxItems,
// maxProperties, maxLength, and the rules in CEL).

// headersMost is the longest value of a header.
const headersMost = 4096

var gatewaySizes = map[place]limit{
	in[gateway.AllowedRoutes]("kinds"):                        {most: 8},
	in[gateway.BackendTLSPolicySpec]("options"):               {most: 16},
	in[gateway.BackendTLSPolicyValidation]("subjectAltNames"): {most: 5},
	in[gateway.CommonRouteSpec]("parentRefs"):                 {most: 32},
	in[gateway.FrontendTLSConfig]("perPort"):                  {most: 64, keys: []string{"port"}},
	in[gateway.FrontendTLSValidation]("caCertificateRefs"):    {most: 16},
	in[gateway.GatewayInfrastructure]("annotations"):          {most: 16},
	in[gateway.GatewayInfrastructure]("labels"):               {most: 8},
	in[gateway.GatewaySpec]("addresses"):                      {most: 16},
	in[gateway.GatewaySpecAddress]("value"):                   {most: 253},
	in[gateway.ListenerTLSConfig]("certificateRefs"):          {most: 64},
	in[gateway.ListenerTLSConfig]("options"):                  {most: 16},
	in[gateway.TLSPortConfig]("port"):                         portNumber,
	in[gateway.ReferenceGrantSpec]("from"):                    {most: 16},
	in[gateway.ReferenceGrantSpec]("to"):                      {most: 16},

	in[gateway.GRPCBackendRef]("filters"):    {most: 16},
	in[gateway.GRPCHeaderMatch]("value"):     {most: headersMost},
	in[gateway.GRPCMethodMatch]("method"):    {most: 1024},
	in[gateway.GRPCMethodMatch]("service"):   {most: 1024},
	in[gateway.GRPCRouteMatch]("headers"):    {most: 16},
	in[gateway.GRPCRouteRule]("backendRefs"): {most: 16},
	in[gateway.GRPCRouteRule]("filters"):     {most: 16},
	in[gateway.GRPCRouteSpec]("hostnames"):   {most: 16},

	in[gateway.HTTPBackendRef]("filters"):              {most: 16},
	in[gateway.HTTPCORSFilter]("allowHeaders"):         {most: 64, set: true},
	in[gateway.HTTPCORSFilter]("allowMethods"):         {most: 9, set: true},
	in[gateway.HTTPCORSFilter]("allowOrigins"):         {most: 64, set: true},
	in[gateway.HTTPCORSFilter]("exposeHeaders"):        {most: 64, set: true},
	in[gateway.HTTPCORSFilter]("maxAge"):               atLeast(1),
	in[gateway.HTTPHeader]("value"):                    {most: headersMost},
	in[gateway.HTTPHeaderFilter]("add"):                {most: 16},
	in[gateway.HTTPHeaderFilter]("set"):                {most: 16},
	in[gateway.HTTPHeaderMatch]("value"):               {most: headersMost},
	in[gateway.HTTPPathMatch]("value"):                 {most: 1024},
	in[gateway.HTTPPathModifier]("replaceFullPath"):    {most: 1024},
	in[gateway.HTTPPathModifier]("replacePrefixMatch"): {most: 1024},
	in[gateway.HTTPQueryParamMatch]("value"):           {most: 1024},
	in[gateway.HTTPRouteMatch]("headers"):              {most: 16},
	in[gateway.HTTPRouteMatch]("queryParams"):          {most: 16},
	in[gateway.HTTPRouteRule]("backendRefs"):           {most: 16},
	in[gateway.HTTPRouteRule]("filters"):               {most: 16},
	in[gateway.HTTPRouteSpec]("hostnames"):             {most: 16},

	in[gateway.TCPRouteRule]("backendRefs"): {most: 16},
	in[gateway.TLSRouteRule]("backendRefs"): {most: 16},
	in[gateway.TLSRouteSpec]("hostnames"):   {most: 1024},
	in[gateway.UDPRouteRule]("backendRefs"): {most: 16},
}

var gatewaySizeFormats = map[reflect.Type]func(string) []string{
	reflect.TypeFor[gateway.CORSOrigin]():      upTo(253, corsOrigin),
	reflect.TypeFor[gateway.AnnotationValue](): atMost(headersMost),
}

var gatewaySizeRules = map[reflect.Type][]rule{
	reflect.TypeFor[gateway.HTTPCORSFilter](): {starAlone("allowOrigins"), starAlone("allowMethods"), starAlone("allowHeaders")},
	reflect.TypeFor[gateway.TCPRouteSpec]():   {parents, oneRule},
	reflect.TypeFor[gateway.UDPRouteSpec]():   {parents, oneRule},
}

var corsOrigin = matching(`(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)`, "must be an origin such as https://www.example.com, or *")

// atMost are texts of some characters at most, or none.
func atMost(most int) func(string) []string {
	return func(text string) []string {
		if len(text) > most {
			return []string{fmt.Sprintf("must have at most %d characters", most)}
		}
		return nil
	}
}

// starAlone: a list with * has nothing beside it.
func starAlone(list string) rule {
	return func(r *report, n *node) {
		all := n.each(list)
		for _, e := range all {
			if e.text() == "*" && len(all) > 1 {
				r.conflict(e, "{} stands for all, and others stand beside it", "remove it, or the others")
				return
			}
		}
	}
}

// noAddresses: the hosts of a TLSRoute are names, as clients send them.
func noAddresses(r *report, n *node) {
	for _, h := range n.each("hostnames") {
		if _, err := netip.ParseAddr(h.text()); err == nil {
			r.value(h, "must be a name, not an address")
		}
	}
}

// oneOrEach: of references to the same object either there is one, or each names
// a part of it.
func oneOrEach(r *report, refs []*node) {
	named := map[string]bool{} // whether the first of them names a part
	for _, p := range refs {
		group, kind := p.text("group"), p.text("kind")
		if !p.has("group") {
			group = gateway.GroupName
		}
		if kind == "" {
			kind = "Gateway"
		}
		key := strings.Join([]string{group, kind, p.text("namespace"), p.text("name")}, "/")
		part := p.text("sectionName") != ""
		if first, again := named[key]; again && first != part {
			r.conflict(p, "{} and another are for the same object, and one of the two is for a part of it", "set sectionName in each of them, or remove one")
			return
		}
		named[key] = part
	}
}
