package deliver

import (
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
	"github.com/meshgen/meshgen/test/upstream/sources"
)

// argo is Argo CD's application controller at work on a cluster.
type argo struct {
	*stand
	process *kube.Process
}

// around is what Argo CD finds on a cluster beside its own installation: the
// project that its API server would make, and the health checks of its
// configuration. The one for Applications is Argo CD's own, from its manual,
// which the order of waves needs; the one for autoscalers stands in for a
// metrics server, without which each is Degraded.
const around = `
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec:
  sourceRepos: ['*']
  destinations: [{server: '*', namespace: '*'}]
  clusterResourceWhitelist: [{group: '*', kind: '*'}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data:
  resource.customizations.health.argoproj.io_Application: |
    hs = {}
    hs.status = "Progressing"
    hs.message = ""
    if obj.status ~= nil then
      if obj.status.health ~= nil then
        hs.status = obj.status.health.status
        if obj.status.health.message ~= nil then
          hs.message = obj.status.health.message
        end
      end
    end
    return hs
  resource.customizations.health.autoscaling_HorizontalPodAutoscaler: |
    hs = {}
    hs.status = "Healthy"
    return hs
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-secret, namespace: argocd}
stringData: {server.secretkey: none}
`

func startArgo(t *testing.T, s *stand, number int) *argo {
	t.Helper()
	i := slices.IndexFunc(sources.All, func(s sources.Source) bool { return s.Module == "github.com/argoproj/argo-cd/v3" })
	from := sources.All[i]
	if from.Version != "v"+kube.ArgoCDVersion {
		t.Fatalf("Argo CD is %s here, and %s in test/upstream", kube.ArgoCDVersion, from.Version)
	}
	for _, files := range []string{"manifests/crds/app*-crd.yaml", "manifests/base/config/argocd-*.yaml"} {
		from.Files = files
		found, err := from.Definitions()
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range found {
			objects, err := kube.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, o := range objects {
				if o.GetKind() != "CustomResourceDefinition" {
					o.SetNamespace("argocd")
				}
			}
			s.ApplyAll(t, "argocd", objects)
		}
	}
	s.others(around)
	return &argo{stand: s, process: kube.Run(t, s.Dir, "argocd-controller",
		[]string{"KUBECONFIG=" + s.Kubeconfig, "ARGOCD_FAKE_IN_CLUSTER=true"},
		kube.Path(t, kube.ArgoCDController), string(s.tree), fmt.Sprintf("127.1.0.%d", number+1),
		"--kubeconfig="+s.Kubeconfig, "--namespace=argocd", "--logformat=text", fmt.Sprintf("--metrics-port=%d", 18082+number),
		"--app-resync=15", "--app-resync-jitter=0")} // instead of three minutes, which it takes to see that a CRD is established
}

// applications returns those of the delivery.
func (a *argo) applications() []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(a.delivery), func(o *unstructured.Unstructured) bool { return o.GetKind() != "Application" })
}

// live returns an object of the delivery as it is on the cluster.
func (a *argo) live(o *unstructured.Unstructured) *unstructured.Unstructured {
	a.Helper()
	live, err := a.Get(context.Background(), o)
	if err != nil {
		a.Fatalf("%s: %v", kube.Describe(o), err)
	}
	return live
}

// settled waits until every Application is Synced and Healthy, and none is being
// synced.
func (a *argo) settled() {
	a.Helper()
	kube.Eventually(a.T, 6*time.Minute, "Argo CD to have applied everything", func() string {
		a.tend()
		waiting := ""
		for _, o := range a.applications() {
			if why := a.verdict(o); why != "" && waiting == "" {
				waiting = o.GetName() + ": " + why
			}
		}
		return waiting
	}, a.process)
}

// verdict returns why an Application is not Synced and Healthy.
func (a *argo) verdict(o *unstructured.Unstructured) string {
	live, err := a.Get(context.Background(), o)
	if err != nil {
		return err.Error()
	}
	_, refreshing := live.GetAnnotations()["argocd.argoproj.io/refresh"]
	sync, health, phase := reader(live, "status", "sync", "status"), reader(live, "status", "health", "status"), reader(live, "status", "operationState", "phase")
	conditions, _, _ := unstructured.NestedSlice(live.Object, "status", "conditions")
	if refreshing || sync != "Synced" || health != "Healthy" || phase != "Succeeded" {
		return fmt.Sprintf("%s, %s, %s: %s %v %v", sync, health, phase, reader(live, "status", "operationState", "message"), differing(live), conditions)
	}
	return ""
}

// differing returns the resources of an Application that are not Synced.
func differing(application *unstructured.Unstructured) []string {
	resources, _, _ := unstructured.NestedSlice(application.Object, "status", "resources")
	var out []string
	for _, r := range resources {
		r, _ := r.(map[string]any)
		if r["status"] != "Synced" {
			out = append(out, fmt.Sprintf("%v/%v", r["kind"], r["name"]))
		}
	}
	slices.Sort(out)
	return out
}

