package deliver

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/upstream/sources"
)

// flux is kustomize-controller at work on a cluster, with source-controller
// played by the test.
type flux struct {
	*stand
	process  *kube.Process
	server   string   // where archives are fetched from
	archives sync.Map // by their digest
	revision map[string]string
	ready    map[string]time.Time // when a Kustomization became ready first
	asked    int
}

// fluxManager is the field manager of kustomize-controller.
const fluxManager = "kustomize-controller"

func startFlux(t *testing.T, s *stand) *flux {
	t.Helper()
	f := &flux{stand: s, revision: map[string]string{}, ready: map[string]time.Time{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		archive, ok := f.archives.Load(strings.Trim(r.URL.Path, "/"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(archive.([]byte)) // who hangs up asks again
	})}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { server.Close() })
	f.server = "http://" + listener.Addr().String()
	f.process = kube.Run(t, s.Dir, "kustomize-controller", []string{"RUNTIME_NAMESPACE=flux-system", "KUBECONFIG=" + s.Kubeconfig},
		kube.Path(t, kube.KustomizeController), "--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--requeue-dependency=1s")
	return f
}

// publish says in a GitRepository's status that it holds the files of a folder,
// as source-controller would.
func (f *flux) publish(repository *unstructured.Unstructured, dir string) {
	f.Helper()
	live, err := f.Get(context.Background(), repository)
	if err != nil {
		f.Fatal(err)
	}
	ignore, _, _ := unstructured.NestedString(live.Object, "spec", "ignore")
	archive := pack(f.T, dir, ignore)
	digest := fmt.Sprintf("%x", sha256.Sum256(archive))
	f.archives.Store(digest, archive)
	revision := "main@sha1:" + digest[:40]
	now := time.Now().UTC().Format(time.RFC3339)
	f.merge(repository, map[string]any{"status": map[string]any{
		"observedGeneration": live.GetGeneration(),
		"artifact": map[string]any{
			"url": f.server + "/" + digest, "path": digest, "revision": revision, "digest": "sha256:" + digest,
			"size": len(archive), "lastUpdateTime": now,
		},
		"conditions": []any{map[string]any{
			"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored", "lastTransitionTime": now, "observedGeneration": live.GetGeneration(),
		}},
	}}, "status")
	f.revision[repository.GetName()] = revision
}

// source returns a GitRepository of the delivery, by its name, or the one that
// users have made when they bootstrapped Flux.
func source(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
		"metadata": map[string]any{"name": name, "namespace": "flux-system"},
	}}
}

// kustomizations returns those of the delivery that its kustomization.yaml names.
func (f *flux) kustomizations() []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(f.delivery), func(o *unstructured.Unstructured) bool { return o.GetKind() != "Kustomization" })
}

// reader is the object's field as a text, "" if it has none.
func reader(o *unstructured.Unstructured, path ...string) string {
	text, _, _ := unstructured.NestedString(o.Object, path...)
	return text
}

// applied waits until all Kustomizations are ready at the revisions that were
// published last.
func (f *flux) applied() {
	f.Helper()
	kube.Eventually(f.T, 5*time.Minute, "Flux to have applied everything", func() string {
		f.tend()
		waiting := ""
		for _, k := range f.kustomizations() {
			why := f.verdict(k)
			if why != "" && waiting == "" {
				waiting = kube.Describe(k) + ": " + why
			}
		}
		return waiting
	}, f.process)
}

// verdict returns why a Kustomization is not ready, and notes when it was first.
func (f *flux) verdict(k *unstructured.Unstructured) string {
	live, err := f.Get(context.Background(), k)
	if err != nil {
		return err.Error()
	}
	ready := condition(live, "Ready")
	if ready.status != "True" {
		return "Ready is " + ready.status + ": " + ready.message
	}
	if f.ready[k.GetName()].IsZero() {
		f.ready[k.GetName()] = ready.since
	}
	from := reader(k, "spec", "sourceRef", "name")
	if is := reader(live, "status", "lastAppliedRevision"); is != f.revision[from] {
		return "it has applied " + is
	}
	return ""
}

