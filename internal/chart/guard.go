package chart

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"helm.sh/helm/v3/pkg/chart"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/model"
)

// A rendering is a pure function of chart and values, and ends. Helm's engine
// does not promise that: its templates can read the clock, draw random numbers,
// ask a cluster or a name server, and repeat a text a thousand million times,
// which no limit on time or memory stops, because nothing stops a template. So
// what a template calls is looked at before it runs: a chart's own when it is
// loaded, and a person's values where a chart runs them as templates.

// refusedFunctions are those that no chart may call, with the reason.
var refusedFunctions = func() map[string]string {
	all := map[string]string{
		"lookup":        "asks the cluster, and meshgen talks to none",
		"getHostByName": "asks a name server, and meshgen talks to none",
	}
	for reason, names := range map[string][]string{
		"reads the environment":            {"env", "expandenv"},
		"reads the clock or the time zone": {"ago", "date", "dateInZone", "date_in_zone", "htmlDate", "htmlDateInZone", "mustToDate", "now", "toDate"},
		"gives another result each time": {
			"bcrypt", "buildCustomCert", "derivePassword", "encryptAES", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert",
			"genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "htpasswd", "randAlpha", "randAlphaNum", "randAscii",
			"randBytes", "randInt", "randNumeric", "shuffle", "uuidv4",
		},
		"can make a text or a list without an end": {"repeat", "seq", "until", "untilStep"},
	} {
		for _, name := range names {
			all[name] = reason
		}
	}
	return all
}()

// plainFunctions are those that a person's value may call where a chart runs it
// as a template. None of them makes much of little.
var plainFunctions = []string{
	"and", "b64enc", "coalesce", "default", "empty", "eq", "ge", "gt", "le", "lower", "lt", "ne", "not", "or", "quote", "required",
	"squote", "ternary", "toString", "trim", "trimPrefix", "trimSuffix", "upper",
}

// templated are the values, by the key under which they stand, that a chart
// runs as templates. A test holds the list to the charts.
var templated = map[string][]string{"istiod": {"initContainers"}}

const (
	maxFiles = 2000     // of a chart
	maxBytes = 20 << 20 // of a chart
)

// guard returns what keeps a chart from being rendered, or nil.
func guard(c *chart.Chart) error {
	var problems []string
	size := 0
	for _, f := range c.Raw {
		size += len(f.Data)
	}
	if len(c.Raw) > maxFiles || size > maxBytes {
		problems = append(problems, fmt.Sprintf("it has %d files of %d bytes; the most that meshgen takes is %d files of %d bytes", len(c.Raw), size, maxFiles, maxBytes))
	}
	for _, f := range c.Templates {
		if strings.Contains(string(f.Data), "helm.sh/hook") {
			problems = append(problems, f.Name+" is a hook, which Helm runs and no GitOps engine does")
		}
		if !mentions(string(f.Data)) {
			continue
		}
		called, err := inspect(f.Name, string(f.Data))
		if err != nil {
			problems = append(problems, err.Error())
		}
		for _, name := range called.functions {
			if reason := refusedFunctions[name]; reason != "" {
				problems = append(problems, fmt.Sprintf("%s calls %s, which %s", f.Name, name, reason))
			}
		}
	}
	for _, sub := range c.Dependencies() {
		if err := guard(sub); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	return fmt.Errorf("chart %s is refused: %s", c.Name(), strings.Join(slices.Compact(problems), "; "))
}

// mentions says whether the name of a refused function stands anywhere in a
// template. To parse every template would be a tenth of a start.
func mentions(text string) bool {
	begin := -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && wordByte[text[i]] {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			if _, ok := refusedFunctions[text[begin:i]]; ok {
				return true
			}
			begin = -1
		}
	}
	return false
}

// wordByte says which bytes a function's name is made of.
var wordByte = func() (is [256]bool) {
	for _, c := range []byte("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz") {
		is[c] = true
	}
	return is
}()

// calls is what a template does beside writing text.
type calls struct {
	functions []string // sorted; every one that it names
	fields    []string // sorted; such as .Values.x
	loops     bool     // it ranges, or runs templates of its own
}

// inspect reads a template without running it.
func inspect(name, text string) (calls, error) {
	all := map[string]*parse.Tree{}
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", all); err != nil {
		return calls{}, err
	}
	functions, fields, loops := map[string]bool{}, map[string]bool{}, len(all) > 1
	for _, t := range all {
		everyNode(t.Root, func(n parse.Node) {
			switch n := n.(type) {
			case *parse.IdentifierNode:
				functions[n.Ident] = true
			case *parse.DotNode, *parse.FieldNode, *parse.VariableNode, *parse.ChainNode:
				fields[n.String()] = true
			case *parse.RangeNode, *parse.TemplateNode:
				loops = true
			}
		})
	}
	return calls{slices.Sorted(maps.Keys(functions)), slices.Sorted(maps.Keys(fields)), loops}, nil
}

// templates reports the raw values that the chart would run as templates, and
// that do more than put one value into another.
func (c *Chart) templates(release model.Release) diag.List {
	var list diag.List
	var walk func(v any, path string, run bool)
	walk = func(v any, path string, run bool) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				at := path + "." + key
				if run && strings.Contains(key, "{{") {
					walk(key, at, true)
				}
				walk(v[key], at, run || slices.Contains(templated[c.Name], key))
			}
		case []any:
			for i, element := range v {
				walk(element, fmt.Sprintf("%s[%d]", path, i), run)
			}
		case string:
			if !run || !strings.Contains(v, "{{") {
				return
			}
			if wrong := more(v); wrong != "" {
				list = append(list, diag.Diagnostic{
					Code: "MG4010", Severity: diag.Error, Path: path,
					Message:    fmt.Sprintf("chart %s runs this value as a template, and it %s", c.Name, wrong),
					Suggestion: "write the text outright, or put a value in by {{ .Values.name }}",
				})
			}
		}
	}
	walk(release.Raw, release.RawPath, false)
	return list
}

// more says what a template does that is more than to put in values, or "".
func more(text string) string {
	called, err := inspect("value", text)
	if err != nil {
		return "cannot be read as one: " + strings.TrimPrefix(firstLine(err), "template: ")
	}
	for _, name := range called.functions {
		switch reason := refusedFunctions[name]; {
		case reason != "":
			return fmt.Sprintf("calls %s, which %s", name, reason)
		case !slices.Contains(plainFunctions, name):
			return fmt.Sprintf("calls %s, which is none of %s", name, strings.Join(plainFunctions, ", "))
		}
	}
	for _, field := range called.fields {
		field = strings.TrimPrefix(field, "$")
		if !strings.HasPrefix(field, ".Values.") && !strings.HasPrefix(field, ".Release.") && !strings.HasPrefix(field, ".Chart.") {
			return fmt.Sprintf("reads %s, which is none of .Values, .Release and .Chart", field)
		}
	}
	if called.loops {
		return "has a loop, or a template of its own"
	}
	return ""
}