// refresh has Argo CD compare Applications anew, without what it has cached.
func (a *argo) refresh(applications ...*unstructured.Unstructured) {
	a.Helper()
	for _, o := range applications {
		a.merge(o, annotate("argocd.argoproj.io/refresh", "hard"))
	}
	kube.Eventually(a.T, 2*time.Minute, "Argo CD to compare anew", func() string {
		for _, o := range applications {
			if _, refreshing := a.live(o).GetAnnotations()["argocd.argoproj.io/refresh"]; refreshing {
				return o.GetName() + " is not compared yet"
			}
		}
		return ""
	}, a.process)
}

func TestArgoCD(t *testing.T) {
	for i, name := range delivered(t, "Application") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byArgoCD(t, name, i)
		})
	}
}

// byArgoCD delivers a cluster; number is another one for each.
func byArgoCD(t *testing.T, name string, number int) {
	s := raise(t, name)
	a := startArgo(t, s, number)
	s.ApplyAll(t, "user", []*unstructured.Unstructured{s.root})
	a.settled()
	if why := s.stands(s.objects()); why != "" {
		t.Fatal(why)
	}
	a.ordered()
	s.written()
	s.scaled(s.objects(), a.process)

	before, operations := s.snapshot(s.objects()), a.operations()
	a.refresh(a.applications()...)
	a.settled()
	s.unchanged(before, "argocd-controller")
	if diff := cmp.Diff(operations, a.operations()); diff != "" {
		t.Errorf("Argo CD has applied again what was applied:\n%s", diff)
	}
	s.written()
	a.notices()
	if t.Failed() {
		return
	}
	a.prunes()
	if !t.Failed() {
		rows.Store(name, []string{name, "Argo CD", fmt.Sprint(len(a.layers)), fmt.Sprint(len(before)), "Synced and Healthy", "Synced, no change", "OutOfSync, set right", "pruned; every CRD and Namespace stands"})
	}
}

// operations returns when each Application was applied last.
func (a *argo) operations() map[string]string {
	a.Helper()
	out := map[string]string{}
	for _, o := range a.applications() {
		out[o.GetName()] = reader(a.live(o), "status", "operationState", "startedAt")
	}
	return out
}

// of returns the Application of a layer.
func (a *argo) of(layer string) *unstructured.Unstructured {
	a.Helper()
	for _, o := range a.applications() {
		if strings.HasSuffix(reader(o, "spec", "source", "path"), "/"+layer) {
			return o
		}
	}
	a.Fatalf("no Application delivers %s", layer)
	return nil
}

// ordered holds the Applications' times of creation against their waves. It says
// no more: an Application whose first objects are there counts as Healthy, so
// that the next wave may begin before all of it is; what is refused then, Argo CD
// tries again.
func (a *argo) ordered() {
	a.Helper()
	var last time.Time
	for _, l := range a.layers {
		live := a.live(a.of(l.Name))
		made := live.GetCreationTimestamp().Time
		if made.Before(last) {
			a.Errorf("%s was made at %s, after the next wave at %s", live.GetName(), made, last)
		}
		last = made
	}
}

// manual takes the automation away, so that what differs stays: from the root
// first, which would give it back.
func (a *argo) manual() {
	a.Helper()
	off := map[string]any{"spec": map[string]any{"syncPolicy": map[string]any{"automated": nil}}}
	a.merge(a.root, off)
	for _, o := range a.applications() {
		a.merge(o, off)
	}
}

