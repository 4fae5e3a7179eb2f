package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	device "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Source of the rules about devices: pkg/apis/resource/validation/validation.go
// of Kubernetes 1.36. What ResourceSlices say, drivers write.

var deviceLimits = map[place]limit{
	in[device.DeviceClaim]("requests"):                 {most: device.DeviceRequestsMaxSize},
	in[device.DeviceClaim]("constraints"):              {most: device.DeviceConstraintsMaxSize},
	in[device.DeviceClaim]("config"):                   {most: device.DeviceConfigMaxSize},
	in[device.DeviceRequest]("name"):                   format(validation.IsDNS1123Label),
	in[device.DeviceRequest]("firstAvailable"):         {most: device.FirstAvailableDeviceRequestMaxSize},
	in[device.ExactDeviceRequest]("deviceClassName"):   format(validation.IsDNS1123Subdomain),
	in[device.ExactDeviceRequest]("selectors"):         {most: device.DeviceSelectorsMaxSize},
	in[device.ExactDeviceRequest]("count"):             atLeast(0), // 0 is none
	in[device.DeviceSubRequest]("name"):                format(validation.IsDNS1123Label),
	in[device.DeviceSubRequest]("deviceClassName"):     format(validation.IsDNS1123Subdomain),
	in[device.DeviceSubRequest]("selectors"):           {most: device.DeviceSelectorsMaxSize},
	in[device.DeviceSubRequest]("count"):               atLeast(0),
	in[device.DeviceToleration]("key"):                 format(validation.IsQualifiedName),
	in[device.DeviceConstraint]("requests"):            {set: true, most: device.DeviceRequestsMaxSize},
	in[device.DeviceConstraint]("matchAttribute"):      format(attribute),
	in[device.DeviceClaimConfiguration]("requests"):    {set: true, most: device.DeviceRequestsMaxSize},
	in[device.OpaqueDeviceConfiguration]("driver"):     format(csiDriver),
	in[device.OpaqueDeviceConfiguration]("parameters"): {blank: true},
	in[device.DeviceClassSpec]("selectors"):            {most: device.DeviceSelectorsMaxSize},
	in[device.DeviceClassSpec]("config"):               {most: device.DeviceConfigMaxSize},
	in[device.DeviceClassSpec]("extendedResourceName"): format(extendedName),
	in[device.CELDeviceSelector]("expression"):         {most: device.CELSelectorExpressionMaxLength},
}

var deviceRules = map[reflect.Type][]rule{
	reflect.TypeFor[device.DeviceClaim]():               {requestNames},
	reflect.TypeFor[device.DeviceRequest]():             {deviceRequest},
	reflect.TypeFor[device.ExactDeviceRequest]():        {deviceCount},
	reflect.TypeFor[device.DeviceSubRequest]():          {deviceCount},
	reflect.TypeFor[device.DeviceToleration]():          {deviceToleration},
	reflect.TypeFor[device.DeviceConstraint]():          {deviceConstraint},
	reflect.TypeFor[device.OpaqueDeviceConfiguration](): {deviceParameters},
	reflect.TypeFor[device.CELDeviceSelector]():         {deviceSelector},
	reflect.TypeFor[device.ResourceClaimTemplateSpec](): {templateMetadata, bareMetadata},
}

// attribute are the names of devices' attributes: a driver's name and one of the
// attribute. Of what has two slashes the API server reads nothing.
func attribute(text string) []string {
	const example = "must be a domain and a name of letters, digits and _, such as gpu.example.com/model"
	parts := strings.Split(text, "/")
	switch {
	case len(parts) == 1:
		return []string{example}
	case len(parts) > 2:
		return nil
	case parts[0] == "" || len(csiDriver(parts[0])) > 0 || len(validation.IsCIdentifier(parts[1])) > 0:
		return []string{example}
	case len(parts[1]) > device.DeviceMaxIDLength:
		return []string{fmt.Sprintf("must have %d characters at most behind the /", device.DeviceMaxIDLength)}
	}
	return nil
}

// extendedName are the names of resources that Kubernetes does not know: with a
// domain, and short enough for quotas to put requests. before them.
func extendedName(text string) []string {
	if !extended(text) || strings.HasPrefix(text, "requests.") || len(validation.IsQualifiedName("requests."+text)) > 0 {
		return []string{"must be a resource with a domain, such as example.com/gpu"}
	}
	return nil
}

// requestNames: what is said of requests names those that there are, or one of
// a request's choices as request/choice.
func requestNames(r *report, n *node) {
	known := map[string]bool{}
	for _, request := range n.each("requests") {
		known[request.text("name")] = true
		for _, choice := range request.each("firstAvailable") {
			known[request.text("name")+"/"+choice.text("name")] = true
		}
	}
	for _, field := range []string{"constraints", "config"} {
		for _, e := range n.each(field, "requests") {
			if name := e.text(); !known[name] {
				r.value(e, "must be the name of a request of the claim, or of a request and one of its firstAvailable with a / between them")
			}
		}
	}
}

func deviceRequest(r *report, n *node) {
	exactly, first := n.has("exactly"), n.count("firstAvailable") > 0
	switch {
	case exactly && first:
		r.conflict(n, "{} has exactly and firstAvailable, of which there can be one", "keep one of exactly and firstAvailable in {}")
	case !exactly && !first:
		r.add(n, codeMissing, "{} has none of exactly and firstAvailable", "set one of exactly and firstAvailable in {}")
	}
}

func deviceCount(r *report, n *node) {
	if c := n.get("count"); n.text("allocationMode") == string(device.DeviceAllocationModeAll) && c.whole() > 0 {
		r.conflict(c, "{} cannot be set with allocationMode All", "remove {}, or set allocationMode to ExactCount")
	}
}

func deviceToleration(r *report, n *node) {
	value := n.get("value")
	if n.text("operator") != string(device.DeviceTolerationOpExists) {
		r.format(value, validation.IsValidLabelValue(value.text()))
	} else if value.text() != "" {
		r.conflict(value, "{} must be empty with operator Exists", "remove {}")
	}
}

// deviceConstraint: of two attributes the API server reads the first alone.
func deviceConstraint(r *report, n *node) {
	distinct := n.get("distinctAttribute")
	switch {
	case n.has("matchAttribute"):
	case distinct.value == nil:
		r.missing(n.get("matchAttribute"))
	default:
		r.format(distinct, attribute(distinct.text()))
	}
}

func deviceParameters(r *report, n *node) {
	p := n.get("parameters")
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if p.value == nil || e.Encode(p.value) != nil {
		return
	}
	if size := text.Len() - len("\n"); size > device.OpaqueParametersMaxLength {
		r.add(p, codeValue, fmt.Sprintf("{} has %d bytes as JSON, of which there can be %d", size, device.OpaqueParametersMaxLength), "shorten {}")
	}
}
