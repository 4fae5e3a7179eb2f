package analysis

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"istio.io/istio/pkg/config/analysis"
	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/diag"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/resource"
	"istio.io/istio/pkg/log"
	"sigs.k8s.io/yaml"
)

// root is the repository's.
const root = "../.."

// TestMain has Istio keep to itself how it reads what it is given: hundreds of
// lines, among which nobody would find what is wrong.
func TestMain(m *testing.M) {
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.ErrorLevel)
	}
	os.Exit(m.Run())
}

// clusters returns the folders of all rendered clusters, the repository's own
// and the golden cases', relative to root.
func clusters(t *testing.T) []string {
	t.Helper()
	var folders []string
	for _, pattern := range []string{"rendered/*/meshgen.lock", "testdata/golden/*/want/*/meshgen.lock"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("nothing is rendered below %s (%v)", pattern, err)
		}
		for _, lock := range found {
			folder, err := filepath.Rel(root, filepath.Dir(lock))
			if err != nil {
				t.Fatal(err)
			}
			folders = append(folders, filepath.ToSlash(folder))
		}
	}
	return folders
}

// TestAnalysis holds all clusters against all analyzers.
func TestAnalysis(t *testing.T) {
	used := map[int]bool{}
	for _, cluster := range clusters(t) {
		t.Run(cluster, func(t *testing.T) {
			messages := analyze(t, cluster)
			for _, m := range messages {
				i := slices.IndexFunc(explained, func(e explanation) bool { return e.fits(m) })
				if i < 0 || m.Type.Level() == diag.Error {
					t.Errorf("%s", describe(m))
					continue
				}
				used[i] = true
			}
		})
	}
	for i, e := range explained {
		if !used[i] {
			t.Errorf("no cluster gives %s on %s any more: take it off the list", e.code, e.on)
		}
	}
}

// TestFinds shows that the analyzers see what they are given: each breach of a
// rendered cluster is found.
func TestFinds(t *testing.T) {
	for _, test := range []struct{ name, old, text, code string }{
		{"a route to a gateway that is not there", "- istio-ingress/public", "- istio-ingress/pulbic", "IST0101"},
		{"a subset that is not there", "subset: v0-1", "subset: v9-9", "IST0101"},
		{"a gateway whose port no Service opens", "      number: 443\n", "      number: 8443\n", "IST0162"},
		{"a namespace that is injected and not", "    istio-injection: enabled\n", "    istio-injection: enabled\n    istio.io/rev: other\n", "IST0123"},
	} {
		t.Run(test.name, func(t *testing.T) {
			docs := read(t, "rendered/edge-berlin")
			joined := bytes.Join(docs, []byte("\n---\n"))
			if !bytes.Contains(joined, []byte(test.old)) {
				t.Fatalf("the cluster has no %q to break", test.old)
			}
			broken := bytes.ReplaceAll(joined, []byte(test.old), []byte(test.text))
			var codes []string
			for _, m := range run(t, broken, "rendered/edge-berlin") {
				codes = append(codes, m.Type.Code())
			}
			if !slices.Contains(codes, test.code) {
				t.Errorf("the analyzers say %v, want %s among it", codes, test.code)
			}
		})
	}
}

// analyze returns what the analyzers say of a cluster.
func analyze(t *testing.T, cluster string) diag.Messages {
	t.Helper()
	return run(t, bytes.Join(read(t, cluster), []byte("\n---\n")), cluster)
}

// read returns the texts of a cluster's layers; delivery and host are for others.
func read(t *testing.T, cluster string) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, cluster, "[0-9]*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds nothing (%v)", cluster, err)
	}
	var docs [][]byte
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, content)
	}
	return docs
}

