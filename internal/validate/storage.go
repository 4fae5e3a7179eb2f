package validate

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	storage "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about storage: validateVolumeSource,
// ValidatePersistentVolumeSpec and ValidatePersistentVolumeClaimSpec in
// pkg/apis/core/validation/validation.go, and pkg/apis/storage/validation/
// validation.go, of Kubernetes 1.36.

var storageLimits = map[place]limit{
	in[core.PersistentVolumeSpec]("storageClassName"):               format(validation.IsDNS1123Subdomain),
	in[core.PersistentVolumeSpec]("volumeAttributesClassName"):      format(validation.IsDNS1123Subdomain),
	in[core.PersistentVolumeClaimSpec]("storageClassName"):          format(orNone(validation.IsDNS1123Subdomain)),
	in[core.PersistentVolumeClaimSpec]("volumeAttributesClassName"): format(orNone(validation.IsDNS1123Subdomain)),
	in[core.ISCSIVolumeSource]("iqn"):                               format(iscsiName),
	in[core.ISCSIVolumeSource]("initiatorName"):                     format(iscsiName),
	in[core.ISCSIVolumeSource]("lun"):                               between(0, 255),
	in[core.ISCSIPersistentVolumeSource]("iqn"):                     format(iscsiName),
	in[core.ISCSIPersistentVolumeSource]("initiatorName"):           format(iscsiName),
	in[core.ISCSIPersistentVolumeSource]("lun"):                     between(0, 255),
	in[core.FCVolumeSource]("lun"):                                  between(0, 255),
	in[core.GCEPersistentDiskVolumeSource]("partition"):             between(0, 255),
	in[core.AWSElasticBlockStoreVolumeSource]("partition"):          between(0, 255),
	in[core.CSIVolumeSource]("driver"):                              format(csiDriver),
	in[core.CSIPersistentVolumeSource]("driver"):                    format(csiDriver),
	in[core.QuobyteVolumeSource]("registry"):                        format(hostPorts),
	in[core.QuobyteVolumeSource]("tenant"):                          {most: 64},
	in[core.StorageOSVolumeSource]("volumeName"):                    format(validation.IsDNS1123Label),
	in[core.StorageOSVolumeSource]("volumeNamespace"):               format(validation.IsDNS1123Label),
	in[core.StorageOSPersistentVolumeSource]("volumeName"):          format(validation.IsDNS1123Label),
	in[core.StorageOSPersistentVolumeSource]("volumeNamespace"):     format(validation.IsDNS1123Label),
	in[core.AzureFilePersistentVolumeSource]("secretNamespace"):     format(upTo(253, nil)),
	in[core.TopologySelectorLabelRequirement]("key"):                format(validation.IsQualifiedName),
	in[core.TopologySelectorLabelRequirement]("values"):             {set: true},
	in[storage.CSIDriverSpec]("volumeLifecycleModes"):               {set: true},
	in[storage.CSIDriverSpec]("nodeAllocatableUpdatePeriodSeconds"): atLeast(10),
	in[storage.TokenRequest]("expirationSeconds"):                   between(600, 1<<32),
	in[storage.VolumeAttributesClass]("driverName"):                 format(csiDriver),
	in[storage.VolumeAttachmentSpec]("attacher"):                    format(csiDriver),
	in[storage.VolumeAttachmentSpec]("nodeName"):                    format(validation.IsDNS1123Subdomain),
	in[storage.VolumeAttachmentSource]("persistentVolumeName"):      format(validation.IsDNS1123Subdomain),
	in[storage.CSIStorageCapacity]("storageClassName"):              format(validation.IsDNS1123Subdomain),
}

