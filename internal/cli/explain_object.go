package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/meshgen/meshgen/internal/change"
	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/render"
)

// explainReport is the JSON form of an explained object. There is no
// explanation when the intent has errors.
type explainReport struct {
	Explanation *render.Explanation `json:"explanation"`
	diag.Report
}

// objectQuery reads CLUSTER KIND/NAME [FIELD].
func objectQuery(args []string, namespace string) (render.Query, error) {
	const usage = "write meshgen explain CLUSTER KIND/NAME [FIELD], or meshgen explain, which lists the codes"
	switch {
	case len(args) == 1:
		return render.Query{}, &usageError{fmt.Sprintf("%s is no code such as MG6002, and no object stands behind it", args[0]), usage}
	case len(args) > 3:
		return render.Query{}, &usageError{fmt.Sprintf("what is %s? One field is explained at a time", args[3]), usage}
	}
	kind, name, ok := strings.Cut(args[1], "/")
	if !ok || kind == "" || name == "" {
		return render.Query{}, &usageError{fmt.Sprintf("%s is not KIND/NAME, such as Deployment/istiod", args[1]), usage}
	}
	q := render.Query{Cluster: args[0], Kind: kind, Namespace: namespace, Name: name}
	if len(args) == 3 {
		q.Field = args[2]
	}
	return q, nil
}

// explainObject explains an object of a cluster, or a field of it.
func (c *Container) explainObject(ctx context.Context, g *globals, f *format, q render.Query) error {
	s, err := c.open(g, []string{q.Cluster})
	if err != nil {
		return err
	}
	defer s.close()
	var (
		e    render.Explanation
		list diag.List
	)
	err = await(ctx, func() (err error) {
		e, list, err = render.Explain(ctx, render.Input{FS: s.repo.FS(), Parallel: s.jobs, Version: Version, Watch: s.c.watch}, q)
		return err
	})
	var unknown *render.UnknownError
	if errors.As(err, &unknown) {
		return &usageError{unknown.Message, unknown.Suggestion}
	} else if err != nil {
		return err
	}
	if f.value == "json" {
		report := explainReport{Report: list.Report()}
		if !list.HasErrors() {
			report.Explanation = &e
		}
		err = diag.EncodeJSON(c.Stdout, report)
	} else {
		err = c.report(f, g, list, c.Stderr)
		if err == nil && !list.HasErrors() {
			err = c.writeExplanation(g, e)
		}
	}
	if err == nil && list.HasErrors() {
		fmt.Fprintln(c.Stderr, diag.Summary(list, s.count()))
		return errIntent
	}
	return err
}

// explainedWidth is how much of a value is shown, in letters.
const explainedWidth = 100

// writeExplanation prints an explanation for people.
func (c *Container) writeExplanation(g *globals, e render.Explanation) error {
	color := c.color(c.Stdout, g.color)
	var b strings.Builder
	id := object.ID{Group: e.Group, Kind: e.Kind, Namespace: e.Namespace, Name: e.Name}
	fmt.Fprintf(&b, "%s\n", diag.Bold.Paint(id.String(), color))
	fmt.Fprintf(&b, "    file:  %s\n    layer: %s\n    from:  %s\n", e.File, e.Layer, maker(e.Maker))
	for _, p := range e.Patches {
		fmt.Fprintf(&b, "    patch: %s%s\n", at(p.Position), patch(p))
	}
	if e.Field != nil {
		fmt.Fprintf(&b, "\n%s: %s\n", diag.Bold.Paint(e.Field.Path, color), change.Show(e.Field.Value, explainedWidth))
		for _, cause := range e.Field.Causes {
			fmt.Fprintf(&b, "    %s%s\n", at(cause.Position), says(cause, e.Maker))
			if cause.Reason != "" && cause.By != render.ByRule && cause.By != render.ByChart {
				fmt.Fprintf(&b, "        %s\n", cause.Reason)
			}
			if len(cause.Keys) > 0 {
				fmt.Fprintf(&b, "        as %s of chart %s\n", few(cause.Keys), e.Maker.Chart)
			}
		}
	}
	_, err := c.Stdout.Write([]byte(b.String()))
	return err
}

// few returns the first of some keys, and how many there are more.
func few(keys []string) string {
	const shown = 3
	if len(keys) <= shown+1 {
		return strings.Join(keys, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(keys[:shown], ", "), len(keys)-shown)
}

// at begins a line with a position, if there is one.
func at(p *diag.Position) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
}

// maker says what made an object.
func maker(m render.Maker) string {
	switch {
	case m.Chart != "":
		return fmt.Sprintf("chart %s %s, %s", m.Chart, m.Version, m.Template)
	case m.File != "":
		return fmt.Sprintf("%s, by %s%s", m.File, at(m.Position), m.Path)
	case m.Position == nil:
		return fmt.Sprintf("meshgen; nobody wrote %s", m.Path)
	}
	return at(m.Position) + m.Path
}

func patch(p render.Cause) string {
	if p.File != "" {
		return fmt.Sprintf("%s, in %s", p.Path, p.File)
	}
	return p.Path
}

// says says what a cause is.
func says(cause render.Cause, made render.Maker) string {
	value := ""
	if cause.Value != nil {
		value = " is " + change.Show(cause.Value, explainedWidth)
	}
	switch cause.By {
	case render.ByPatch:
		return patch(cause) + " patches it"
	case render.ByManifest:
		return cause.Path + " holds it"
	case render.ByDefault:
		return fmt.Sprintf("%s%s by default; nobody wrote it", cause.Path, value)
	case render.ByUnset:
		return fmt.Sprintf("nobody wrote %s, which has no default", cause.Path)
	case render.ByRule:
		return "a rule of meshgen's: " + cause.Reason
	case render.ByChart:
		return fmt.Sprintf("chart %s %s itself: %s", made.Chart, made.Version, cause.Reason)
	}
	return cause.Path + value
}
