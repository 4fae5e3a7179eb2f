// Vulns keeps a dated copy of what the Go project knows to be wrong with the
// modules that are linked into the command, and with Go itself, so that
// govulncheck has something to ask where vuln.go.dev cannot be reached.
//
//	go run ./test/vulns -from CLONE   writes known.json from a clone of github.com/golang/vulndb
//	go run ./test/vulns -to FOLDER    writes known.json as a database that govulncheck reads
//
// The copy holds facts alone: numbers of reports, versions, packages and
// symbols. What a report says in words stands at pkg.go.dev/vuln. Of modules
// that are not linked in it knows nothing: -to fails when there is one that
// was not linked in when the copy was made. The database is given away under
// CC BY 4.0 (https://creativecommons.org/licenses/by/4.0).
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed known.json
var committed []byte

// file is where known.json is written, from the module's root.
const file = "test/vulns/known.json"

// known is the copy: what of the database is about what is linked in.
type known struct {
	Source   string   `json:"source"`   // the repository and the commit that it is of
	Modified string   `json:"modified"` // that commit's time, RFC 3339
	Modules  []string `json:"modules"`  // whose reports the copy has, "stdlib" and "toolchain" among them
	Reports  []report `json:"reports"`
}

// report is one entry in the schema of OSV (https://ossf.github.io/osv-schema),
// without its words. Affected keeps what Go adds to the schema as it stands.
type report struct {
	SchemaVersion string     `json:"schema_version"`
	ID            string     `json:"id"`
	Modified      string     `json:"modified"`
	Published     string     `json:"published"`
	Withdrawn     string     `json:"withdrawn,omitempty"`
	Affected      []affected `json:"affected"`
	// Specific has the address of the report's page; govulncheck prints it.
	Specific json.RawMessage `json:"database_specific"`
}

type affected struct {
	Package struct {
		Name      string `json:"name"`
		Ecosystem string `json:"ecosystem"`
	} `json:"package"`
	Ranges []struct {
		Type   string `json:"type"`
		Events []struct {
			Introduced string `json:"introduced,omitempty"`
			Fixed      string `json:"fixed,omitempty"`
		} `json:"events"`
	} `json:"ranges"`
	Specific json.RawMessage `json:"ecosystem_specific"`
}

// fixed returns the version that ends a's last range, or "" if none does.
func (a affected) fixed() string {
	fixed := ""
	for _, r := range a.Ranges {
		for _, event := range r.Events {
			fixed = event.Fixed // "introduced" opens the range again
		}
	}
	return fixed
}

func main() {
	from := flag.String("from", "", "a `clone` of github.com/golang/vulndb to copy from")
	to := flag.String("to", "", "a `folder` to write the database into")
	flag.Parse()
	var err error
	switch {
	case flag.NArg() != 0 || (*from == "") == (*to == ""):
		flag.Usage()
		os.Exit(2)
	case *from != "":
		err = copyFrom(*from)
	default:
		err = writeTo(*to)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vulns:", err)
		os.Exit(1)
	}
}

// linked lists the modules that the command is built of, on every system, with
// the two names that the database has for Go itself.
func linked() ([]string, error) {
	modules := map[string]bool{"stdlib": true, "toolchain": true}
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/meshgen")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for module := range strings.FieldsSeq(string(out)) {
			modules[module] = true
		}
	}
	return slices.Sorted(maps.Keys(modules)), nil
}

// copyFrom writes known.json from the clone of the database's repository.
func copyFrom(clone string) error {
	log := exec.Command("git", "-C", clone, "log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%H %cd")
	log.Env, log.Stderr = append(os.Environ(), "TZ=UTC"), os.Stderr
	out, err := log.Output()
	if err != nil {
		return fmt.Errorf("git log of %s: %w", clone, err)
	}
	commit, modified, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	modules, err := linked()
	if err != nil {
		return err
	}
	copied := known{Source: "github.com/golang/vulndb@" + commit, Modified: modified, Modules: modules}
	names, err := filepath.Glob(filepath.Join(clone, "data", "osv", "GO-*.json"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s has no data/osv/GO-*.json", clone)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.Affected = slices.DeleteFunc(r.Affected, func(a affected) bool {
			_, in := slices.BinarySearch(modules, a.Package.Name)
			return !in
		})
		if r.Withdrawn == "" && len(r.Affected) > 0 {
			copied.Reports = append(copied.Reports, r)
		}
	}
	text, err := copied.lines()
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o666)
}

// lines returns k as JSON with a line for each report, so that a diff of two
// copies shows which reports are new.
func (k known) lines() ([]byte, error) {
	reports := k.Reports
	k.Reports = nil
	head, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	text, rest, ok := strings.Cut(string(head), "null}")
	if !ok || rest != "" {
		return nil, errors.New("known.json does not end with its reports")
	}
	for i, r := range reports {
		line, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		text += map[bool]string{true: "[\n", false: ",\n"}[i == 0] + string(line)
	}
	return []byte(text + "\n]}\n"), nil
}

// writeTo writes the committed copy as version 1 of the database's protocol
// (https://go.dev/security/vuln/database#api), of which govulncheck reads the
// index of modules and the reports.
func writeTo(folder string) error {
	var k known
	if err := json.Unmarshal(committed, &k); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	modules, err := linked()
	if err != nil {
		return err
	}
	for _, module := range modules {
		if !slices.Contains(k.Modules, module) {
			return fmt.Errorf("%s was made before %s was linked in: make it anew from a clone of github.com/golang/vulndb", file, module)
		}
	}

	type vuln struct {
		ID       string `json:"id"`
		Modified string `json:"modified"`
		Fixed    string `json:"fixed,omitempty"`
	}
	type module struct {
		Path  string `json:"path"`
		Vulns []vuln `json:"vulns"`
	}
	vulns := map[string][]vuln{}
	write := func(name string, value any) error {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		return os.WriteFile(name, text, 0o666)
	}
	for _, r := range k.Reports {
		for _, a := range r.Affected {
			vulns[a.Package.Name] = append(vulns[a.Package.Name], vuln{r.ID, r.Modified, a.fixed()})
		}
		if err := write("ID/"+r.ID+".json", r); err != nil {
			return err
		}
	}
	index := []module{}
	for _, path := range slices.Sorted(maps.Keys(vulns)) {
		index = append(index, module{path, vulns[path]})
	}
	if err := write("index/modules.json", index); err != nil {
		return err
	}
	if err := write("index/db.json", map[string]string{"modified": k.Modified}); err != nil {
		return err
	}
	fmt.Printf("%s of %s: %d reports about %d modules\n", k.Source, k.Modified, len(k.Reports), len(k.Modules))
	return nil
}
