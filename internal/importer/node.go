package importer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
)

// kubeNode is what matters of a Node of Kubernetes' API.
type kubeNode struct {
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ProviderID    string         `json:"providerID"`
		Unschedulable bool           `json:"unschedulable"`
		Taints        []intent.Taint `json:"taints"`
	} `json:"spec"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
		Capacity    map[string]scalar `json:"capacity"`
		Allocatable map[string]scalar `json:"allocatable"`
		NodeInfo    struct {
			Architecture    string `json:"architecture"`
			OperatingSystem string `json:"operatingSystem"`
			OSImage         string `json:"osImage"`
			KernelVersion   string `json:"kernelVersion"`
			KubeletVersion  string `json:"kubeletVersion"`
			MachineID       string `json:"machineID"`
			SystemUUID      string `json:"systemUUID"`
		} `json:"nodeInfo"`
	} `json:"status"`
}

// scalar is a text, or a number as people write quantities in YAML.
type scalar string

// UnmarshalJSON takes text and numbers.
func (s *scalar) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*s = scalar(text)
		return nil
	}
	*s = scalar(raw) // a quantity says what is wrong with it
	return nil
}

// node is one node, in the intent's words.
type node struct {
	name     string
	role     string // server or agent
	arch     string
	zone     string
	platform string // as cluster.platform has it
	kubelet  string
	kernel   string // as the node says it

	cpu, freeCPU       int64 // millicores: capacity and allocatable
	memory, freeMemory int64 // bytes
	maxPods            int
	other              map[string]string // devices and huge pages, as the node says them

	pageSize, vaBits int // 0 when nothing tells them

	labels map[string]string
	taints []intent.Taint

	cordoned bool
	down     bool // it says that it is not ready, or has said nothing for long
}

// compareNodes orders nodes by name.
func compareNodes(a, b node) int { return cmp.Compare(a.name, b.name) }

var nodeName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)

// node reads one node. Without errors and without a name, the node is left out.
func (it item) node() (node, diag.List) {
	var k kubeNode
	r := &reader{file: it.place.file}
	if err := json.Unmarshal(it.raw, &k); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			r.refuse(it.place.of(strings.Split(wrong.Field, ".")...), fmt.Sprintf("%s is a %s, and no %s", wrong.Field, wrong.Value, wrong.Type.Kind()), wanted)
		} else {
			r.refuse(it.place.of(), "this is no Node: "+err.Error(), wanted)
		}
		return node{}, r.list
	}
	info := k.Status.NodeInfo
	n := node{
		name: k.Metadata.Name, role: roleOf(k.Metadata.Labels), platform: platformOf(k),
		kubelet: info.KubeletVersion, kernel: info.KernelVersion,
		arch: cmp.Or(info.Architecture, k.Metadata.Labels["kubernetes.io/arch"], k.Metadata.Labels["beta.kubernetes.io/arch"]),
		zone: cmp.Or(k.Metadata.Labels["topology.kubernetes.io/zone"], k.Metadata.Labels["failure-domain.beta.kubernetes.io/zone"]),
	}
	if !nodeName.MatchString(n.name) {
		r.refuse(it.place.of("metadata", "name"), fmt.Sprintf("%q is no node's name", n.name), wanted)
		return node{}, r.list
	}
	if system := cmp.Or(info.OperatingSystem, k.Metadata.Labels["kubernetes.io/os"], "linux"); system != "linux" {
		return node{}, leftOut(it.place.of("status", "nodeInfo", "operatingSystem"), n.name, "runs "+system+", where Istio does not run")
	}
	if k.Metadata.Labels["type"] == "virtual-kubelet" || k.Metadata.Labels["eks.amazonaws.com/compute-type"] == "fargate" {
		return node{}, leftOut(it.place.of("metadata", "labels"), n.name, "is no machine: what it takes is not bounded by a node")
	}
	if n.arch != "amd64" && n.arch != "arm64" {
		if n.arch == "" {
			r.refuse(it.place.of("status", "nodeInfo", "architecture"), fmt.Sprintf("node %s does not say its architecture", n.name), wanted)
			return node{}, r.list
		}
		return node{}, leftOut(it.place.of("status", "nodeInfo", "architecture"), n.name, fmt.Sprintf("is of architecture %q, for which Istio has no images", n.arch))
	}
	n.pageSize, n.vaBits = pages(n.arch, n.kernel)
	n.cordoned = k.Spec.Unschedulable
	for _, c := range k.Status.Conditions {
		n.down = n.down || c.Type == "Ready" && c.Status != "True"
	}
	amounts(it, r, k, &n)
	n.labels, n.taints = it.labels(r, k), it.taints(r, k.Spec.Taints)
	return n, r.list
}

// leftOut says that a node is none that a pool can hold.
func leftOut(at diag.Position, name, why string) diag.List {
	return diag.List{{
		Code: codeLeftOut, Severity: diag.Warning,
		Message:    fmt.Sprintf("node %s is left out: it %s", name, why),
		Suggestion: "keep the mesh's pods off it, with a taint or by placement.pools",
		Position:   at,
	}}
}

// amounts reads what a node has and what of it pods may have. A node that does
// not say its allocatable keeps nothing.
func amounts(it item, r *reader, k kubeNode, n *node) {
	read := func(list string, from map[string]scalar, name string, scale resource.Scale) (int64, bool) {
		text, ok := from[name]
		if !ok {
			return 0, false
		}
		v, why := floor(string(text), scale)
		if why != "" {
			r.refuse(it.place.of("status", list, name), fmt.Sprintf("node %s: status.%s.%s is %q, %s", n.name, list, name, short(string(text)), why), wanted)
		}
		return v, true
	}
	for _, a := range []struct {
		name       string
		scale      resource.Scale
		have, free *int64
	}{{"cpu", resource.Milli, &n.cpu, &n.freeCPU}, {"memory", 0, &n.memory, &n.freeMemory}} {
		var ok bool
		if *a.have, ok = read("capacity", k.Status.Capacity, a.name, a.scale); !ok {
			r.refuse(it.place.of("status", "capacity"), fmt.Sprintf("node %s does not say its capacity of %s", n.name, a.name), wanted)
		} else if *a.have <= 0 && !r.list.HasErrors() {
			r.refuse(it.place.of("status", "capacity", a.name), fmt.Sprintf("node %s has no %s", n.name, a.name), "leave the node out")
		}
		if *a.free, ok = read("allocatable", k.Status.Allocatable, a.name, a.scale); !ok || *a.free > *a.have {
			*a.free = *a.have
		}
	}
	pods, ok := read("allocatable", k.Status.Allocatable, "pods", 0)
	if !ok {
		pods, ok = read("capacity", k.Status.Capacity, "pods", 0)
	}
	if n.maxPods = 110; ok {
		n.maxPods = int(pods)
	}
	n.other = others(k.Status.Allocatable)
	if n.maxPods < 1 && !r.list.HasErrors() {
		r.refuse(it.place.of("status", "allocatable", "pods"), fmt.Sprintf("node %s takes no pods", n.name), "leave the node out")
	}
}

// amount is the form of #Amount.
var amount = regexp.MustCompile(`^[0-9]+(Ki|Mi|Gi|Ti|k|M|G|T)?$`)

// others are a node's devices and huge pages, those that it has none of left
// out. Ephemeral storage differs by a few bytes between equal nodes, and few
// pods ask for it.
func others(allocatable map[string]scalar) map[string]string {
	all := map[string]string{}
	for name, text := range allocatable {
		huge := strings.HasPrefix(name, "hugepages-")
		if (huge || strings.Contains(name, "/")) && text != "0" && amount.MatchString(string(text)) {
			all[name] = string(text)
		}
	}
	return all
}

// short is a text that fits a message.
func short(s string) string {
	if letters := []rune(s); len(letters) > 40 {
		return string(letters[:39]) + "…"
	}
	return s
}

// quantity is a quantity of a size that can be computed with.
var quantity = regexp.MustCompile(`^\+?[0-9]{0,20}(\.[0-9]{0,20})?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]{1,2})?$`)

// floor returns a quantity at a scale, rounded down: a pool never has more than
// its nodes. Otherwise it says what is wrong.
func floor(text string, scale resource.Scale) (v int64, why string) {
	if !quantity.MatchString(text) {
		return 0, "which is no quantity"
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, "which is no quantity"
	}
	if q.CmpInt64(math.MaxInt64/1000) > 0 {
		return 0, "which is more than a node can have"
	}
	v = q.ScaledValue(scale)
	if resource.NewScaledQuantity(v, scale).Cmp(q) > 0 {
		v--
	}
	return v, ""
}

var (
	labelName  = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	labelValue = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
)

// labels returns the labels that are not the platform's own, nor the node's own
// name under another key.
func (it item) labels(r *reader, k kubeNode) map[string]string {
	kept := map[string]string{}
	_, instance, _ := cutLast(k.Spec.ProviderID, "/")
	for key, value := range k.Metadata.Labels {
		own := value != "" && (value == k.Metadata.Name || value == instance || value == k.Status.NodeInfo.MachineID || value == k.Status.NodeInfo.SystemUUID)
		switch {
		case !labelName.MatchString(key) || !labelValue.MatchString(value):
			r.refuse(it.place.of("metadata", "labels", key), fmt.Sprintf("node %s: %q is no label", k.Metadata.Name, short(key+": "+value)), wanted)
		case !own && keeps(key):
			kept[key] = value
		}
	}
	return kept
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// taints returns the taints that stay, in order and each once.
func (it item) taints(r *reader, all []intent.Taint) []intent.Taint {
	var kept []intent.Taint
	for i, t := range all {
		switch {
		case passes(t.Key):
		case t.Key == "" || !slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, t.Effect):
			r.refuse(it.place.of("spec", "taints", fmt.Sprint(i)), fmt.Sprintf("%q is no taint", short(t.Key+"="+t.Value+":"+t.Effect)), wanted)
		default:
			kept = append(kept, t)
		}
	}
	slices.SortFunc(kept, func(a, b intent.Taint) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Effect, b.Effect))
	})
	return slices.Compact(kept)
}