// state is a condition of an object.
type state struct {
	status, reason, message string
	since                   time.Time
}

// condition returns a condition of an object.
func condition(o *unstructured.Unstructured, name string) state {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		c, _ := c.(map[string]any)
		if c["type"] == name {
			since, _ := time.Parse(time.RFC3339, fmt.Sprint(c["lastTransitionTime"]))
			return state{fmt.Sprint(c["status"]), fmt.Sprint(c["reason"]), fmt.Sprint(c["message"]), since}
		}
	}
	return state{status: "missing"}
}

// heldBack returns why a layer's Kustomization does not wait for another one, ""
// if it does: that nothing of it is there yet may have another cause, such as
// webhooks that do not answer.
func (f *flux) heldBack(layer string) string {
	f.Helper()
	for _, k := range f.kustomizations() {
		if filepath.Base(reader(k, "spec", "path")) != layer {
			continue
		}
		live, err := f.Get(context.Background(), k)
		if err != nil {
			return err.Error()
		}
		if ready := condition(live, "Ready"); ready.reason != "DependencyNotReady" {
			return fmt.Sprintf("%s is %s: %s", kube.Describe(k), ready.reason, ready.message)
		}
		return ""
	}
	return "no Kustomization delivers it"
}

// reconcile has Kustomizations applied once more, and waits until they are.
func (f *flux) reconcile(kustomizations []*unstructured.Unstructured) {
	f.Helper()
	f.asked++
	request := fmt.Sprintf("request-%d", f.asked)
	for _, k := range kustomizations {
		f.merge(k, annotate("reconcile.fluxcd.io/requestedAt", request))
	}
	kube.Eventually(f.T, 3*time.Minute, "Flux to have applied again what it was asked to", func() string {
		f.tend()
		for _, k := range kustomizations {
			live, err := f.Get(context.Background(), k)
			if err != nil {
				return err.Error()
			}
			if reader(live, "status", "lastHandledReconcileAt") != request {
				return kube.Describe(k) + " has not been asked"
			}
			if why := f.verdict(k); why != "" {
				return kube.Describe(k) + ": " + why
			}
		}
		return ""
	}, f.process)
}

// ordered holds every object's time of creation against when the layer before
// its own became ready, and Gateway API's definitions before istiod's layer.
func (f *flux) ordered() {
	f.Helper()
	ready := map[string]time.Time{} // by what a Kustomization delivers
	for _, k := range f.kustomizations() {
		name := filepath.Base(reader(k, "spec", "path"))
		if reader(k, "spec", "sourceRef", "name") == "mesh-gateway-api" {
			name = "gateway-api"
		}
		ready[name] = f.ready[k.GetName()]
	}
	for i, l := range f.layers {
		var before []string
		if i > 0 {
			before = append(before, f.layers[i-1].Name)
		}
		if _, ok := ready["gateway-api"]; ok && l.Name == "20-control-plane" {
			before = append(before, "gateway-api")
		}
		for _, b := range before {
			if ready[b].IsZero() {
				f.Errorf("%s was never ready", b)
			}
			for _, o := range l.Objects {
				live, err := f.Get(context.Background(), o)
				if err != nil {
					f.Error(err)
				} else if made := live.GetCreationTimestamp().Time; made.Before(ready[b]) {
					f.Errorf("%s was made at %s, before %s was ready at %s", kube.Describe(o), made, b, ready[b])
				}
			}
		}
	}
}

func TestFlux(t *testing.T) {
	for _, name := range delivered(t, "Kustomization") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byFlux(t, name)
		})
	}
}

