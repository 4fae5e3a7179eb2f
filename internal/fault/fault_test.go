package fault

import (
	"errors"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	plain := errors.New("plain")
	if err := Guard(func() error { return plain })(); err != plain {
		t.Errorf("an error became %v", err)
	}
	if err := Guard(func() error { return nil })(); err != nil {
		t.Errorf("nothing became %v", err)
	}
	var loose []int
	var caught *Error
	err := Guard(func() error { return errors.New(string(rune(loose[3]))) })()
	if !errors.As(err, &caught) || caught.Error() != "runtime error: index out of range [3] with length 0" {
		t.Fatalf("a panic became %v", err)
	}
	if !strings.Contains(string(caught.Stack), "TestGuard") {
		t.Errorf("the stack does not lead to the fault:\n%s", caught.Stack)
	}
}
