package disk

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/lock"
	"github.com/meshgen/meshgen/internal/tree"
)

// Shared is the folder below the rendered one that holds the bases of several
// clusters. A file there belongs to every lock that names it.
const Shared = "shared"

// Plan is what the rendered folder will hold, and what stands in the way.
type Plan struct {
	// Tree is all that the folder will hold, files that are not meshgen's included.
	Tree tree.Tree

	// Changes turn what is there into Tree.
	Changes []tree.Change

	// Problems are the files that are not as meshgen left them. An error means
	// that nothing may be written; when force overrode it, it is a warning.
	Problems diag.List
}

// Wish is what somebody wants the rendered folder to hold.
type Wish struct {
	Tree     tree.Tree // what the compiler gave
	Clusters []string  // the clusters that were compiled; none means all
	Force    bool      // overwrite what was edited by hand or stands in the way
}

// Plan compares what is there with what is wished. Of a plan for some clusters,
// the others keep their files, and so do shared files that another cluster's
// lock names.
func (o *Output) Plan(have Snapshot, wish Wish) Plan {
	p := planner{output: o.path, have: have, wish: wish}
	for _, odd := range have.Odd {
		message := fmt.Sprintf("this is a %s, and meshgen writes only plain files and folders", odd.Kind)
		if odd.Kind == kind(0) {
			message = "this is a file, where meshgen wants a folder"
		}
		p.problem(diag.Diagnostic{
			Code: "MG6003", Severity: diag.Error,
			Message:    message,
			Suggestion: "remove " + odd.Path,
			Position:   diag.Position{File: odd.Path},
		})
	}
	p.readLocks()
	p.build()
	p.protect()
	changes := tree.Compare(have.Files, p.result)
	return Plan{Tree: p.result, Changes: changes, Problems: p.problems.Sorted()}
}

type planner struct {
	output   string
	have     Snapshot
	wish     Wish
	owners   map[string][]owner // by path, in the order of the locks
	broken   map[string]bool    // folders whose lock cannot be read
	result   tree.Tree
	problems diag.List
}

// owner is a lock that names a file.
type owner struct {
	cluster string
	digest  string // empty for the lock file itself, whose bytes no lock knows
}

func (p *planner) problem(d diag.Diagnostic) { p.problems = append(p.problems, d) }

// severity is an error's, unless force turns it into a warning.
func (p *planner) severity() diag.Severity {
	if p.wish.Force {
		return diag.Warning
	}
	return diag.Error
}

// readLocks finds out which files are meshgen's. A lock speaks for its own
// folder and for the shared one.
func (p *planner) readLocks() {
	p.owners, p.broken = map[string][]owner{}, map[string]bool{}
	for _, at := range p.have.Files.Paths() {
		cluster, name := path.Split(at)
		cluster = strings.TrimSuffix(cluster, "/")
		if name != lock.Name || cluster == "" || strings.Contains(cluster, "/") {
			continue
		}
		f, err := lock.Parse(p.have.Files[at])
		if err == nil {
			for _, file := range slices.Sorted(maps.Keys(f.Files)) { // the same one is named each time
				if first, _ := cutPath(file); first != cluster && first != Shared {
					err = fmt.Errorf("it names %s, which is another cluster's", file)
					break
				}
			}
		}
		if err != nil {
			p.broken[cluster] = true
			d := diag.Diagnostic{
				Code: "MG6004", Severity: p.severity(), Cluster: cluster,
				Message:    fmt.Sprintf("this lock file cannot be read: %v", err),
				Suggestion: "take the file back from version control, or run meshgen render --force",
				Position:   diag.Position{File: path.Join(p.output, at)},
			}
			if p.wish.Force {
				d.Suggestion = ""
			}
			p.problem(d)
		}
		p.owners[at] = []owner{{cluster: cluster}}
		if err != nil {
			continue
		}
		for file, digest := range f.Files {
			p.owners[file] = append(p.owners[file], owner{cluster, digest})
		}
	}
}

// inScope says whether a path is among what was compiled.
func (p *planner) inScope(at string) bool {
	first, _ := cutPath(at)
	return len(p.wish.Clusters) == 0 || first == Shared || slices.Contains(p.wish.Clusters, first)
}

