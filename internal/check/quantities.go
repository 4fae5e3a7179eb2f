package check

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
)

var quantities = Check{
	Doc: Doc{
		Code: "MG3045", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
		Title:  "An amount is beyond reason",
		Text:   "No machine of the clouds has more than 1920 cores (AWS u7inh-32tb.480xlarge, Google x4-megamem-1920) or 32 TiB of memory; a container's process does not start in less than 6 MiB (Docker's least, runc's need), and none of the mesh in 4 MiB. Mostly a unit is missing or another one is meant: \"2000\" of CPU is two thousand cores, \"2000m\" is two. From 100 cores for one container it is a warning, as is a route's timeout of more than a day. Where the containers are a manifest's own, all of it is a warning but what no machine has.\nWrite the unit that is meant.",
		Before: `controlPlane: resources: requests: cpu: "2000"`,
		After:  `controlPlane: resources: requests: cpu: "2000m"`,
	},
	Run: func(m model.Mesh, in intent.Intent) diag.List {
		var list diag.List
		resources := func(path string, r intent.Resources) {
			for _, of := range []struct {
				name string
				list intent.ResourceList
			}{{"requests", r.Requests}, {"limits", r.Limits}} {
				at := path + ".resources." + of.name
				list = append(list, amount(at+".cpu", of.list.CPU, of.name, diag.Error)...)
				list = append(list, amount(at+".memory", of.list.Memory, of.name, diag.Error)...)
			}
		}
		resources("controlPlane", m.ControlPlane.Resources)
		resources("dataPlane.cni", m.CNI.Resources)
		resources("dataPlane.ztunnel", m.Ztunnel.Resources)
		resources("dataPlane.proxy", m.Proxy.Resources)
		resources("dataPlane.waypoint", m.Waypoint)
		for _, g := range m.Gateways {
			resources(g.Path, g.Resources)
		}
		for _, n := range m.Namespaces {
			if n.Pods != nil {
				at := intent.Join("namespaces", n.Name) + ".pods.requests"
				list = append(list, amount(at+".cpu", n.Pods.Requests.CPU, "requests", diag.Warning)...)
				list = append(list, amount(at+".memory", n.Pods.Requests.Memory, "requests", diag.Warning)...)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(in.Mesh.Cluster.NodePools)) {
			pool, at := in.Mesh.Cluster.NodePools[name], intent.Join("cluster.nodePools", name)
			list = append(list, machine(at+".cpu", pool.CPU)...)
			list = append(list, machine(at+".memory", pool.Memory)...)
		}
		for _, v := range []struct {
			path   string
			values map[string]any
		}{
			{"values.istiod", m.Values.Istiod}, {"values.cni", m.Values.CNI}, {"values.ztunnel", m.Values.Ztunnel},
		} {
			list = append(list, amountsIn(v.path, v.values, diag.Error)...)
		}
		for _, name := range slices.Sorted(maps.Keys(m.Values.Gateways)) {
			list = append(list, amountsIn(intent.Join("values.gateways", name), m.Values.Gateways[name], diag.Error)...)
		}
		for _, f := range m.Manifests {
			for i, o := range f.Objects {
				list = append(list, amountsIn(fmt.Sprintf("%s.objects[%d]", f.Path, i), o, diag.Warning)...)
			}
		}
		return append(list, longTimeouts(m)...)
	},
}

// The bounds, each with its source in the page: those of the greatest machines,
// what a container needs to start, and from where a number of cores is odd.
const (
	mostCPU    = "1920"
	mostMemory = "32Ti"
	oddCPU     = "100"
	leastLimit = "6Mi"
	leastAsked = "4Mi"
)

// longest is a timeout of a request that nobody waits for.
const longest = 24 * time.Hour

// amountsIn looks for resources below a path: maps with requests and limits,
// wherever they stand.
func amountsIn(path string, value any, severity diag.Severity) diag.List {
	var list diag.List
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			amounts, isMap := v[name].(map[string]any)
			if isMap && (name == "requests" || name == "limits") {
				for _, what := range []string{"cpu", "memory"} {
					if text, ok := scalarText(amounts[what]); ok {
						list = append(list, amount(intent.Join(path, name, what), text, name, severity)...)
					}
				}
				continue
			}
			list = append(list, amountsIn(intent.Join(path, name), v[name], severity)...)
		}
	case []any:
		for i, elem := range v {
			list = append(list, amountsIn(fmt.Sprintf("%s[%d]", path, i), elem, severity)...)
		}
	}
	return list
}

