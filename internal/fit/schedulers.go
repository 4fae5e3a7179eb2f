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

// schedulers says of which pods nobody knows where they will sit: those that
// another scheduler places. They are judged as if the default one did it, since
// what they ask for is taken from some node in any case. Said once for each
// scheduler, at the first workload that names it.
func (s *setup) schedulers() diag.List {
	var list diag.List
	at := map[string]int{}
	for i, w := range s.work {
		name := w.Pod.SchedulerName
		if name == "" || name == corev1.DefaultSchedulerName || s.most(i) == 0 {
			continue
		}
		if k, ok := at[name]; ok {
			list[k].Related = append(list[k].Related, diag.Note{Message: "so is " + s.name(i), Position: s.schedulerPlace(w).position})
			continue
		}
		at[name] = len(list)
		place := s.schedulerPlace(w)
		list = append(list, diag.Diagnostic{
			Code: "MG2018", Severity: diag.Warning, Path: place.path, Position: place.position,
			Message:    fmt.Sprintf("%s is placed by the scheduler %s, whose rules meshgen does not know: it is held against the nodes as if the default scheduler placed it", s.name(i), name),
			Suggestion: "remove schedulerName, or take what is said of where its pods sit for a guess",
		})
	}
	return list
}

type place struct {
	path     string
	position diag.Position
}

// schedulerPlace is where a workload names its scheduler: in a person's file, an
// inline object, or what a patch made of a chart's.
func (s *setup) schedulerPlace(w workload.Workload) place {
	if len(w.Origin.Patches) > 0 {
		return place{path: intent.Join("patches", w.Origin.Patches[len(w.Origin.Patches)-1])}
	}
	keys := []string{"spec", "template", "spec", "schedulerName"}
	switch w.Kind {
	case "Pod":
		keys = []string{"spec", "schedulerName"}
	case "CronJob":
		keys = []string{"spec", "jobTemplate", "spec", "template", "spec", "schedulerName"}
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
