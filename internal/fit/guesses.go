package fit

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
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
			add(i, "claims", "resourceClaims",
				fmt.Sprintf("%s is placed by the devices of its resource claim %s, which nodes declare nowhere: it is held against the nodes as if every node had them", s.name(i), claims[0].Name),
				"take what is said of where its pods sit for a guess, or ask for the devices by limits and declare them in allocatable of cluster.nodePools")
		}
	}
	return list
}

type place struct {
	path     string
	position diag.Position
}

// fieldPlace is where a field of a workload's pods stands: in a person's file, an
// inline object, or what a patch made of a chart's.
func (s *setup) fieldPlace(w workload.Workload, field string) place {
	if len(w.Origin.Patches) > 0 {
		return place{path: intent.Join("patches", w.Origin.Patches[len(w.Origin.Patches)-1])}
	}
	keys := []string{"spec", "template", "spec", field}
	switch w.Kind {
	case "Pod":
		keys = []string{"spec", field}
	case "CronJob":
		keys = []string{"spec", "jobTemplate", "spec", "template", "spec", field}
	}
	for _, m := range s.mesh.Manifests {
		if w.Origin.Component != "manifest-"+m.Name {
			continue
		}
		if m.File == "" {
			return place{path: intent.Join(w.Origin.Path, keys...)}
		}
		return place{path: m.Path, position: inFile(m, w, keys)}
	}
	return place{path: w.Path}
}

// inFile is the place of a field of a workload's object in its manifest's file.
func inFile(m model.Manifest, w workload.Workload, keys []string) diag.Position {
	docs, _ := object.Manifests(m.Text) // it was read before, or its objects would not be here
	for _, doc := range docs {
		value, _ := doc.Value.(map[string]any)
		id := object.Object{Value: value}.ID()
		if id.Kind != w.Kind || id.Name != w.Name || id.Namespace != "" && id.Namespace != w.Namespace {
			continue
		}
		line, column := doc.Place(keys...)
		return diag.Position{File: m.File, Line: line, Column: column}
	}
	return diag.Position{File: m.File, Line: 1, Column: 1}
}
