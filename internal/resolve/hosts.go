package resolve

import (
	"regexp"
	"strings"
)

// placeholder is what Flux fills in; its name is written as it is.
var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// lowerHost returns a host without capitals: DNS knows none, Gateway API refuses
// them, and istiod compares hosts as they are written (pkg/config/host).
func lowerHost(host string) string {
	var out strings.Builder
	rest := host
	for _, at := range placeholder.FindAllStringIndex(host, -1) {
		from := len(host) - len(rest)
		out.WriteString(strings.ToLower(host[from:at[0]]) + host[at[0]:at[1]])
		rest = host[at[1]:]
	}
	return out.String() + strings.ToLower(rest)
}

// lowerHosts does so for each of some hosts.
func lowerHosts(hosts []string) []string {
	if hosts == nil {
		return nil
	}
	out := make([]string, len(hosts))
	for i, host := range hosts {
		out[i] = lowerHost(host)
	}
	return out
}
