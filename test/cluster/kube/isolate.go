package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/meshgen/meshgen/test/upstream/sources"
)

// isolated is the variable that says to the second run of a test binary that it
// stands in its namespaces; it holds what was fetched, as JSON.
const isolated = "MESHGEN_CLUSTER_ISOLATED"

// fetched is what tests need and what took a network.
type fetched struct {
	Binaries Binaries

	// The files of definitions of custom resources, those of Gateway API's two
	// channels apart.
	Definitions, Standard, Experimental []string
}

// gatewayAPI is Gateway API's module.
const gatewayAPI = "sigs.k8s.io/gateway-api"

// Main is what a suite's TestMain does. It builds the programs, and runs the
// tests in namespaces of their own: for the network, so that ports and service
// addresses clash with nothing and nothing can leave, and for processes, so
// that whatever was started ends with the tests, however those end.
//
// prepare are functions that need the network and run before, outside: what
// they return a test finds by Prepared.
func Main(m *testing.M, programs ...Program) {
	if text, ok := os.LookupEnv(isolated); ok {
		os.Exit(inside(m, text))
	}
	code, err := outside(programs)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

// outside builds the programs and runs the test binary once more, in namespaces.
func outside(programs []Program) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		orphaned(ctx)
		stop()
	}()
	started := time.Now()
	binaries, err := Build(ctx, func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "[%s] %s\n", time.Since(started).Round(time.Second), fmt.Sprintf(format, args...))
	}, programs...)
	if err != nil {
		return 1, err
	}
	have := fetched{Binaries: binaries}
	for _, s := range sources.All {
		if s.Module == "istio.io/api" {
			continue // meshgen renders Istio's
		}
		files, err := s.Definitions()
		if err != nil {
			return 1, err
		}
		if s.Module != gatewayAPI {
			have.Definitions = append(have.Definitions, slices.Sorted(maps.Keys(files))...)
			continue
		}
		have.Standard = slices.Sorted(maps.Keys(files))
		s.Files = "config/crd/experimental/*.yaml"
		if files, err = s.Definitions(); err != nil {
			return 1, err
		}
		have.Experimental = slices.Sorted(maps.Keys(files))
	}
	text, err := json.Marshal(have)
	if err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	// Tests that are killed leave their folders; they all stand in one that goes.
	scratch, err := newScratch()
	if err != nil {
		return 1, err
	}
	defer scratch.remove()
	// Pdeathsig follows the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, self, os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), isolated+"="+string(text), "TMPDIR="+scratch.dir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGKILL) }
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	err = cmd.Start()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		return 1, fmt.Errorf("the suite runs in namespaces of its own for network and processes, which this system refuses (%w): "+
			"run it as root, or allow user namespaces (sysctl user.max_user_namespaces; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)", err)
	}
	if err != nil {
		return 1, err
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return 130, errors.New("interrupted; everything that was started has ended")
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(1, exit.ExitCode()), nil
	}
	return 0, err
}

// inside makes the namespace fit to live in, and runs the tests.
func inside(m *testing.M, text string) int {
	if err := json.Unmarshal([]byte(text), &have); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the loopback device:", err)
		return 1
	}
	return m.Run()
}

// have is what Main fetched for the tests of this process.
var have fetched

// Path returns where a program stands that TestMain asked for.
func Path(t testing.TB, p Program) string {
	t.Helper()
	path, ok := have.Binaries[p]
	if !ok {
		t.Fatalf("TestMain did not ask kube.Main for the program %s", p)
	}
	return path
}
