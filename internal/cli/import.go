package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/importer"
	"github.com/meshgen/meshgen/internal/intent"
)

func newImport(c *Container, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import WHAT [flags]",
		Short: "Turn what a cluster says of itself into the intent's words",
		Long: `Turn what a cluster says of itself into the intent's words. meshgen talks to no
cluster: it reads what kubectl printed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"import what?", "run meshgen import nodes"}
			}
			return &usageError{fmt.Sprintf("there is nothing to import from %s", args[0]) + didYouMean(args[0], []string{"nodes"}), "run meshgen import nodes"}
		},
	}
	cmd.AddCommand(newImportNodes(c, g))
	return cmd
}

func newImportNodes(c *Container, g *globals) *cobra.Command {
	var cluster string
	var force bool
	cmd := &cobra.Command{
		Use:   "nodes [FILE] [flags]",
		Short: "Write the node pools of a cluster from what kubectl get nodes prints",
		Long: `Read a list of nodes, as JSON or YAML, from a file or from standard input, and
write the node pools of the cluster as CUE. Equal nodes become one pool. Memory is
that of the pool's smallest node, rounded down; labels and taints that the
platform sets, or that come and go, are left out; what the API does not know is
said in a comment. For example:

    kubectl get nodes -o json | meshgen import nodes
    meshgen import nodes --cluster edge-1 nodes.json

With --cluster the pools are written to overlays/CLUSTER/nodes.cue, which CUE lays
beside mesh.cue. A file there that meshgen did not write, or that was edited
since, is replaced with --force only. Pools of mesh.cue stay, and are named, as are
those of the same name that say otherwise.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return &usageError{fmt.Sprintf("what is %s? The command takes one file", args[1]), ""}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&cluster, "cluster", "", "write to overlays/`CLUSTER`/nodes.cue")
	cmd.Flags().BoolVar(&force, "force", false, "replace a nodes.cue that meshgen did not write, or that was edited")
	_ = cmd.RegisterFlagCompletionFunc("cluster", c.completeClusters(g))
	cmd.RunE = work(func(ctx context.Context, args []string) error {
		if force && cluster == "" {
			return &usageError{"--force goes with --cluster", ""}
		}
		var s *session
		if cluster != "" {
			var err error
			if s, err = c.open(g, []string{cluster}); err != nil {
				return err
			}
			defer s.close()
		}
		file := "-"
		if len(args) > 0 {
			file = args[0]
		}
		name, data, err := c.readInput(ctx, g, file)
		if err != nil {
			return err
		}
		result, list := importer.Nodes(name, data)
		if err := diag.Text(c.Stderr, list, c.color(c.Stderr, g.color)); err != nil {
			return err
		}
		if list.HasErrors() {
			return errIntent
		}
		text, err := result.CUE()
		if err != nil {
			return err
		}
		if s != nil {
			if err := s.writeNodes(ctx, cluster, text, force); err != nil {
				return err
			}
			return s.sayOthers(ctx, cluster, result)
		}
		_, err = c.Stdout.Write(text)
		return err
	})
	return cmd
}

// readInput reads a file, or standard input for "-", and says what to call it.
func (c *Container) readInput(ctx context.Context, g *globals, file string) (name string, data []byte, err error) {
	const pipe = "pipe it in, or name a file: kubectl get nodes -o json | meshgen import nodes"
	in := c.Stdin
	if name = filepath.ToSlash(file); file == "-" {
		name = "standard input"
		if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return "", nil, &usageError{"where is the list of nodes?", pipe}
		}
	} else {
		f, err := os.Open(inFolder(inFolder(c.Dir, g.dir), file))
		if err != nil {
			return "", nil, &environmentError{fmt.Errorf("%s cannot be read: %w", name, cause(err)), pipe}
		}
		defer f.Close()
		in = f
	}
	err = await(ctx, func() (err error) {
		data, err = io.ReadAll(io.LimitReader(in, importer.MaxBytes+1))
		return err
	})
	switch {
	case errors.Is(err, context.Canceled):
		return "", nil, err
	case err != nil:
		return "", nil, &environmentError{fmt.Errorf("%s cannot be read: %w", name, cause(err)), pipe}
	case len(data) > importer.MaxBytes:
		return "", nil, &environmentError{fmt.Errorf("%s has more than %d bytes", name, importer.MaxBytes), "give the nodes of one cluster, as kubectl get nodes -o json prints them"}
	}
	return name, data, nil
}

// cause is an error of the file system without the path, which is said before.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// nodesHeader begins a nodes.cue that meshgen wrote; the digest of what follows
// tells whether it was edited since.
const nodesHeader = "// Written by meshgen import nodes, which replaces the file unless it was edited.\n// sha256:"

