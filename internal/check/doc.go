// Package check is what meshgen refuses, and why.
//
// A Check is a rule that a resolved mesh is held to, in a file of its own: its
// page, and the function that finds breaches. All lists them, and Run holds a
// mesh against each; no check knows of another. A check refuses what Istio,
// Kubernetes or an engine would reject, or take and ignore.
//
// The other stages report what they alone can see. Their codes have pages here
// too, in lists by stage, so that Docs is every code that meshgen has: explain,
// SARIF and docs/reference read the same pages, and a test compiles their
// examples.
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
	Also     diag.Severity // what it is otherwise, as Text says; mostly empty
}

// Severities says what a diagnostic of the code is: "an error", or "an error or
// a warning", the usual first.
func (d Doc) Severities() string {
	text := map[diag.Severity]string{diag.Error: "an error", diag.Warning: "a warning"}
	if d.Also != "" {
		return text[d.Severity] + " or " + text[d.Also]
	}
	return text[d.Severity]
}
