package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/chart/charttest"
	"github.com/meshgen/meshgen/internal/object"
)

// added returns a repository that holds charts, having been given their archives.
func added(t *testing.T, repository fstest.MapFS, archives ...[]byte) fstest.MapFS {
	t.Helper()
	var sources []Source
	for i, a := range archives {
		sources = append(sources, Source{Name: fmt.Sprintf("%d.tgz", i), Archive: a})
	}
	a, list, err := Add(repository, sources, false)
	if err != nil || len(list) > 0 {
		t.Fatal(list, err)
	}
	out := fstest.MapFS{}
	for name, f := range repository {
		out[name] = f
	}
	for name, content := range a.Files {
		out[name] = &fstest.MapFile{Data: content}
	}
	return out
}

// TestOutside: the charts of a release that somebody adds are rendered, and as
// the built-in ones are, but for their version.
func TestOutside(t *testing.T) {
	var archives [][]byte
	for _, name := range charttest.Names() {
		archives = append(archives, charttest.Pack(t, name, charttest.Files(t, name, BuiltinVersion)))
	}
	repository := added(t, fstest.MapFS{}, archives...)
	set, list := Repository(repository, BuiltinVersion)
	if len(list) > 0 {
		t.Fatal(list)
	}
	outside, builtin := NewRenderer(set), renderer(t)
	for name, variants := range variants() {
		for i, values := range variants {
			rel := release(name, values)
			want, _, err := builtin.Render(rel, 35)
			if err != nil {
				t.Fatal(err)
			}
			got, list, err := outside.Render(rel, 35)
			if err != nil || len(list) > 0 {
				t.Fatal(name, i, list, err)
			}
			if diff := cmp.Diff(yamlOf(t, want), yamlOf(t, got)); diff != "" {
				t.Errorf("%s, values %d: -built in +from outside\n%s", name, i, diff)
			}
		}
	}
}