// signed is a file with the header.
func signed(text []byte) []byte {
	return []byte(fmt.Sprintf("%s%x\n\n%s", nodesHeader, sha256.Sum256(text), text))
}

// intact says whether a file is as meshgen wrote it. Line ends are not what git
// may change of it.
func intact(file []byte) bool {
	file = []byte(strings.ReplaceAll(string(file), "\r\n", "\n"))
	_, body, ok := strings.Cut(string(file), "\n\n")
	return ok && string(signed([]byte(body))) == string(file)
}

// writeNodes writes the pools of a cluster beside its mesh.cue.
func (s *session) writeNodes(ctx context.Context, cluster string, text []byte, force bool) error {
	release, err := s.lock(ctx, false)
	if err != nil {
		return err
	}
	defer release()
	name := path.Join("overlays", cluster, "nodes.cue")
	file := signed(text)
	have, err := fs.ReadFile(s.repo.FS(), name)
	word := "replaced"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		word = "made"
	case err != nil:
		return &environmentError{fmt.Errorf("%s cannot be read: %w", name, cause(err)), "move it out of the way"}
	case string(have) == string(file):
		_, err := fmt.Fprintln(s.c.Stdout, "kept", name)
		return err
	case !intact(have) && !force:
		what, next := "was not written by meshgen import nodes", "move what it holds to mesh.cue, or replace the file with --force"
		if strings.HasPrefix(string(have), nodesHeader) {
			what, next = "was edited since meshgen wrote it", "move the edit to mesh.cue, or drop it with --force"
		}
		list := diag.List{{
			Code: "MG6008", Severity: diag.Error, Cluster: cluster,
			Message: "this file " + what + "; nothing was written", Suggestion: next,
			Position: diag.Position{File: name},
		}}
		if err := diag.Text(s.c.Stderr, list, false); err != nil {
			return err
		}
		return errIntent
	}
	if err := s.put(name, file); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if _, err := fmt.Fprintln(s.c.Stdout, word, name); err != nil {
		return err
	}
	fmt.Fprintf(s.c.Stderr, "next: read it, and run meshgen plan %s\n", cluster)
	return nil
}

// sayOthers names the pools that the cluster declares beside those that were
// imported: pools add up, and nodes that are counted twice carry nothing. It also
// names those that other files declare under the same names and otherwise, for
// CUE takes neither then. Another error of the intent is for vet to speak of.
func (s *session) sayOthers(ctx context.Context, cluster string, imported importer.Result) error {
	out, list, err := s.compile(ctx)
	if err != nil {
		return err
	}
	if twice := contrary(list, path.Join("overlays", cluster, "nodes.cue"), imported); len(twice) > 0 {
		fmt.Fprintf(s.c.Stderr, "pools of the same name stand elsewhere and say otherwise, so that vet refuses both (MG1008): %s\n    try: take them out there, if these are the same nodes, or rename them there\n", strings.Join(twice, ", "))
	}
	var others []string
	for _, p := range out.Plans {
		for _, n := range p.Report.Nodes {
			known := slices.ContainsFunc(imported.Pools, func(i importer.Pool) bool { return i.Name == n.Pool })
			if !known && !slices.Contains(others, n.Pool) {
				others = append(others, n.Pool)
			}
		}
	}
	if len(others) > 0 {
		fmt.Fprintf(s.c.Stderr, "the cluster has other node pools, too, and pools add up: %s\n    try: take them out of mesh.cue, if these are the same nodes\n", strings.Join(others, ", "))
	}
	return nil
}

// contrary returns the imported pools that another file contradicts, and where.
func contrary(list diag.List, own string, imported importer.Result) []string {
	var pools []string
	for _, p := range imported.Pools {
		at := intent.Join("cluster.nodePools", p.Name)
		var places []diag.Position
		for _, d := range list {
			if d.Code != "MG1008" || d.Path != at && !strings.HasPrefix(d.Path, at+".") {
				continue
			}
			for _, note := range append([]diag.Note{{Position: d.Position}}, d.Related...) {
				if note.Position.IsValid() && note.Position.File != own {
					places = append(places, note.Position)
				}
			}
		}
		if len(places) > 0 {
			first := slices.MinFunc(places, diag.Position.Compare)
			pools = append(pools, fmt.Sprintf("%s (%s:%d)", p.Name, first.File, first.Line))
		}
	}
	return pools
}

// put writes one file of the repository, whole or not at all.
func (s *session) put(name string, data []byte) (err error) {
	root, err := os.OpenRoot(s.repo.Dir())
	if err != nil {
		return err
	}
	defer root.Close()
	st := &stager{root: root}
	defer func() { err = st.finish(err) }()
	if err := st.stage(name, data); err != nil {
		return err
	}
	return st.settle(true)
}