var storageRules = map[reflect.Type][]rule{
	reflect.TypeFor[core.PersistentVolumeClaimSpec]():     {claim, dataSource},
	reflect.TypeFor[core.PersistentVolumeSpec]():          {persistentVolume},
	reflect.TypeFor[core.PersistentVolumeClaimTemplate](): {templateMetadata, bareMetadata},
	reflect.TypeFor[core.ISCSIVolumeSource]():             {chap},
	reflect.TypeFor[core.ISCSIPersistentVolumeSource]():   {chap},
	reflect.TypeFor[core.FCVolumeSource]():                {fibreChannel},
	reflect.TypeFor[core.CinderVolumeSource]():            {namedSecrets(false, "secretRef")},
	reflect.TypeFor[core.CinderPersistentVolumeSource]():  {namedSecrets(true, "secretRef")},
	reflect.TypeFor[core.StorageOSVolumeSource]():         {namedSecrets(false, "secretRef")},
	reflect.TypeFor[core.FlockerVolumeSource]():           {exactlyOne("datasetName", "datasetUUID")},
	reflect.TypeFor[core.FlexVolumeSource]():              {flexOptions},
	reflect.TypeFor[core.FlexPersistentVolumeSource]():    {flexOptions},
	reflect.TypeFor[core.AzureDiskVolumeSource]():         {azureDisk},
	reflect.TypeFor[core.CSIVolumeSource]():               {namedSecrets(false, "nodePublishSecretRef")},
	reflect.TypeFor[core.CSIPersistentVolumeSource]():     {namedSecrets(true, "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef")},
	reflect.TypeFor[storage.StorageClass]():               {storageClass},
	reflect.TypeFor[storage.CSIStorageCapacity]():         {notNegative("capacity"), notNegative("maximumVolumeSize")},
	reflect.TypeFor[storage.VolumeAttachmentSource]():     {exactlyOne("persistentVolumeName", "inlineVolumeSpec")},
	reflect.TypeFor[storage.CSIDriver]():                  {driverName},
	reflect.TypeFor[storage.VolumeAttributesClass]():      {classParameters},
}

// orNone takes an empty text for a field that is not there.
func orNone(form func(string) []string) func(string) []string {
	return func(text string) []string {
		if text == "" {
			return nil
		}
		return form(text)
	}
}

var (
	iqnName = regexp.MustCompile(`^iqn\.\d{4}-\d{2}\.([[:alnum:]-.]+)(:[^,;*&$|\s]+)$`)
	euiName = regexp.MustCompile(`^eui\.[[:alnum:]]{16}$`)
	naaName = regexp.MustCompile(`^naa\.[[:alnum:]]{32}$`)
)

// iscsiName are the names of initiators and targets.
func iscsiName(text string) []string {
	if iqnName.MatchString(text) || euiName.MatchString(text) || naaName.MatchString(text) {
		return nil
	}
	return []string{"must be a name such as iqn.2001-04.com.example:disk, or begin with eui or naa"}
}

// csiDriver are the names of drivers.
func csiDriver(text string) []string {
	if len(text) > 63 {
		return []string{"must have 63 characters at most"}
	}
	return validation.IsDNS1123Subdomain(strings.ToLower(text))
}

func driverName(r *report, n *node) {
	if name := n.get("metadata", "name"); name.text() != "" {
		r.format(name, csiDriver(name.text()))
	}
}

// hostPorts are hosts with ports, with commas between them.
func hostPorts(text string) []string {
	for _, pair := range strings.Split(text, ",") {
		if host, port, ok := cutLast(pair, ":"); !ok || host == "" || port == "" {
			return []string{"must be a host and port such as 10.0.0.1:7861, or several with commas between them"}
		}
	}
	return nil
}