// notices has somebody change what was delivered, in one thing after another:
// Argo CD must name just that, by its usual comparison and by the server's, and
// say Synced when it is as before. In the end it sets right by itself what is
// still changed.
func (a *argo) notices() {
	a.Helper()
	a.manual()
	plane, policy := a.of("20-control-plane"), a.of("50-policy")
	deployment, rule := a.deployment(), a.layer("50-policy")[0]
	image := a.image(deployment)
	for _, mode := range []string{"ServerSideDiff=false", "ServerSideDiff=true"} {
		for _, o := range a.applications() {
			a.merge(o, annotate("argocd.argoproj.io/compare-options", mode))
		}
		layers := slices.DeleteFunc(a.applications(), func(o *unstructured.Unstructured) bool { return o.GetName() == a.root.GetName() })
		a.refresh(layers...)
		for _, o := range layers {
			a.compares(o, mode)
		}

		a.setImage(deployment, "registry.example.com/other:1")
		a.compares(plane, mode+", another image", "Deployment/"+deployment.GetName())
		a.setImage(deployment, image)
		a.compares(plane, mode+", the image again")

		for _, o := range a.objects() {
			if replicas, found, _ := unstructured.NestedInt64(o.Object, "spec", "replicas"); found && o.GetKind() == "Deployment" {
				of := a.of(a.layerOf(o))
				a.merge(o, map[string]any{"spec": map[string]any{"replicas": replicas + 1}})
				a.compares(of, mode+", another count", "Deployment/"+o.GetName())
				a.merge(o, map[string]any{"spec": map[string]any{"replicas": replicas}})
				a.compares(of, mode+", the count again")
			}
		}

		for _, o := range a.layer("20-control-plane") {
			if o.GetKind() != "ValidatingWebhookConfiguration" {
				continue
			}
			hooks, _, _ := unstructured.NestedSlice(a.live(o).Object, "webhooks")
			rules := hooks[0].(map[string]any)["rules"]
			hooks[0].(map[string]any)["rules"] = []any{map[string]any{"apiGroups": []any{"none.example.com"}, "apiVersions": []any{"v1"}, "operations": []any{"CREATE"}, "resources": []any{"none"}, "scope": "*"}}
			a.merge(o, map[string]any{"webhooks": hooks})
			a.compares(plane, mode+", another rule of a webhook", o.GetKind()+"/"+o.GetName())
			hooks[0].(map[string]any)["rules"] = rules
			a.merge(o, map[string]any{"webhooks": hooks})
			a.compares(plane, mode+", the webhook's rule again")
			break
		}
	}

	if err := a.Delete(context.Background(), rule); err != nil {
		a.Fatal(err)
	}
	a.compares(policy, "a removed rule", rule.GetKind()+"/"+rule.GetName())
	file := a.renderedFile(deployment, image)
	a.tree.change(a.T, file, func(text string) string { return strings.Replace(text, image, image+"-debug", 1) })
	a.compares(plane, "another image in the tree", "Deployment/"+deployment.GetName())

	a.ApplyAll(a.T, "user", []*unstructured.Unstructured{a.root})
	a.refresh(a.root)
	a.settled()
	if why := a.stands([]*unstructured.Unstructured{rule}); why != "" {
		a.Error(why)
	}
	if is := a.image(deployment); is != image+"-debug" {
		a.Errorf("%s has the image %s, not %s", kube.Describe(deployment), is, image+"-debug")
	}
}

// renderedFile returns the file of a layer that holds an object with a text.
func (a *argo) renderedFile(o *unstructured.Unstructured, text string) string {
	a.Helper()
	dir := "rendered/" + a.name + "/" + a.layerOf(o)
	files, err := filepath.Glob(a.tree.path(dir + "/*.yaml"))
	if err != nil {
		a.Fatal(err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			a.Fatal(err)
		}
		if strings.Contains(string(content), "image: "+text) || strings.Contains(string(content), "image: \""+text) {
			return dir + "/" + filepath.Base(f)
		}
	}
	a.Fatalf("no file of %s has the image %s", dir, text)
	return ""
}

// layerOf returns the name of an object's layer.
func (a *argo) layerOf(o *unstructured.Unstructured) string {
	a.Helper()
	for _, l := range a.layers {
		if slices.ContainsFunc(l.Objects, func(other *unstructured.Unstructured) bool { return kube.Describe(other) == kube.Describe(o) }) {
			return l.Name
		}
	}
	a.Fatalf("%s is in no layer", kube.Describe(o))
	return ""
}

// compares has an Application compared, and holds what differs against want.
func (a *argo) compares(application *unstructured.Unstructured, what string, want ...string) {
	a.Helper()
	state := "Synced"
	if len(want) > 0 {
		state = "OutOfSync"
	}
	why := ""
	for range 5 { // its watch of the change may lag behind its answer
		a.refresh(application)
		live := a.live(application)
		is := reader(live, "status", "sync", "status")
		if is == state && slices.Equal(differing(live), want) {
			return
		}
		why = fmt.Sprintf("%s, %s: it is %s with %q differing, not %s with %q", application.GetName(), what, is, differing(live), state, want)
		time.Sleep(500 * time.Millisecond)
	}
	a.Error(why)
}

// prunes takes away: first a layer, an object, a CRD and a Namespace; then all.
func (a *argo) prunes() {
	a.Helper()
	a.others(ofOthers)
	out := a.shrink()
	before := a.snapshot(a.rest(out))
	a.refresh(a.root)
	a.refresh(a.applications()...)
	kube.Eventually(a.T, 3*time.Minute, "what was removed to go", func() string { return a.gone(out) }, a.process)
	for _, o := range before {
		if why := a.stands([]*unstructured.Unstructured{o}); why != "" {
			a.Error(why)
		}
	}

	removed := a.empty()
	a.refresh(a.root)
	goes, stays := a.parted(removed)
	kube.Eventually(a.T, 4*time.Minute, "everything else to go", func() string { return a.gone(goes) }, a.process)
	if why := a.stands(stays); why != "" {
		a.Error(why)
	}
}
