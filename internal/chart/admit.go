package chart

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/tree"
)

// minor is the Istio minor, as "1.31", that this meshgen drives: the values that
// it sets, the checks and the objects beside the charts are those of the minor
// whose charts it was built with. A patch release changes none of them.
var minor = BuiltinVersion[:strings.LastIndexByte(BuiltinVersion, '.')]

// patchRelease is the version of a chart that meshgen can take.
var patchRelease = regexp.MustCompile(`^` + regexp.QuoteMeta(minor) + `\.(0|[1-9][0-9]{0,3})$`)

// templateName is what templates are called: Helm renders others too, and takes
// what comes of them for manifests.
var templateName = regexp.MustCompile(`^templates/([A-Za-z0-9._-]+/)*(_[A-Za-z0-9._-]+|[A-Za-z0-9._-]+\.yaml|NOTES\.txt)$`)

// admit makes a chart of files from outside, or says what keeps them from being
// one of Istio's charts that can be rendered: sorted, and never nothing.
func admit(files tree.Tree) (*Chart, []problem) {
	var found []problem
	refuse := func(file, format string, args ...any) {
		found = append(found, problem{file: file, said: fmt.Sprintf(format, args...)})
	}
	for _, name := range files.Paths() {
		text := files[name]
		switch {
		case name == "Chart.yaml" || name == "values.yaml":
			if len(text) > maxYAMLBytes {
				refuse(name, "has %d bytes; the most that meshgen takes is %d", len(text), maxYAMLBytes)
			} else if docs, err := object.Documents(text); err != nil {
				refuse(name, "is no YAML: %v", err)
			} else if len(docs) > 1 {
				refuse(name, "holds more than one document")
			}
		case name == "values.schema.json":
			if wrong := checkSchema(text); wrong != "" {
				refuse(name, "%s", wrong)
			}
		case strings.HasPrefix(name, "templates/"):
			if !templateName.MatchString(name) {
				refuse(name, "is no template that meshgen would render: they end in .yaml, or begin with _")
				continue
			}
			if strings.HasSuffix(name, "/NOTES.txt") {
				continue // text for a terminal
			}
			if strings.Contains(string(text), "helm.sh/hook") {
				refuse(name, "is a hook, which Helm runs and no GitOps engine does")
			}
			found = append(found, forbidden(name, string(text))...)
		case strings.HasPrefix(name, "charts/") || name == "requirements.yaml" || name == "requirements.lock" || name == "Chart.lock":
			refuse(name, "brings another chart, and Istio's charts stand by themselves")
		case strings.HasPrefix(name, "crds/"):
			refuse(name, "would be installed by Helm alone, and not be rendered")
		}
	}
	if files["Chart.yaml"] == nil {
		refuse("Chart.yaml", "is missing: this is no chart")
	}
	if len(found) > 0 {
		return nil, sortedProblems(found)
	}
	c, err := outside(files)
	if err != nil {
		refuse("", "cannot be loaded: %s", firstLine(err))
		return nil, found
	}
	found = checkMetadata(c.helm)
	if len(c.helm.Values) == 0 {
		found = append(found, problem{"values.yaml", 0, "is missing or empty"})
	}
	if err := newBudget(maxValuesNodes).check(c.helm.Values); err != nil && len(found) == 0 {
		found = append(found, problem{"values.yaml", 0, fmt.Sprintf("holds more than meshgen takes, which is %d values", maxValuesNodes)})
	}
	if len(found) > 0 {
		return nil, sortedProblems(found)
	}
	if c.metered, err = newMetered(c.helm); err != nil {
		return nil, []problem{{"", 0, "cannot be parsed: " + firstLine(err)}}
	}
	return c, nil
}

// outside loads a chart that is not built in.
func outside(files tree.Tree) (*Chart, error) {
	helm, err := loader.LoadFiles(buffered(files))
	if err != nil {
		return nil, err
	}
	dropNotes(helm)
	return &Chart{
		Name: helm.Name(), Version: helm.Metadata.Version, Digest: "sha256:" + files.Digest(), helm: helm, keys: readKeys(helm),
		division: func() division { return division{} }, capabilities: readsCapabilities(helm),
	}, nil
}

// checkMetadata holds a Chart.yaml against what Istio releases.
func checkMetadata(c *chart.Chart) []problem {
	var found []problem
	refuse := func(format string, args ...any) {
		found = append(found, problem{"Chart.yaml", 0, fmt.Sprintf(format, args...)})
	}
	m := c.Metadata
	names := strings.Join(slices.Sorted(maps.Keys(folders)), ", ")
	if folders[m.Name] == "" {
		refuse("names the chart %q, which is none of Istio's %s", m.Name, names)
	}
	switch {
	case m.Version == "1.0.0":
		refuse("has the version 1.0.0, which stands in Istio's sources where a release has its own: take the release's chart")
	case !patchRelease.MatchString(m.Version):
		refuse("has the version %q, and this meshgen drives Istio %s", m.Version, minor)
	case m.AppVersion != m.Version:
		refuse("is of version %s and for Istio %q: a chart of Istio's has one version", m.Version, m.AppVersion)
	}
	if m.Type != "" && m.Type != "application" {
		refuse("is of type %q, and nothing but an application is rendered", m.Type)
	}
	if len(m.Dependencies) > 0 {
		refuse("depends on another chart, and Istio's charts stand by themselves")
	}
	if m.KubeVersion != "" {
		refuse("asks for Kubernetes %q, which meshgen does not look at", m.KubeVersion)
	}
	return found
}

// sortedProblems puts problems in order, and keeps as many as a person reads.
func sortedProblems(found []problem) []problem {
	const most = 20
	slices.SortFunc(found, func(a, b problem) int { return a.compare(b) })
	return found[:min(len(found), most)]
}

// String returns the problem as a sentence that begins with its place.
func (p problem) String() string {
	switch {
	case p.file == "":
		return "it " + p.said
	case p.line == 0:
		return p.file + " " + p.said
	}
	return fmt.Sprintf("%s:%d %s", p.file, p.line, p.said)
}
