package validate

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// What a rule, and all rules of a schema, may cost: StaticEstimatedCostLimit and
// StaticEstimatedCRDCostLimit of apiextensions-apiserver 0.37,
// pkg/apis/apiextensions/validation. That package brings gRPC and all of
// client-go along; what it does with the estimates of its CEL package is here.
const (
	maxRuleCost   = 10_000_000
	maxSchemaCost = 100_000_000
)

// celScope is where a schema stands in the whole.
type celScope struct {
	root  bool
	times uint64  // how often its values can stand in an object; 0 where nothing bounds it
	loose bool    // it is not known which old value belongs to a new one
	total *uint64 // what the rules cost so far
}

// cost is what a rule costs at most: once for each value, or as often as an
// object can hold one at all.
func (c celScope) cost(one, most uint64) uint64 {
	times := c.times
	if times == 0 {
		times = most
	}
	return product(one, times)
}

// below is the scope of a schema's children, of which it can have so many; nil
// where nothing bounds them.
func (c celScope) below(most *int64, loose bool) celScope {
	next := celScope{total: c.total, loose: c.loose || loose}
	if most != nil && *most > 0 && c.times != 0 {
		next.times = product(c.times, uint64(*most))
	}
	return next
}

func product(a, b uint64) uint64 {
	if high, low := bits.Mul64(a, b); high == 0 {
		return low
	}
	return math.MaxUint64
}

// celRules compiles the rules of a schema and of those below it, and adds up
// what they cost.
func (r *report) celRules(n *node, s *structural.Structural, scope celScope) {
	if len(s.XValidations) > 0 {
		r.ruleParts(n, s)
		env := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
		results, err := cel.Compile(s, model.SchemaDeclType(s, scope.root || s.XEmbeddedResource), celconfig.PerCallLimit, env, cel.NewExpressionsEnvLoader())
		if err != nil {
			r.add(n, codeCRD, "{}: "+err.Error(), "correct the rules of {}")
		}
		for i, result := range results {
			at := n.get("x-kubernetes-validations").at(fmt.Sprint(i))
			r.celRule(at, result, s.XValidations[i].OptionalOldSelf != nil, scope)
		}
	}
	one := int64(1)
	atomic := s.XMapType != nil && *s.XMapType == "atomic"
	for _, name := range sortedKeys(s.Properties) {
		property, most := s.Properties[name], &one
		if s.AdditionalProperties != nil {
			most = maxProperties(s)
		}
		r.celRules(n.get("properties", name), &property, scope.below(most, atomic))
	}
	if s.Items != nil {
		var most *int64
		if s.ValueValidation != nil {
			most = s.ValueValidation.MaxItems
		}
		r.celRules(n.get("items"), s.Items, scope.below(most, s.XListType == nil || *s.XListType != "map"))
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil {
		r.celRules(n.get("additionalProperties"), s.AdditionalProperties.Structural, scope.below(maxProperties(s), atomic))
	}
}

func maxProperties(s *structural.Structural) *int64 {
	if s.ValueValidation == nil {
		return nil
	}
	return s.ValueValidation.MaxProperties
}

// celRule reports what is wrong with one rule.
func (r *report) celRule(at *node, result cel.CompilationResult, optionalOld bool, scope celScope) {
	rule, message := at.get("rule"), at.get("messageExpression")
	if strings.TrimSpace(rule.text()) == "" {
		return // ruleParts has said so
	}
	if result.Error != nil {
		r.add(rule, codeCRD, "{}: "+upstreamText(&field.Error{Detail: result.Error.Detail}), "correct {}")
		return
	}
	r.costs(rule, scope.cost(result.MaxCost, result.MaxCardinality), scope)
	switch {
	case result.MessageExpressionError != nil:
		r.add(message, codeCRD, "{}: "+upstreamText(&field.Error{Detail: result.MessageExpressionError.Detail}), "correct {}")
	case result.MessageExpression != nil:
		r.costs(message, result.MessageExpressionMaxCost, scope)
	}
	switch {
	case result.UsesOldSelf && scope.loose:
		r.add(rule, codeCRD, "{} uses oldSelf in what a list or map may hold anywhere: which old value belongs to it is not known", "remove oldSelf, or give the list x-kubernetes-list-type map and its keys")
	case !result.UsesOldSelf && optionalOld:
		r.add(at.get("optionalOldSelf"), codeCRD, "{} cannot be set where the rule does not use oldSelf", "remove {}")
	}
}

// costs adds what an expression costs, and reports one that costs too much.
func (r *report) costs(n *node, cost uint64, scope celScope) {
	if cost > math.MaxUint64-*scope.total {
		*scope.total = math.MaxUint64
	} else {
		*scope.total += cost
	}
	if cost <= maxRuleCost {
		return
	}
	times := fmt.Sprintf("%.1f", float64(cost)/maxRuleCost)
	if cost >= 100*maxRuleCost {
		times = "more than 100"
	}
	r.add(n, codeCRD, fmt.Sprintf("{} costs %s times what the API server allows a rule, by its estimate of the largest object", times), "set maxItems, maxProperties and maxLength where the rule looks, or write a cheaper rule")
}
