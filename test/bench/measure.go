//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// usage is what a run took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes, of the largest process
}

// process runs one process and says what it took. Its standard output is
// dropped; its standard error is shown when it fails. It gets the environment of
// this process, and what is laid over it.
func process(dir, program string, env []string, input io.Reader, args ...string) (usage, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdin, cmd.Env = dir, input, append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%s %v: %w\n%s", filepath.Base(program), args, err, stderr.Bytes())
	}
	u := usage{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if rusage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = int64(rusage.Maxrss)
		if runtime.GOOS != "darwin" {
			u.peak *= 1024 // everywhere else it counts KiB
		}
	}
	return u, nil
}

// median returns the median of each measure over several runs.
func median(runs []usage) usage {
	middle := func(measure func(usage) int64) int64 {
		var all []int64
		for _, u := range runs {
			all = append(all, measure(u))
		}
		slices.Sort(all)
		return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	return usage{
		wall: time.Duration(middle(func(u usage) int64 { return int64(u.wall) })),
		cpu:  time.Duration(middle(func(u usage) int64 { return int64(u.cpu) })),
		peak: middle(func(u usage) int64 { return u.peak }),
	}
}

// measureFleet measures everything on a fleet of n clusters, and prints a line each.
func measureFleet(out io.Writer, t toolset, dir string, n, runs int, full bool) error {
	if err := writeFleet(dir, n); err != nil {
		return err
	}
	if n > 100 {
		runs = min(runs, 3)
	}
	cache := []string{"XDG_CACHE_HOME=" + filepath.Join(dir, "cache")} // where the system asks for it; elsewhere the user's
	measure := func(what string, times int, once func() (usage, error)) error {
		var all []usage
		for range times {
			fmt.Fprintf(os.Stderr, "bench: %d clusters, %s: ", n, what)
			u, err := once()
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%.2f s\n", u.wall.Seconds())
			all = append(all, u)
		}
		u := median(all)
		_, err := fmt.Fprintf(out, "%d\t%.2f\t%.2f\t%d\t%d\t  %s\t\n", n, u.wall.Seconds(), u.cpu.Seconds(), u.peak>>20, times, what)
		return err
	}
	// The old tree is moved away and not removed: ext4 does not give out the
	// numbers of files that were just removed, and looks for others at length.
	var moved int
	err := measure("meshgen render", runs, func() (usage, error) {
		moved++
		err := os.Rename(filepath.Join(dir, "rendered"), filepath.Join(dir, fmt.Sprintf("rendered-%d", moved)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return usage{}, err
		}
		return process(dir, t.meshgen, cache, nil, "render")
	})
	if err != nil {
		return err
	}
	err = measure("meshgen verify, unchanged", runs, func() (usage, error) {
		return process(dir, t.meshgen, cache, nil, "verify")
	})
	if err != nil {
		return err
	}
	err = measure("meshgen verify, without its cache", runs, func() (usage, error) {
		return process(dir, t.meshgen, []string{"MESHGEN_CACHE=off"}, nil, "verify")
	})
	if err != nil {
		return err
	}

	releases, err := exec.Command(t.self, "releases", dir).Output()
	if err != nil {
		return fmt.Errorf("the values of the charts: %w", err)
	}
	helmRuns := runs
	if n > 1 {
		helmRuns = 1 // it takes long, and does not vary much
	}
	err = measure("Helm in process, without memory", helmRuns, func() (usage, error) {
		return process(dir, t.self, nil, bytes.NewReader(releases), "helm")
	})
	if err != nil {
		return err
	}
	if n > helmMost && !full {
		_, err := fmt.Fprintf(out, "%d\t-\t-\t-\t0\t  helm template, run with -full\t\n", n)
		return err
	}
	if err := writeValues(dir, releases); err != nil {
		return err
	}
	return measure("helm template, a process for each chart", helmRuns, func() (usage, error) { return helmTemplate(t, dir, releases) })
}

// writeValues writes the values of each release for helm template.
func writeValues(dir string, text []byte) error {
	var releases []release
	if err := json.Unmarshal(text, &releases); err != nil {
		return err
	}
	for i, r := range releases {
		values, err := json.Marshal(r.Values)
		if err != nil {
			return err
		}
		if err := writeFile(valuesFile(dir, i), values); err != nil {
			return err
		}
	}
	return nil
}

func valuesFile(dir string, i int) string {
	return filepath.Join(dir, "values", fmt.Sprintf("%d.json", i))
}

// helmTemplate runs helm template once for each release, on all cores.
func helmTemplate(t toolset, dir string, text []byte) (usage, error) {
	var releases []release
	if err := json.Unmarshal(text, &releases); err != nil {
		return usage{}, err
	}
	each := make([]usage, len(releases))
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	start := time.Now()
	for i, r := range releases {
		group.Go(func() (err error) {
			each[i], err = process(dir, t.helm, nil, nil, "template", r.Name, filepath.Join(t.charts, r.Chart),
				"--namespace", r.Namespace, "--kube-version", r.Kubernetes, "--values", valuesFile(dir, i))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return usage{}, err
	}
	total := usage{wall: time.Since(start)}
	for _, u := range each {
		total.cpu += u.cpu
		total.peak = max(total.peak, u.peak)
	}
	return total, nil
}
