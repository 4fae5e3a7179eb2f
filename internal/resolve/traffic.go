package resolve

import (
	"fmt"

	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

func (r *resolver) services() {
	for _, name := range sorted(r.in.Services) {
		in := r.in.Services[name]
		s := model.Service{Name: name, Path: intent.Join("services", name), Namespace: in.Namespace, Port: in.Port}
		for _, subset := range sorted(in.Subsets) {
			s.Subsets = append(s.Subsets, model.Subset{Name: subset, Labels: in.Subsets[subset].Labels})
		}
		r.out.Services = append(r.out.Services, s)
	}
}

func (r *resolver) routes() {
	for _, name := range sorted(r.in.Routes) {
		in, path := r.in.Routes[name], intent.Join("routes", name)
		route := model.Route{Name: name, Path: path, Hosts: lowerHosts(in.Hosts)}
		route.Gateway = r.gateway(path+".gateway", in.Gateway)
		complete := route.Gateway != nil
		for i, rule := range in.Rules {
			resolved, ok := r.rule(fmt.Sprintf("%s.rules[%d]", path, i), rule)
			complete = complete && ok
			route.Rules = append(route.Rules, resolved)
		}
		if complete {
			r.out.Routes = append(r.out.Routes, route)
		}
	}
}

func (r *resolver) rule(path string, in intent.RouteRule) (rule model.RouteRule, ok bool) {
	rule = model.RouteRule{Match: in.Match, Timeout: in.Timeout, Retries: in.Retries}
	ok = true
	for i, to := range in.To {
		at := fmt.Sprintf("%s.to[%d]", path, i)
		service := r.service(to.Service)
		if service == nil {
			r.unknown(at+".service", "service", to.Service, sorted(r.in.Services))
			ok = false
			continue
		}
		if subsets := r.in.Services[to.Service].Subsets; to.Subset != "" {
			if _, known := subsets[to.Subset]; !known {
				r.unknown(at+".subset", "subset", to.Subset, sorted(subsets))
				d := &r.list[len(r.list)-1]
				d.Message = fmt.Sprintf("service %s has no subset %q", to.Service, to.Subset)
				written := fmt.Sprintf("set %s to the labels of its pods, as in {version: %q}", intent.Join("services", to.Service, "subsets", to.Subset, "labels"), to.Subset)
				if len(subsets) == 0 {
					d.Suggestion, d.Alternatives = written, []string{d.Suggestion}
				} else {
					d.Alternatives = []string{written}
				}
				ok = false
			}
		}
		rule.To = append(rule.To, model.Destination{Service: service, Subset: to.Subset, Weight: to.Weight})
	}
	return rule, ok
}

func (r *resolver) service(name string) *model.Service {
	for i := range r.out.Services {
		if r.out.Services[i].Name == name {
			return &r.out.Services[i]
		}
	}
	return nil
}

func (r *resolver) authorization() {
	in := r.in.Authorization
	r.out.Authorization.Deny = in.Default == "deny"
	for _, name := range sorted(in.Issuers) {
		r.out.Authorization.Issuers = append(r.out.Authorization.Issuers, model.Issuer{
			Name: name, Path: intent.Join("authorization.issuers", name), Issuer: in.Issuers[name],
		})
	}
	for _, name := range sorted(in.Rules) {
		rule := model.AuthRule{Name: name, Path: intent.Join("authorization.rules", name), AuthRule: in.Rules[name]}
		before := len(r.list)
		if rule.To.Gateway != "" {
			rule.Gateway = r.gateway(rule.Path+".to.gateway", rule.To.Gateway)
		}
		for i, from := range rule.From.Gateways {
			if g := r.gateway(fmt.Sprintf("%s.from.gateways[%d]", rule.Path, i), from); g != nil {
				rule.Callers = append(rule.Callers, g)
			}
		}
		if name := rule.From.Issuer; name != "" {
			for i := range r.out.Authorization.Issuers {
				if r.out.Authorization.Issuers[i].Name == name {
					rule.Issuer = &r.out.Authorization.Issuers[i]
				}
			}
			if rule.Issuer == nil {
				r.unknown(rule.Path+".from.issuer", "issuer", name, sorted(in.Issuers))
			}
		}
		if len(r.list) == before {
			r.out.Authorization.Rules = append(r.out.Authorization.Rules, rule)
		}
	}
}

// madeUp ends the name of a host of which only addresses are known: a
// ServiceEntry must have a name, and istiod reads the addresses of plain TCP
// alone. The domain is reserved for private use.
const madeUp = ".egress.internal"

func (r *resolver) egress() {
	in := r.in.Egress
	r.out.Egress.RegistryOnly = in.Policy == "registry-only"
	for _, name := range sorted(in.Hosts) {
		host := in.Hosts[name]
		e := model.EgressHost{Name: name, Path: intent.Join("egress.hosts", name), Host: lowerHost(host.Host), Addresses: host.Addresses, Port: host.Port, Protocol: host.Protocol}
		if e.Host == "" {
			e.Host = name + madeUp
		}
		if host.Through != "" {
			if e.Through = r.gateway(e.Path+".through", host.Through); e.Through == nil {
				continue
			}
		}
		r.out.Egress.Hosts = append(r.out.Egress.Hosts, e)
	}
}
