// Package render is the compiler: Compile, from the files that people write to
// the files that a GitOps engine applies. It is the only package that knows the
// order of the stages. It reads through an fs.FS, opens nothing else, and
// writes nothing.
package render

import (
	"context"
	"io/fs"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/tree"
)

// Input is what a compilation depends on, and all that it depends on.
type Input struct {
	// FS is the repository: cue.mod/ and overlays/ at its root.
	FS fs.FS

	// Clusters are the clusters to compile; none means all.
	Clusters []string

	// Parallel is the most clusters that are compiled at once; below one means one.
	Parallel int

	// Version is meshgen's release, for the lock files.
	Version string

	// Progress, if not nil, is called when a cluster is done, from any goroutine.
	Progress func(done, total int)
}

// Output is what a compilation gives.
type Output struct {
	// Tree holds every file below the rendered folder, by a path such as
	// edge-berlin/kustomization.yaml. It is empty when a diagnostic is an error.
	Tree tree.Tree

	// Clusters are the clusters that compiled without an error, by name.
	Clusters []Cluster
}

// Cluster is the outcome of one cluster.
type Cluster struct {
	Name   string
	Images []string // what the cluster pulls, sorted
}

// Compile compiles the clusters. What people have to mend comes as diagnostics,
// sorted; the error says that the environment or meshgen failed, or that the
// context ended.
func Compile(ctx context.Context, in Input) (Output, diag.List, error) {
	return Output{}, nil, nil
}
