// Package check is what meshgen refuses, and why: the page of each code.
package check

import "github.com/meshgen/meshgen/internal/diag"

// Doc is the page of one code. Codes are for ever: a check that goes keeps its
// page, so that an old report still means something.
type Doc struct {
	Code     string        // MG and four digits
	Title    string        // one line, without a full stop
	Text     string        // what is wrong about it, and what to do
	Before   string        // an example that is refused
	After    string        // the same example, mended
	Since    string        // the release that brought the code
	Severity diag.Severity // what a diagnostic of the code is, as a rule
}
