package refs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
)

// handlers are where a container names a port of its own: what the kubelet
// calls (core/v1 Probe and LifecycleHandler). A probe by gRPC takes no name.
var handlers = []path{
	parsePath("startupProbe.httpGet"), parsePath("startupProbe.tcpSocket"),
	parsePath("livenessProbe.httpGet"), parsePath("livenessProbe.tcpSocket"),
	parsePath("readinessProbe.httpGet"), parsePath("readinessProbe.tcpSocket"),
	parsePath("lifecycle.postStart.httpGet"), parsePath("lifecycle.postStart.tcpSocket"),
	parsePath("lifecycle.preStop.httpGet"), parsePath("lifecycle.preStop.tcpSocket"),
}

// namedPorts holds the ports that the kubelet is told by name against those of
// the same container: of a name that is not there every probe fails
// (kubernetes pkg/probe ResolveContainerPort).
func (f *finder) namedPorts(s *subject, w workload) {
	if w.injected {
		return // the proxy's ports are the injector's
	}
	for _, list := range containers {
		path{list, "[]"}.maps(w.spec, w.keys, func(keys []string, container map[string]any) {
			var names []string
			for _, p := range object.List(container, "ports") {
				m, _ := p.(map[string]any)
				if name := text(m, "name"); name != "" {
					names = append(names, name)
				}
			}
			for _, handler := range handlers {
				handler.maps(container, keys, func(keys []string, m map[string]any) {
					f.namedPort(s, below(keys, "port"), text(m, "port"), text(container, "name"), names)
				})
			}
		})
	}
}

// namedPort reports a port that a container does not have.
func (f *finder) namedPort(s *subject, keys []string, name, container string, names []string) {
	_, err := strconv.Atoi(name)
	if name == "" || err == nil || slices.Contains(names, name) || strings.Contains(name, "${") { // a number in quotes is one
		return
	}
	p := problem{
		code: "MG5053", keys: keys,
		message:    fmt.Sprintf("calls the port %q in %s, and container %s has no port of that name", name, field(keys), container),
		suggestion: fmt.Sprintf("set %s to a number, or add the name to a port of container %s", field(keys), container),
	}
	if near := diag.Nearest(name, names); near != "" {
		p.suggestion = fmt.Sprintf("set %s to %q", field(keys), near)
	} else if len(names) > 0 {
		p.suggestion = fmt.Sprintf("set %s to %q, or add the name to a port of container %s", field(keys), names[0], container)
	}
	f.report(s, p)
}
