package analysis

import (
	"regexp"

	"istio.io/istio/pkg/config/analysis/diag"
)

// explanation is a message that the analyzers may give, and why it is right
// that they do.
type explanation struct {
	code string
	on   string // a regular expression for the resource, as in VirtualService shop/todoui
	why  string
}

// explained is all that the analyzers may say.
var explained = []explanation{
	{"IST0102", "Namespace istio-(ingress|egress)", "gateways are injected by a label of their pods; their namespace has no other pods"},
	{"IST0102", "Namespace till", "the intent says that the namespace stays outside the mesh"},
	{"IST0175", "Deployment istio-system/istiod-1-31", "which addresses istiod must not fetch keys from is for the platform to know; the intent's environment variables take them"},
}

func (e explanation) fits(m diag.Message) bool {
	on := ""
	if m.Resource != nil {
		on = m.Resource.Origin.FriendlyName()
	}
	return e.code == m.Type.Code() && regexp.MustCompile("^(?:"+e.on+")$").MatchString(on)
}
