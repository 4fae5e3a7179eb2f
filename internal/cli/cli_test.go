package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/disk"
	"github.com/meshgen/meshgen/internal/render"
)

func TestVet(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.expect("vet", "", "3 clusters, no problems\n", 0)
	w.expect("vet oslo", "", "1 cluster, no problems\n", 0)
	w.expect("vet -o json", "{\n  \"diagnostics\": [],\n  \"summary\": {\n    \"errors\": 0,\n    \"warnings\": 0\n  }\n}\n", "3 clusters, no problems\n", 0)
	w.expect("vet -o github", "", "3 clusters, no problems\n", 0)

	w.put(map[string]string{"overlays/oslo/mesh.cue": "warning old\nerror wrong", "overlays/lagos/mesh.cue": "error worse"})
	w.expect("vet", `overlays/lagos/mesh.cue:1:1: worse (MG1001)
    try: write it well
overlays/oslo/mesh.cue:1:1: warning: old (MG1001)
    try: write it well
overlays/oslo/mesh.cue:2:1: wrong (MG1001)
    try: write it well
`, "2 errors, 1 warning in 3 clusters\n", 1)
	w.expect("vet lagos", `overlays/lagos/mesh.cue:1:1: worse (MG1001)
    try: write it well
`, "1 error in 1 cluster\n", 1)
	w.expect("vet berlin -o text --color always", "", "1 cluster, no problems\n", 0)
	w.expect("vet lagos -o github", "::error file=overlays/lagos/mesh.cue,line=1,col=1,title=MG1001::worse%0Atry: write it well\n", "1 error in 1 cluster\n", 1)
	if got := w.files("rendered"); got != "" {
		t.Errorf("vet wrote %s", got)
	}
}

func TestVetWarning(t *testing.T) {
	w := newWorld(t, map[string]string{"overlays/a/mesh.cue": "warning old"})
	w.expect("vet", "overlays/a/mesh.cue:1:1: warning: old (MG1001)\n    try: write it well\n", "1 warning in 1 cluster\n", 0)
}

func TestRender(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.expect("render", "berlin: 3 added\nlagos: 2 added\noslo: 2 added\nshared: 1 added\n", "", 0)
	want := "rendered/berlin/10/b.yaml: two\nrendered/berlin/a.yaml: one\nrendered/lagos/a.yaml: one\nrendered/oslo/a.yaml: one\nrendered/shared/crds/c.yaml: crd\n"
	if diff := cmp.Diff(want, w.files("rendered")); diff != "" {
		t.Error(diff)
	}
	w.expect("render", "nothing to change\n", "", 0)
	w.expect("verify", "", "", 0)

	// One cluster of several; then one that is no longer there.
	w.put(map[string]string{"overlays/berlin/mesh.cue": "file a.yaml changed\nwarning old", "overlays/lagos/mesh.cue": "file a.yaml changed"})
	w.expect("render berlin", "berlin: 2 changed, 1 removed\n", "overlays/berlin/mesh.cue:2:1: warning: old (MG1001)\n    try: write it well\n", 0)
	w.expect("verify berlin oslo", "", "overlays/berlin/mesh.cue:2:1: warning: old (MG1001)\n    try: write it well\n", 0)
	w.remove("overlays/oslo")
	w.expect("render -o json", `{
  "clusters": [
    {
      "name": "lagos",
      "added": [],
      "changed": [
        "rendered/lagos/a.yaml",
        "rendered/lagos/meshgen.lock"
      ],
      "removed": []
    },
    {
      "name": "oslo",
      "added": [],
      "changed": [],
      "removed": [
        "rendered/oslo/a.yaml",
        "rendered/oslo/meshgen.lock"
      ]
    }
  ],
  "shared": {
    "name": "shared",
    "added": [],
    "changed": [],
    "removed": [
      "rendered/shared/crds/c.yaml"
    ]
  },
  "diagnostics": [
    {
      "code": "MG1001",
      "severity": "warning",
      "cluster": "berlin",
      "path": "",
      "message": "old",
      "suggestion": "write it well",
      "position": {
        "file": "overlays/berlin/mesh.cue",
        "line": 2,
        "column": 1
      },
      "related": []
    }
  ],
  "summary": {
    "errors": 0,
    "warnings": 1
  }
}
`, "", 0)
	if diff := cmp.Diff("rendered/berlin/a.yaml: changed\nrendered/lagos/a.yaml: changed\n", w.files("rendered")); diff != "" {
		t.Error(diff)
	}
}

