package fit

import (
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/workload"
)

// guesses says of which pods nobody here knows where they will sit: those that
// another scheduler places, or that ask for devices by claims (dynamic resource
// allocation). They are judged as if that were not so, since what they ask for
// beside it is taken from some node in any case. Said once for each scheduler, and
// once for claims, at the first workload that names them.
func (s *setup) guesses() diag.List {
	var list diag.List
	at := map[string]int{}
	add := func(i int, key, field, message, suggestion string) {
		where := s.fieldPlace(s.work[i], field)
		if k, ok := at[key]; ok {
			list[k].Related = append(list[k].Related, diag.Note{Message: "so is " + s.name(i), Position: where.position})
			return
		}
		at[key] = len(list)
		list = append(list, diag.Diagnostic{Code: "MG2018", Severity: diag.Warning, Path: where.path, Position: where.position, Message: message, Suggestion: suggestion})
	}
	for i, w := range s.work {
		if s.most(i) == 0 {
			continue
		}
		if name := w.Pod.SchedulerName; name != "" && name != corev1.DefaultSchedulerName {
			add(i, "scheduler "+name, "schedulerName",
				fmt.Sprintf("%s is placed by the scheduler %s, whose rules meshgen does not know: it is held against the nodes as if the default scheduler placed it", s.name(i), name),
				"remove schedulerName, or take what is said of where its pods sit for a guess")
		}
		if claims := w.Pod.ResourceClaims; len(claims) > 0 {
			var names []string
			for _, claim := range claims {
				names = append(names, claim.Name)
			}
			add(i, "claims", "resourceClaims",
				fmt.Sprintf("%s is placed by the devices of its resource %s %s, which nodes declare nowhere: it is held against the nodes as if every node had them", s.name(i), pick(len(claims), "claim", "claims"), and(names)),
				"take what is said of where its pods sit for a guess, or ask for the devices by limits and declare them in allocatable of cluster.nodePools")
		}
	}
	return list
}

// place is where something stands: a path of the intent, and the place in a
// person's file if it is in one.
type place struct {
	path     string
	position diag.Position
	keys     []string // of the field in its object, where that is a manifest's
}

// fieldPlace is where a field of a workload's pods stands: in a person's file, an
// inline object, or what a patch made of a chart's.
func (s *setup) fieldPlace(w workload.Workload, field string) place {
	keys := []string{"spec", "template", "spec", field}
	switch w.Kind {
	case "Pod":
		keys = []string{"spec", field}
	case "CronJob":
		keys = []string{"spec", "jobTemplate", "spec", "template", "spec", field}
	}
	return s.placeOf(w, object.ID{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name}, func(map[string]any) []string { return keys })
}

// portPlace is where the port of the nodes that a workload takes stands.
func (s *setup) portPlace(i int, port string) place {
	w := s.work[i]
	if w.Serves.Kind == "" {
		return s.fieldPlace(w, "containers")
	}
	list := "ports"
	if w.Serves.Kind == "Gateway" {
		list = "listeners"
	}
	return s.placeOf(w, w.Serves, func(value map[string]any) []string {
		for k, v := range object.List(value, "spec", list) {
			if m, _ := v.(map[string]any); fmt.Sprint(m["port"]) == port {
				return []string{"spec", list, strconv.Itoa(k), "port"}
			}
		}
		return nil // istiod adds the port
	})
}

// placeOf is where a field of the object that a workload comes from stands; keys
// returns the field's keys in the object's value.
func (s *setup) placeOf(w workload.Workload, id object.ID, keys func(value map[string]any) []string) place {
	if len(w.Origin.Patches) > 0 {
		return place{path: intent.Join("patches", w.Origin.Patches[len(w.Origin.Patches)-1])}
	}
	is := func(value map[string]any) bool {
		is := object.Object{Value: value}.ID()
		return is.Kind == id.Kind && is.Name == id.Name && (is.Namespace == "" || is.Namespace == id.Namespace)
	}
	for _, m := range s.mesh.Manifests {
		if w.Origin.Component != "manifest-"+m.Name {
			continue
		}
		if m.File == "" {
			for _, value := range m.Objects {
				if is(value) {
					keys := keys(value)
					return place{path: intent.Join(w.Origin.Path, keys...), keys: keys}
				}
			}
			return place{path: w.Origin.Path}
		}
		docs, _ := object.Manifests(m.Text) // it was read before, or its objects would not be here
		for _, doc := range docs {
			if value, _ := doc.Value.(map[string]any); is(value) {
				keys := keys(value)
				line, column := doc.Place(keys...)
				if len(keys) == 0 {
					line, column = doc.Place("metadata", "name")
				}
				return place{path: m.Path, position: diag.Position{File: m.File, Line: line, Column: column}, keys: keys}
			}
		}
		return place{path: m.Path, position: diag.Position{File: m.File, Line: 1, Column: 1}}
	}
	return place{path: w.Path}
}
