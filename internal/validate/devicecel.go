package validate

import (
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/ext"
	device "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubeversion "k8s.io/apimachinery/pkg/util/version"
	servercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/cel/library"
)

// Selectors of devices are CEL about the variable device. Source of what they
// know of it: cel/compile.go of k8s.io/dynamic-resource-allocation 0.36, with the
// features as they are by default.

// sharedDevices is the minor since which a selector knows whether a device is
// for several claims: the feature DRAConsumableCapacity.
const sharedDevices = 36

// deviceSelector compiles a selector, as the API server does before it keeps one.
func deviceSelector(r *report, n *node) {
	e := n.get("expression")
	if e.text() == "" || len(e.text()) > device.CELSelectorExpressionMaxLength {
		return // said already
	}
	of := deviceType(r.minor >= sharedDevices)
	set, err := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).Extend(environment.VersionedOptions{
		IntroducedVersion: kubeversion.MajorMinor(1, 31),
		EnvOptions:        []cel.EnvOption{ext.Bindings(ext.BindingsVersion(0)), cel.Variable("device", of.CelType())},
		DeclTypes:         []*servercel.DeclType{of},
	})
	if err != nil {
		panic(fmt.Sprintf("the type of a device: %v", err)) // nothing of the object's has gone into it
	}
	env := set.NewExpressionsEnv()
	ast, issues := env.Compile(e.text())
	if issues != nil {
		detail := issues.String()
		if _, after, ok := strings.Cut(detail, "ERROR: <input>:"); ok {
			detail = "at " + after
		}
		r.add(e, codeValue, "{} is no CEL that compiles: "+upstreamText(&field.Error{Detail: detail}), "correct {}")
		return
	}
	if t := ast.OutputType(); t != cel.BoolType && t != cel.AnyType {
		r.add(e, codeValue, fmt.Sprintf("{} gives %s, but must give true or false", t), "correct {}")
		return
	}
	cost, err := env.EstimateCost(ast, &library.CostEstimator{SizeEstimator: deviceSizes{of}})
	if err == nil && cost.Max > device.CELSelectorExpressionMaxCost {
		r.add(e, codeValue, "{} costs more than the API server allows, by its estimate of the largest device", "write a cheaper expression")
	}
}

// deviceType is what a selector knows of a device. How large each part can be is
// known, so that the cost of an expression can be estimated.
func deviceType(shared bool) *servercel.DeclType {
	sized := func(t *servercel.DeclType, most int64) *servercel.DeclType {
		copied := *t
		copied.MaxElements = most
		return &copied
	}
	domain := sized(servercel.StringType, device.DeviceMaxDomainLength)
	id := sized(servercel.StringType, device.DeviceMaxIDLength)
	byDomain := func(values *servercel.DeclType) *servercel.DeclType {
		const most = device.ResourceSliceMaxAttributesAndCapacitiesPerDevice
		return servercel.NewMapType(domain, servercel.NewMapType(id, values, most), most)
	}
	fields := map[string]*servercel.DeclField{}
	add := func(name string, t *servercel.DeclType) {
		fields[name] = servercel.NewDeclField(name, t, true, nil, nil)
	}
	add("driver", sized(servercel.StringType, device.DriverNameMaxLength))
	add("attributes", byDomain(sized(servercel.AnyType, device.DeviceAttributeMaxValueLength)))
	add("capacity", byDomain(servercel.QuantityDeclType))
	if shared {
		add("allowMultipleAllocations", sized(servercel.BoolType, 1))
	}
	return servercel.NewObjectType("kubernetes.DRADevice", fields)
}

// deviceSizes tells how large the parts of a device can be.
type deviceSizes struct{ of *servercel.DeclType }

// EstimateSize returns the size of what an expression looks at, nil if it is no
// part of a device.
func (s deviceSizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	path := element.Path()
	if len(path) == 0 || path[0] != "device" {
		return nil
	}
	at := s.of
	for _, name := range path[1:] {
		next := at.ElemType
		switch f, ok := at.Fields[name]; {
		case name == "@keys":
			next = at.KeyType
		case ok:
			next = f.Type
		case name != "@items" && name != "@values" && (next == nil || next.TypeName() != servercel.AnyType.TypeName()):
			return nil // one of several domains, or of quantities
		}
		if next == nil {
			return nil
		}
		at = next
	}
	return &checker.SizeEstimate{Max: uint64(max(at.MaxElements, 0))}
}

// EstimateCallCost leaves the cost of functions to the API server's library.
func (s deviceSizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
