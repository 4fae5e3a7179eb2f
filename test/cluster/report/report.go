// Package report keeps docs/compatibility.md: what the suites ran with, and what
// came of it. Each suite has a section, which it writes when all of its tests
// have run, or, without MESHGEN_UPDATE=1, compares. A section holds nothing that
// differs between two runs of the same source: no times, hosts or paths.
package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// Page is the page's path below the repository's root.
const Page = "docs/compatibility.md"

const head = `# Compatibility

What meshgen's output was held against: the real programs, built from their Go modules at these versions. The suites write this page; see test/cluster.
`

// suites are the sections' names and titles, in the page's order.
var suites = []struct{ name, title string }{
	{"accept", "Accept: the API server and istiod take every object"},
	{"minors", "Minors: and so do the older ones that Istio runs on"},
	{"place", "Place: the scheduler does as meshgen says"},
	{"updates", "Updates: so do the controllers, with the scheduler"},
	{"mean", "Mean: proxies are told what the intent says"},
	{"deliver", "Deliver: Flux and Argo CD apply the layers, and leave them alone"},
}

// Table is a table of a section.
type Table struct {
	Head []string
	Rows [][]string
}

// String writes the table as Markdown.
func (t Table) String() string {
	var b strings.Builder
	line := func(cells []string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(c, "|", "\\|")
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	line(append([]string{}, t.Head...))
	b.WriteString(strings.Repeat("|---", len(t.Head)) + "|\n")
	for _, r := range t.Rows {
		line(append([]string{}, r...))
	}
	return b.String()
}

// Section writes the section of a suite, or compares it: Markdown, without its
// title. A test that has failed writes nothing.
func Section(t *testing.T, suite, text string) {
	t.Helper()
	path := filepath.Join(kube.Root(), filepath.FromSlash(Page))
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if t.Failed() {
		return
	}
	page, err := replace(string(old), suite, text)
	if err != nil {
		t.Fatal(err)
	}
	if page == string(old) {
		return
	}
	if os.Getenv("MESHGEN_UPDATE") == "" {
		t.Errorf("%s is not what came out (MESHGEN_UPDATE=1 writes it):\n%s", Page, cmp.Diff(string(old), page))
		return
	}
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replace returns the page with a suite's section replaced.
func replace(page, suite, text string) (string, error) {
	out, found := head, false
	for _, s := range suites {
		title := "\n## " + s.title + "\n\n"
		section := ""
		if _, after, ok := strings.Cut(page, title); ok {
			section, _, _ = strings.Cut(after, "\n## ")
		}
		if s.name == suite {
			section, found = text, true
		}
		if section != "" {
			out += title + strings.TrimRight(section, "\n") + "\n"
		}
	}
	if !found {
		return "", fmt.Errorf("there is no suite %q", suite)
	}
	return out, nil
}
