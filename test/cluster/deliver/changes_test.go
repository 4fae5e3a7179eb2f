package deliver

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
)

// deployment returns istiod's Deployment, as it is rendered.
func (s *stand) deployment() *unstructured.Unstructured {
	s.Helper()
	for _, o := range s.layer("20-control-plane") {
		if o.GetKind() == "Deployment" && o.GetLabels()["app"] == "istiod" {
			return o
		}
	}
	s.Fatalf("%s has no istiod", s.name)
	return nil
}

// image returns the image of a live Deployment's first container.
func (s *stand) image(deployment *unstructured.Unstructured) string {
	s.Helper()
	live, err := s.Get(context.Background(), deployment)
	if err != nil {
		s.Fatal(err)
	}
	containers, _, err := unstructured.NestedSlice(live.Object, "spec", "template", "spec", "containers")
	if err != nil || len(containers) == 0 {
		s.Fatalf("%s has %d containers: %v", kube.Describe(deployment), len(containers), err)
	}
	image, _ := containers[0].(map[string]any)["image"].(string)
	return image
}

// setImage changes the image of a live Deployment's first container, as
// kubectl set image would.
func (s *stand) setImage(deployment *unstructured.Unstructured, image string) {
	s.Helper()
	live, err := s.Get(context.Background(), deployment)
	if err != nil {
		s.Fatal(err)
	}
	containers, _, err := unstructured.NestedSlice(live.Object, "spec", "template", "spec", "containers")
	if err != nil || len(containers) == 0 {
		s.Fatalf("%s has %d containers: %v", kube.Describe(deployment), len(containers), err)
	}
	containers[0].(map[string]any)["image"] = image
	s.merge(deployment, map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": containers}}}})
}

// ofOthers is a custom resource of a team's, which lives as long as its CRD does.
const ofOthers = `{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: of-others, namespace: default}, spec: {host: of-others.example.com}}`

// shrink takes out of the tree: the layer 70-telemetry, one of istiod's webhooks,
// an object of each later layer that has several in a file, a CRD, and a Namespace
// if there are several. It returns what must leave the cluster for it.
func (s *stand) shrink() []*unstructured.Unstructured {
	s.Helper()
	below := "rendered/" + s.name + "/"
	s.tree.change(s.T, below+"delivery/kustomization.yaml", without("70-telemetry.yaml"))
	s.delivery = kube.Kustomize(s.T, s.tree.path(below+"delivery"))
	if s.dropLast(below+"00-namespaces/namespaces.yaml") == nil {
		s.Logf("%s has one Namespace", s.name)
	}
	crds := kube.Kustomize(s.T, s.tree.path(below+"10-crds"))
	if len(s.dropLast("rendered/shared/istio-crds-"+kube.IstioVersion+"/crds.yaml")) != 1 || len(kube.Kustomize(s.T, s.tree.path(below+"10-crds"))) != len(crds)-1 {
		s.Fatal("the tree does not lack a CRD")
	}
	out := s.dropLast(below + "20-control-plane/base.yaml")
	if len(out) != 1 || out[0].GetKind() != "ValidatingWebhookConfiguration" {
		s.Fatalf("%d objects are dropped", len(out))
	}
	dropped := 0
	for _, layer := range []string{"40-gateways", "50-policy", "60-traffic"} {
		files, err := filepath.Glob(s.tree.path(below + layer + "/*.yaml"))
		if err != nil {
			s.Fatal(err)
		}
		for _, f := range files {
			if filepath.Base(f) == "kustomization.yaml" {
				continue
			}
			if last := s.dropLast(below + layer + "/" + filepath.Base(f)); last != nil {
				out = append(out, last...)
				dropped++
				break
			}
		}
	}
	s.Logf("%s: of %d later layers an object is dropped", s.name, dropped)
	return append(out, s.layer("70-telemetry")...)
}

// dropLast takes the last of several documents out of a file, and returns it.
func (s *stand) dropLast(name string) []*unstructured.Unstructured {
	s.Helper()
	read := func() []*unstructured.Unstructured {
		text, err := os.ReadFile(s.tree.path(name))
		if err != nil {
			s.Fatal(err)
		}
		objects, err := kube.Parse(text)
		if err != nil {
			s.Fatal(err)
		}
		return objects
	}
	all := read()
	if len(all) < 2 {
		return nil
	}
	s.tree.change(s.T, name, less)
	return all[len(read()):]
}

// rest returns the objects of the layers but some.
func (s *stand) rest(but []*unstructured.Unstructured) []*unstructured.Unstructured {
	return slices.DeleteFunc(s.objects(), func(o *unstructured.Unstructured) bool {
		return slices.ContainsFunc(but, func(b *unstructured.Unstructured) bool { return kube.Describe(b) == kube.Describe(o) })
	})
}

// empty takes everything out of the delivery but its root, and returns what it
// took out.
func (s *stand) empty() []*unstructured.Unstructured {
	s.Helper()
	s.tree.change(s.T, "rendered/"+s.name+"/delivery/kustomization.yaml", func(string) string { return "resources: [root.yaml]\n" })
	removed := slices.DeleteFunc(s.delivery, func(o *unstructured.Unstructured) bool { return o.GetName() == s.root.GetName() })
	s.delivery = []*unstructured.Unstructured{s.root}
	return removed
}

// parted returns what must go with an emptied delivery, the objects of the
// delivery among it, and what must stand for ever: others' objects live in
// Namespaces, and are of CRDs' kinds.
func (s *stand) parted(removed []*unstructured.Unstructured) (goes, stays []*unstructured.Unstructured) {
	s.Helper()
	for _, o := range s.objects() {
		if o.GetKind() == "CustomResourceDefinition" || o.GetKind() == "Namespace" {
			stays = append(stays, o)
		} else {
			goes = append(goes, o)
		}
	}
	alive, err := kube.Parse([]byte(ofOthers))
	if err != nil {
		s.Fatal(err)
	}
	if len(stays) < 10 || len(goes) < 10 {
		s.Fatalf("%d objects are to stay, and %d to go", len(stays), len(goes))
	}
	return append(goes, removed...), append(stays, alive...)
}
