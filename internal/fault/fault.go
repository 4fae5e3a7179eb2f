// Package fault carries a panic from the goroutine that has it to the place
// that reports it. A panic is a fault of meshgen's own; without this, Go would
// end the process with a stack, and with a status that means wrong use.
package fault

import (
	"fmt"
	"runtime/debug"
)

// Error is a panic that was caught.
type Error struct {
	Value any
	Stack []byte
}

// Error returns the panic's value in words.
func (e *Error) Error() string { return fmt.Sprint(e.Value) }

// Guard returns a function that does the same, and returns a panic as an *Error.
// Every goroutine that runs a stage begins with it.
func Guard(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if value := recover(); value != nil {
				err = &Error{value, debug.Stack()}
			}
		}()
		return f()
	}
}
