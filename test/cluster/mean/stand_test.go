package mean

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/meshgen/meshgen/test/cluster/kube"
	"github.com/meshgen/meshgen/test/cluster/xds"
)

// stand is a cluster with the mesh that was rendered for it, and an istiod.
type stand struct {
	*testing.T
	*kube.Cluster
	name    string // the cluster's
	istiod  *kube.RunningIstiod
	markers int
}

// raise applies a rendered cluster, a folder as rendered/NAME, and starts its
// istiod where that is delivered. before are objects that others make and that
// stand there first: namespaces, Secrets.
func raise(t *testing.T, dir, before string, nodes ...*corev1.Node) *stand {
	t.Helper()
	s := &stand{T: t, Cluster: kube.Start(t, kube.Options{}), name: filepath.Base(dir)}
	if len(nodes) == 0 {
		nodes = []*corev1.Node{kube.Node("node-1", "64", "256Gi"), kube.Node("node-2", "64", "256Gi")}
	}
	s.AddNodes(t, nodes...)
	s.ApplyAll(t, "others", kube.Definitions(t))
	s.others(before)
	for _, layer := range kube.Layers(t, dir) {
		s.ApplyAll(t, "kustomize-controller", layer.Objects)
		for _, o := range layer.Objects {
			if o.GetKind() == "Deployment" && o.GetLabels()["app"] == "istiod" {
				s.istiod = s.StartIstiod(t, "")
			}
		}
	}
	if s.istiod == nil {
		t.Fatalf("%s has no istiod", dir)
	}
	t.Cleanup(s.untroubled)
	return s
}

// rendered returns the folder of a cluster of rendered/.
func rendered(cluster string) string { return filepath.Join(kube.Root(), "rendered", cluster) }

// others applies objects as others than meshgen do: applications, and what the
// intent expects to find.
func (s *stand) others(stream string) {
	s.Helper()
	objects, err := kube.Parse([]byte(stream))
	if err != nil {
		s.Fatal(err)
	}
	s.ApplyAll(s.T, "others", objects)
}

