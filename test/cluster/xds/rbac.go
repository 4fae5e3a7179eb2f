package xds

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	rbac "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// enforce says whether role based access control lets a request through: with
// the action DENY unless a policy matches, with ALLOW if one does.
func enforce(rules *rbac.RBAC, r Request) (bool, string, error) {
	if rules == nil {
		return true, "", nil // shadow rules alone
	}
	for _, name := range sorted(rules.Policies) {
		p := rules.Policies[name]
		if p.Condition != nil || p.CheckedCondition != nil {
			return false, "", fmt.Errorf("policy %s has a condition, which this does not know", name)
		}
		some, err := anyOf(p.Permissions, r, permits)
		if err != nil {
			return false, "", fmt.Errorf("policy %s: %w", name, err)
		}
		who, err := anyOf(p.Principals, r, identifies)
		if err != nil {
			return false, "", fmt.Errorf("policy %s: %w", name, err)
		}
		if some && who {
			return rules.Action != rbac.RBAC_DENY, name, nil
		}
	}
	switch rules.Action {
	case rbac.RBAC_DENY:
		return true, "", nil
	case rbac.RBAC_ALLOW:
		return false, "no policy allows it", nil
	}
	return true, "", nil // LOG
}

// anyOf says whether one of several matches, and allOf whether each does.
func anyOf[M any](list []M, r Request, match func(M, Request) (bool, error)) (bool, error) {
	found := false
	for _, m := range list {
		ok, err := match(m, r)
		if err != nil {
			return false, err
		}
		found = found || ok
	}
	return found, nil
}

