package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/fault"
	"github.com/meshgen/meshgen/internal/render"
)

// issues is where people report that meshgen failed.
const issues = "https://github.com/meshgen/meshgen/issues"

// collectAt is by how many per cent the heap may grow before it is collected.
// Twice Go's own figure: a seventh of the CPU time for a third more memory,
// which for a thousand clusters stays below 1 GiB (make bench).
const collectAt = 200

// Main runs the command that the process was started with and returns its exit
// status. An interrupt ends the work and leaves the rendered folder as it was.
func Main() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "meshgen: %v\n", err)
		return exitEnvironment
	}
	c := &Container{
		Dir: dir, Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Terminal: func(w io.Writer) bool {
			f, ok := w.(*os.File)
			return ok && term.IsTerminal(int(f.Fd()))
		},
		CPUs:    runtime.GOMAXPROCS(0),
		Compile: render.Compile,
		Doc:     check.Find, Docs: check.Docs,
		Program: programDigest, Cache: os.UserCacheDir,
		LockWait: time.Minute, Patience: 5 * time.Second, Memory: 1 << 30, ProgressAfter: time.Second,
	}
	return c.Run(ctx, os.Args[1:])
}

// Run runs one command and returns its exit status. It never panics: a fault of
// meshgen's own is reported as one.
func (c *Container) Run(ctx context.Context, args []string) (status int) {
	defer func() {
		if value := recover(); value != nil {
			status = c.fault(&fault.Error{Value: value, Stack: debug.Stack()})
		}
	}()
	root := newRoot(c)
	root.SetArgs(args)
	at, err := root.ExecuteContextC(ctx)
	return c.status(at, err)
}

// fault reports a panic.
func (c *Container) fault(fault *fault.Error) int {
	fmt.Fprintf(c.Stderr, "meshgen: meshgen itself failed: %v\n", fault)
	fmt.Fprintf(c.Stderr, "    try: report it, with the intent if you can, at %s\n", issues)
	if c.Getenv("MESHGEN_DEBUG") == "1" {
		fmt.Fprintf(c.Stderr, "%s", fault.Stack)
	}
	return exitEnvironment
}

// status says what went wrong and returns the exit status.
func (c *Container) status(at *cobra.Command, err error) int {
	var (
		done     *statusError
		usage    *usageError
		env      *environmentError
		run      *runError
		panicked *fault.Error
	)
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &done):
		return done.status
	case errors.As(err, &panicked):
		return c.fault(panicked)
	case errors.As(err, &usage):
		return c.wrongUse(at, usage.message, usage.suggestion)
	case !errors.As(err, &run):
		return c.wrongUse(at, err.Error(), "")
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(c.Stderr, "meshgen: interrupted; nothing was written")
	case errors.As(err, &env):
		fmt.Fprintf(c.Stderr, "meshgen: %v\n    try: %s\n", env, env.suggestion)
	default:
		fmt.Fprintf(c.Stderr, "meshgen: %v\n", err)
	}
	return exitEnvironment
}

func (c *Container) wrongUse(at *cobra.Command, message, suggestion string) int {
	fmt.Fprintf(c.Stderr, "meshgen: %s\n", message)
	if suggestion != "" {
		fmt.Fprintf(c.Stderr, "    try: %s\n", suggestion)
	}
	fmt.Fprintf(c.Stderr, "usage: %s\n", at.UseLine())
	return exitUsage
}

// color says whether an output gets colours.
func (c *Container) color(w io.Writer, when string) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	return c.Getenv("NO_COLOR") == "" && c.Getenv("TERM") != "dumb" && c.Terminal(w)
}

// sarif says who found the problems.
func (c *Container) sarif() diag.Tool {
	return diag.Tool{
		Name: "meshgen", Version: Version, URL: "https://github.com/meshgen/meshgen",
		Rule: func(code string) (diag.Rule, bool) {
			doc, ok := c.Doc(code)
			return diag.Rule{Title: doc.Title, Text: doc.Text}, ok
		},
		Place: func(d diag.Diagnostic) string { return path.Join("overlays", d.Cluster) + "/" },
	}
}