// scalarText returns a text or a number as people wrote it.
func scalarText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case int64, float64, json.Number:
		return fmt.Sprint(v), true
	}
	return "", false
}

// amount says what is beyond reason about what a container asks for or may use;
// of is requests or limits. What is only odd has the given severity at most.
func amount(path, text, of string, severity diag.Severity) diag.List {
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() <= 0 {
		return nil // others tell what is no quantity; nothing is asked for, or bounded
	}
	if list := machine(path, text); len(list) > 0 {
		return list
	}
	d := diag.Diagnostic{Severity: severity, Path: path}
	least := leastAsked
	if of == "limits" {
		least = leastLimit
	}
	switch cpu := strings.HasSuffix(path, "cpu"); {
	case cpu && q.Cmp(resource.MustParse(oddCPU)) >= 0:
		d.Severity = diag.Warning
		d.Message = fmt.Sprintf("%s is %s cores for one container", text, q.AsDec())
		d.Suggestion = fmt.Sprintf("set %s to %q", path, milli(text))
	case !cpu && q.Cmp(resource.MustParse(least)) < 0:
		d.Message = fmt.Sprintf("%s of memory is less than the %s that a container needs to start", text, least)
		d.Suggestion = fmt.Sprintf("set %s to %q", path, mebi(text))
	default:
		return nil
	}
	return diag.List{d}
}

// machine reports an amount that no machine has.
func machine(path, text string) diag.List {
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return nil
	}
	switch cpu := strings.HasSuffix(path, "cpu"); {
	case cpu && q.Cmp(resource.MustParse(mostCPU)) > 0:
		return diag.List{{
			Path:       path,
			Message:    fmt.Sprintf("%s is %s cores, and the greatest machines of the clouds have %s", text, q.AsDec(), mostCPU),
			Suggestion: fmt.Sprintf("set %s to %q", path, milli(text)),
		}}
	case !cpu && q.Cmp(resource.MustParse(mostMemory)) > 0:
		return diag.List{{
			Path:       path,
			Message:    fmt.Sprintf("%s is more memory than the %s of the greatest machines of the clouds", text, mostMemory),
			Suggestion: fmt.Sprintf("set %s to %q", path, smaller(text)),
		}}
	}
	return nil
}

// digits returns the whole number that a quantity begins with.
func digits(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	return strings.TrimLeft(text[:end], "0")
}

// milli returns a number of cores as one of millicores, or one core where that
// would be as odd.
func milli(text string) string {
	n := digits(text)
	if q, err := resource.ParseQuantity(n + "m"); err == nil && n != "" && q.Cmp(resource.MustParse(oddCPU)) < 0 {
		return n + "m"
	}
	return "1"
}

// mebi returns a little memory in mebibytes, or as much as a sidecar asks for.
func mebi(text string) string {
	n := digits(text)
	if q, err := resource.ParseQuantity(n + "Mi"); err == nil && n != "" && q.Cmp(resource.MustParse(leastLimit)) >= 0 && q.Cmp(resource.MustParse("64Gi")) <= 0 {
		return n + "Mi"
	}
	return "128Mi"
}

// smaller returns too much memory in the next smaller unit that is reasonable.
func smaller(text string) string {
	for _, unit := range []string{"Gi", "Mi"} {
		if q, err := resource.ParseQuantity(digits(text) + unit); err == nil && digits(text) != "" && q.Cmp(resource.MustParse("2Ti")) <= 0 {
			return digits(text) + unit
		}
	}
	return "1Gi"
}

// longTimeouts reports routes that let a request take longer than a day.
func longTimeouts(m model.Mesh) diag.List {
	var list diag.List
	look := func(path, text string) {
		if d, err := time.ParseDuration(text); err == nil && d > longest {
			list = append(list, diag.Diagnostic{
				Severity: diag.Warning, Path: path,
				Message:    fmt.Sprintf("%s is longer than a day: a request that hangs keeps its connection all that time", text),
				Suggestion: fmt.Sprintf("set %s to a time such as \"1m\", or remove it", path),
			})
		}
	}
	for _, r := range m.Routes {
		for i, rule := range r.Rules {
			at := fmt.Sprintf("%s.rules[%d]", r.Path, i)
			look(at+".timeout", rule.Timeout)
			if rule.Retries != nil {
				look(at+".retries.perTryTimeout", rule.Retries.PerTryTimeout)
			}
		}
	}
	return list
}
