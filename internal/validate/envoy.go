package validate

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/meshgen/meshgen/internal/diag"
)

// What an EnvoyFilter puts into Envoy's configuration is held against Envoy's own
// types. Istiod decodes it into the Go types of go-control-plane, which would make
// the command three times as large; their descriptors, packed, are 180 KB. They
// are those that the istiod of Istio 1.31.1 has, and test/analysis makes them.
//
// Source of how values are read: jsonpb of github.com/golang/protobuf, and
// BuildXDSObjectFromStruct in pkg/config/xds of Istio 1.31. Unlike istiod, which
// drops what it does not know, fields that a type does not have are refused: they
// would never reach a proxy.

//go:embed envoy.binpb.gz
var envoyDescriptors []byte

// envoyTypes are Envoy's types, unpacked when an object first asks for them.
type envoyTypes struct {
	once  sync.Once
	files *protoregistry.Files
}

// message returns a type by its full name, nil if there is none.
func (t *envoyTypes) message(name string) protoreflect.MessageDescriptor {
	t.once.Do(func() {
		files, err := unpack(envoyDescriptors)
		if err != nil {
			panic(fmt.Sprintf("the packed descriptors: %v", err)) // a test unpacks them
		}
		t.files = files
	})
	d, err := t.files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil
	}
	m, _ := d.(protoreflect.MessageDescriptor)
	return m
}

// names returns the names of all types of Envoy's extensions.
func (t *envoyTypes) names() []string {
	var names []string
	t.files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			names = append(names, string(f.Messages().Get(i).FullName()))
		}
		return true
	})
	slices.Sort(names)
	return names
}

func unpack(packed []byte) (*protoregistry.Files, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	return protodesc.NewFiles(&set)
}

// patched are the types of what patches change.
var patched = map[string]string{
	"CLUSTER":             "envoy.config.cluster.v3.Cluster",
	"LISTENER":            "envoy.config.listener.v3.Listener",
	"ROUTE_CONFIGURATION": "envoy.config.route.v3.RouteConfiguration",
	"FILTER_CHAIN":        "envoy.config.listener.v3.FilterChain",
	"HTTP_FILTER":         "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
	"NETWORK_FILTER":      "envoy.config.listener.v3.Filter",
	"VIRTUAL_HOST":        "envoy.config.route.v3.VirtualHost",
	"HTTP_ROUTE":          "envoy.config.route.v3.Route",
	"EXTENSION_CONFIG":    "envoy.config.core.v3.TypedExtensionConfig",
	"BOOTSTRAP":           "envoy.config.bootstrap.v3.Bootstrap",
	"LISTENER_FILTER":     "envoy.config.listener.v3.ListenerFilter",
}

// envoyValue checks what a patch puts into Envoy's configuration.
func (r *report) envoyValue(n *node, applyTo string) {
	if m := r.envoy.message(patched[applyTo]); m != nil && n.value != nil {
		r.envoyMessage(n, m)
	}
}

// envoyMessage holds a value against a message.
func (r *report) envoyMessage(n *node, m protoreflect.MessageDescriptor) {
	if r.envoySpecial(n, m) {
		return
	}
	if _, ok := n.value.(map[string]any); !ok {
		r.must(n, "must be a map")
		return
	}
	for _, f := range n.fields() {
		if field := fieldOf(m, f.key); field != nil {
			r.envoyField(f, field)
		} else if f.key != "@type" {
			r.unknown(f, envoyFields(m))
		}
	}
}

// fieldOf returns a message's field by either of its names.
func fieldOf(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if f := m.Fields().ByName(protoreflect.Name(name)); f != nil {
		return f
	}
	return m.Fields().ByJSONName(name)
}

func envoyFields(m protoreflect.MessageDescriptor) []string {
	var names []string
	for i := range m.Fields().Len() {
		names = append(names, string(m.Fields().Get(i).Name()))
	}
	return names
}

func (r *report) envoyField(n *node, f protoreflect.FieldDescriptor) {
	switch {
	case n.value == nil:
	case f.IsMap():
		if _, ok := n.value.(map[string]any); !ok {
			r.must(n, "must be a map")
		}
		for _, e := range n.fields() {
			r.envoySingle(e, f.MapValue())
		}
	case f.IsList():
		if _, ok := n.value.([]any); !ok {
			r.must(n, "must be a list")
		}
		for _, e := range n.elements() {
			r.envoySingle(e, f)
		}
	default:
		r.envoySingle(n, f)
	}
}

