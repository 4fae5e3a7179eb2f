package validate

import (
	"fmt"
	"strings"
)

func istioGateway(r *report, spec *node) {
	if name := spec.root().get("metadata", "name"); !isLabel(name.text()) {
		r.must(name, "must have no dots")
	}
	if spec.count("servers") == 0 {
		r.lacks(spec.get("servers"))
	}
	names := map[string]bool{}
	for _, s := range spec.each("servers") {
		if s.count("hosts") == 0 {
			r.lacks(s.get("hosts"))
		}
		for _, h := range s.each("hosts") {
			r.namespacedHost(h, true)
		}
		r.server(s)
		if p := s.get("port"); p.value != nil {
			if name := p.text("name"); names[name] {
				r.refuse(p.get("name"), fmt.Sprintf("{} is %q, which another server has already", name), "change {}")
			} else {
				names[name] = true
			}
		}
	}
}

func (r *report) server(s *node) {
	port, bind, tls := s.get("port"), s.get("bind"), s.get("tls")
	if port.value == nil {
		r.lacks(port)
		return
	}
	protocol := port.text("protocol")
	if !knownProtocol(protocol) {
		r.must(port.get("protocol"), "must be "+orList(upper(istioProtocols)))
		return
	}
	unix := strings.HasPrefix(bind.text(), unixPrefix)
	if port.whole("number") > 0 || !unix {
		r.istioPort(port.get("number"))
	}
	if port.whole("targetPort") > 0 {
		r.refuse(port.get("targetPort"), "{} has no effect on Gateways", "remove {}")
	}
	if port.text("name") == "" {
		r.lacks(port.get("name"))
	}
	switch {
	case unix:
		r.unixAddress(bind)
		if port.whole("number") != 0 {
			r.must(port.get("number"), "must be 0 for a Unix socket")
		}
	case bind.text() != "" && !isAddress(bind.text()):
		r.must(bind, "must be an IP address")
	}
	r.serverTLS(tls)
	mode := tls.text("mode")
	passes := mode == "" || mode == "PASSTHROUGH" || mode == "AUTO_PASSTHROUGH"
	switch {
	case isTLS(protocol) && tls.value == nil:
		r.refuse(tls, "{} is missing, with protocol "+protocol, "set {}")
	case isTLS(protocol) || tls.value == nil:
	case !isHTTP(protocol):
		r.refuse(tls, "{} cannot be set with protocol "+protocol, "remove {}, or set port.protocol to TLS")
	case !passes || tls.text("caCertificates") != "" || tls.text("privateKey") != "" || tls.text("serverCertificate") != "":
		r.refuse(tls, "{} can have nothing but httpsRedirect, with protocol "+protocol, "set port.protocol to HTTPS")
	}
}

// serverTLS checks the combinations of a server's TLS settings.
func (r *report) serverTLS(tls *node) {
	if tls.value == nil {
		return
	}
	mode := tls.text("mode")
	if mode == "ISTIO_MUTUAL" {
		for _, name := range []string{"serverCertificate", "privateKey", "caCertificates", "tlsCertificates", "credentialName", "credentialNames"} {
			if f := tls.get(name); !isBlank(f.value) {
				r.refuse(f, "{} cannot be set with mode ISTIO_MUTUAL", "remove {}")
			}
		}
		return
	}
	files := tls.text("serverCertificate") != "" && tls.text("privateKey") != ""
	credential := tls.text("credentialName") != "" || tls.count("credentialNames") > 0
	sources := 0
	for _, has := range []bool{files, tls.text("credentialName") != "", tls.count("credentialNames") > 0, tls.count("tlsCertificates") > 0} {
		if has {
			sources++
		}
	}
	if sources > 1 {
		r.refuse(tls, "{} has several sources of certificates", "keep one of credentialName, credentialNames, tlsCertificates and serverCertificate with privateKey in {}")
	}
	simple := mode == "SIMPLE"
	mutual := mode == "MUTUAL" || mode == "OPTIONAL_MUTUAL"
	if (simple || mutual) && credential {
		return
	}
	if mutual && tls.text("caCertificates") == "" {
		r.refuse(tls.get("caCertificates"), "{} is missing, with mode "+mode, "set credentialName, or {}")
	}
	if simple || mutual {
		certificates := tls.each("tlsCertificates")
		if len(certificates) == 0 {
			certificates = []*node{tls}
		}
		for _, c := range certificates {
			if c.text("serverCertificate") == "" {
				r.refuse(c.get("serverCertificate"), "{} is missing, with mode "+mode, "set credentialName, or {}")
			}
			if c.text("privateKey") == "" {
				r.refuse(c.get("privateKey"), "{} is missing, with mode "+mode, "set credentialName, or {}")
			}
		}
	}
	if tls.text("caCrl") != "" && (simple || tls.text("credentialName") != "") {
		r.refuse(tls.get("caCrl"), "{} cannot be set with mode SIMPLE, or with credentialName", "remove {}")
	}
}