// pods waits until pods with a label run, as many as that or more, and returns
// them by name.
func (s *stand) pods(namespace, selector string, count int) []*corev1.Pod {
	s.Helper()
	var out []*corev1.Pod
	kube.Eventually(s.T, 90*time.Second, fmt.Sprintf("%d pods %s in %s", count, selector, namespace), func() string {
		list, err := s.API.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err.Error()
		}
		if len(list.Items) < count {
			return fmt.Sprintf("there are %d", len(list.Items))
		}
		out = nil
		for i := range list.Items {
			p := &list.Items[i]
			if p.Status.Phase != corev1.PodRunning || p.Status.PodIP == "" {
				return fmt.Sprintf("%s is %s: %+v", p.Name, p.Status.Phase, p.Status.Conditions)
			}
			out = append(out, p)
		}
		return ""
	}, s.istiod.Process)
	slices.SortFunc(out, func(a, b *corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// pod returns a pod with a label.
func (s *stand) pod(namespace, selector string) *corev1.Pod {
	s.Helper()
	return s.pods(namespace, selector, 1)[0]
}

// marker is made when all else is; a proxy that is told of both has been told of
// what came before. The Service reaches istiod by its registry, the ServiceEntry
// by its store of configuration.
const marker = `
apiVersion: v1
kind: Service
metadata: {name: marker-%[1]d, namespace: default}
spec: {clusterIP: None, ports: [{port: 80, name: http}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: marker-%[1]d, namespace: default}
spec: {hosts: [marker-%[1]d.example], location: MESH_EXTERNAL, resolution: NONE, ports: [{number: 80, name: http, protocol: HTTP}]}
`

// settle waits until istiod tells proxies what was applied until now.
func (s *stand) settle() {
	s.Helper()
	s.redirect()
	s.markers++
	s.others(fmt.Sprintf(marker, s.markers))
	metadata, err := structpb.NewStruct(map[string]any{"NAMESPACE": "default", "ISTIO_VERSION": kube.IstioVersion})
	if err != nil {
		s.Fatal(err)
	}
	node := &core.Node{Id: "router~192.0.2.1~marker.default~default.svc.cluster.local", Metadata: metadata}
	kube.Eventually(s.T, time.Minute, "istiod to know all that was applied", func() string {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		config, err := xds.Ask(ctx, s.istiod.XDS, node)
		if err != nil {
			return err.Error()
		}
		for _, host := range []string{fmt.Sprintf("marker-%d.default.svc.cluster.local", s.markers), fmt.Sprintf("marker-%d.example", s.markers)} {
			if config.Clusters["outbound|80||"+host] == nil {
				return "it does not know " + host
			}
		}
		return ""
	}, s.istiod.Process)
}

// told returns what the proxy of a pod is told.
func (s *stand) told(p *corev1.Pod) *told {
	s.Helper()
	node, err := xds.NodeOf(p, kube.IstioVersion)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	config, err := xds.Ask(ctx, s.istiod.XDS, node)
	if err != nil {
		s.Fatalf("what the proxy of %s is told: %v", p.Name, err)
	}
	return &told{s.T, p.Namespace + "/" + p.Name, config}
}

// ztunnel returns what the ztunnel of a pod's node is told.
func (s *stand) ztunnel(p *corev1.Pod) *xds.Workloads {
	s.Helper()
	node, err := xds.NodeOf(p, kube.IstioVersion)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := xds.AskZtunnel(ctx, s.istiod.XDS, node)
	if err != nil {
		s.Fatalf("what the ztunnel %s is told: %v", p.Name, err)
	}
	return out
}

// fetches wants istiod to have asked for an issuer's keys, which it does when a
// policy speaks of them. It gets none, for want of a network, and says so.
func (s *stand) fetches(addresses ...string) {
	s.Helper()
	for _, a := range addresses {
		if !strings.Contains(s.istiod.Log(0), fmt.Sprintf("jwks URI %q", a)) {
			s.Errorf("istiod has not asked for the keys at %s", a)
		}
	}
}

// get returns an object as the cluster has it.
func (s *stand) get(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	s.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}}}
	live, err := s.Get(context.Background(), o)
	if err != nil {
		s.Fatalf("%s %s in %s: %v", kind, name, namespace, err)
	}
	return live
}

// troubles are istiod's counters of what it could not make sense of.
var troubles = []string{"pilot_total_rejected_configs", "pilot_total_xds_rejects", "pilot_total_xds_internal_errors", "pilot_conflict_inbound_listener", "pilot_duplicate_envoy_clusters"}

// untroubled holds istiod's counters against zero, and its log against errors.
func (s *stand) untroubled() {
	if s.Failed() {
		return
	}
	answer, err := http.Get(s.istiod.Monitoring + "/metrics")
	if err != nil {
		s.Error(err)
		return
	}
	defer answer.Body.Close()
	lines, counted := bufio.NewScanner(answer.Body), false
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		name, _, _ = strings.Cut(name, "{")
		counted = counted || name == "pilot_services"
		if slices.Contains(troubles, name) && value != "0" {
			s.Errorf("istiod's counter: %s", lines.Text())
		}
	}
	if err := lines.Err(); err != nil || !counted {
		s.Errorf("istiod's counters cannot be read: %v", err)
	}
	for line := range strings.Lines(s.istiod.Log(0)) {
		if strings.Contains(line, "\terror\t") && !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(line, e) }) {
			s.Errorf("istiod: %s", strings.TrimSpace(line))
		}
	}
}

// expected are errors that istiod logs for reasons that are not the mesh's.
var expected = []string{
	"already exists\tcontroller=gateway class", // two of its controllers make the same GatewayClass; it tries again
	"the object has been modified",             // Kubernetes' controllers write status meanwhile; it tries again
	"Failed to fetch public key from jwks URI", // there is no network: no token is valid, which no test needs
}
