// Package cli is the command line: a file for each command, each of them dull.
//
// A command reads its flags, lets render.Compile do the work, and prints what
// came of it: the result on standard output, and what people want to know on
// standard error. All that a command needs of the world is in its Container, so
// that tests run commands in their own process.
//
// The exit status says who has to act: 0 nobody; 1 the author of the intent, or
// whoever should have rendered it; 2 whoever typed the command; 3 whoever looks
// after the machine, or meshgen's own authors.
package cli

import (
	"context"
	"io"
	"time"

	"github.com/meshgen/meshgen/internal/check"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/render"
)

// Container is the world of a command.
type Container struct {
	Dir    string // the folder the command runs in
	Getenv func(string) string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	// Terminal says whether a person watches an output: Stdout or Stderr.
	Terminal func(io.Writer) bool

	// CPUs is how many clusters are compiled at once when nobody says otherwise.
	CPUs int

	// Compile is render.Compile; tests put another compiler in its place.
	Compile func(context.Context, render.Input) (render.Output, diag.List, error)

	// Doc returns the page of a code; Docs returns all of them.
	Doc  func(code string) (check.Doc, bool)
	Docs func() []check.Doc

	// Program returns a digest of the program itself, and Cache the folder that
	// the user's programs may keep what they can make again in.
	Program func() (string, error)
	Cache   func() (string, error)

	// LockWait is how long a command waits for another meshgen to finish.
	LockWait time.Duration

	// Patience is how long the evaluation of one cluster's files may take, and
	// Memory how many bytes meanwhile; 0 is no bound. CUE has no end of its own.
	Patience time.Duration
	Memory   uint64

	// ProgressAfter is how long work takes before it tells how far it is.
	ProgressAfter time.Duration
}

// The exit statuses.
const (
	exitFine        = 0
	exitIntent      = 1
	exitUsage       = 2
	exitEnvironment = 3
)

// usageError says that the command was typed wrongly.
type usageError struct {
	message    string
	suggestion string // what to type, as an imperative; may be empty
}

func (e *usageError) Error() string { return e.message }

// environmentError is a failure that has a way out.
type environmentError struct {
	err        error
	suggestion string // what to do, as an imperative
}

func (e *environmentError) Error() string { return e.err.Error() }
func (e *environmentError) Unwrap() error { return e.err }

// statusError ends a command that has said everything already.
type statusError struct{ status int }

func (e *statusError) Error() string { return "" }

// errIntent is returned by a command that has reported errors of the intent, or
// a stale tree.
var errIntent = &statusError{exitIntent}

// runError marks an error as coming from a command's own work, as opposed to
// cobra's reading of the command line.
type runError struct{ err error }

func (e *runError) Error() string { return e.err.Error() }
func (e *runError) Unwrap() error { return e.err }
