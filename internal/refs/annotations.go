package refs

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// interfaceName is the name of a network interface, as istio-init takes it
// (pkg/util/net, ValidateInterfaceNames).
var interfaceName = regexp.MustCompile(`^[a-zA-Z0-9_.\-]{1,15}\+?$`)

// unreadable says what is wrong with the value of an annotation that istiod's
// injector reads, and what to type; empty if nothing is (pkg/kube/inject, validate.go).
func unreadable(name, value string) (why, suggestion string) {
	switch name {
	case "sidecar.istio.io/interceptionMode":
		if !slices.Contains([]string{"REDIRECT", "TPROXY", "NONE"}, value) {
			return "which is no way of interception", "set " + name + " to REDIRECT, TPROXY or NONE"
		}
	case "status.sidecar.istio.io/port":
		if _, err := strconv.ParseUint(strings.TrimSpace(value), 10, 16); err != nil {
			return "which is no port", "set " + name + " to a port, such as \"15020\""
		}
	case "readiness.status.sidecar.istio.io/initialDelaySeconds", "readiness.status.sidecar.istio.io/periodSeconds", "readiness.status.sidecar.istio.io/failureThreshold":
		if _, err := strconv.ParseUint(value, 10, 32); err != nil {
			return "which is no whole number", "set " + name + " to a whole number, such as \"30\""
		}
	case "prometheus.istio.io/merge-metrics":
		if _, err := strconv.ParseBool(value); err != nil {
			return "which is neither true nor false", "set " + name + " to \"true\" or \"false\""
		}
	case "traffic.sidecar.istio.io/includeOutboundIPRanges", "traffic.sidecar.istio.io/excludeOutboundIPRanges":
		if value == "" || value == "*" && strings.HasSuffix(name, "includeOutboundIPRanges") {
			return "", ""
		}
		for block := range strings.SplitSeq(value, ",") {
			if _, err := netip.ParsePrefix(block); err != nil {
				return "which is no list of blocks of addresses", "write the blocks of " + name + " with commas and no spaces, such as \"10.0.0.0/8,192.0.2.7/32\""
			}
		}
	case "traffic.sidecar.istio.io/excludeInterfaces", "traffic.sidecar.istio.io/kubevirtInterfaces", "istio.io/reroute-virtual-interfaces":
		for one := range strings.SplitSeq(value, ",") {
			if value != "" && !interfaceName.MatchString(strings.TrimSpace(one)) {
				return "which is no list of network interfaces", "write the interfaces of " + name + " with commas, such as \"eth1,net0\""
			}
		}
	}
	return "", ""
}
