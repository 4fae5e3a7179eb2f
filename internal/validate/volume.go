package validate

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about volumes and resources: validateVolumeSource,
// validateProjectionSources and validateResourceRequirements in
// pkg/apis/core/validation/validation.go of Kubernetes 1.36.

// fileMode are the permission bits.
var fileMode = between(0, 0o777)

var volumeLimits = map[place]limit{
	in[core.HostPathVolumeSource]("path"):                       format(noBacksteps),
	in[core.SecretVolumeSource]("defaultMode"):                  fileMode,
	in[core.ConfigMapVolumeSource]("defaultMode"):               fileMode,
	in[core.ProjectedVolumeSource]("defaultMode"):               fileMode,
	in[core.DownwardAPIVolumeSource]("defaultMode"):             fileMode,
	in[core.KeyToPath]("mode"):                                  fileMode,
	in[core.KeyToPath]("path"):                                  format(descendingName),
	in[core.DownwardAPIVolumeFile]("mode"):                      fileMode,
	in[core.DownwardAPIVolumeFile]("path"):                      format(descendingName),
	in[core.ServiceAccountTokenProjection]("path"):              format(descendingName),
	in[core.ServiceAccountTokenProjection]("expirationSeconds"): between(600, 1<<32),
	in[core.ClusterTrustBundleProjection]("path"):               format(descendingName),
	in[core.NFSVolumeSource]("path"):                            format(absolute),
	in[core.LocalVolumeSource]("path"):                          format(noBacksteps),
	in[core.GitRepoVolumeSource]("directory"):                   format(descending),
	in[core.PodCertificateProjection]("credentialBundlePath"):   format(descendingName),
	in[core.PodCertificateProjection]("keyPath"):                format(descendingName),
	in[core.PodCertificateProjection]("certificateChainPath"):   format(descendingName),
	in[core.PodCertificateProjection]("signerName"):             format(signer),
	in[core.PodCertificateProjection]("maxExpirationSeconds"):   between(3600, 7862400),
	in[core.PodCertificateProjection]("keyType"):                format(oneOfTexts("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")),
	in[core.ClusterTrustBundleProjection]("signerName"):         format(signer),
}

var volumeRules = map[reflect.Type][]rule{
	reflect.TypeFor[core.Volume]():                       {atMostOneOf[core.VolumeSource](), portal},
	reflect.TypeFor[core.EmptyDirVolumeSource]():         {notNegative("sizeLimit"), emptyDirMedium},
	reflect.TypeFor[core.VolumeProjection]():             {atMostOneOf[core.VolumeProjection]()},
	reflect.TypeFor[core.ProjectedVolumeSource]():        {projectedPaths},
	reflect.TypeFor[core.DownwardAPIVolumeFile]():        {exactlyOne("fieldRef", "resourceFieldRef")},
	reflect.TypeFor[core.ClusterTrustBundleProjection](): {exactlyOne("name", "signerName")},
	reflect.TypeFor[core.PodCertificateProjection]():     {somewhere},
}

// fieldsOf returns the names of a struct's fields in JSON.
func fieldsOf(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// atMostOneOf is a rule that wants no more than one field of a union.
func atMostOneOf[T any]() rule { return atMostOne(fieldsOf(reflect.TypeFor[T]())...) }

func notNegative(field string) rule {
	return func(r *report, n *node) {
		if q, ok := quantityOf(n.get(field)); ok && q.Sign() < 0 {
			r.value(n.get(field), "must not be negative")
		}
	}
}

// projectedPaths: two sources cannot make the same file.
func projectedPaths(r *report, n *node) {
	seen := map[string]bool{}
	check := func(f *node) {
		path := f.text()
		if path != "" && seen[path] {
			r.add(f, codeTwice, fmt.Sprintf("{}: another source makes the file %q already", path), "change {}")
		}
		seen[path] = true
	}
	for _, s := range n.each("sources") {
		for _, kind := range []string{"secret", "configMap", "downwardAPI"} {
			for _, item := range s.get(kind).each("items") {
				check(item.get("path"))
			}
		}
		check(s.get("clusterTrustBundle", "path"))
		for _, name := range certificatePaths {
			check(s.get("podCertificate", name))
		}
	}
}

// certificatePaths are the files that the certificate of a pod is written to.
var certificatePaths = []string{"credentialBundlePath", "keyPath", "certificateChainPath"}

func somewhere(r *report, n *node) {
	if len(n.present(certificatePaths...)) == 0 {
		r.add(n, codeMissing, "{} names no file", "set credentialBundlePath in {}")
	}
}

// standardResources are the names without a domain that a container may ask for.
var standardResources = []string{"cpu", "memory", "ephemeral-storage"}

// resources: names that exist, quantities that are not negative, no request
// above its limit.
func resources(r *report, n *node) {
	ofClaim := n.up != nil && n.up.up != nil && n.root().text("kind") == "PersistentVolumeClaim" || n.up != nil && n.up.has("accessModes")
	for _, group := range []string{"limits", "requests"} {
		for _, q := range n.get(group).fields() {
			if !ofClaim {
				r.resourceName(q)
			}
			v, ok := quantityOf(q)
			if !ok {
				continue
			}
			if v.Sign() < 0 {
				r.value(q, "must not be negative")
			} else if extended(q.key) && v.MilliValue()%1000 != 0 {
				r.value(q, "must be a whole number")
			}
		}
	}
	for _, q := range n.get("requests").fields() {
		request, ok := quantityOf(q)
		limit, limited := quantityOf(n.get("limits", q.key))
		exact := extended(q.key) || strings.HasPrefix(q.key, core.ResourceHugePagesPrefix)
		switch {
		case !ok:
		case !limited && exact && !ofClaim:
			r.add(n.get("limits", q.key), codeMissing, fmt.Sprintf("{} is missing: %s cannot be overcommitted", q.key), fmt.Sprintf("set {} to %s", request.String()))
		case limited && exact && request.Cmp(limit) != 0 && !ofClaim:
			r.conflict(q, fmt.Sprintf("{} is %s, but the limit is %s, and they must be equal", request.String(), limit.String()), "set {} to "+limit.String())
		case limited && request.Cmp(limit) > 0:
			r.overLimit(q, request, limit)
		}
	}
}

func (r *report) overLimit(n *node, request, limit resource.Quantity) {
	r.conflict(n, fmt.Sprintf("{} is %s, more than the limit of %s", request.String(), limit.String()), fmt.Sprintf("set {} to %s or less, or raise the limit", limit.String()))
}

// extended says whether a resource is neither the node's own nor hugepages.
func extended(name string) bool {
	return strings.Contains(name, "/") && !strings.Contains(name, "kubernetes.io/")
}

func (r *report) resourceName(n *node) {
	name := n.key
	if wrong := validation.IsQualifiedName(name); len(wrong) > 0 {
		r.add(n, codeName, fmt.Sprintf("{}: the name %q %s", name, say(wrong[0])), "change the name: it "+say(wrong[0]))
		return
	}
	if strings.HasPrefix(name, "requests.") && strings.Contains(name, "/") {
		r.add(n, codeUnknown, fmt.Sprintf("{}: the name %q begins with requests, as names in quotas do", name), "remove requests. from the name")
		return
	}
	if !strings.Contains(name, "/") && !slices.Contains(standardResources, name) && !strings.HasPrefix(name, core.ResourceHugePagesPrefix) {
		r.add(n, codeUnknown, fmt.Sprintf("{}: there is no resource %q", name), "write "+orList(standardResources)+", or a name with a domain such as example.com/gpu")
	}
}
