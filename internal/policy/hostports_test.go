package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/model"
)

// A wildcard is followed by the ports that are known: the rule's, or those of
// the Services in its namespace.
func TestHostPorts(t *testing.T) {
	m := model.Mesh{Services: []model.Service{
		{Name: "a", Namespace: "shop", Port: 8080}, {Name: "b", Namespace: "shop", Port: 80},
		{Name: "c", Namespace: "shop", Port: 8080}, {Name: "d", Namespace: "other", Port: 9090},
	}}
	for _, c := range []struct {
		namespace string
		ports     []int
		want      []string
	}{
		{"shop", nil, []string{"*.x", "*.x:80", "*.x:8080"}},
		{"shop", []int{7070}, []string{"*.x", "*.x:7070"}},
		{"none", nil, []string{"*.x"}},
	} {
		var rule model.AuthRule
		rule.To.Namespace, rule.To.Ports = c.namespace, c.ports
		if diff := cmp.Diff(c.want, hostForms([]string{"*.x"}, hostPorts(m, rule))); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", c.namespace, c.ports, diff)
		}
	}
}
