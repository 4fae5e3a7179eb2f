package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/meshgen/meshgen/internal/chart/charttest"
	"github.com/meshgen/meshgen/schema"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"meshgen": main})
}

// TestScript runs testdata/script: the command line's specification. With
// MESHGEN_UPDATE=1 the scripts take what the commands say today.
//
// Beside testscript's own commands there are
//
//	repository         make cue.mod/ with the schema, in the current folder
//	archives VERSION   pack Istio's charts as a release of that version does, in the current folder
//	status N COMMAND   run a command, which must end with status N
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       os.Getenv("MESHGEN_UPDATE") == "1",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("MESHGEN_CACHE", "off")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"repository": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Check(writeModule(ts.MkAbs(".")))
			},
			"archives": func(ts *testscript.TestScript, _ bool, args []string) {
				if len(args) != 1 {
					ts.Fatalf("usage: archives VERSION")
				}
				for _, name := range charttest.Names() {
					archive := charttest.Pack(t, name, charttest.Files(t, name, args[0]))
					ts.Check(os.WriteFile(ts.MkAbs(name+"-"+args[0]+".tgz"), archive, 0o644))
				}
			},
			"status": status,
		},
	})
}

// status runs a command and checks its exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%v ended with status %d, want %d", args[1:], got, want)
	}
}

// writeModule makes a CUE module that holds the schema where CUE looks for it.
func writeModule(dir string) error {
	files := map[string][]byte{"module.cue": []byte("module: \"fleet.example@v0\"\nlanguage: version: \"v0.16.0\"\n")}
	err := fs.WalkDir(schema.FS, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := fs.ReadFile(schema.FS, p)
		files["pkg/"+schema.ImportPath+"/"+p] = content
		return err
	})
	for p, content := range files {
		at := filepath.Join(dir, "cue.mod", filepath.FromSlash(p))
		err = errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, content, 0o644))
	}
	return err
}