func TestRenderRefuses(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.expect("render", "berlin: 3 added\nlagos: 2 added\noslo: 2 added\nshared: 1 added\n", "", 0)
	w.put(map[string]string{
		"rendered/berlin/a.yaml": "mine", "rendered/oslo/mine.yaml": "mine",
		"overlays/lagos/mesh.cue": "file a.yaml new\nfile shared/crds/c.yaml crd",
	})
	before := w.files("rendered")
	w.expect("render", "", `rendered/berlin/a.yaml: this file was edited by hand: it is not as meshgen.lock has it (MG6002)
    try: say it in the intent, then run meshgen render --force, which drops the edit
rendered/oslo/mine.yaml: this file is not meshgen's: no meshgen.lock names it (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which leaves it alone
2 errors in 3 clusters; nothing was written
`, 1)
	w.expect("verify", `changed     rendered/berlin/a.yaml
changed     rendered/lagos/a.yaml
changed     rendered/lagos/meshgen.lock
unexpected  rendered/oslo/mine.yaml
`, `rendered/berlin/a.yaml: this file was edited by hand: it is not as meshgen.lock has it (MG6002)
    try: say it in the intent, then run meshgen render --force, which drops the edit
rendered/oslo/mine.yaml: this file is not meshgen's: no meshgen.lock names it (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which leaves it alone
2 files are stale: run meshgen render
2 files are not meshgen's own: render would refuse, see above
`, 1)
	if diff := cmp.Diff(before, w.files("rendered")); diff != "" {
		t.Errorf("a refused run wrote: %s", diff)
	}
	w.expect("render lagos", "lagos: 2 changed\n", "", 0)
	w.expect("render --force", "berlin: 1 changed\n", "rendered/berlin/a.yaml: warning: this file was edited by hand; the edit is overwritten (MG6002)\n", 0)
	want := "rendered/berlin/10/b.yaml: two\nrendered/berlin/a.yaml: one\nrendered/lagos/a.yaml: new\nrendered/oslo/a.yaml: one\nrendered/oslo/mine.yaml: mine\nrendered/shared/crds/c.yaml: crd\n"
	if diff := cmp.Diff(want, w.files("rendered")); diff != "" {
		t.Error(diff)
	}
	w.expect("render", "", `rendered/oslo/mine.yaml: this file is not meshgen's: no meshgen.lock names it (MG6001)
    try: move it out of rendered/, or run meshgen render --force, which leaves it alone
1 error in 3 clusters; nothing was written
`, 1)
}

func TestRenderErrors(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.expect("render", "berlin: 3 added\nlagos: 2 added\noslo: 2 added\nshared: 1 added\n", "", 0)
	before := w.files("rendered")
	w.put(map[string]string{"overlays/lagos/mesh.cue": "file a.yaml new\nerror wrong"})
	w.expect("render", "", "overlays/lagos/mesh.cue:2:1: wrong (MG1001)\n    try: write it well\n1 error in 3 clusters; nothing was written\n", 1)
	w.expect("verify", "", "overlays/lagos/mesh.cue:2:1: wrong (MG1001)\n    try: write it well\n1 error in 3 clusters\n", 1)
	w.expect("images", "", "overlays/lagos/mesh.cue:2:1: wrong (MG1001)\n    try: write it well\n1 error in 3 clusters\n", 1)
	w.put(map[string]string{"overlays/lagos/mesh.cue": "panic"})
	w.expect("render", "", "meshgen: meshgen itself failed: a nut came loose\n    try: report it, with the intent if you can, at https://github.com/meshgen/meshgen/issues\n", 3)
	w.env["MESHGEN_DEBUG"] = "1"
	if _, stderr, _ := w.run("render"); !strings.Contains(stderr, "compileToy") {
		t.Errorf("MESHGEN_DEBUG=1 shows no stack:\n%s", stderr)
	}
	w.put(map[string]string{"overlays/lagos/mesh.cue": "fail"})
	w.expect("render", "", "meshgen: the disk is full\n", 3)
	if diff := cmp.Diff(before, w.files("rendered")); diff != "" {
		t.Errorf("a failed run wrote: %s", diff)
	}
	if got := w.files("."); strings.Contains(got, ".meshgen-") {
		t.Errorf("a failed run left something: %s", got)
	}
}