func (r *report) envoySingle(n *node, f protoreflect.FieldDescriptor) {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		r.envoyMessage(n, f.Message())
	case protoreflect.EnumKind:
		r.envoyEnum(n, f.Enum())
	default:
		if wrong := envoyScalar(n.value, f.Kind()); wrong != "" {
			r.must(n, wrong)
		}
	}
}

func (r *report) envoyEnum(n *node, e protoreflect.EnumDescriptor) {
	text, ok := n.value.(string)
	if _, number := wholeOf(n.value); !ok && !number {
		r.must(n, "must be the name of a value, or its number")
		return
	}
	if !ok || e.Values().ByName(protoreflect.Name(text)) != nil {
		return
	}
	var names []string
	for i := range min(e.Values().Len(), 12) {
		names = append(names, string(e.Values().Get(i).Name()))
	}
	r.must(n, "must be "+orList(names))
}

// envoyScalar says what is wrong with a value of a simple type, "" when nothing
// is. Numbers may stand in quotes.
func envoyScalar(v any, kind protoreflect.Kind) string {
	text, quoted := v.(string)
	switch kind {
	case protoreflect.BoolKind:
		if _, ok := v.(bool); !ok {
			return "must be true or false, without quotes"
		}
	case protoreflect.StringKind:
		if !quoted {
			return "must be a text"
		}
	case protoreflect.BytesKind:
		if _, err := base64.StdEncoding.DecodeString(text); !quoted || err != nil {
			return "must be text in base64"
		}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		_, err := strconv.ParseFloat(text, 64)
		if _, whole := wholeOf(v); !whole && quoted == (err != nil) {
			if _, fraction := v.(float64); !fraction {
				return "must be a number"
			}
		}
	default:
		number, ok := wholeOf(v)
		if quoted {
			parsed, err := strconv.ParseInt(text, 10, 64)
			number, ok = parsed, err == nil
		}
		low, high := envoyRange(kind)
		if !ok || number < low || number > high {
			return fmt.Sprintf("must be a whole number of %d to %d", low, high)
		}
	}
	return ""
}

// envoyRange returns the bounds of whole numbers of a kind.
func envoyRange(kind protoreflect.Kind) (low, high int64) {
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return math.MinInt32, math.MaxInt32
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return 0, math.MaxUint32
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return 0, math.MaxInt64
	}
	return math.MinInt64, math.MaxInt64
}

// envoySpecial checks a message that has a form of its own in JSON, and says
// whether the message is one.
func (r *report) envoySpecial(n *node, m protoreflect.MessageDescriptor) bool {
	if m.FullName().Parent() != "google.protobuf" {
		return false
	}
	text, isText := n.value.(string)
	_, isMap := n.value.(map[string]any)
	_, isList := n.value.([]any)
	wrong := ""
	switch name := m.Name(); {
	case n.value == nil || name == "Value":
	case name == "Any":
		r.envoyAny(n)
	case name == "Duration":
		if _, err := time.ParseDuration(text); err != nil || !isText {
			wrong = "must be a duration such as 5s"
		}
	case name == "Timestamp":
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil || !isText {
			wrong = "must be a time such as 2026-01-31T12:00:00Z"
		}
	case name == "Struct" && !isMap:
		wrong = "must be a map"
	case name == "ListValue" && !isList:
		wrong = "must be a list"
	case name == "FieldMask" && !isText:
		wrong = "must be a text"
	case strings.HasSuffix(string(name), "Value") && name != "ListValue":
		r.envoySingle(n, m.Fields().ByName("value"))
	}
	if wrong != "" {
		r.must(n, wrong)
	}
	return m.Name() != "Empty"
}

// envoyAny holds a value that names its type against that type.
func (r *report) envoyAny(n *node) {
	const example = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
	if _, ok := n.value.(map[string]any); !ok {
		r.must(n, "must be a map with @type")
		return
	}
	at := n.get("@type")
	name := at.text()[strings.LastIndex(at.text(), "/")+1:]
	if !strings.Contains(at.text(), "/") {
		r.must(at, "must be a type such as "+example)
		return
	}
	m := r.envoy.message(name)
	if m == nil {
		try := "set {} to a type such as " + example
		if nearest := diag.Nearest(name, r.envoy.names()); nearest != "" {
			try = "set {} to type.googleapis.com/" + nearest
		}
		r.refuse(at, fmt.Sprintf("{} is %s, a type that Envoy does not have", r.show(at.text())), try)
		return
	}
	if !r.envoySpecial(n.get("value"), m) {
		r.envoyMessage(n, m)
	}
}
