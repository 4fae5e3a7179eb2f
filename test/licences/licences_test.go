// Package licences lists every module that is linked into the command, with its
// licence, in docs/licences.md, and fails on a licence that is not among those
// that meshgen may be given away with. A licence is known by its own words: a
// file that says none of them, or one that is missing, is a failure too.
package licences

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// licence is a licence that a linked module may have.
type licence struct {
	id     string   // as SPDX has it
	has    []string // what its text says, all of it, in lower case and with single spaces
	hasNot []string // what tells it from a similar one
}

// allowed are permissive licences, and the Mozilla Public License, whose terms
// end at its own files.
var allowed = []licence{
	{"Apache-2.0", []string{"apache license", "version 2.0, january 2004"}, nil},
	{"MIT", []string{"permission is hereby granted, free of charge", "the above copyright notice and this permission notice"}, nil},
	{"ISC", []string{"permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"}, nil},
	{"ISC", []string{"permission to use, copy, modify, and distribute this software for any purpose with or without fee"}, nil},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "neither the name"}, []string{"all advertising materials"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "names of its contributors may not be used to endorse"}, []string{"neither the name", "all advertising materials"}},
	{"BSD-3-Clause", []string{"redistribution and use in source and binary forms", "neither name of copyright holders"}, []string{"neither the name", "all advertising materials"}},
	{"BSD-2-Clause", []string{"redistribution and use in source and binary forms"}, []string{"neither the name", "endorse or promote", "all advertising materials"}},
	{"MPL-2.0", []string{"mozilla public license version 2.0"}, nil},
}

// systems are those that the command is built for.
var systems = []string{"linux", "darwin", "windows"}

const page = "../../docs/licences.md"

// TestLicences holds docs/licences.md to the modules that are linked in.
// MESHGEN_UPDATE=1 writes it.
func TestLicences(t *testing.T) {
	// The test's cache looks at what this process reads.
	for _, name := range []string{"../../go.mod", "../../go.sum"} {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	modules := map[string]string{} // folder by module and version
	for _, system := range systems {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/meshgen")
		cmd.Dir, cmd.Env = "../..", append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list for %s: %v\n%s", system, err, &said)
		}
		for line := range strings.Lines(string(out)) {
			if module, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[module] = dir
			}
		}
	}
	var b strings.Builder
	b.WriteString("# Licences\n\nWhat is linked into the command, for Linux, macOS and Windows. A test writes this page, and fails on a licence that is not permissive.\n\n| module | licence |\n|---|---|\n")
	for _, module := range slices.Sorted(maps.Keys(modules)) {
		ids, problem := licencesOf(modules[module])
		if problem != "" {
			t.Errorf("%s: %s", module, problem)
		}
		name, _, _ := strings.Cut(module, " ") // versions are go.mod's to say
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(ids, ", "))
	}
	if os.Getenv("MESHGEN_UPDATE") == "1" && !t.Failed() {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("make generate writes docs/licences.md anew (-is +should be):\n%s", diff)
	}
}

// licenceFile is what a licence's file is called.
var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([.-].*)?$`)

// licencesOf returns the licences of a module's folder, sorted, and what is
// wrong with them.
func licencesOf(dir string) (ids []string, problem string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err.Error()
	}
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err.Error()
		}
		found := identify(string(text))
		if len(found) == 0 {
			return nil, e.Name() + " is no licence that this test knows and allows"
		}
		ids = append(ids, found...)
	}
	if len(ids) == 0 {
		return nil, "there is no file with a licence"
	}
	slices.Sort(ids)
	return slices.Compact(ids), ""
}

// forbidden are words that only licences have which ask for more.
var forbidden = []string{"gnu general public license", "gnu affero", "gnu lesser general public", "server side public license", "business source license", "commons clause", "elastic license"}

// identify returns the licences that a text grants.
func identify(text string) []string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	says := func(words string) bool { return strings.Contains(text, words) }
	// The Mozilla licence names the GNU ones as those that it goes together with.
	if slices.ContainsFunc(forbidden, says) && !says("mozilla public license version 2.0") {
		return nil
	}
	var ids []string
	for _, l := range allowed {
		if !slices.ContainsFunc(l.has, func(s string) bool { return !says(s) }) && !slices.ContainsFunc(l.hasNot, says) {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// TestIdentify shows that a licence is known by its words, and one that asks
// for more is refused.
func TestIdentify(t *testing.T) {
	const bsd = "Redistribution and use in source and binary forms, with or without modification, are permitted"
	for text, want := range map[string][]string{
		"Apache License\n   Version 2.0, January 2004": {"Apache-2.0"},
		"Permission is hereby granted, free of charge, to any\nperson. The above copyright notice and this permission notice shall": {"MIT"},
		bsd:                                  {"BSD-2-Clause"},
		bsd + ". Neither the name of Google": {"BSD-3-Clause"},
		bsd + ". All advertising materials mentioning features":             nil,
		"Mozilla Public License Version 2.0 ... GNU General Public License": {"MPL-2.0"},
		"GNU GENERAL PUBLIC LICENSE Version 3":                              nil,
		"Apache License Version 2.0, January 2004, with the Commons Clause": nil,
		"All rights reserved.": nil,
		"":                     nil,
	} {
		if diff := cmp.Diff(want, identify(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
