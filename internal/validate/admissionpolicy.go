package validate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	admission "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// Source of the rules about admission policies and the conditions of webhooks:
// pkg/apis/admissionregistration/validation/validation.go of Kubernetes 1.36.
// Their CEL is compiled by the API server's own compiler.

var admissionLimits = map[place]limit{
	in[admission.ValidatingAdmissionPolicySpec]("auditAnnotations"):         {most: 20, keys: []string{"key"}},
	in[admission.ValidatingAdmissionPolicySpec]("matchConditions"):          {most: 64},
	in[admission.MutatingAdmissionPolicySpec]("matchConditions"):            {most: 64},
	in[admission.ValidatingWebhook]("matchConditions"):                      {most: 64},
	in[admission.MutatingWebhook]("matchConditions"):                        {most: 64},
	in[admission.ValidatingAdmissionPolicyBindingSpec]("validationActions"): {set: true},
	in[admission.ValidatingAdmissionPolicyBindingSpec]("policyName"):        format(validation.IsDNS1123Subdomain),
	in[admission.MutatingAdmissionPolicyBindingSpec]("policyName"):          format(validation.IsDNS1123Subdomain),
	in[admission.Validation]("reason"):                                      format(oneOfTexts("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")),
	in[admission.Validation]("message"):                                     format(oneLine),
	in[admission.ParamKind]("kind"):                                         format(func(s string) []string { return validation.IsDNS1035Label(strings.ToLower(s)) }),
	in[admission.ParamKind]("apiVersion"):                                   format(apiVersion),
	in[admission.ParamRef]("name"):                                          format(upTo(253, pathSegment)),
	in[admission.NamedRuleWithOperations]("resourceNames"):                  {set: true, elements: pathSegment},
	in[admission.Variable]("name"):                                          format(identifier),
	in[admission.MatchCondition]("name"):                                    format(validation.IsQualifiedName),
}

var admissionRules = map[reflect.Type][]rule{
	reflect.TypeFor[admission.ValidatingAdmissionPolicySpec]():        {policySpec, validatingExpressions},
	reflect.TypeFor[admission.MutatingAdmissionPolicySpec]():          {policySpec, mutatingExpressions},
	reflect.TypeFor[admission.ValidatingAdmissionPolicyBindingSpec](): {validationActions},
	reflect.TypeFor[admission.ParamKind]():                            {func(r *report, n *node) { r.need(n, "apiVersion", "kind") }},
	reflect.TypeFor[admission.ParamRef]():                             {paramRef},
	reflect.TypeFor[admission.Mutation]():                             {mutation},
	reflect.TypeFor[admission.ApplyConfiguration]():                   {needsExpression},
	reflect.TypeFor[admission.JSONPatch]():                            {needsExpression},
	reflect.TypeFor[admission.NamedRuleWithOperations]():              {webhookRule},
	reflect.TypeFor[admission.ValidatingWebhook]():                    {reviewVersions, webhookConditions},
	reflect.TypeFor[admission.MutatingWebhook]():                      {reviewVersions, webhookConditions},
}

func oneLine(text string) []string {
	if strings.ContainsAny(text, "\r\n") || strings.TrimSpace(text) == "" {
		return []string{"must be one line of text"}
	}
	return nil
}

// apiVersion are a version, and a group and a slash before it perhaps.
func apiVersion(text string) []string {
	group, version, ok := strings.Cut(text, "/")
	if !ok {
		group, version = "", text
	}
	if ok && len(validation.IsDNS1123Subdomain(group)) > 0 || len(validation.IsDNS1035Label(version)) > 0 {
		return []string{"must be a version such as apps/v1"}
	}
	return nil
}

