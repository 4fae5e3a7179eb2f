package validate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/validation"
)

// What a CRD says of its versions: how one becomes another, that one is old, and
// the rules of their schemas, but for their CEL. Source: validateCustomResourceConversion,
// validateDeprecationWarning and ValidateCustomResourceDefinitionOpenAPISchema in
// pkg/apis/apiextensions/validation of apiextensions-apiserver 0.37.

// conversion checks how objects of one version become those of another.
func (r *report) conversion(n *node) {
	if n.value == nil {
		return
	}
	webhook := n.get("webhook")
	switch strategy := n.get("strategy"); strategy.text() {
	case string(v1.WebhookConverter):
		r.conversionWebhook(n, webhook)
	case string(v1.NoneConverter), "":
		if webhook.value != nil {
			r.conflict(webhook, "{} stands beside the strategy None", "remove {}, or set the strategy to Webhook")
		}
	default:
		r.among(strategy, []string{string(v1.NoneConverter), string(v1.WebhookConverter)})
	}
}

func (r *report) conversionWebhook(n, webhook *node) {
	r.need(n, "webhook")
	r.need(webhook, "conversionReviewVersions")
	client := webhook.get("clientConfig")
	url, service := client.get("url"), client.get("service")
	switch {
	case webhook.value == nil:
	case (url.value == nil) == (service.value == nil):
		r.conflict(client, "{} has not one of url and service, but must have", "set one of url and service in {}")
	case url.value != nil:
		r.format(url, webhookURL(url.text()))
	default:
		r.need(service, "name")
		r.need(service, "namespace")
		if p := service.get("path"); p.text() != "" {
			r.format(p, absolute(p.text()))
		}
		if p := service.get("port"); p.value != nil && (p.whole() < 1 || p.whole() > 65535) {
			r.value(p, "must be from 1 to 65535")
		}
	}
	versions, seen := webhook.each("conversionReviewVersions"), map[string]bool{}
	known := len(versions) == 0
	for _, version := range versions {
		if r.format(version, validation.IsDNS1035Label(version.text())); seen[version.text()] {
			r.add(version, codeTwice, "{} stands there a second time", "remove {}")
		}
		seen[version.text()] = true
		known = known || version.text() == "v1" || version.text() == "v1beta1"
	}
	if !known {
		r.conflict(webhook.get("conversionReviewVersions"), "{} has neither v1 nor v1beta1, which are what the API server sends", "add v1 to {}")
	}
}

// mostWarning is how long the warning of an old version can be.
const mostWarning = 256

// deprecation checks what the API server is to say of an old version.
func (r *report) deprecation(v *node) {
	warning := v.get("deprecationWarning")
	text := warning.text()
	switch {
	case warning.value == nil:
	case !v.truth("deprecated"):
		r.conflict(warning, "{} is for versions that are deprecated", "remove {}, or set deprecated to true")
	case text == "":
		r.value(warning, "must be a text, or left out")
	case len(text) > mostWarning:
		r.value(warning, fmt.Sprintf("must have %d letters at most", mostWarning))
	case strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }):
		r.value(warning, "must be of printable letters")
	}
}

// schemaTypes are the types of a schema, reasons what the API server says of
// what a rule refuses.
var (
	schemaTypes = []string{"array", "boolean", "integer", "number", "object", "string"}
	reasons     = []string{string(v1.FieldValueRequired), string(v1.FieldValueForbidden), string(v1.FieldValueInvalid), string(v1.FieldValueDuplicate)}
)

// ruleParts checks what stands beside the CEL of a schema's rules.
func (r *report) ruleParts(n *node, s *structural.Structural) {
	for _, rule := range n.each("x-kubernetes-validations") {
		message, lines := strings.TrimSpace(rule.text("message")), func(text string) bool { return strings.ContainsAny(text, "\r\n") }
		switch text := strings.TrimSpace(rule.text("rule")); {
		case text == "":
			r.missing(rule.get("rule"))
		case rule.text("message") != "" && message == "":
			r.value(rule.get("message"), "must be a text, or left out")
		case lines(message):
			r.value(rule.get("message"), "must be one line")
		case lines(text) && message == "":
			r.add(rule.get("message"), codeMissing, "{} is missing, and the rule has several lines", "set {}")
		}
		if reason := rule.get("reason"); reason.value != nil && !slices.Contains(reasons, reason.text()) {
			r.among(reason, reasons)
		}
		if path := rule.get("fieldPath"); path.text() != "" {
			if _, _, err := cel.ValidFieldPath(path.text(), s); err != nil {
				r.value(path, "must be the path of a field below the rule")
			}
		}
	}
}
