// Package host makes the files of host/: what the mesh needs of the things that
// nobody delivers to the cluster from the rendered folder, because they are
// there before it. That is the configuration of K3s' and RKE2's nodes, and the
// Helm values of Cilium and of cert-manager's istio-csr.
//
// The files hold only what the mesh and the intent decide. People merge them
// with their own configuration; a header in each file says where it goes. A
// file that would say nothing is not made.
package host

import (
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

// file is a file of host/.
type file struct {
	path   string // below host/
	header string // what the file is for and where it goes; lines without the comment's sign
	values map[string]any
}

// Files returns the files of a mesh's cluster, by their path below the cluster's
// folder host/, such as k3s/config.yaml. The error means that meshgen failed.
func Files(m model.Mesh) (tree.Tree, error) {
	t := tree.Tree{}
	for _, f := range append(distribution(m.Cluster), cilium(m), istioCSR(m)) {
		if len(f.values) == 0 {
			continue
		}
		text, err := object.Marshal(f.values)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		t[f.path] = append(comment(f.header), text...)
	}
	return t, nil
}

// comment returns lines as a comment of YAML.
func comment(lines string) []byte {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	return []byte(b.String())
}