var (
	celName     = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9]*$`)
	celReserved = []string{"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}
)

// identifier are the names that CEL takes.
func identifier(text string) []string {
	if !celName.MatchString(text) || slices.Contains(celReserved, text) {
		return []string{"must be a name that CEL takes: letters, digits and _"}
	}
	return nil
}

// policySpec: a policy says for what it is, and something of it.
func policySpec(r *report, n *node) {
	if n.count("matchConstraints", "resourceRules") == 0 {
		r.missing(n.get("matchConstraints", "resourceRules"))
	}
	if n.root().text("kind") == "ValidatingAdmissionPolicy" {
		if n.count("validations")+n.count("auditAnnotations") == 0 {
			r.add(n.get("validations"), codeMissing, "{} is missing, and auditAnnotations too", "set {} or auditAnnotations")
		}
		for _, a := range n.each("auditAnnotations") {
			r.format(a.get("key"), validation.IsQualifiedName(n.root().text("metadata", "name")+"/"+a.text("key")))
		}
		return
	}
	r.need(n, "mutations", "reinvocationPolicy")
	for _, o := range n.get("matchConstraints").each("resourceRules", "operations") {
		if o.text() != "CREATE" && o.text() != "UPDATE" {
			r.among(o, []string{"CREATE", "UPDATE"})
		}
	}
}

func validationActions(r *report, n *node) {
	r.need(n, "validationActions")
	has := map[string]bool{}
	for _, a := range n.each("validationActions") {
		has[a.text()] = true
	}
	if has["Deny"] && has["Warn"] {
		r.conflict(n.get("validationActions"), "{} has Deny and Warn, which say the same twice", "remove one of the two")
	}
}

func paramRef(r *report, n *node) {
	if n.text("name") == "" && n.has("name") && !n.has("selector") { // as if it were not there
		r.missing(n.get("name"))
	}
	r.one(n, true, "name", "selector")
	r.need(n, "parameterNotFoundAction")
}

func mutation(r *report, n *node) {
	for _, pair := range [][2]string{{"ApplyConfiguration", "applyConfiguration"}, {"JSONPatch", "jsonPatch"}} {
		kind := pair[0]
		switch f := n.get(pair[1]); {
		case n.text("patchType") == kind && f.value == nil:
			r.missing(f)
		case n.text("patchType") != kind && f.value != nil:
			r.conflict(f, "{} cannot be set with patchType "+n.text("patchType"), "remove {}, or set patchType to "+kind)
		}
	}
}

func needsExpression(r *report, n *node) { r.need(n, "expression") }

// expression is one of CEL's, as the compiler wants it.
type expression struct {
	name, text string
	returns    []*cel.Type
}

func (e expression) GetExpression() string    { return e.text }
func (e expression) GetName() string          { return e.name }
func (e expression) ReturnTypes() []*cel.Type { return e.returns }

func baseEnvironment() *environment.EnvSet {
	return environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
}

// compiled reports what the compiler says of a field's expression.
func (r *report) compiled(c plugin.Compiler, n *node, with plugin.OptionalVariableDeclarations, returns ...*cel.Type) {
	if strings.TrimSpace(n.text()) == "" {
		return
	}
	result := c.CompileCELExpression(expression{text: n.text(), returns: returns}, with, environment.NewExpressions)
	r.uncompiled(n, result)
}

func (r *report) uncompiled(n *node, result plugin.CompilationResult) {
	if result.Error == nil {
		return
	}
	detail := strings.TrimPrefix(result.Error.Detail, "compilation failed: ")
	if _, after, ok := strings.Cut(detail, "ERROR: <input>:"); ok {
		detail = "at " + after
	}
	r.add(n, codeValue, "{} is no CEL that compiles: "+upstreamText(&field.Error{Detail: detail}), "correct {}")
}

// conditions compiles the conditions of when a webhook or a policy is asked.
func (r *report) conditions(n *node, params bool) {
	list := n.each("matchConditions")
	if len(list) == 0 {
		return
	}
	c := plugin.NewCompiler(baseEnvironment())
	for _, m := range list {
		r.compiled(c, m.get("expression"), plugin.OptionalVariableDeclarations{HasParams: params, HasAuthorizer: true}, cel.BoolType)
	}
}

func webhookConditions(r *report, n *node) { r.conditions(n, false) }

// variables returns a compiler that knows the variables of a policy.
func (r *report) variables(n *node, params bool) plugin.Compiler {
	c, err := plugin.NewCompositedCompiler(baseEnvironment())
	if err != nil {
		panic(fmt.Sprintf("upstream's own environment: %v", err)) // nothing of the object's has gone into it
	}
	for _, v := range n.each("variables") {
		if identifier(v.text("name")) != nil || strings.TrimSpace(v.text("expression")) == "" {
			continue
		}
		with := plugin.OptionalVariableDeclarations{HasParams: params, HasAuthorizer: true}
		named := expression{name: v.text("name"), text: v.text("expression"), returns: []*cel.Type{cel.AnyType, cel.DynType}}
		r.uncompiled(v.get("expression"), c.CompileAndStoreVariable(named, with, environment.NewExpressions))
	}
	return c
}

func validatingExpressions(r *report, n *node) {
	params := n.has("paramKind")
	r.conditions(n, params)
	if r.suspicious(n.get("variables")) {
		return
	}
	c := r.variables(n, params)
	with := plugin.OptionalVariableDeclarations{HasParams: params, HasAuthorizer: true}
	for _, v := range n.each("validations") {
		r.compiled(c, v.get("expression"), with, cel.BoolType)
		r.compiled(c, v.get("messageExpression"), plugin.OptionalVariableDeclarations{HasParams: params}, cel.StringType)
	}
	for _, a := range n.each("auditAnnotations") {
		r.compiled(c, a.get("valueExpression"), with, cel.StringType, cel.NullType)
	}
}

func mutatingExpressions(r *report, n *node) {
	params := n.has("paramKind")
	r.conditions(n, params)
	if r.suspicious(n.get("variables")) {
		return
	}
	c := r.variables(n, params)
	with := plugin.OptionalVariableDeclarations{HasParams: params, HasAuthorizer: true, HasPatchTypes: true}
	for _, m := range n.each("mutations") {
		r.compiled(c, m.get("applyConfiguration", "expression"), with, cel.ObjectType("Object"))
		r.compiled(c, m.get("jsonPatch", "expression"), with, cel.ListType(cel.ObjectType("JSONPatch")))
	}
}
