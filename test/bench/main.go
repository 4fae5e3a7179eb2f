//go:build unix

// Command bench measures meshgen beside Helm. It makes fleets of clusters that
// all differ in their values, and runs each tool on them from a cold process:
//
//	go run ./test/bench            1, 50 and 1000 clusters
//	go run ./test/bench -n 1,50    those numbers alone
//	go run ./test/bench -full      helm template on 1000 clusters too, which takes long
//
// A cluster is the ambient set: base, istiod, cni, ztunnel and one gateway. Helm
// gets the very values that meshgen hands to the charts, computed beforehand, and
// does less: it neither reads the intent, nor checks it, nor adds the objects
// that no chart has, nor writes files.
//
// What is printed is the median of several runs: wall time, CPU time (user and
// system, of all processes), and the largest resident set of any one process.
// The process that measures stays small and leaves the work to processes of its
// own: on Linux a child's peak begins at what its parent held.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
)

// helmModule is the command that meshgen is held against, at the version of
// the library that meshgen uses.
const helmModule, helmVersion = "helm.sh/helm/v3/cmd/helm", "v3.22.0"

// helmMost is the largest fleet that helm template is run on without -full: it
// takes the better part of a second for each cluster.
const helmMost = 50

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	sizes := flags.String("n", "1,50,1000", "numbers of clusters, separated by commas")
	full := flags.Bool("full", false, fmt.Sprintf("run helm template on more than %d clusters too", helmMost))
	runs := flags.Int("runs", 5, "runs of each; fleets of more than 100 clusters get at most three")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	switch args := flags.Args(); {
	case len(args) == 2 && args[0] == "releases":
		return printReleases(args[1])
	case len(args) == 1 && args[0] == "helm":
		return helmInProcess(os.Stdin)
	case len(args) > 0:
		return fmt.Errorf("what is %s?", args[0])
	case *runs < 1:
		return errors.New("-runs must be 1 or more")
	}
	var counts []int
	for _, text := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-n %s: %q is no number of clusters", *sizes, text)
		}
		counts = append(counts, n)
	}

	dir, err := os.MkdirTemp("", "meshgen-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tools, err := build(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%s on %s/%s, %d cores\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "clusters\twall s\tCPU s\tpeak MiB\truns\t  what\t")
	for _, n := range counts {
		if err = measureFleet(table, tools, filepath.Join(dir, strconv.Itoa(n)), n, *runs, *full); err != nil {
			break // what was measured is printed all the same
		}
	}
	return errors.Join(err, table.Flush())
}

// toolset is what is measured: programs, and the folder of the charts.
type toolset struct{ meshgen, helm, self, charts string }

// build builds the programs. Helm is kept in the user's cache: it takes minutes.
func build(dir string) (toolset, error) {
	self, err := os.Executable()
	if err != nil {
		return toolset{}, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return toolset{}, err
	}
	t := toolset{
		meshgen: filepath.Join(dir, "meshgen"),
		helm:    filepath.Join(cache, "meshgen-bench", helmVersion, "helm"),
		self:    self,
		charts:  filepath.Join(dir, "charts"),
	}
	if err := goCommand(nil, "build", "-o", t.meshgen, "github.com/meshgen/meshgen/cmd/meshgen"); err != nil {
		return toolset{}, err
	}
	if _, err := os.Stat(t.helm); err != nil {
		fmt.Fprintf(os.Stderr, "bench: building helm %s, once\n", helmVersion)
		if err := goCommand([]string{"GOBIN=" + filepath.Dir(t.helm)}, "install", helmModule+"@"+helmVersion); err != nil {
			return toolset{}, err
		}
	}
	return t, writeCharts(t.charts)
}

func goCommand(env []string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out.Bytes())
	}
	return nil
}