// yamlOf returns objects as they are written, in order.
func yamlOf(t *testing.T, objects []object.Object) string {
	t.Helper()
	objects = slices.Clone(objects)
	slices.SortFunc(objects, object.Object.Compare)
	text, err := object.Encode(objects)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestArchive gives archives that are meant to do harm, or are none.
func TestArchive(t *testing.T) {
	good := charttest.Files(t, "ztunnel", "1.31.2")
	pack := func(change func(files map[string]string)) []byte {
		files := maps.Clone(good)
		change(files)
		return charttest.Pack(t, "ztunnel", files)
	}
	with := func(h tar.Header, content string) []byte {
		return charttest.Tar(t, []tar.Header{{Name: "ztunnel/Chart.yaml", Mode: 0o644, Typeflag: tar.TypeReg}, h}, []string{good["Chart.yaml"], content})
	}
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644} }
	whole := pack(func(map[string]string) {})
	zeros := string(make([]byte, maxFileBytes))
	bomb := func() []byte {
		var headers []tar.Header
		var contents []string
		for i := range 40 {
			headers, contents = append(headers, file(fmt.Sprintf("ztunnel/files/%d", i))), append(contents, zeros)
		}
		return charttest.Tar(t, headers, contents)
	}
	many := func(files map[string]string) {
		for i := range maxChartFiles {
			files[fmt.Sprintf("files/%d", i)] = ""
		}
	}
	for name, test := range map[string]struct {
		archive []byte
		want    string // of the first diagnostic; empty where it is taken
	}{
		"a chart":             {whole, ""},
		"with folders":        {charttest.Tar(t, append([]tar.Header{{Name: "ztunnel/", Typeflag: tar.TypeDir, Mode: 0o755}, {Name: "ztunnel/templates/", Typeflag: tar.TypeDir, Mode: 0o755}}, headersOf(good)...), append([]string{"", ""}, contentsOf(good)...)), ""},
		"a comment":           {charttest.Tar(t, append([]tar.Header{{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}}}, headersOf(good)...), append([]string{""}, contentsOf(good)...)), ""},
		"nothing":             {nil, "it is no gzip, which an archive of helm pull is"},
		"no gzip":             {[]byte("apiVersion: v2"), "it is no gzip, which an archive of helm pull is"},
		"no tar":              {gzipped(t, "apiVersion: v2"), "it ends too early: the file was cut off"},
		"an empty tar":        {charttest.Tar(t, nil, nil), "it holds no files"},
		"cut off":             {whole[:len(whole)/2], "it ends too early: the file was cut off"},
		"a byte missing":      {whole[:len(whole)-1], "it ends too early: the file was cut off"},
		"a wrong checksum":    {flipped(whole), "it cannot be unpacked: gzip: invalid checksum"},
		"something behind":    {append(slices.Clone(whole), 'x'), "something follows the end of the archive"},
		"an archive behind":   {append(slices.Clone(whole), whole...), "something follows the end of the archive"},
		"behind the tar":      {gzipped(t, unzipped(t, whole)+"x"), "something follows the end of the archive"},
		"many files":          {pack(many), "it has more than 300 files"},
		"a large file":        {pack(func(f map[string]string) { f["x"] = zeros + "x" }), "x is too large: meshgen takes 4194304 bytes of a file"},
		"large in all":        {pack(func(f map[string]string) { f["x"], f["y"] = zeros, zeros }), "it unpacks to more than the 6291456 bytes that meshgen takes of a chart"},
		"a bomb":              {bomb(), "it unpacks to more than the 6291456 bytes that meshgen takes of a chart"},
		"a bomb without end":  {gzipped(t, string(make([]byte, 64<<20))), "it unpacks to more than the 6291456 bytes that meshgen takes of a chart"},
		"too many bytes":      {make([]byte, MaxArchive+1), "it has more than the 8388608 bytes that meshgen reads of an archive"},
		"upwards":             {with(file("ztunnel/../../x"), ""), `"ztunnel/../../x" is no path in the chart's folder`},
		"upwards within":      {with(file("ztunnel/a/../x"), ""), `"ztunnel/a/../x" is no path in the chart's folder`},
		"absolute":            {with(file("/etc/cron.d/x"), ""), `"/etc/cron.d/x" is no path in the chart's folder`},
		"another folder":      {with(file("other/x"), ""), `"other/x" is outside the chart's folder "ztunnel"`},
		"beside the folder":   {with(file("x"), ""), `"x" is no path in the chart's folder`},
		"a drive":             {with(file("ztunnel/C:/x"), ""), `"C:/x" has a name with characters that not every system can write`},
		"a backslash":         {with(file(`ztunnel/..\..\x`), ""), `"..\\..\\x" has a name with characters that not every system can write`},
		"a new line":          {with(file("ztunnel/a\nb"), ""), `"a\nb" has a name with characters that not every system can write`},
		"no UTF-8":            {with(file("ztunnel/\xff"), ""), `"ztunnel/\xff" is no path in the chart's folder`},
		"a device of Windows": {with(file("ztunnel/files/Aux.yaml"), ""), `"files/Aux.yaml" has the name of a device of Windows`},
		"a trailing dot":      {with(file("ztunnel/a."), ""), `"a." has a name that ends in a dot or a space, which Windows drops`},
		"version control":     {with(file("ztunnel/.git/hooks/post-checkout"), ""), `".git/hooks/post-checkout" is a file of a version control`},
		"a long path":         {with(file("ztunnel/"+strings.Repeat("a/", 120)+"a"), ""), `"a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/..." has a path of more than 200 bytes`},
		"a file twice":        {with(file("ztunnel/Chart.yaml"), "x"), "Chart.yaml stands there twice, or is a file and a folder"},
		"a file and a folder": {with(file("ztunnel/Chart.yaml/x"), "x"), "Chart.yaml is a file and a folder"},
		"another case":        {with(file("ztunnel/chart.yaml"), "x"), "chart.yaml and Chart.yaml differ only in case, and some systems take them for one"},
		"a symbolic link":     {with(tar.Header{Name: "ztunnel/x", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, ""), `"ztunnel/x" is neither a file nor a folder, such as a link or a device`},
		"a hard link":         {with(tar.Header{Name: "ztunnel/x", Typeflag: tar.TypeLink, Linkname: "ztunnel/Chart.yaml"}, ""), `"ztunnel/x" is neither a file nor a folder, such as a link or a device`},
		"a device":            {with(tar.Header{Name: "ztunnel/x", Typeflag: tar.TypeBlock}, ""), `"ztunnel/x" is neither a file nor a folder, such as a link or a device`},
		"a named pipe":        {with(tar.Header{Name: "ztunnel/x", Typeflag: tar.TypeFifo}, ""), `"ztunnel/x" is neither a file nor a folder, such as a link or a device`},
		"no Chart.yaml":       {pack(func(f map[string]string) { delete(f, "Chart.yaml") }), "Chart.yaml is missing: this is no chart"},
		"no values.yaml":      {pack(func(f map[string]string) { delete(f, "values.yaml") }), "values.yaml is missing or empty"},
		"not YAML":            {pack(func(f map[string]string) { f["values.yaml"] = "a: [" }), "values.yaml is no YAML: line 1, column 1: did not find expected node content"},
		"an anchor's bomb":    {pack(func(f map[string]string) { f["values.yaml"] = aliases }), "values.yaml is no YAML: line 1, column 1: document contains excessive aliasing"},
		"many values":         {pack(func(f map[string]string) { f["values.yaml"] = "a: [" + strings.Repeat("1,", 30_000) + "]" }), "values.yaml holds more than meshgen takes, which is 20000 values"},
		"a large values.yaml": {pack(func(f map[string]string) { f["values.yaml"] = "a: " + strings.Repeat("b", 300<<10) }), "values.yaml has 307203 bytes; the most that meshgen takes is 262144"},
		"another name":        {pack(chartYAML("name: ztunnel", "name: kiali")), `Chart.yaml names the chart "kiali", which is none of Istio's base, cni, gateway, istiod, ztunnel`},
		"a path for a name":   {pack(chartYAML("name: ztunnel", "name: ../../x")), "it cannot be loaded: validation: chart.metadata.name \"../../x\" is invalid"},
		"another minor":       {pack(chartYAML("1.31.2", "1.32.0")), `Chart.yaml has the version "1.32.0", and this meshgen drives Istio 1.31`},
		"a candidate":         {pack(chartYAML("1.31.2", "1.31.2-rc.1")), `Chart.yaml has the version "1.31.2-rc.1", and this meshgen drives Istio 1.31`},
		"not a release":       {pack(chartYAML("1.31.2", "1.0.0")), "Chart.yaml has the version 1.0.0, which stands in Istio's sources where a release has its own: take the release's chart"},
		"two versions":        {pack(chartYAML("appVersion: 1.31.2", "appVersion: 1.31.3")), `Chart.yaml is of version 1.31.2 and for Istio "1.31.3": a chart of Istio's has one version`},
		"a library":           {pack(chartYAML("name: ztunnel", "name: ztunnel\ntype: library")), `Chart.yaml is of type "library", and nothing but an application is rendered`},
		"for a Kubernetes":    {pack(chartYAML("name: ztunnel", "name: ztunnel\nkubeVersion: '>=1.40'")), `Chart.yaml asks for Kubernetes ">=1.40", which meshgen does not look at`},
		"a dependency":        {pack(chartYAML("name: ztunnel", "name: ztunnel\ndependencies: [{name: x, version: 1.0.0, repository: 'https://x.example'}]")), "Chart.yaml depends on another chart, and Istio's charts stand by themselves"},
		"a key twice":         {pack(chartYAML("name: ztunnel", "name: ztunnel\nname: istiod")), `Chart.yaml is no YAML: line 2, column 1: the key "name" stands here a second time; it is on line 1 already`},
		"a chart within":      {pack(func(f map[string]string) { f["charts/x.tgz"] = "x" }), "charts/x.tgz brings another chart, and Istio's charts stand by themselves"},
		"old dependencies":    {pack(func(f map[string]string) { f["requirements.yaml"] = "x" }), "requirements.yaml brings another chart, and Istio's charts stand by themselves"},
		"CRDs for Helm":       {pack(func(f map[string]string) { f["crds/x.yaml"] = "x" }), "crds/x.yaml would be installed by Helm alone, and not be rendered"},
		"another template":    {pack(func(f map[string]string) { f["templates/x.yml"] = "x" }), "templates/x.yml is no template that meshgen would render: they end in .yaml, or begin with _"},
		"a hook":              {pack(templateOf("metadata: {annotations: {helm.sh/hook: pre-install}}")), "templates/x.yaml is a hook, which Helm runs and no GitOps engine does"},
		"a cluster's answer":  {pack(templateOf("\n{{ lookup `v1` `Secret` `` `` }}")), "templates/x.yaml:2 calls lookup, which asks the cluster, and meshgen talks to none"},
		"a clock":             {pack(templateOf("{{ if .Values.never }}\n{{ now }}{{ end }}")), "templates/x.yaml:2 calls now, which reads the clock or the time zone"},
		"an unknown function": {pack(templateOf("{{ toToml .Values }}")), "templates/x.yaml:1 calls toToml, which is none of the functions that meshgen runs"},
		"no template":         {pack(templateOf("a: b\n{{ if }}")), "templates/x.yaml:2 is no template: missing value for if"},
		"a large template":    {pack(templateOf(strings.Repeat("a", maxTemplate+1))), "templates/x.yaml has 131073 bytes; the most that meshgen takes of a template is 131072"},
		"a schema's network":  {pack(schemaOf(`{"$ref": "http://x.example/y"}`)), `values.schema.json refers to "http://x.example/y", which is not below itself`},
		"a schema's file":     {pack(schemaOf(`{"properties": {"a": {"$ref": "file:///etc/passwd"}}}`)), `values.schema.json refers to "file:///etc/passwd", which is not below itself`},
		"a schema's language": {pack(schemaOf(`{"$schema": "https://x.example/schema"}`)), `values.schema.json is written in "https://x.example/schema", which would have to be fetched`},
		"a schema's name":     {pack(schemaOf(`{"$id": "https://x.example/"}`)), `values.schema.json gives a part of itself the name "https://x.example/", and meshgen takes references by path only`},
		"a schema in itself":  {pack(schemaOf(`{"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}`)), "values.schema.json refers to #/$defs/b from within it, without an end"},
		"a schema that grows": {pack(schemaOf(growing())), "values.schema.json comes to more than 50000 values when its references are followed"},
		"a schema's hole":     {pack(schemaOf(`{"$ref": "#/$defs/a"}`)), "values.schema.json refers to #/$defs/a, which it does not hold"},
		"no schema":           {pack(schemaOf(`{`)), "values.schema.json is no JSON: unexpected end of JSON input"},
	} {
		a, list, err := Add(fstest.MapFS{}, []Source{{Name: "x.tgz", Archive: append([]byte{}, test.archive...)}}, false)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := ""
		if len(list) > 0 {
			got = strings.TrimPrefix(list[0].Message, "the chart is refused: ")
			if d := list[0]; d.Code != "MG4021" || d.Position.File != "x.tgz" || d.Suggestion == "" || len(a.Files) > 0 {
				t.Errorf("%s: %+v, with %d files", name, d, len(a.Files))
			}
		}
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
}

