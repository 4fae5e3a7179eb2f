package xds

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
)

// NodeOf returns the identity of the proxy in a pod that runs.
func NodeOf(pod *corev1.Pod, version string) (*core.Node, error) {
	container := Proxy(pod)
	if container == nil {
		return nil, fmt.Errorf("the pod %s has no proxy", pod.Name)
	}
	if pod.Status.PodIP == "" {
		return nil, fmt.Errorf("the pod %s has no address", pod.Name)
	}
	kind, err := role(container)
	if err != nil {
		return nil, fmt.Errorf("the pod %s: %w", pod.Name, err)
	}
	labels := map[string]any{}
	for k, v := range pod.Labels {
		labels[k] = v
	}
	metadata := map[string]any{
		"NAME": pod.Name, "NAMESPACE": pod.Namespace, "SERVICE_ACCOUNT": pod.Spec.ServiceAccountName,
		"INSTANCE_IPS": pod.Status.PodIP, "NODE_NAME": pod.Spec.NodeName, "LABELS": labels, "ISTIO_VERSION": version,
	}
	// What pilot-agent adds to the proxy config that it is given (mesh.DefaultProxyConfig).
	config := map[string]any{"statusPort": 15020, "proxyAdminPort": 15000, "statNameLength": 189}
	for _, e := range container.Env {
		if e.ValueFrom != nil {
			continue // names and addresses, which are above
		}
		switch {
		case e.Name == "PROXY_CONFIG":
			if err := json.Unmarshal([]byte(e.Value), &config); err != nil {
				return nil, fmt.Errorf("the pod %s: PROXY_CONFIG: %w", pod.Name, err)
			}
		case strings.HasPrefix(e.Name, "ISTIO_METAJSON_"):
			var values map[string]any
			if err := json.Unmarshal([]byte(e.Value), &values); err != nil {
				return nil, fmt.Errorf("the pod %s: %s: %w", pod.Name, e.Name, err)
			}
			for k, v := range values {
				metadata[k] = v
			}
		case strings.HasPrefix(e.Name, "ISTIO_META_"):
			metadata[strings.TrimPrefix(e.Name, "ISTIO_META_")] = e.Value
		}
	}
	metadata["PROXY_CONFIG"] = config
	text, err := json.Marshal(metadata) // plain types, as structpb wants them
	if err != nil {
		return nil, err
	}
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	id := strings.Join([]string{kind, pod.Status.PodIP, pod.Name + "." + pod.Namespace, pod.Namespace + ".svc.cluster.local"}, "~")
	return &core.Node{Id: id, Metadata: s}, nil
}

// role returns what a proxy plays: sidecar, router, waypoint or ztunnel.
func role(c *corev1.Container) (string, error) {
	i := slices.Index(c.Args, "proxy")
	if i < 0 || i+1 == len(c.Args) {
		return "", fmt.Errorf("the arguments of its proxy are %q, which name no role", c.Args)
	}
	return c.Args[i+1], nil
}

// Proxy returns the container of a pod that runs Istio's proxy; nil if it has
// none. A native sidecar is an init container.
func Proxy(pod *corev1.Pod) *corev1.Container {
	for _, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for i := range list {
			if list[i].Name == "istio-proxy" {
				return &list[i]
			}
		}
	}
	return nil
}

// Variable returns the value of an environment variable of a container, "" if it
// has none.
func Variable(c *corev1.Container, name string) string {
	for _, e := range c.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}
