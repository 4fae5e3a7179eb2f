package refs

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	admission1 "k8s.io/api/admissionregistration/v1"
	admissionalpha "k8s.io/api/admissionregistration/v1alpha1"
	admissionbeta "k8s.io/api/admissionregistration/v1beta1"
	apps1 "k8s.io/api/apps/v1"
	apps1beta1 "k8s.io/api/apps/v1beta1"
	apps1beta2 "k8s.io/api/apps/v1beta2"
	autoscaling1 "k8s.io/api/autoscaling/v1"
	autoscaling2 "k8s.io/api/autoscaling/v2"
	batch1 "k8s.io/api/batch/v1"
	batch1beta1 "k8s.io/api/batch/v1beta1"
	certificates1 "k8s.io/api/certificates/v1"
	certificates1alpha1 "k8s.io/api/certificates/v1alpha1"
	certificates1beta1 "k8s.io/api/certificates/v1beta1"
	coordination1 "k8s.io/api/coordination/v1"
	coordination1alpha2 "k8s.io/api/coordination/v1alpha2"
	coordination1beta1 "k8s.io/api/coordination/v1beta1"
	core1 "k8s.io/api/core/v1"
	discovery1 "k8s.io/api/discovery/v1"
	discovery1beta1 "k8s.io/api/discovery/v1beta1"
	events1 "k8s.io/api/events/v1"
	events1beta1 "k8s.io/api/events/v1beta1"
	extensions1beta1 "k8s.io/api/extensions/v1beta1"
	flowcontrol1 "k8s.io/api/flowcontrol/v1"
	flowcontrol1beta1 "k8s.io/api/flowcontrol/v1beta1"
	flowcontrol1beta2 "k8s.io/api/flowcontrol/v1beta2"
	flowcontrol1beta3 "k8s.io/api/flowcontrol/v1beta3"
	networking1 "k8s.io/api/networking/v1"
	networking1beta1 "k8s.io/api/networking/v1beta1"
	node1 "k8s.io/api/node/v1"
	node1beta1 "k8s.io/api/node/v1beta1"
	policy1 "k8s.io/api/policy/v1"
	policy1beta1 "k8s.io/api/policy/v1beta1"
	rbac1 "k8s.io/api/rbac/v1"
	rbac1beta1 "k8s.io/api/rbac/v1beta1"
	resource1 "k8s.io/api/resource/v1"
	resource1alpha3 "k8s.io/api/resource/v1alpha3"
	resource1beta1 "k8s.io/api/resource/v1beta1"
	resource1beta2 "k8s.io/api/resource/v1beta2"
	scheduling1 "k8s.io/api/scheduling/v1"
	scheduling1beta1 "k8s.io/api/scheduling/v1beta1"
	storage1 "k8s.io/api/storage/v1"
	storage1alpha1 "k8s.io/api/storage/v1alpha1"
	storage1beta1 "k8s.io/api/storage/v1beta1"
	migration1 "k8s.io/api/storagemigration/v1"
	migration1beta1 "k8s.io/api/storagemigration/v1beta1"
)

// unapplied are kinds of the API that nobody applies, or that are no objects of
// their own.
var unapplied = []string{"Binding", "RangeAllocation", "SerializedReference", "Scale", "Eviction", "DeploymentRollback", "ComponentStatus", "PodStatusResult"}

// TestVersions holds the table against what upstream's types say of themselves:
// every kind of theirs is in it, with the same first and last minor.
func TestVersions(t *testing.T) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		admission1.AddToScheme, admissionalpha.AddToScheme, admissionbeta.AddToScheme, apps1.AddToScheme, apps1beta1.AddToScheme, apps1beta2.AddToScheme,
		autoscaling1.AddToScheme, autoscaling2.AddToScheme, batch1.AddToScheme, batch1beta1.AddToScheme,
		certificates1.AddToScheme, certificates1alpha1.AddToScheme, certificates1beta1.AddToScheme,
		coordination1.AddToScheme, coordination1alpha2.AddToScheme, coordination1beta1.AddToScheme, core1.AddToScheme,
		discovery1.AddToScheme, discovery1beta1.AddToScheme, events1.AddToScheme, events1beta1.AddToScheme, extensions1beta1.AddToScheme,
		flowcontrol1.AddToScheme, flowcontrol1beta1.AddToScheme, flowcontrol1beta2.AddToScheme, flowcontrol1beta3.AddToScheme,
		networking1.AddToScheme, networking1beta1.AddToScheme, node1.AddToScheme, node1beta1.AddToScheme, policy1.AddToScheme, policy1beta1.AddToScheme,
		rbac1.AddToScheme, rbac1beta1.AddToScheme, resource1.AddToScheme, resource1alpha3.AddToScheme, resource1beta1.AddToScheme, resource1beta2.AddToScheme,
		scheduling1.AddToScheme, scheduling1beta1.AddToScheme, storage1.AddToScheme, storage1alpha1.AddToScheme, storage1beta1.AddToScheme,
		migration1.AddToScheme, migration1beta1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for kind := range scheme.AllKnownTypes() {
		name := kind.Kind
		if strings.HasSuffix(name, "List") || strings.HasSuffix(name, "Options") || name == "WatchEvent" || kind.Version == "__internal" || slices.Contains(unapplied, name) {
			continue
		}
		instance, err := scheme.New(kind)
		if err != nil {
			t.Fatal(err)
		}
		introduced, ok := instance.(interface{ APILifecycleIntroduced() (int, int) })
		if !ok {
			continue
		}
		rows := versionsOf[name+"."+kind.Group]
		i := slices.IndexFunc(rows, func(v apiVersion) bool { return v.name == kind.GroupVersion().String() })
		if i < 0 {
			t.Errorf("%s is not in the table", kind)
			continue
		}
		seen++
		_, from := introduced.APILifecycleIntroduced()
		until := 0
		if removed, ok := instance.(interface{ APILifecycleRemoved() (int, int) }); ok {
			_, until = removed.APILifecycleRemoved()
		}
		if row := rows[i]; row.until != until || row.from != from && (row.from != 0 || from > 29) {
			t.Errorf("%s: from 1.%d until 1.%d; the table has %d, %d", kind, from, until, row.from, row.until)
		}
	}
	if seen < 90 {
		t.Errorf("only %d kinds were compared", seen)
	}
}