func headersOf(files map[string]string) []tar.Header {
	var list []tar.Header
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, tar.Header{Name: "ztunnel/" + name, Typeflag: tar.TypeReg, Mode: 0o644})
	}
	return list
}

func contentsOf(files map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, files[name])
	}
	return list
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unzipped(t *testing.T, archive []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// flipped changes the checksum that ends a gzip.
func flipped(archive []byte) []byte {
	copied := slices.Clone(archive)
	copied[len(copied)-8] ^= 1
	return copied
}

func chartYAML(old, new string) func(map[string]string) {
	return func(f map[string]string) {
		f["Chart.yaml"] = strings.ReplaceAll("name: ztunnel\nversion: 1.31.2\nappVersion: 1.31.2\napiVersion: v2\n", old, new)
	}
}

func templateOf(text string) func(map[string]string) {
	return func(f map[string]string) { f["templates/x.yaml"] = text }
}

func schemaOf(text string) func(map[string]string) {
	return func(f map[string]string) { f["values.schema.json"] = text }
}

// aliases is a hundred bytes that come to ten thousand million.
var aliases = func() string {
	text := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 10 {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return text
}()

// growing is a schema of references that come to 2^40 values.
func growing() string {
	text := `{"$defs": {"a0": {"type": "object"}`
	for i := range 40 {
		text += fmt.Sprintf(`, "a%d": {"allOf": [{"$ref": "#/$defs/a%d"}, {"$ref": "#/$defs/a%d"}]}`, i+1, i, i)
	}
	return text + `}, "$ref": "#/$defs/a40"}`
}