func byFlux(t *testing.T, name string) {
	s := raise(t, name)
	f := startFlux(t, s)
	s.waits = f.heldBack
	fleet := reader(s.root, "spec", "sourceRef", "name")
	s.others(fmt.Sprintf(`{apiVersion: source.toolkit.fluxcd.io/v1, kind: GitRepository, metadata: {name: %s, namespace: flux-system}, spec: {interval: 10m, url: "https://git.example.com/fleet.git"}}`, fleet))
	f.publish(source(fleet), string(s.tree))
	s.ApplyAll(t, "user", []*unstructured.Unstructured{s.root})
	var pinned []*unstructured.Unstructured
	for _, o := range s.delivery {
		if o.GetKind() == "GitRepository" {
			kube.Eventually(t, time.Minute, kube.Describe(o), func() string { return s.stands([]*unstructured.Unstructured{o}) }, f.process)
			pinned = append(pinned, f.gatewayAPI(o)...)
		}
	}
	f.applied()
	f.ordered()
	all := append(s.objects(), pinned...)
	if why := s.stands(all); why != "" {
		t.Fatal(why)
	}
	s.written()
	s.scaled(all, f.process)

	before := s.snapshot(all)
	f.reconcile(f.kustomizations())
	s.unchanged(before, fluxManager)
	s.written()
	f.mends()
	if t.Failed() {
		return
	}
	f.prunes(pinned)
	if !t.Failed() {
		rows.Store(name, []string{name, "Flux", fmt.Sprint(len(f.layers)), fmt.Sprint(len(all)), "Ready, in order", "no change", "set right", "pruned; every CRD and Namespace stands"})
	}
}

// gatewayAPI plays source-controller for the GitRepository of Gateway API's
// definitions, whose files the module of that version has, and returns them.
func (f *flux) gatewayAPI(repository *unstructured.Unstructured) []*unstructured.Unstructured {
	f.Helper()
	i := slices.IndexFunc(sources.All, func(s sources.Source) bool { return s.Module == "sigs.k8s.io/gateway-api" })
	from := sources.All[i]
	if url, tag := reader(repository, "spec", "url"), reader(repository, "spec", "ref", "tag"); url != "https://github.com/kubernetes-sigs/gateway-api" || tag != from.Version {
		f.Fatalf("%s is %s at %s; the test has %s", kube.Describe(repository), url, tag, from.Version)
	}
	from.Files = "go.mod"
	files, err := from.Definitions()
	if err != nil {
		f.Fatal(err)
	}
	for file := range files {
		f.publish(repository, filepath.Dir(file))
		for _, k := range f.kustomizations() {
			if reader(k, "spec", "sourceRef", "name") == repository.GetName() {
				return kube.Kustomize(f.T, filepath.Join(filepath.Dir(file), reader(k, "spec", "path")))
			}
		}
	}
	f.Fatalf("nothing is delivered from %s", kube.Describe(repository))
	return nil
}

// mends has somebody change what was delivered, which the next reconciliation
// must set right: it shows that the one before would have changed what differs.
func (f *flux) mends() {
	f.Helper()
	deployment, rule := f.deployment(), f.layer("50-policy")[0]
	image := f.image(deployment)
	f.setImage(deployment, "registry.example.com/other:1")
	if err := f.Delete(context.Background(), rule); err != nil {
		f.Fatal(err)
	}
	if f.image(deployment) == image || f.gone([]*unstructured.Unstructured{rule}) != "" {
		f.Fatal("nothing was changed")
	}
	f.reconcile(f.kustomizations())
	if is := f.image(deployment); is != image {
		f.Errorf("%s has the image %s after a reconciliation, not %s", kube.Describe(deployment), is, image)
	}
	if why := f.stands([]*unstructured.Unstructured{rule}); why != "" {
		f.Error(why)
	}
}

// prunes takes away: first a layer, an object, a CRD and a Namespace; then all.
func (f *flux) prunes(pinned []*unstructured.Unstructured) {
	f.Helper()
	fleet := source(reader(f.root, "spec", "sourceRef", "name"))
	f.others(ofOthers)
	out := f.shrink()
	before := f.snapshot(append(f.rest(out), pinned...))
	f.publish(fleet, string(f.tree))
	f.applied()
	kube.Eventually(f.T, time.Minute, "what was removed to go", func() string { return f.gone(out) }, f.process)
	f.unchanged(before, fluxManager)

	removed := f.empty()
	f.publish(fleet, string(f.tree))
	f.applied()
	goes, stays := f.parted(removed)
	kube.Eventually(f.T, 3*time.Minute, "everything else to go", func() string { return f.gone(goes) }, f.process)
	if why := f.stands(append(stays, pinned...)); why != "" {
		f.Error(why)
	}
}
