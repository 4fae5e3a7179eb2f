package accept

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
)

// TestIstioctl holds every cluster, file by file, against istioctl validate,
// which looks at what neither the API server nor istiod minds, such as the names
// of Services' ports. It has neither an error nor a warning.
func TestIstioctl(t *testing.T) {
	for _, m := range mesh.Clusters(t) {
		t.Run(m.Name, func(t *testing.T) {
			out, err := exec.Command(kube.Path(t, kube.Istioctl), "validate", "-f", m.Dir).CombinedOutput()
			says := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(out)), "\n"), func(line string) bool { return strings.HasSuffix(line, " is valid") })
			if err != nil || len(says) > 0 {
				t.Errorf("%v\n%s", err, strings.Join(says, "\n"))
			}
		})
	}
}