func TestRenderInterrupted(t *testing.T) {
	w := newWorld(t, fleet(nil))
	ctx, stop := context.WithCancel(context.Background())
	release := make(chan struct{})
	defer close(release)
	w.c.Compile = func(context.Context, render.Input) (render.Output, diag.List, error) {
		stop()
		<-release // an evaluation that does not heed its context
		return render.Output{}, nil, nil
	}
	stdout, stderr, status := w.runContext(ctx, "render")
	if stdout != "" || stderr != "meshgen: interrupted; nothing was written\n" || status != 3 {
		t.Errorf("%q, %q, %d", stdout, stderr, status)
	}
}

func TestRenderLinks(t *testing.T) {
	w := newWorld(t, fleet(map[string]string{"elsewhere/x": "x"}))
	if err := os.Symlink("elsewhere", filepath.Join(w.dir, "rendered")); err != nil {
		t.Fatal(err)
	}
	want := `rendered: this is a symbolic link, and meshgen writes only plain files and folders (MG6003)
    try: remove rendered
`
	w.expect("render --force", "", want+"1 error in 3 clusters; nothing was written\n", 1)
	if diff := cmp.Diff("elsewhere/x: x\n", w.files("elsewhere")); diff != "" {
		t.Error(diff)
	}
	w.expect("render --output out/rendered", "berlin: 3 added\nlagos: 2 added\noslo: 2 added\nshared: 1 added\n", "", 0)
	w.expect("verify --output out/rendered", "", "", 0)
	if err := os.Symlink("../../../elsewhere", filepath.Join(w.dir, "out/rendered/berlin/link")); err != nil {
		t.Fatal(err)
	}
	w.expect("verify --output out/rendered", "unexpected  out/rendered/berlin/link\n",
		"out/rendered/berlin/link: this is a symbolic link, and meshgen writes only plain files and folders (MG6003)\n    try: remove out/rendered/berlin/link\n1 file is not meshgen's own: render would refuse, see above\n", 1)
}

