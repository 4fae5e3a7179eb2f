package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
	"github.com/meshgen/meshgen/internal/intent"
	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
)

// mistyped reports the raw values that are of another type than the chart's own
// defaults. A template prints what it gets, and takes any text for true, so
// that a wrong type comes out as an object that nobody meant, or as nothing at
// all where another value keeps the template from reading it.
func (c *Chart) mistyped(release model.Release) diag.List {
	defaults, ok := c.helm.Values[defaultsKey].(map[string]any)
	if !ok {
		defaults = c.helm.Values
	}
	t := typer{chart: c, release: release}
	prefix := prefixes[c.Name]
	for _, name := range slices.Sorted(maps.Keys(release.Raw)) {
		value, keys := release.Raw[name], []string{name}
		switch section, isMap := value.(map[string]any); {
		case name == prefix && isMap: // stands for the root
			for _, below := range slices.Sorted(maps.Keys(section)) {
				t.hold([]string{name, below}, section[below], defaults[below])
			}
		case name == prefix:
			t.hold(keys, value, map[string]any{})
		case name == "global" && isMap && flattensGlobal(c.Name): // is laid over the root
			for _, below := range slices.Sorted(maps.Keys(section)) {
				own, ok := object.Map(defaults, "global")[below]
				if !ok {
					own = defaults[below]
				}
				t.hold([]string{name, below}, section[below], own)
			}
		default:
			t.hold(keys, value, defaults[name])
		}
	}
	return t.list
}

// typer holds a release's raw values against a chart's defaults.
type typer struct {
	chart   *Chart
	release model.Release
	list    diag.List
}

// hold holds a value against the default of the same key; a default that is nil
// allows any, and so does null, which takes the default away.
func (t *typer) hold(keys []string, value, byDefault any) {
	if value == nil || byDefault == nil {
		return
	}
	switch own := byDefault.(type) {
	case map[string]any:
		given, ok := value.(map[string]any)
		if !ok {
			t.report(keys, value, "a map")
			return
		}
		for _, name := range slices.Sorted(maps.Keys(given)) {
			below := append(slices.Clone(keys), name)
			if next, ok := own[name]; ok || keys[len(keys)-1] != "env" {
				t.hold(below, given[name], next)
			} else if kindOf(given[name]) == "a map" || kindOf(given[name]) == "a list" { // which would be printed as Go prints it
				t.report(below, given[name], "a text")
			}
		}
	case []any:
		if kindOf(value) != "a list" {
			t.report(keys, value, "a list")
		}
	case bool:
		if kindOf(value) != "true or false" {
			t.report(keys, value, fmt.Sprintf("true or false, without quotes; its default is %t", own))
		}
	case string:
		if kind := kindOf(value); kind == "a map" || kind == "a list" {
			t.report(keys, value, "a text")
		}
	default:
		if text, ok := value.(string); kindOf(value) != "a number" && (!ok || !mayBeNumber(text)) {
			t.report(keys, value, fmt.Sprintf("a number, such as its default %v", own))
		}
	}
}

// mayBeNumber says whether a template may print a text where a number belongs:
// digits, with a unit or a percent sign behind them, and placeholders.
func mayBeNumber(text string) bool {
	return strings.Contains(text, "${") || text != "" && strings.ContainsRune("0123456789-.", rune(text[0]))
}

func (t *typer) report(keys []string, value any, wanted string) {
	path := intent.Join(t.release.RawPath, keys...)
	t.list = append(t.list, diag.Diagnostic{
		Code: "MG4004", Severity: diag.Error, Path: path,
		Message:    fmt.Sprintf("chart %s %s wants %s in %s, and the value is %s", t.chart.Name, t.chart.Version, first(wanted), intent.Join("", keys...), shown(value)),
		Suggestion: fmt.Sprintf("set %s to %s", path, wanted),
	})
}

// first returns what is wanted without its example.
func first(wanted string) string {
	wanted, _, _ = strings.Cut(wanted, ",")
	return wanted
}

// kindOf names the type of a value as messages do.
func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "a map"
	case []any:
		return "a list"
	case bool:
		return "true or false"
	case string:
		return "a text"
	case int, int64, float64, json.Number:
		return "a number"
	}
	return "null"
}

// shown writes a value as messages do: whole if it is short.
func shown(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) <= 40 {
			return "the text " + strconv.Quote(v)
		}
	case bool:
		return strconv.FormatBool(v)
	case int, int64, float64, json.Number:
		return fmt.Sprintf("the number %v", v)
	}
	return kindOf(v)
}
