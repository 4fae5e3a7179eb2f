package refs

import (
	"fmt"
	"slices"

	"github.com/meshgen/meshgen/internal/diag"
)

// wantNames are what an EnvoyFilter puts into a proxy's configuration that Envoy
// refuses without a name (min_len in http_connection_manager.proto,
// listener_components.proto, route_components.proto).
var wantNames = []string{"HTTP_FILTER", "NETWORK_FILTER", "LISTENER_FILTER", "VIRTUAL_HOST"}

// nameless reports something that an EnvoyFilter adds and that has no name: the
// proxies refuse the whole listener with it.
func (f *finder) nameless(s *subject, keys []string, to, operation string, value map[string]any) {
	adds := slices.Contains([]string{"ADD", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST", "REPLACE"}, operation)
	if !adds || !slices.Contains(wantNames, to) || value == nil || text(value, "name") != "" || s.ours() {
		return
	}
	at := below(keys, "patch", "value")
	f.report(s, problem{
		code: "MG5067", severity: diag.Error, keys: at,
		message:    fmt.Sprintf("adds a %s without a name in %s, and the proxies refuse all that comes with it", to, field(at)),
		suggestion: fmt.Sprintf("set %s", field(below(at, "name"))),
	})
}
