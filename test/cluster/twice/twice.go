// Package twice applies a cluster that meshgen has rendered to a control plane,
// as a GitOps engine would: layer by layer in the order of delivery, by
// server-side apply, and then all of it once more, which must change nothing,
// also after istiod has written what it writes.
package twice

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/mesh"
	"github.com/meshgen/meshgen/test/cluster/report"
)

// Manager is the field manager of Flux.
const Manager = "kustomize-controller"

// Run is a cluster, and the minor of Kubernetes on which it is tried.
type Run struct {
	mesh.Cluster
	On string
}

// All tries all clusters, several at once, each in a subtest, and returns their
// table, which has a row for each that went well.
func All(t *testing.T, runs []Run) report.Table {
	rows := make([][]string, len(runs))
	t.Run("on", func(t *testing.T) { // returns when all have ended
		for i, r := range runs {
			t.Run(r.On+"/"+r.Name, func(t *testing.T) {
				t.Parallel()
				rows[i] = apply(t, r)
			})
		}
	})
	table := report.Table{Head: []string{"cluster", "rendered for Kubernetes", "on Kubernetes", "objects", "refused", "applied again"}}
	for i, row := range rows {
		if row == nil {
			t.Errorf("%s was not tried to the end", runs[i].Name)
			continue
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// apply applies a cluster twice, and returns its row.
func apply(t *testing.T, r Run) []string {
	c := kube.Start(t, kube.Options{Minor: r.On})
	layers := kube.Layers(t, r.Dir)
	if delivery := filepath.Join(r.Dir, "delivery"); exists(delivery) {
		layers = append(layers, kube.Layer{Name: "delivery", Objects: kube.Kustomize(t, delivery)})
	}
	Prepare(t, c, layers)

	var all []*unstructured.Unstructured
	for _, l := range layers {
		c.ApplyAll(t, Manager, l.Objects)
		all = append(all, l.Objects...)
		if l.Name == "20-control-plane" && HasIstiod(l.Objects) {
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
	return []string{r.Name, r.Kubernetes, kube.Release(r.On), fmt.Sprint(len(all)), "0", "no change"}
}

// Prepare makes what is on a cluster before the mesh comes: nodes with room for
// anything, the definitions of others' custom resources, and the namespaces that
// the mesh uses and does not make.
func Prepare(t testing.TB, c *kube.Cluster, layers []kube.Layer) {
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

// HasIstiod says whether istiod is among the objects.
func HasIstiod(objects []*unstructured.Unstructured) bool {
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
		after, err := c.Apply(ctx, o, kube.ApplyOptions{Manager: Manager})
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