func allOf[M any](list []M, r Request, match func(M, Request) (bool, error)) (bool, error) {
	all := true
	for _, m := range list {
		ok, err := match(m, r)
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}

// permits says whether a permission is about what a request asks for.
func permits(p *rbac.Permission, r Request) (bool, error) {
	switch is := p.Rule.(type) {
	case *rbac.Permission_Any:
		return is.Any, nil
	case *rbac.Permission_AndRules:
		return allOf(is.AndRules.Rules, r, permits)
	case *rbac.Permission_OrRules:
		return anyOf(is.OrRules.Rules, r, permits)
	case *rbac.Permission_NotRule:
		ok, err := permits(is.NotRule, r)
		return !ok, err
	case *rbac.Permission_DestinationPort:
		return int(is.DestinationPort) == r.Port, nil
	case *rbac.Permission_RequestedServerName:
		return text(is.RequestedServerName, r.SNI)
	case *rbac.Permission_UrlPath:
		path, _, _ := strings.Cut(r.Path, "?")
		return text(is.UrlPath.GetPath(), path)
	case *rbac.Permission_Header:
		return header(is.Header, r)
	}
	return false, fmt.Errorf("a permission that this does not know: %v", p)
}

// identifies says whether a principal is who sends a request.
func identifies(p *rbac.Principal, r Request) (bool, error) {
	switch is := p.Identifier.(type) {
	case *rbac.Principal_Any:
		return is.Any, nil
	case *rbac.Principal_AndIds:
		return allOf(is.AndIds.Ids, r, identifies)
	case *rbac.Principal_OrIds:
		return anyOf(is.OrIds.Ids, r, identifies)
	case *rbac.Principal_NotId:
		ok, err := identifies(is.NotId, r)
		return !ok, err
	case *rbac.Principal_Authenticated_:
		return peer(is.Authenticated.PrincipalName, r)
	case *rbac.Principal_FilterState:
		if is.FilterState.Key == "io.istio.peer_principal" {
			return peer(is.FilterState.GetStringMatch(), r)
		}
	case *rbac.Principal_DirectRemoteIp:
		return within(is.DirectRemoteIp, r)
	case *rbac.Principal_RemoteIp:
		return within(is.RemoteIp, r)
	case *rbac.Principal_Header:
		return header(is.Header, r)
	case *rbac.Principal_Metadata:
		//lint:ignore SA1019 it is what istiod sends
		return claim(is.Metadata, r)
	}
	return false, fmt.Errorf("a principal that this does not know: %v", p)
}

// peer matches the name in the certificate of who calls. Without one, nothing matches.
func peer(m *matcher.StringMatcher, r Request) (bool, error) {
	id := r.Caller.identity()
	if id == "" {
		return false, nil
	}
	return text(m, "spiffe://"+id)
}

// within says whether a request comes from a block of addresses.
func within(block *core.CidrRange, r Request) (bool, error) {
	at, err := netip.ParseAddr(block.AddressPrefix)
	if err != nil {
		return false, err
	}
	return netip.PrefixFrom(at, int(block.PrefixLen.GetValue())).Contains(r.Caller.from()), nil
}

// claim matches a claim of the token that the filter for tokens has let through.
func claim(m *matcher.MetadataMatcher, r Request) (bool, error) {
	var path []string
	for _, segment := range m.Path {
		path = append(path, segment.GetKey())
	}
	if m.Filter != "envoy.filters.http.jwt_authn" || len(path) != 2 || path[0] != "payload" || m.Invert {
		return false, fmt.Errorf("metadata that this does not know: %v", m)
	}
	if r.Token == nil {
		return false, nil
	}
	var value []string
	switch path[1] {
	case "iss":
		value = []string{r.Token.Issuer}
	case "sub":
		value = []string{r.Token.Subject}
	case "aud":
		value = r.Token.Audiences
	default:
		return false, fmt.Errorf("a claim that this does not know: %v", m)
	}
	return values(m.Value, value)
}

// values matches the values of a claim, a text or a list of texts.
func values(m *matcher.ValueMatcher, have []string) (bool, error) {
	switch is := m.MatchPattern.(type) {
	case *matcher.ValueMatcher_StringMatch:
		for _, v := range have {
			if ok, err := text(is.StringMatch, v); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case *matcher.ValueMatcher_ListMatch:
		return values(is.ListMatch.GetOneOf(), have)
	case *matcher.ValueMatcher_OrMatch:
		for _, one := range is.OrMatch.ValueMatchers {
			if ok, err := values(one, have); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	return false, fmt.Errorf("a matcher of values that this does not know: %v", m)
}

// header matches a header of a request.
func header(m *route.HeaderMatcher, r Request) (bool, error) {
	value, present := r.header(m.Name)
	ok, err := false, error(nil)
	switch is := m.HeaderMatchSpecifier.(type) {
	case *route.HeaderMatcher_PresentMatch:
		ok = present == is.PresentMatch
	case *route.HeaderMatcher_StringMatch:
		ok, err = text(is.StringMatch, value)
		ok = ok && present
	default:
		return false, fmt.Errorf("a matcher of headers that this does not know: %v", m)
	}
	return ok != m.InvertMatch, err
}

// text matches a text.
func text(m *matcher.StringMatcher, value string) (bool, error) {
	fold := func(s string) string {
		if m.IgnoreCase {
			return strings.ToLower(s)
		}
		return s
	}
	value = fold(value)
	switch is := m.GetMatchPattern().(type) {
	case *matcher.StringMatcher_Exact:
		return value == fold(is.Exact), nil
	case *matcher.StringMatcher_Prefix:
		return strings.HasPrefix(value, fold(is.Prefix)), nil
	case *matcher.StringMatcher_Suffix:
		return strings.HasSuffix(value, fold(is.Suffix)), nil
	case *matcher.StringMatcher_Contains:
		return strings.Contains(value, fold(is.Contains)), nil
	case *matcher.StringMatcher_SafeRegex:
		return whole(is.SafeRegex.Regex, value)
	}
	return false, fmt.Errorf("a matcher of texts that this does not know: %v", m)
}

// whole matches all of a text by a regular expression, as Envoy does.
func whole(expression, value string) (bool, error) {
	re, err := regexp.Compile("^(?:" + expression + ")$")
	return err == nil && re.MatchString(value), err
}