// cutLast cuts a text around the last of a separator.
func cutLast(text, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// accessModes: how a volume is used, alone or in several ways.
func (r *report) accessModes(n *node) {
	modes := n.get("accessModes")
	if modes.count() == 0 {
		r.missing(modes)
	}
	for _, m := range modes.elements() {
		if m.value == string(core.ReadWriteOncePod) && slices.ContainsFunc(modes.elements(), func(o *node) bool { return o.value != m.value }) {
			r.conflict(modes, "{} has ReadWriteOncePod beside others", "keep ReadWriteOncePod alone, or remove it")
			return
		}
	}
}

func claim(r *report, n *node) {
	r.accessModes(n)
	size := n.get("resources", "requests", "storage")
	q, ok := quantityOf(size)
	switch {
	case size.value == nil:
		r.missing(size)
	case ok && q.Sign() <= 0:
		r.value(size, "must be greater than 0")
	}
}

// dataSource: what a claim is filled from is a claim, or of a group; the old
// and the new field for it say the same.
func dataSource(r *report, n *node) {
	old, ref := n.get("dataSource"), n.get("dataSourceRef")
	for _, s := range []*node{old, ref} {
		group := s.text("apiGroup")
		if s.value == nil {
			continue
		}
		if kind := s.text("kind"); group == "" && kind != "PersistentVolumeClaim" {
			r.among(s.get("kind"), []string{"PersistentVolumeClaim"})
		}
		if group != "" {
			r.format(s.get("apiGroup"), validation.IsDNS1123Subdomain(group))
		}
		if namespace := s.text("namespace"); namespace != "" {
			r.format(s.get("namespace"), validation.IsDNS1123Label(namespace))
		}
	}
	switch {
	case old.value == nil || ref.value == nil:
	case ref.text("namespace") != "":
		r.conflict(old, "{} cannot be set beside dataSourceRef.namespace", "remove {}")
	case old.text("kind") != ref.text("kind") || old.text("name") != ref.text("name") || !reflect.DeepEqual(old.get("apiGroup").value, ref.get("apiGroup").value):
		r.conflict(old, "{} is not what dataSourceRef is", "remove {}")
	}
}

func persistentVolume(r *report, n *node) {
	r.accessModes(n)
	if n.count("capacity") != 1 || !n.has("capacity", "storage") {
		r.add(n.get("capacity", "storage"), codeMissing, "{} must be there, and be all of capacity", "set {} alone")
	} else if q, ok := quantityOf(n.get("capacity", "storage")); ok && q.Sign() <= 0 {
		r.value(n.get("capacity", "storage"), "must be greater than 0")
	}
	r.one(n, true, fieldsOf(reflect.TypeFor[core.PersistentVolumeSource]())...)
	if n.has("local") && !n.has("nodeAffinity", "required") {
		r.missing(n.get("nodeAffinity"))
	}
	if c := n.get("volumeAttributesClassName"); c.value != nil && !n.has("csi") {
		r.conflict(c, "{} wants csi", "remove {}")
	}
	if p := n.get("persistentVolumeReclaimPolicy"); p.text() == string(core.PersistentVolumeReclaimRecycle) && n.text("hostPath", "path") == "/" {
		r.conflict(p, "{} cannot be Recycle with the hostPath /", "set {} to Retain")
	}
}

// chap: who proves who they are has a Secret for it.
func chap(r *report, n *node) {
	if secret := n.get("secretRef"); (n.truth("chapAuthDiscovery") || n.truth("chapAuthSession")) && secret.value == nil {
		r.missing(secret)
	} else if secret.value != nil && n.root().text("kind") == "PersistentVolume" {
		r.need(secret, "name")
	}
}

func fibreChannel(r *report, n *node) {
	names, ids := n.count("targetWWNs"), n.count("wwids")
	switch {
	case names > 0 && ids > 0:
		r.conflict(n.get("wwids"), "{} stands beside targetWWNs", "remove one of the two")
	case names == 0 && ids == 0:
		r.missing(n.get("targetWWNs"))
	case names > 0 && !n.has("lun"):
		r.missing(n.get("lun"))
	}
}

// flexOptions: options of Kubernetes' own are Kubernetes' to write.
func flexOptions(r *report, n *node) {
	for _, f := range n.get("options").fields() {
		domain, _, _ := strings.Cut("."+strings.ToLower(f.key), "/")
		if strings.HasSuffix(domain, ".kubernetes.io") || strings.HasSuffix(domain, ".k8s.io") {
			r.add(f, codeImmutable, fmt.Sprintf("{}: the option %q is Kubernetes' own", f.key), "remove {}")
		}
	}
}

func azureDisk(r *report, n *node) {
	uri, managed := n.get("diskURI"), n.text("kind") == string(core.AzureManagedDisk)
	switch {
	case managed && !strings.HasPrefix(uri.text(), "/subscriptions/"):
		r.value(uri, "must begin with /subscriptions/ for a managed disk")
	case !managed && n.has("kind") && !strings.HasPrefix(uri.text(), "https://"):
		r.value(uri, "must begin with https:// for a disk in a blob")
	}
}

// namedSecrets is a rule about references to Secrets: a name and, for volumes
// of the whole cluster, a namespace.
func namedSecrets(everywhere bool, names ...string) rule {
	return func(r *report, n *node) {
		for _, name := range n.present(names...) {
			secret := n.get(name)
			if r.need(secret, "name"); secret.text("name") != "" {
				r.format(secret.get("name"), validation.IsDNS1123Subdomain(secret.text("name")))
			}
			if !everywhere {
				continue
			}
			if r.need(secret, "namespace"); secret.text("namespace") != "" {
				r.format(secret.get("namespace"), validation.IsDNS1123Label(secret.text("namespace")))
			}
		}
	}
}

func storageClass(r *report, n *node) {
	var terms []any
	for _, t := range n.each("allowedTopologies") {
		expressions := t.get("matchLabelExpressions")
		if expressions.count() == 0 {
			r.missing(expressions)
			continue
		}
		e := expressions.value
		if slices.ContainsFunc(terms, func(o any) bool { return reflect.DeepEqual(o, e) }) {
			r.add(t, codeTwice, "{} stands in the list a second time", "remove {}")
		}
		terms = append(terms, e)
	}
	if p := n.text("reclaimPolicy"); p == "Recycle" {
		r.among(n.get("reclaimPolicy"), []string{"Delete", "Retain"})
	}
}

func classParameters(r *report, n *node) { r.need(n, "parameters") }
