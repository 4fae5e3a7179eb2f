package accept

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
)

func TestMain(m *testing.M) { kube.Main(m, kube.ControlPlane...) }

// manager is the field manager of Flux.
const manager = "kustomize-controller"

// accepted are the rows of the clusters that were accepted, by name.
var accepted sync.Map

func TestClusters(t *testing.T) {
	for _, m := range mesh.Clusters(t) {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			accept(t, m)
		})
	}
}

// accept applies a cluster twice.
func accept(t *testing.T, m mesh.Cluster) {
	c := kube.Start(t, kube.Options{})
	layers := kube.Layers(t, m.Dir)
	if delivery := filepath.Join(m.Dir, "delivery"); exists(delivery) {
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
		return
	}
	for _, o := range all {
		again(t, c, o)
	}
	if !t.Failed() {
		accepted.Store(m.Name, []string{m.Name, m.Kubernetes, fmt.Sprint(len(all)), "0", "no change"})
	}
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
