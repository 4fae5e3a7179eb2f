package minors

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/meshgen/meshgen/internal/validate"
	"github.com/meshgen/meshgen/test/cluster/kube"
)

// published is what one minor's API server says of itself.
type published struct {
	fields map[string][]string // of the types of Kubernetes' own kinds, by their names in OpenAPI
	gates  map[string]bool     // whether a feature gate is on
}

var gateLine = regexp.MustCompile(`(?m)^kubernetes_feature_enabled\{name="([^"]+)",[^}]*\} ([01])$`)

// publishedOf starts a control plane of a minor, and reads what it publishes.
func publishedOf(t *testing.T, minor string) published {
	t.Helper()
	p := published{map[string][]string{}, map[string]bool{}}
	t.Run(minor, func(t *testing.T) { // one at a time: it ends with the subtest
		c := kube.Start(t, kube.Options{Minor: minor, SchedulerOnly: true, Bare: true})
		for name, shape := range c.Schemas(t) {
			if strings.HasPrefix(name, "io.k8s.api.") {
				properties, _ := shape["properties"].(map[string]any)
				p.fields[name] = slices.Collect(maps.Keys(properties))
			}
		}
		text, err := c.API.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range gateLine.FindAllStringSubmatch(string(text), -1) {
			p.gates[m[1]] = m[2] == "1"
		}
	})
	if len(p.fields) == 0 || len(p.gates) == 0 {
		t.Fatalf("Kubernetes %s publishes %d types and %d gates", minor, len(p.fields), len(p.gates))
	}
	return p
}

// notTold are fields that a later minor brings and of which the compiler says
// nothing, and why.
var notTold = map[string]string{
	"io.k8s.api.core.v1.NodeSystemInfo.swap":             "a part of a Node's status",
	"io.k8s.api.core.v1.PodCondition.observedGeneration": "a part of a Pod's status",
	"io.k8s.api.core.v1.ResourceHealth.message":          "a part of a Pod's status",
	"io.k8s.api.storage.v1.VolumeError.errorCode":        "a part of a VolumeAttachment's status",
	"io.k8s.api.core.v1.PodSpec.workloadRef":             "1.36 took it back, and the types have it no longer: it is an unknown field",
}

// TestSince holds what the compiler knows of fields that not every minor of
// Kubernetes has against the API servers of all minors: a field is there from
// its minor on and not before, its gate is on from its minor on, and each field
// that a minor brings is known.
func TestSince(t *testing.T) {
	of := map[int]published{}
	var minors []int
	for _, name := range kube.Minors() {
		minor, err := strconv.Atoi(strings.TrimPrefix(name, "1."))
		if err != nil {
			t.Fatal(err)
		}
		minors, of[minor] = append(minors, minor), publishedOf(t, name)
	}
	known := map[string]int{}
	for _, row := range validate.FieldsSince() {
		at := row.Type + "." + row.Field
		known[at] = int(row.From)
		seen := false
		for _, minor := range minors {
			fields, served := of[minor].fields[row.Type]
			if !served {
				continue // the kind's version comes later, which the table of versions says
			}
			seen = true
			if has, want := slices.Contains(fields, row.Field), minor >= int(row.From); has != want {
				t.Errorf("%s: Kubernetes 1.%d has it: %v, and the table says 1.%d", at, minor, has, row.From)
			}
			on, there := of[minor].gates[row.Gate]
			switch want := row.On != 0 && minor >= int(row.On); {
			case row.Gate == "" || minor < int(row.From):
			case !there && !want:
				t.Errorf("%s: Kubernetes 1.%d has no gate %s, and the table says that it is off", at, minor, row.Gate)
			case there && on != want:
				t.Errorf("%s: the gate %s of Kubernetes 1.%d is on: %v, and the table says from 1.%d on", at, row.Gate, minor, on, row.On)
			}
		}
		if !seen && int(row.From) <= minors[len(minors)-1] {
			t.Errorf("%s: no Kubernetes has the type", at)
		}
	}
	used := map[string]bool{}
	for i, minor := range minors[1:] {
		for _, name := range added(of[minors[i]].fields, of[minor].fields) {
			switch from, ok := known[name]; {
			case ok && from == minor:
			case notTold[name] != "":
				used[name] = true
			case strings.Contains(name, "Status."): // the API server's to write
			default:
				t.Errorf("Kubernetes 1.%d brings %s, of which the table says nothing", minor, name)
			}
		}
	}
	for name := range notTold {
		if !used[name] {
			t.Errorf("no minor brings %s, of which there is a reason not to say so", name)
		}
	}
}

// added returns the fields that types have and had not before, in order.
func added(before, after map[string][]string) []string {
	var list []string
	for name, fields := range after {
		had, ok := before[name]
		for _, field := range fields {
			if ok && !slices.Contains(had, field) {
				list = append(list, fmt.Sprintf("%s.%s", name, field))
			}
		}
	}
	slices.Sort(list)
	return list
}