// run hands texts to the analyzers, with Pods for their workloads and with the
// mesh config that is among them.
func run(t *testing.T, text []byte, name string) diag.Messages {
	t.Helper()
	pods, mesh := derive(t, text)
	analyzer := local.NewSourceAnalyzer(analysis.Combine("all", analyzers.All()...), "", resource.Namespace("istio-system"), nil)
	if mesh != "" {
		file := filepath.Join(t.TempDir(), "mesh.yaml")
		if err := os.WriteFile(file, []byte(mesh), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := analyzer.AddFileKubeMeshConfig(file); err != nil {
			t.Fatal(err)
		}
	}
	err := analyzer.AddTestReaderKubeSource([]local.ReaderSource{
		{Name: name, Reader: bytes.NewReader(text)},
		{Name: "pods", Reader: bytes.NewReader(pods)},
		{Name: "outside", Reader: bytes.NewReader(outside(t, text))},
	})
	if err != nil {
		t.Fatalf("Istio does not read %s: %v", name, err)
	}
	result, err := analyzer.Analyze(make(chan struct{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.SkippedAnalyzers) > 0 {
		t.Errorf("skipped: %v", result.SkippedAnalyzers)
	}
	return result.Messages
}

// outside returns what others make in the namespaces that a cluster's text has.
func outside(t *testing.T, text []byte) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/outside.yaml")
	if err != nil {
		t.Fatal(err)
	}
	certificate, key := selfSigned(t)
	content = bytes.ReplaceAll(content, []byte("CERTIFICATE"), certificate)
	content = bytes.ReplaceAll(content, []byte("KEY"), key)
	var docs [][]byte
	for _, doc := range bytes.Split(content, []byte("\n---\n")) {
		var o struct {
			Metadata struct{ Namespace string } `json:"metadata"`
		}
		if err := yaml.Unmarshal(doc, &o); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\n  name: "+o.Metadata.Namespace+"\n")) {
			docs = append(docs, doc)
		}
	}
	return bytes.Join(docs, []byte("\n---\n"))
}

// describe is a message with its resource, in a line.
func describe(m diag.Message) string {
	on := ""
	if m.Resource != nil {
		on = m.Resource.Origin.FriendlyName()
	}
	return fmt.Sprintf("%s %s on %s: %s", m.Type.Level(), m.Type.Code(), on, strings.TrimSpace(fmt.Sprintf(m.Type.Template(), m.Parameters...)))
}

// derive returns what is not in files but in a cluster: a Pod for each workload,
// as YAML, and the mesh config that istiod reads.
func derive(t *testing.T, text []byte) (pods []byte, mesh string) {
	t.Helper()
	for _, doc := range bytes.Split(text, []byte("\n---\n")) {
		var o struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Metadata   struct {
				Name, Namespace string
			} `json:"metadata"`
			Spec struct {
				Template map[string]any `json:"template"`
			} `json:"spec"`
			Data map[string]string `json:"data"`
		}
		if err := yaml.Unmarshal(doc, &o); err != nil {
			continue // some kinds have another shape
		}
		if o.Kind == "ConfigMap" && (o.Metadata.Name == "istio" || strings.HasPrefix(o.Metadata.Name, "istio-") && o.Data["mesh"] != "") {
			mesh = o.Data["mesh"]
		}
		if o.Kind == "Gateway" && strings.HasPrefix(o.APIVersion, "gateway.networking.k8s.io/") { // istiod makes its Deployment
			o.Spec.Template = map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"gateway.networking.k8s.io/gateway-name": o.Metadata.Name}},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "istio-proxy", "image": "auto"}}},
			}
		} else if o.Kind != "Deployment" && o.Kind != "DaemonSet" || o.Spec.Template == nil {
			continue
		}
		pod := o.Spec.Template
		metadata, _ := pod["metadata"].(map[string]any)
		if metadata == nil {
			metadata = map[string]any{}
		}
		metadata["name"], metadata["namespace"] = o.Metadata.Name+"-0", o.Metadata.Namespace
		pod["apiVersion"], pod["kind"], pod["metadata"] = "v1", "Pod", metadata
		pod["status"] = map[string]any{"phase": "Running"}
		out, err := yaml.Marshal(pod)
		out = bytes.ReplaceAll(out, []byte("image: auto\n"), []byte("image: docker.io/istio/proxyv2:1.31.1\n")) // as the webhook does
		if err != nil {
			t.Fatal(err)
		}
		pods = append(append(pods, out...), "---\n"...)
	}
	return pods, mesh
}
