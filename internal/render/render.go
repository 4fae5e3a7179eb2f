// Package render is the compiler: Compile, from the files that people write to
// the files that a GitOps engine applies. It is the only package that knows the
// order of the stages. It reads through an fs.FS, opens nothing else, and
// writes nothing.
//
//	fs.FS -> load -Intent-> resolve -Model-> check -> component -Release-> chart -+
//	                                   |                                          +-> overlay -> Tree
//	                                   +-> policy, gitops, host ------------------+
//
// Clusters are independent of each other: each goes through the stages by
// itself, on one of a bounded number of workers, and what they have in common
// is rendered once (package chart). Results are put together in the order of
// the clusters' names, so that neither the number of workers nor their luck
// shows in the output.
package render

import (
	"context"
	"fmt"
	"io/fs"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/fit"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/load"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/readonce"
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

	// Set are laid over what people wrote in each cluster, to see what would be.
	Set []Setting

	// Watch, if not nil, bounds what the evaluation of a cluster's files takes.
	Watch load.Watch
}

// Setting is a value that takes the place of what people wrote.
type Setting = load.Setting

// Output is what a compilation gives.
type Output struct {
	// Tree holds every file below the rendered folder, by a path such as
	// edge-berlin/kustomization.yaml. It is empty when a diagnostic is an error.
	Tree tree.Tree

	// Clusters are the clusters that compiled without an error, by name.
	Clusters []Cluster

	// Plans are what goes onto the nodes of each cluster whose objects could be
	// made, by name; those that do not fit are among them.
	Plans []Plan
}

// Plan is what goes onto the nodes of one cluster.
type Plan struct {
	Cluster    string
	Platform   string
	Kubernetes model.Minor
	Mode       intent.Mode
	Report     fit.Report

	Errors, Warnings int // of all of the cluster's diagnostics
}

// Cluster is the outcome of one cluster.
type Cluster struct {
	Name   string
	Images []string // what the cluster pulls, sorted
	Charts []Chart  // what it is rendered from, in the order of their installation
}

// batch is how many clusters are loaded with one CUE context: enough to share
// the schema's evaluation, few enough that what CUE remembers goes soon.
const batch = 20

// Compile compiles the clusters. What people have to mend comes as diagnostics,
// sorted; the error says that the environment or meshgen failed, or that the
// context ended.
func Compile(ctx context.Context, in Input) (Output, diag.List, error) {
	workers := max(1, in.Parallel)
	c, err := newCompiler(in.Version)
	if err != nil {
		return Output{}, nil, err
	}
	var background errgroup.Group
	if workers > 1 {
		background.Go(fault.Guard(func() error { return warm(c.renderer) }))
	}
	var list diag.List
	c.fsys = readonce.New(in.FS)
	c.source, list = load.Open(c.fsys)
	c.source.Watch, c.source.Set = in.Watch, in.Set
	c.schema = c.source.SchemaDigest()
	names := in.Clusters
	if len(names) == 0 {
		names = c.source.Clusters()
	}

	c.trials = len(names) <= batch // of many that are refused for one slip, each would take seconds
	results := make([]result, len(names))
	size := min(batch, (len(names)+workers-1)/workers)
	var done atomic.Int64
	progress := func(total int) {
		if in.Progress != nil {
			in.Progress(int(done.Add(1)), total)
		}
	}
	var wrong firstWrong
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for from := 0; from < len(names); from += size {
		part := names[from:min(from+size, len(names))]
		group.Go(fault.Guard(func() error {
			for i, loaded := range c.source.Load(part) {
				if err := groupCtx.Err(); err != nil {
					return err
				}
				compiled, err := c.cluster(loaded)
				if err != nil {
					return fmt.Errorf("cluster %s: %w", loaded.Cluster, err)
				}
				results[from+i] = compiled
				if compiled.past != nil {
					wrong.add(results, from+i)
				}
				progress(len(names))
			}
			return nil
		}))
	}
	err = group.Wait()
	if failed := background.Wait(); err == nil { // nothing may run on when Compile returns
		err = failed
	}
	if err != nil {
		return Output{}, nil, err
	}
	if err := c.lookPast(ctx, workers, results, progress); err != nil {
		return Output{}, nil, err
	}
	return collect(results, list)
}

// collect puts the clusters' results together, in their order.
func collect(results []result, list diag.List) (Output, diag.List, error) {
	out := Output{Tree: tree.Tree{}}
	for _, r := range results {
		list = append(list, r.list...)
		if r.plan != nil {
			plan := *r.plan
			plan.Errors, plan.Warnings = r.list.Count()
			out.Plans = append(out.Plans, plan)
		}
		if r.list.HasErrors() {
			continue
		}
		out.Clusters = append(out.Clusters, Cluster{Name: r.name, Images: r.images, Charts: r.charts})
		if err := out.Tree.Merge(r.files); err != nil {
			return Output{}, nil, err
		}
	}
	list = list.Fold().Sorted()
	if list.HasErrors() {
		out.Tree = tree.Tree{}
	}
	return out, list, nil
}
