//go:build unix

package chart

import (
	"archive/tar"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/chart/charttest"
	"github.com/meshgen/meshgen/internal/tree"
)

// most is how much of the processor an input may take. It is rendered twice, each
// time with up to as many steps as a chart has, which take a second, and ten
// where the code counts where it has been.
const most = 25 * time.Second

// hang ends a fuzz run whose input takes too much of the processor; a machine
// that does other things does not count. A test's verdict does not depend on the
// machine's speed.
func hang(t *testing.T) {
	if os.Getenv("MESHGEN_FUZZ") != "1" {
		return
	}
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before, done := used(), make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if used()-before > most {
				panic("the input takes more than " + most.String())
			}
		}
	}()
}

// outsider are the files of a small chart from outside.
func outsider(template string) map[string]string {
	return map[string]string{
		"Chart.yaml": "apiVersion: v2\nname: ztunnel\nversion: 1.31.2\nappVersion: 1.31.2\n", "values.yaml": "a: {b: [c, 1, true, null]}\n",
		"templates/a.yaml": template, "templates/_h.tpl": `{{ define "h" }}{{ .Values.a }}{{ end }}`, "x": "y\nz\n",
	}
}

// FuzzTemplate renders a chart from outside whose template is any bytes. It is
// refused, or it renders to the same objects, or the same refusal, twice.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n", "{{ range $k, $v := .Values }}{{ $k }}: {{ $v | quote }}\n{{ end }}",
		"{{ tpl .Values.a . }}", "{{ .Files.Get \"/etc/passwd\" }}{{ .Files.Glob \"../*\" }}", "{{ lookup \"v1\" \"Pod\" \"\" \"\" }}", "{{ now }}", "{{ .Values.a.b.c }}",
		"{{ toYaml .Values | nindent 2 }}", "{{ fromYaml \"a: [\" }}", "{{ block \"x\" . }}{{ end }}{{/* c */}}", `{{ include "h" . | trunc 3 }}{{ template "h" . }}`,
		"{{ with $x := .Values.a }}{{ break }}{{ end }}", `{{ $d := dict "a" (list 1 "b") }}{{ $_ := set $d "c" $ }}{{ keys $d | join "," }}`,
	} {
		f.Add(seed)
	}
	for _, template := range slices.Sorted(maps.Keys(hostileTemplates())) {
		f.Add(template)
	}
	f.Fuzz(func(t *testing.T, template string) {
		hang(t)
		var first [2]string
		for i := range first {
			files := tree.Tree{}
			for name, content := range outsider(template) {
				files[name] = []byte(content)
			}
			c, problems := admit(files)
			if c == nil {
				if len(problems) == 0 {
					t.Fatal("it is refused without a word")
				}
				return
			}
			c.folder, c.metered.steps = "charts/1.31.2/ztunnel", 20_000 // enough for what is short, and quick for what does not end
			objects, list, err := NewRenderer(Set{"ztunnel": c}).Render(release("ztunnel", map[string]any{}), 35)
			if err != nil {
				t.Fatalf("meshgen blames itself: %v", err)
			}
			for _, o := range objects {
				text, err := o.YAML()
				if err != nil {
					t.Fatal(err)
				}
				first[i] += string(text)
			}
			for _, d := range list {
				first[i] += d.Message
			}
		}
		if diff := cmp.Diff(first[0], first[1]); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzArchive adds any bytes as an archive, and a good archive with any entry
// more. It is refused, or what would be written stands below the chart's folder,
// and is read back as it was pinned.
func FuzzArchive(f *testing.F) {
	good := func(t testing.TB) []byte { return charttest.Pack(t, "ztunnel", outsider("")) }
	for _, name := range []string{
		"ztunnel/x", "ztunnel/../x", "/x", "x", "ztunnel/a\\..\\..\\x", "ztunnel/C:/x", "ztunnel/chart.yaml", "ztunnel/charts/x.tgz", "ztunnel/templates/b.yaml", "ztunnel/values.schema.json", "ztunnel/Chart.yaml/x", "ztunnel/CON", "ztunnel/",
	} {
		f.Add(good(f), name, `{"$ref": "#"}`, byte(tar.TypeReg))
	}
	f.Add([]byte("\x1f\x8b\x08"), "ztunnel/x", "/etc/passwd", byte(tar.TypeSymlink))
	f.Add(good(f)[:100], "ztunnel/x", "", byte(tar.TypeDir))
	f.Fuzz(func(t *testing.T, raw []byte, name, content string, kind byte) {
		hang(t)
		archives := [][]byte{append([]byte{}, raw...)}
		var headers []tar.Header
		var contents []string
		for file, content := range outsider("") {
			headers, contents = append(headers, tar.Header{Name: "ztunnel/" + file, Typeflag: tar.TypeReg, Mode: 0o644}), append(contents, content)
		}
		header := tar.Header{Name: name, Typeflag: kind, Mode: 0o644}
		if kind != tar.TypeReg {
			header.Linkname, content = content, ""
		}
		if packed, err := charttest.TryTar(append(headers, header), append(contents, content)); err == nil {
			archives = append(archives, packed)
		}
		for _, archive := range archives {
			a, list, err := Add(fstest.MapFS{}, []Source{{Name: "x.tgz", Archive: archive}}, false)
			if err != nil {
				t.Fatalf("meshgen blames itself: %v", err)
			}
			if len(list) > 0 {
				if len(a.Files) > 0 {
					t.Fatal("it is refused, and written")
				}
				continue
			}
			repository := fstest.MapFS{}
			for path, content := range a.Files {
				if !tree.Valid(path) || !strings.HasPrefix(path, "charts/") || strings.ContainsAny(path, "\\:\x00\n") {
					t.Fatalf("it would write %q", path)
				}
				repository[path] = &fstest.MapFile{Data: content}
			}
			set, list := Repository(repository, a.Charts[0].Version)
			if len(list) > 0 || set[a.Charts[0].Name].Digest != a.Charts[0].Digest {
				t.Fatalf("it is not read back as it was added: %v", list)
			}
		}
	})
}
