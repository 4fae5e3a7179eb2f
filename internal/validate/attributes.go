package validate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/meshgen/meshgen/internal/diag"
)

// envoyAttributes are what an expression of Envoy's can ask of a request and of its
// connection, with the types that CEL knows them by: envoyproxy.io, "Attributes"
// (docs/root/intro/arch_overview/advanced/attributes.rst of 1.39).
var envoyAttributes = map[string]map[string]*cel.Type{
	"request": {
		"path": cel.StringType, "url_path": cel.StringType, "host": cel.StringType, "scheme": cel.StringType, "method": cel.StringType,
		"headers": cel.MapType(cel.StringType, cel.StringType), "headers_bytes": cel.IntType, "referer": cel.StringType, "useragent": cel.StringType,
		"time": cel.TimestampType, "id": cel.StringType, "protocol": cel.StringType, "query": cel.StringType,
		"duration": cel.DurationType, "size": cel.IntType, "total_size": cel.IntType,
	},
	"response": {
		"code": cel.IntType, "code_details": cel.StringType, "flags": cel.IntType, "grpc_status": cel.IntType,
		"headers": cel.MapType(cel.StringType, cel.StringType), "headers_bytes": cel.IntType, "trailers": cel.MapType(cel.StringType, cel.StringType),
		"size": cel.IntType, "total_size": cel.IntType, "backend_latency": cel.DurationType,
	},
	"source":      {"address": cel.StringType, "port": cel.IntType},
	"destination": {"address": cel.StringType, "port": cel.IntType},
	"connection": {
		"id": cel.UintType, "mtls": cel.BoolType, "requested_server_name": cel.StringType, "tls_version": cel.StringType,
		"subject_local_certificate": cel.StringType, "subject_peer_certificate": cel.StringType,
		"dns_san_local_certificate": cel.StringType, "dns_san_peer_certificate": cel.StringType,
		"uri_san_local_certificate": cel.StringType, "uri_san_peer_certificate": cel.StringType,
		"sha256_peer_certificate_digest": cel.StringType, "peer_certificate": cel.StringType,
		"transport_failure_reason": cel.StringType, "termination_details": cel.StringType,
	},
	"upstream": {
		"address": cel.StringType, "port": cel.IntType, "num_endpoints": cel.UintType, "tls_version": cel.StringType,
		"subject_local_certificate": cel.StringType, "subject_peer_certificate": cel.StringType,
		"dns_san_local_certificate": cel.StringType, "dns_san_peer_certificate": cel.StringType,
		"uri_san_local_certificate": cel.StringType, "uri_san_peer_certificate": cel.StringType,
		"sha256_peer_certificate_digest": cel.StringType, "peer_certificate": cel.StringType,
		"local_address": cel.StringType, "transport_failure_reason": cel.StringType, "request_attempt_count": cel.UintType,
		"cx_pool_ready_duration": cel.DurationType, "locality": cel.DynType,
	},
	"xds": {
		"node": cel.DynType, "cluster_name": cel.StringType, "cluster_metadata": cel.DynType, "listener_direction": cel.IntType, "listener_metadata": cel.DynType,
		"route_name": cel.StringType, "route_metadata": cel.DynType, "virtual_host_name": cel.StringType, "virtual_host_metadata": cel.DynType,
		"upstream_host_metadata": cel.DynType, "upstream_host_locality_metadata": cel.DynType, "filter_chain_name": cel.StringType,
	},
}

// openAttributes are those whose content other filters decide.
var openAttributes = []string{"metadata", "filter_state", "upstream_filter_state"}

// attributeTypes gives CEL the types of the attributes, beside its own.
type attributeTypes struct{ types.Provider }

func (p attributeTypes) FindStructType(name string) (*types.Type, bool) {
	if envoyAttributes[name] != nil {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

func (p attributeTypes) FindStructFieldNames(name string) ([]string, bool) {
	if known := envoyAttributes[name]; known != nil {
		return slices.Sorted(maps.Keys(known)), true
	}
	return p.Provider.FindStructFieldNames(name)
}

func (p attributeTypes) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if known := envoyAttributes[name]; known != nil {
		t, ok := known[field]
		return &types.FieldType{Type: t}, ok
	}
	return p.Provider.FindStructFieldType(name, field)
}

// celAttributes returns what CEL knows where Envoy evaluates an expression.
func celAttributes() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(attributeTypes{registry}), cel.CrossTypeNumericComparisons(true)}
	for _, root := range slices.Sorted(maps.Keys(envoyAttributes)) {
		options = append(options, cel.Variable(root, cel.ObjectType(root)))
	}
	for _, root := range openAttributes {
		options = append(options, cel.Variable(root, cel.DynType))
	}
	return cel.NewEnv(options...)
}

// What the checker of CEL says of names that it does not know.
var (
	unknownName  = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	unknownField = regexp.MustCompile(`^undefined field '([^']*)'`)
)

// attributeFilter checks an expression that says of each request whether it
// is meant. Envoy takes an attribute that does not exist for one that is not
// there, so that the filter lets nothing through.
func (r *report) attributeFilter(n *node) {
	r.attributeExpression(n, true)
}

// attributeValue checks an expression whose value goes into a metric. More can
// be asked there than Envoy's own documentation says, but of Envoy's own
// attributes no more.
func (r *report) attributeValue(n *node) {
	r.attributeExpression(n, false)
}

func (r *report) attributeExpression(n *node, filter bool) {
	if n.text() == "" && !filter || strings.Contains(n.text(), "${") {
		return
	}
	env, err := celAttributes()
	if err != nil {
		return
	}
	parsed, wrong := env.Parse(n.text())
	if wrong.Err() != nil {
		r.must(n, "must be a CEL expression: "+strings.TrimSuffix(wrong.Errors()[0].Message, "."))
		return
	}
	checked, wrong := env.Check(parsed)
	if wrong.Err() == nil {
		if kind := checked.OutputType(); filter && kind.String() != "bool" && kind.String() != "dyn" {
			r.refuse(n, fmt.Sprintf("{} is %s, whose value is of type %s and not bool: nothing passes the filter", r.show(n.value), kind), "compare the value, such as response.code >= 400")
		}
		return
	}
	for _, e := range wrong.Errors() {
		message := strings.TrimSuffix(e.Message, ".")
		name, known := "", []string{}
		switch found := unknownName.FindStringSubmatch(message); {
		case found != nil && !filter:
			continue
		case found != nil:
			name, known = found[1], append(slices.Sorted(maps.Keys(envoyAttributes)), openAttributes...)
			for function := range env.Functions() {
				known = append(known, function)
			}
		default:
			if found = unknownField.FindStringSubmatch(message); found != nil {
				name = found[1]
				for _, root := range slices.Sorted(maps.Keys(envoyAttributes)) {
					if !strings.Contains(n.text(), root+".") {
						continue
					}
					known = append(known, slices.Sorted(maps.Keys(envoyAttributes[root]))...)
				}
			}
		}
		if name == "" {
			r.refuse(n, fmt.Sprintf("{} is %s, which Envoy cannot evaluate: %s", r.show(n.value), message), "correct {}")
			return
		}
		slices.Sort(known)
		try := "look the attribute up in Envoy's documentation, under Attributes"
		if near := diag.Nearest(name, known); near != "" {
			try = fmt.Sprintf("write %s instead of %s", near, name)
		}
		r.refuse(n, fmt.Sprintf("{} is %s, and Envoy has no attribute or function %q", r.show(n.value), name), try)
		return
	}
}
