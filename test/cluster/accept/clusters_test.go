package accept

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
)

func TestMain(m *testing.M) {
	programs := kube.ControlPlane
	for _, minor := range minors() {
		programs = append(programs, kube.KubernetesOf(minor))
	}
	kube.Main(m, programs...)
}

// minors are the older minors of Kubernetes, oldest first: MESHGEN_KUBERNETES, as
// "1.34", or all that there are. The newest runs in any case.
func minors() []string {
	out := kube.Minors()
	if text, ok := os.LookupEnv("MESHGEN_KUBERNETES"); ok {
		out = strings.Fields(text)
	}
	return slices.DeleteFunc(out, func(minor string) bool { return minor == kube.Newest() })
}

// manager is the field manager of Flux.
const manager = "kustomize-controller"

// run is a cluster, and the minor of Kubernetes on which it is tried.
type run struct {
	mesh.Cluster
	on string
}

// runs are all runs: every cluster on the newest Kubernetes, and those that are
// rendered for an older minor on that as well, which may lack what the newest has.
func runs(t *testing.T) []run {
	t.Helper()
	var out []run
	clusters := mesh.Clusters(t)
	for _, m := range clusters {
		out = append(out, run{m, kube.Newest()})
	}
	for _, minor := range minors() {
		for _, m := range clusters {
			if m.Kubernetes == minor {
				out = append(out, run{m, minor})
			}
		}
	}
	return out
}

// accepted are the rows of the runs that went well, in their order.
var accepted []func() []string

func TestClusters(t *testing.T) {
	for _, r := range runs(t) {
		var row []string
		accepted = append(accepted, func() []string { return row })
		t.Run(r.Name+" on "+r.on, func(t *testing.T) {
			t.Parallel()
			row = accept(t, r)
		})
	}
}

// accept applies a cluster twice, and returns its row.
func accept(t *testing.T, r run) []string {
	c := kube.Start(t, kube.Options{Minor: r.on})
	layers := kube.Layers(t, r.Dir)
	if delivery := filepath.Join(r.Dir, "delivery"); exists(delivery) {
		layers = append(layers, kube.Layer{Name: "delivery", Objects: kube.Kustomize(t, delivery)})
	}
	prepare(t, c, layers)

	var all []*unstructured.Unstructured
	for _, l := range layers {
		c.ApplyAll(t, manager, l.Objects)
		all = append(all, l.Objects...)
		if l.Name == "20-control-plane" && hasIstiod(l.Objects) {
			c.StartIstiod(t, "")
		}
	}
	if t.Failed() {
		return nil
	}
	for _, o := range all {
		again(t, c, o)
	}
	if t.Failed() {
		return nil
	}
	return []string{r.Name, r.Kubernetes, kube.Release(r.on), fmt.Sprint(len(all)), "0", "no change"}
}

// prepare makes what is on a cluster before the mesh comes: nodes with room for
// anything, the definitions of others' custom resources, and the namespaces that
// the mesh uses and does not make.
func prepare(t *testing.T, c *kube.Cluster, layers []kube.Layer) {
	t.Helper()
	c.AddNodes(t, kube.Node("node-1", "64", "256Gi"), kube.Node("node-2", "64", "256Gi"), kube.Node("node-3", "64", "256Gi"))
	definitions := kube.Definitions
	if wantsAlpha(layers) {
		definitions = kube.ExperimentalDefinitions
	}
	c.ApplyAll(t, "others", definitions(t))
	made := map[string]bool{"default": true, "kube-system": true, "kube-public": true, "kube-node-lease": true}
	var used []string
	for _, l := range layers {
		for _, o := range l.Objects {
			if o.GetKind() == "Namespace" {
				made[o.GetName()] = true
			}
			used = append(used, o.GetNamespace())
		}
	}
	slices.Sort(used)
	for _, ns := range slices.Compact(used) {
		if ns != "" && !made[ns] {
			t.Logf("the namespace %s is made by others", ns)
			c.ApplyAll(t, "others", []*unstructured.Unstructured{namespace(ns)})
		}
	}
}

// wantsAlpha says whether an istiod is among the layers that reads the alpha
// versions of Gateway API.
func wantsAlpha(layers []kube.Layer) bool {
	for _, l := range layers {
		for _, o := range l.Objects {
			text, err := o.MarshalJSON()
			if o.GetKind() == "Deployment" && err == nil && bytes.Contains(text, []byte(`"name":"PILOT_ENABLE_ALPHA_GATEWAY_API","value":"true"`)) {
				return true
			}
		}
	}
	return false
}

func namespace(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}}
}

// hasIstiod says whether istiod is among the objects.
func hasIstiod(objects []*unstructured.Unstructured) bool {
	return slices.ContainsFunc(objects, func(o *unstructured.Unstructured) bool {
		return o.GetKind() == "Deployment" && o.GetLabels()["app"] == "istiod"
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// again applies an object that is there, which must change nothing. Controllers
// write status, and now and then an annotation of their own, at the same time;
// only what changes each time is the second application's doing.
func again(t *testing.T, c *kube.Cluster, o *unstructured.Unstructured) {
	t.Helper()
	ctx := context.Background()
	diff := ""
	for range 3 {
		before, err := c.Get(ctx, o)
		if err != nil {
			t.Errorf("%s has gone: %v", kube.Describe(o), err)
			return
		}
		after, err := c.Apply(ctx, o, kube.ApplyOptions{Manager: manager})
		if err != nil {
			t.Errorf("%s is refused the second time: %v", kube.Describe(o), err)
			return
		}
		if after.GetResourceVersion() == before.GetResourceVersion() {
			return
		}
		if diff = cmp.Diff(declared(before), declared(after)); diff == "" {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Errorf("%s is changed by being applied a second time:\n%s", kube.Describe(o), diff)
}

// declared returns an object without what the server and controllers keep in it
// about its state.
func declared(o *unstructured.Unstructured) map[string]any {
	o = o.DeepCopy()
	delete(o.Object, "status")
	o.SetResourceVersion("")
	o.SetManagedFields(nil)
	return o.Object
}
