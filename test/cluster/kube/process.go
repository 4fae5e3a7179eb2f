package kube

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Process is a running program whose output goes to a file.
type Process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Run starts a program and has it killed when the test ends; a throw-away
// control plane needs no grace. A program that ends before fails the test. Its
// output goes to a file in dir.
func Run(t testing.TB, dir, name string, env []string, path string, args ...string) *Process {
	t.Helper()
	p := &Process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(path, args...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, log, log
	p.cmd.Env = append(os.Environ(), env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // that it was killed is no news
		close(p.done)
	}()
	t.Cleanup(func() {
		if p.Ended() {
			t.Errorf("%s has ended before the test (%v); the end of what it said:\n%s", name, p.cmd.ProcessState, p.tail(15))
		}
		p.Kill()
	})
	return p
}

// Kill ends the process, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// Ended says whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Log returns what the process has printed so far, from a byte on.
func (p *Process) Log(from int64) string {
	file, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, from, math.MaxInt64-from))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Logged returns how many bytes the process has printed so far.
func (p *Process) Logged() int64 {
	info, err := os.Stat(p.log)
	if err != nil {
		return 0
	}
	return info.Size()
}

// tail returns the last lines of the log.
func (p *Process) tail(lines int) string {
	all := bytes.Split(bytes.TrimSpace([]byte(p.Log(0))), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// Eventually waits until check returns "", and asks it again every few
// milliseconds. When the time is over, or one of the processes has ended, the
// test fails with what it waited for and the last reason why that was not so.
func Eventually(t testing.TB, limit time.Duration, what string, check func() (why string), needs ...*Process) {
	t.Helper()
	if err := await(limit, check, needs...); err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

func await(limit time.Duration, check func() string, needs ...*Process) error {
	pause, deadline := 5*time.Millisecond, time.Now().Add(limit)
	for {
		why := check()
		if why == "" {
			return nil
		}
		for _, p := range needs {
			if p.Ended() {
				return fmt.Errorf("%s has ended (%v): %s", p.name, p.cmd.ProcessState, p.tail(5))
			}
		}
		if time.Now().After(deadline) {
			said := ""
			if len(needs) > 0 {
				said = "\nthe end of what " + needs[0].name + " said:\n" + needs[0].tail(10)
			}
			return fmt.Errorf("not after %s: %s%s", limit, why, said)
		}
		time.Sleep(pause)
		pause = min(2*pause, 200*time.Millisecond)
	}
}