func TestRenderWaits(t *testing.T) {
	w := newWorld(t, fleet(nil))
	repo, err := disk.Open(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	release, err := repo.Lock(context.Background(), false, func() bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	w.c.LockWait = 10 * time.Millisecond
	w.expect("render", "", "meshgen: waiting for another meshgen to finish\nmeshgen: after 10ms: another meshgen is at work here\n    try: run meshgen again when the other one is done\n", 3)
	w.c.LockWait = time.Minute
	time.AfterFunc(200*time.Millisecond, release)
	w.expect("render oslo", "oslo: 2 added\n", "meshgen: waiting for another meshgen to finish\n", 0)
}

func TestVerifyJSON(t *testing.T) {
	w := newWorld(t, map[string]string{"overlays/a/mesh.cue": "file x 1\nfile y 1"})
	w.expect("render", "a: 3 added\n", "", 0)
	w.expect("verify -o json", "{\n  \"stale\": [],\n  \"diagnostics\": [],\n  \"summary\": {\n    \"errors\": 0,\n    \"warnings\": 0\n  }\n}\n", "", 0)
	w.put(map[string]string{"overlays/a/mesh.cue": "file x 2\nfile z 1"})
	stdout, stderr, status := w.run("verify", "-o", "json")
	var got struct {
		Stale       []staleFile
		Diagnostics diag.List
		Summary     diag.Counts
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	want := []staleFile{{"rendered/a/meshgen.lock", "changed"}, {"rendered/a/x", "changed"}, {"rendered/a/y", "unexpected"}, {"rendered/a/z", "missing"}}
	if diff := cmp.Diff(want, got.Stale); diff != "" {
		t.Error(diff)
	}
	if got.Summary.Errors != 4 || len(got.Diagnostics) != 4 || got.Diagnostics[1].Code != "MG6005" || stderr != "4 files are stale: run meshgen render\n" || status != 1 {
		t.Errorf("%v %q %d", got, stderr, status)
	}
	w.expect("verify -o github", `::error file=rendered/a/meshgen.lock,title=MG6005::this file is stale: the intent gives other bytes%0Atry: run meshgen render
::error file=rendered/a/x,title=MG6005::this file is stale: the intent gives other bytes%0Atry: run meshgen render
::error file=rendered/a/y,title=MG6005::this file is stale: the intent no longer gives it%0Atry: run meshgen render
::error file=rendered/a/z,title=MG6005::this file is stale: the intent gives it, and it is missing%0Atry: run meshgen render
`, "4 files are stale: run meshgen render\n", 1)
}

func TestImages(t *testing.T) {
	w := newWorld(t, fleet(map[string]string{"overlays/oslo/mesh.cue": "warning old\nimage proxy:1"}))
	warning := "overlays/oslo/mesh.cue:1:1: warning: old (MG1001)\n    try: write it well\n"
	w.expect("images", "pilot:1\nproxy:1\nztunnel:1\n", warning, 0)
	w.expect("images lagos", "pilot:1\n", "", 0)
	w.expect("images lagos -o json", `{
  "clusters": [
    {
      "name": "lagos",
      "images": [
        "pilot:1"
      ]
    }
  ],
  "diagnostics": [],
  "summary": {
    "errors": 0,
    "warnings": 0
  }
}
`, "", 0)
}

func TestWrongUse(t *testing.T) {
	w := newWorld(t, fleet(nil))
	for line, want := range map[string]string{
		"":                         "which command?\n    try: run meshgen --help\nusage: meshgen COMMAND [flags]\n",
		"rendr":                    "there is no command rendr; did you mean render?\nusage: meshgen COMMAND [flags]\n",
		"vet --frobnicate":         "unknown flag: --frobnicate\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet -o":                   "flag needs an argument: 'o' in -o\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet -o jsn":               "invalid argument \"jsn\" for \"-o, --format\" flag: it is none of text, json, sarif, github; did you mean json?\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet belrin":               "there is no cluster belrin in overlays/; did you mean berlin?\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet overlays/oslo":        "there is no cluster overlays/oslo in overlays/; did you mean oslo?\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet berlin ../x":          "there is no cluster ../x in overlays/\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"render --force=maybe":     "invalid argument \"maybe\" for \"--force\" flag: it is neither true nor false\nusage: meshgen render [CLUSTER...] [flags]\n",
		"vet -j x":                 "invalid argument \"x\" for \"-j, --jobs\" flag: it is no whole number\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet -j -1":                "-j -1 is less than nothing\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"vet --color purple":       "--color purple is none of auto, always, never\nusage: meshgen vet [CLUSTER...] [flags]\n",
		"version now":              "what is now? The command takes no arguments\nusage: meshgen version [flags]\n",
		"completion":               "which shell? Name one of bash, zsh, fish, powershell\nusage: meshgen completion SHELL [flags]\n",
		"completion fihs":          "fihs is none of bash, zsh, fish, powershell; did you mean fish?\nusage: meshgen completion SHELL [flags]\n",
		"explain MG0001":           "no check has the code MG0001\n    try: run meshgen explain, which lists them all\nusage: meshgen explain [CODE...] | CLUSTER KIND/NAME [FIELD] [flags]\n",
		"explain MG6002x":          "MG6002x is no code such as MG6002, and no object stands behind it\n    try: write meshgen explain CLUSTER KIND/NAME [FIELD], or meshgen explain, which lists the codes\nusage: meshgen explain [CODE...] | CLUSTER KIND/NAME [FIELD] [flags]\n",
		"explain a b":              "b is not KIND/NAME, such as Deployment/istiod\n    try: write meshgen explain CLUSTER KIND/NAME [FIELD], or meshgen explain, which lists the codes\nusage: meshgen explain [CODE...] | CLUSTER KIND/NAME [FIELD] [flags]\n",
		"explain a b/c d e":        "what is e? One field is explained at a time\n    try: write meshgen explain CLUSTER KIND/NAME [FIELD], or meshgen explain, which lists the codes\nusage: meshgen explain [CODE...] | CLUSTER KIND/NAME [FIELD] [flags]\n",
		"render --output ../x":     "the output folder ../x is not below the repository\nusage: meshgen render [CLUSTER...] [flags]\n",
		"render --output /x":       "the output folder /x is absolute: name it relative to the repository\nusage: meshgen render [CLUSTER...] [flags]\n",
		"render --output overlays": "the output folder overlays is below overlays/, which is not meshgen's to write\nusage: meshgen render [CLUSTER...] [flags]\n",
		"verify --output json":     "--output is the rendered folder, and json is a format\n    try: write -o json\nusage: meshgen verify [CLUSTER...] [flags]\n",
		"images -o sarif":          "invalid argument \"sarif\" for \"-o, --format\" flag: it is none of text, json\nusage: meshgen images [CLUSTER...] [flags]\n",
	} {
		w.expect(line, "", "meshgen: "+want, 2)
	}
	if w.compiled != 0 {
		t.Errorf("wrong use compiled %d times", w.compiled)
	}
}

func TestFindsTheRepository(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.c.Dir = filepath.Join(w.dir, "overlays", "oslo")
	w.expect("render oslo", "oslo: 2 added\n", "", 0)
	w.c.Dir = filepath.Dir(w.dir)
	w.expect("verify oslo -C "+w.dir, "", "", 0)
	w.expect("-C "+filepath.Base(w.dir)+" verify oslo", "", "", 0)
	w.expect("verify oslo", "", "meshgen: this is no meshgen repository: no folder from here upwards holds cue.mod/\n    try: run meshgen init, or name the repository with -C\n", 3)
	_, stderr, status := w.run("vet", "-C", "absent")
	if want := "meshgen: there is no folder absent\n    try: name the repository's folder with -C\n"; stderr != want || status != 3 {
		t.Errorf("an absent folder: %q, %d", stderr, status)
	}
}

func TestColor(t *testing.T) {
	w := newWorld(t, map[string]string{"overlays/a/mesh.cue": "error wrong"})
	colored := "\x1b[1moverlays/a/mesh.cue:1:1:\x1b[0m \x1b[31mwrong\x1b[0m (MG1001)\n    \x1b[36mtry:\x1b[0m write it well\n"
	plain := "overlays/a/mesh.cue:1:1: wrong (MG1001)\n    try: write it well\n"
	for _, c := range []struct {
		flag, noColor, term string
		terminal            bool
		want                string
	}{
		{"auto", "", "xterm", true, colored},
		{"auto", "", "xterm", false, plain},
		{"auto", "1", "xterm", true, plain},
		{"auto", "", "dumb", true, plain},
		{"always", "1", "dumb", false, colored},
		{"never", "", "xterm", true, plain},
	} {
		w.env["NO_COLOR"], w.env["TERM"] = c.noColor, c.term
		w.c.Terminal = func(io.Writer) bool { return c.terminal }
		w.expect("vet --color "+c.flag, c.want, "1 error in 1 cluster\n", 1)
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t, fleet(nil))
	w.c.Terminal = func(io.Writer) bool { return true }
	w.c.ProgressAfter = time.Millisecond
	w.c.Compile = func(ctx context.Context, in render.Input) (render.Output, diag.List, error) {
		in.Progress(2, 3)
		in.Progress(1, 3)       // a worker that was slow to tell
		time.Sleep(time.Second) // of which one look, after a millisecond, is enough
		return compileToy(ctx, render.Input{FS: in.FS})
	}
	w.expect("vet", "", "\rcompiling: 2 of 3 clusters\x1b[K\r\x1b[K3 clusters, no problems\n", 0)
	w.c.Terminal = func(io.Writer) bool { return false }
	w.expect("vet", "", "3 clusters, no problems\n", 0)
}

func TestCompletion(t *testing.T) {
	w := newWorld(t, fleet(nil))
	for _, shell := range shells {
		stdout, stderr, status := w.run("completion", shell)
		if !strings.Contains(stdout, "meshgen") || stderr != "" || status != 0 {
			t.Errorf("%s: %q, %d", shell, stderr, status)
		}
	}
	for line, want := range map[string]string{
		"render ":          "berlin\nlagos\noslo\n:4\n",
		"render oslo ":     "berlin\nlagos\n:4\n",
		"vet -o ":          "text\njson\nsarif\ngithub\n:4\n",
		"images --format ": "text\njson\n:4\n",
		"vet --color ":     "auto\nalways\nnever\n:4\n",
		"completion ":      "bash\nzsh\nfish\npowershell\n:4\n",
	} {
		args := append([]string{"__completeNoDesc"}, strings.Split(line, " ")...)
		if stdout, _, status := w.run(args...); stdout != want || status != 0 {
			t.Errorf("%q completes to %q, want %q", line, stdout, want)
		}
	}
}

// The world's standard output may be full; that is no success.
func TestOutputFails(t *testing.T) {
	w := newWorld(t, fleet(nil))
	for _, line := range []string{"vet -o json", "render", "images", "explain", "version"} {
		var stderr strings.Builder
		w.c.Stdout, w.c.Stderr = full{}, &stderr
		if status := w.c.Run(context.Background(), strings.Fields(line)); status != 3 || stderr.String() != "meshgen: no space left\n" {
			t.Errorf("%s: %d, %q", line, status, stderr.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no space left")
