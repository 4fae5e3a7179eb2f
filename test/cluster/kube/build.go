package kube

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/sys/unix"
)

// The versions of what the suites run, as the modules below programs/ pin them;
// a test holds them against those.
const (
	KubernetesVersion = "1.36.1" // where a suite names no other of Minors
	IstioVersion      = "1.31.1"
	FluxVersion       = "1.9.5" // of kustomize-controller
	ArgoCDVersion     = "3.5.7"
)

// Program is a program that the suites run.
type Program string

// The programs.
const (
	Kubernetes          Program = "kubernetes"           // etcd and the control plane's components, by name as the first argument; KubernetesOf has older ones
	Kwok                Program = "kwok"                 // plays kubelets
	Istiod              Program = "pilot-discovery"      // istiod
	Istioctl            Program = "istioctl"             //
	KustomizeController Program = "kustomize-controller" // Flux's
	ArgoCDController    Program = "argocd-controller"    // Argo CD's application controller, and a repository server's stand-in
)

// ControlPlane are the programs of a cluster with istiod.
var ControlPlane = []Program{Kubernetes, Kwok, Istiod}

// recipe says how a program is built.
type recipe struct {
	module string   // the folder below programs/
	pkg    string   // what to build, seen from there
	flags  []string // for go build
	pins   string   // the module's file in that folder, without its ending; "" is go, of go.mod and go.sum
}

// recipes are the recipes of all programs. The flags are those of the projects'
// own releases: the API server refuses to start without a version, and istiod
// encodes with vtprotobuf.
func recipes() map[Program]recipe {
	const istio = "istio.io/istio/pkg/version"
	tags := []string{"-tags", "vtprotobuf,disable_pgv"}
	link := func(variables ...string) []string {
		flags := "-s -w"
		for _, v := range variables {
			flags += " -X " + v
		}
		return append(tags, "-ldflags", flags)
	}
	released := link(istio+".buildVersion="+IstioVersion, istio+".buildStatus=Clean", istio+".buildTag="+IstioVersion, istio+".buildHub=docker.io/istio")
	all := map[Program]recipe{
		Kwok:                {module: "controlplane", pkg: "sigs.k8s.io/kwok/cmd/kwok", flags: link()},
		Istiod:              {module: "controlplane", pkg: "istio.io/istio/pilot/cmd/pilot-discovery", flags: released},
		Istioctl:            {module: "controlplane", pkg: "istio.io/istio/istioctl/cmd/istioctl", flags: released},
		KustomizeController: {module: "flux", pkg: "github.com/fluxcd/kustomize-controller", flags: []string{"-ldflags", "-s -w"}},
		ArgoCDController:    {module: "argocd", pkg: "./application-controller", flags: []string{"-ldflags", "-s -w"}},
	}
	for _, name := range Minors() {
		const version = "k8s.io/component-base/version"
		major, minor, _ := strings.Cut(name, ".")
		r := recipe{module: "controlplane", pkg: "./kubernetes", flags: link(
			version+".gitVersion=v"+Release(name), version+".gitMajor="+major, version+".gitMinor="+minor,
			version+".gitTreeState=clean", version+".gitCommit=local", version+".buildDate=2026-01-01T00:00:00Z")}
		if name != Newest() {
			r.pins = "kubernetes-" + name
		}
		all[KubernetesOf(name)] = r
	}
	return all
}

// Binaries are built programs.
type Binaries map[Program]string

// Build returns the paths of the programs, and builds those that are not in the
// cache: files meshgen-cluster/<program>-<digest> of the user's cache folder,
// where the digest is that of the module's pins, the program's own source, the
// flags, the toolchain and the machine. Nothing removes old ones; all of it may
// be removed at any time. What happens is told to say. Several callers may build
// at once; each program is built by one of them.
func Build(ctx context.Context, say func(format string, args ...any), programs ...Program) (Binaries, error) {
	out := Binaries{}
	for _, p := range programs {
		r, ok := recipes()[p]
		if !ok {
			return nil, fmt.Errorf("there is no program %q; of Kubernetes there are %s", p, strings.Join(Minors(), ", "))
		}
		path, err := r.path(p)
		if err != nil {
			return nil, err
		}
		if err := r.build(ctx, say, path); err != nil {
			return nil, fmt.Errorf("building %s: %w", p, err)
		}
		out[p] = path
	}
	return out, nil
}

// build builds the program unless it is there.
func (r recipe) build(ctx context.Context, say func(string, ...any), path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close() // which unlocks
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil // by somebody else, meanwhile
	}
	say("building %s, which takes minutes", filepath.Base(path))
	started := time.Now()
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-modfile=" + r.file(".mod"), "-o", path + ".new"}, r.flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, r.pkg)...)
	cmd.Dir = r.folder()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	// Go that is interrupted removes what it has in the temporary folder, which
	// is gigabytes; go that is killed does not.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(out))
	}
	say("built %s in %s", filepath.Base(path), time.Since(started).Round(time.Second))
	return os.Rename(path+".new", path)
}

// folder returns the folder of the recipe's module.
func (r recipe) folder() string {
	return filepath.Join(Root(), "test", "cluster", "programs", r.module)
}

// file returns the name of the module's file with an ending, .mod or .sum.
func (r recipe) file(ending string) string { return cmp.Or(r.pins, "go") + ending }

// path returns where the cache has a program, and makes the folder.
func (r recipe) path(p Program) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	digest, err := r.digest()
	if err != nil {
		return "", err
	}
	base = filepath.Join(base, "meshgen-cluster")
	return filepath.Join(base, string(p)+"-"+digest), os.MkdirAll(base, 0o755)
}

// digest names what a program is built from, and by what.
func (r recipe) digest() (string, error) {
	toolchain, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("asking go for its version: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s %s {%q %q %q}\n", bytes.TrimSpace(toolchain), runtime.GOOS, runtime.GOARCH, r.module, r.pkg, r.flags)
	files := []string{filepath.Join(r.folder(), r.file(".mod")), filepath.Join(r.folder(), r.file(".sum"))}
	if strings.HasPrefix(r.pkg, "./") {
		own, err := filepath.Glob(filepath.Join(r.folder(), filepath.FromSlash(r.pkg), "*.go"))
		if err != nil {
			return "", err
		}
		files = append(files, own...)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %x\n", filepath.Base(f), sha256.Sum256(content))
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// Root returns the repository's root, as seen from the working directory; a
// test's is its package's folder.
func Root() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	for d := dir; d != filepath.Dir(d); d = filepath.Dir(d) {
		text, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if err == nil && modfile.ModulePath(text) == "github.com/meshgen/meshgen" {
			return d
		}
	}
	return dir
}
