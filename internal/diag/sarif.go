package diag

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
	"strings"
)

// Tool is what SARIF says about the program that found the problems.
type Tool struct {
	Name    string
	Version string // without a leading v
	URL     string // of the project's pages; may be empty

	// Place returns the file or folder that stands for a problem without a
	// position: services that show SARIF refuse a log with a result that has none.
	Place func(Diagnostic) string

	// Rule describes a code; false when the code has no page.
	Rule func(code string) (Rule, bool)
}

// Rule is the page of a code, for SARIF.
type Rule struct {
	Title string // one line
	Text  string // a paragraph or two
}

// SARIFSchema is where the schema of SARIF 2.1.0 is published.
const SARIFSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// sourceRoot stands for the repository's root in SARIF's addresses; code
// scanning services put the checkout there.
const sourceRoot = "%SRCROOT%"

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri,omitempty"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string     `json:"id"`
		ShortDescription *sarifText `json:"shortDescription,omitempty"`
		FullDescription  *sarifText `json:"fullDescription,omitempty"`
		Help             *sarifText `json:"help,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID           string            `json:"ruleId"`
		RuleIndex        int               `json:"ruleIndex"`
		Level            string            `json:"level"`
		Message          sarifText         `json:"message"`
		Locations        []sarifLocation   `json:"locations"`
		RelatedLocations []sarifLocation   `json:"relatedLocations"`
		Fingerprints     map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		ID       *int           `json:"id,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifText     `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

// SARIF writes the diagnostics as a SARIF 2.1.0 log with one run. The rules are
// those that a result uses, in the order of their codes.
func SARIF(w io.Writer, l List, tool Tool) error {
	var codes []string
	for _, d := range l {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)

	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name: tool.Name, Version: tool.Version, InformationURI: tool.URL, Rules: []sarifRule{},
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	for _, code := range codes {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(code, tool.Rule))
	}
	for _, d := range l {
		index, _ := slices.BinarySearch(codes, d.Code)
		run.Results = append(run.Results, newSARIFResult(d, index, tool.Place))
	}
	return EncodeJSON(w, sarifLog{Schema: SARIFSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func newSARIFRule(code string, lookup func(string) (Rule, bool)) sarifRule {
	rule := sarifRule{ID: code}
	if lookup == nil {
		return rule
	}
	page, ok := lookup(code)
	if !ok {
		return rule
	}
	rule.ShortDescription = &sarifText{page.Title}
	rule.FullDescription = &sarifText{page.Text}
	rule.Help = &sarifText{page.Text}
	return rule
}

func newSARIFResult(d Diagnostic, rule int, place func(Diagnostic) string) sarifResult {
	result := sarifResult{
		RuleID: d.Code, RuleIndex: rule, Level: "error",
		Message:   sarifText{d.Message},
		Locations: []sarifLocation{}, RelatedLocations: []sarifLocation{},
		Fingerprints: map[string]string{"meshgen/v1": fingerprint(d)},
	}
	if d.Severity == Warning {
		result.Level = "warning"
	}
	for _, line := range d.wayOut() {
		result.Message.Text += "\n" + line
	}
	var location sarifLocation
	if d.Position.IsValid() {
		location.Physical = newSARIFPhysical(d.Position)
	} else if place != nil {
		location.Physical = newSARIFPhysical(Position{File: place(d)})
	}
	if name := strings.Trim(d.Cluster+"/"+d.Path, "/"); name != "" {
		location.Logical = []sarifLogical{{name}}
	}
	if location.Physical != nil || location.Logical != nil {
		result.Locations = append(result.Locations, location)
	}
	for _, n := range d.Related {
		id := len(result.RelatedLocations)
		related := sarifLocation{ID: &id, Message: &sarifText{n.Message}}
		if n.Position.IsValid() {
			related.Physical = newSARIFPhysical(n.Position)
		}
		result.RelatedLocations = append(result.RelatedLocations, related)
	}
	return result
}

func newSARIFPhysical(p Position) *sarifPhysical {
	physical := &sarifPhysical{Artifact: sarifArtifact{
		URI: (&url.URL{Path: p.File}).String(), URIBaseID: sourceRoot,
	}}
	if p.Line > 0 {
		physical.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column}
	}
	return physical
}

// fingerprint identifies a problem over time: it leaves out the line, which
// moves when somebody edits above it.
func fingerprint(d Diagnostic) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{d.Code, d.Cluster, d.Path, d.Position.File, d.Message}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
