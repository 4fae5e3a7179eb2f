package importer

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"

	"github.com/meshgen/meshgen/internal/intent"
)

// CUE returns the pools as a file of package mesh, as cue fmt has it. An error
// is meshgen's own fault.
func (r Result) CUE() ([]byte, error) {
	w := &writer{}
	w.line("package mesh")
	w.line("")
	nodes := "1 node"
	if r.Nodes != 1 {
		nodes = fmt.Sprintf("%d nodes", r.Nodes)
	}
	w.comment(fmt.Sprintf("The node pools as %s told them. What kubectl get nodes does not know, and what is put here by its best guess, is said beside it.", nodes))
	if r.Kubernetes != "" {
		w.comment(fmt.Sprintf("The nodes look like cluster: {platform: %s, kubernetes: %s}, which belongs into mesh.cue.", quote(r.Platform), quote(r.Kubernetes)))
	}
	w.line("cluster: nodePools: {")
	for i, p := range r.Pools {
		if i > 0 {
			w.line("")
		}
		w.pool(p)
	}
	w.line("}")
	return format.Source([]byte(w.b.String()))
}

// writer writes CUE that format puts in order.
type writer struct{ b strings.Builder }

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.b, format+"\n", args...)
}

// width is how long the lines of comments are.
const width = 76

// comment writes a text as lines of comment.
func (w *writer) comment(text string) {
	line := "//"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > width && line != "//" {
			w.line("%s", line)
			line = "//"
		}
		line += " " + word
	}
	w.line("%s", line)
}

func (w *writer) pool(p Pool) {
	w.comment(p.members())
	if p.down > 0 {
		w.comment(fmt.Sprintf("%d of the %d %s not ready now, and counted all the same.", p.down, p.Count, is(p.down)))
	}
	if p.cordoned > 0 {
		w.comment(fmt.Sprintf("%d of the %d cannot be scheduled to now (kubectl cordon), and counted all the same.", p.cordoned, p.Count))
	}
	w.line("%s: {", fieldName(p.Name))
	w.line("role: %s", quote(p.Role))
	w.line("count: %d", p.Count)
	w.line("cpu: %s", quote(p.CPU))
	w.line("memory: %s%s", quote(p.Memory), p.smallest())
	w.line("arch: %s", quote(p.Arch))
	w.pages(p)
	if p.Kernel.Version != "" {
		several := ""
		if older(p.kernels[0], p.kernels[len(p.kernels)-1]) {
			several = " // the oldest; the newest is " + numbers.FindString(p.kernels[len(p.kernels)-1])
		}
		w.line("kernel: version: %s%s", quote(p.Kernel.Version), several)
	}
	if len(p.Zones) > 0 {
		w.line("zones: [%s]", quoteAll(p.Zones))
	}
	w.pairs("labels", p.Labels)
	if len(p.Taints) > 0 {
		w.line("taints: [%s]", strings.Join(taints(p.Taints), ", "))
	}
	if p.MaxPods != 110 {
		w.line("maxPods: %d", p.MaxPods)
	}
	w.pairs("allocatable", p.Allocatable)
	w.reserved(p)
	w.line("}")
}

// pairs writes a struct of texts, on one line where that is what cue fmt does.
func (w *writer) pairs(field string, all map[string]string) {
	switch lines := pairsOf(all); {
	case len(lines) == 1 && lines[0][0] != '"':
		w.line("%s: %s", field, lines[0])
	case len(lines) > 0:
		w.line("%s: {\n%s\n}", field, strings.Join(lines, "\n"))
	}
}

func is(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// pairsOf are labels as fields, in order.
func pairsOf(labels map[string]string) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, fieldName(key)+": "+quote(labels[key]))
	}
	return all
}

// taints are taints as structs.
func taints(all []intent.Taint) []string {
	var texts []string
	for _, t := range all {
		value := ""
		if t.Value != "" {
			value = "value: " + quote(t.Value) + ", "
		}
		texts = append(texts, fmt.Sprintf("{key: %s, %seffect: %s}", quote(t.Key), value, quote(t.Effect)))
	}
	return texts
}

// pages writes what the kernel's name tells of pages and addresses, and says
// what has to be looked up.
func (w *writer) pages(p Pool) {
	if p.Arch != "arm64" {
		return
	}
	if p.PageSize != 0 {
		w.line("pageSize: %d // by the kernel's name; getconf PAGESIZE on a node says for sure", p.PageSize)
	}
	if p.VABits != 0 {
		w.line("vaBits: %d // by the kernel's name; grep VA_BITS= /boot/config-$(uname -r) says for sure", p.VABits)
	}
	switch {
	case p.PageSize == 0 && p.VABits == 0:
		w.comment("pageSize and vaBits are not known to the API. Where getconf PAGESIZE is not 4096, or CONFIG_ARM64_VA_BITS not 48, set them.")
	case p.VABits == 0:
		w.comment("vaBits is not known to the API. Where CONFIG_ARM64_VA_BITS is not 48, set it.")
	}
}

// reserved writes what the kubelets keep, where they do.
func (w *writer) reserved(p Pool) {
	if p.Reserved == nil {
		return
	}
	var parts []string
	if p.Reserved.CPU != "" {
		parts = append(parts, "cpu: "+quote(p.Reserved.CPU))
	}
	if p.Reserved.Memory != "" {
		parts = append(parts, "memory: "+quote(p.Reserved.Memory))
	}
	w.line("reserved: {%s} // capacity less allocatable", strings.Join(parts, ", "))
}

// shown is how many nodes of a pool are named.
const shown = 5

// members names the nodes of a pool.
func (p Pool) members() string {
	if n := len(p.Nodes); n > shown {
		return fmt.Sprintf("%s and %d others", strings.Join(p.Nodes[:shown-1], ", "), n-shown+1)
	}
	return strings.Join(p.Nodes, ", ")
}

// smallest says that a pool's nodes are not quite equal.
func (p Pool) smallest() string {
	if most, _ := bytesText(p.largest); most != p.Memory {
		return " // of the smallest; the largest has " + most
	}
	return ""
}

func quote(s string) string { return literal.String.Quote(s) }

func quoteAll(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = quote(s)
	}
	return strings.Join(quoted, ", ")
}

var plainName = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

// fieldName writes the name of a field.
func fieldName(name string) string {
	if plainName.MatchString(name) && !slices.Contains([]string{"for", "if", "let", "in", "true", "false", "null", "package", "import"}, name) {
		return name
	}
	return quote(name)
}