// build lays the wish over what stays.
func (p *planner) build() {
	p.result = tree.Tree{}
	for at, content := range p.have.Files {
		owners, owned := p.owners[at]
		// A lock that cannot be read may name any shared file.
		unsure := len(p.broken) > 0 && firstOf(at) == Shared
		elsewhere := unsure || slices.ContainsFunc(owners, func(o owner) bool {
			return !slices.Contains(p.wish.Clusters, o.cluster)
		})
		if !owned || elsewhere && len(p.wish.Clusters) > 0 {
			p.result[at] = content
		}
	}
	maps.Copy(p.result, p.wish.Tree)
}

// protect reports what the result would destroy, and takes out of the result
// what cannot stand beside it.
func (p *planner) protect() {
	folders := map[string]bool{}
	for at := range p.wish.Tree {
		for dir := path.Dir(at); dir != "." && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	for _, at := range p.have.Files.Paths() {
		content := p.have.Files[at]
		owners, owned := p.owners[at]
		blocks := folders[at] || p.below(at)
		if blocks {
			delete(p.result, at)
		}
		after, kept := p.result[at]
		safe := kept && bytes.Equal(after, content)
		switch {
		case owned && (safe || asWritten(content, owners)):
		case owned:
			p.edited(at)
		case p.unknown(at) && !p.wish.Force:
			// The lock's own diagnostic says it all.
		case !safe:
			p.inTheWay(at)
		case p.wish.Force || !p.inScope(at) || p.wish.Tree[at] != nil:
		default:
			p.problem(diag.Diagnostic{
				Code: "MG6001", Severity: diag.Error, Cluster: ClusterOf(at),
				Message:    "this file is not meshgen's: no " + lock.Name + " names it",
				Suggestion: fmt.Sprintf("move it out of %s/, or run meshgen render --force, which leaves it alone", p.output),
				Position:   diag.Position{File: path.Join(p.output, at)},
			})
		}
	}
}

// unknown says whether a file may be one that a broken lock names.
func (p *planner) unknown(at string) bool {
	first := firstOf(at)
	return p.broken[first] || first == Shared && len(p.broken) > 0
}

// below says whether the wish has a file where this path has a folder.
func (p *planner) below(at string) bool {
	for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
		if _, ok := p.wish.Tree[dir]; ok {
			return true
		}
	}
	return false
}

// asWritten says whether a file is as one of its locks has it.
func asWritten(content []byte, owners []owner) bool {
	digest := lock.Digest(content)
	return slices.ContainsFunc(owners, func(o owner) bool { return o.digest == "" || o.digest == digest })
}

func (p *planner) edited(at string) {
	d := diag.Diagnostic{
		Code: "MG6002", Severity: p.severity(), Cluster: ClusterOf(at),
		Message:    "this file was edited by hand: it is not as " + lock.Name + " has it",
		Suggestion: "say it in the intent, then run meshgen render --force, which drops the edit",
		Position:   diag.Position{File: path.Join(p.output, at)},
	}
	if p.wish.Force {
		d.Message, d.Suggestion = "this file was edited by hand; the edit is overwritten", ""
	}
	p.problem(d)
}

func (p *planner) inTheWay(at string) {
	d := diag.Diagnostic{
		Code: "MG6001", Severity: p.severity(), Cluster: ClusterOf(at),
		Message:    "this file is not meshgen's, and stands where meshgen writes",
		Suggestion: fmt.Sprintf("move it out of %s/, or run meshgen render --force, which overwrites it", p.output),
		Position:   diag.Position{File: path.Join(p.output, at)},
	}
	if p.wish.Force {
		d.Message, d.Suggestion = "this file is not meshgen's, and stood where meshgen writes; it is overwritten", ""
	}
	p.problem(d)
}

// ClusterOf returns the cluster that a path below the rendered folder belongs
// to, or "" for a shared base and for a file at the top.
func ClusterOf(at string) string {
	if first, rest := cutPath(at); rest != "" && first != Shared {
		return first
	}
	return ""
}

func firstOf(at string) string {
	first, _ := cutPath(at)
	return first
}
