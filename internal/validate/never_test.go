package validate_test

import (
	"testing"

	"github.com/meshgen/meshgen/internal/model"
	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/validate"
)

// TestComparedNumber: a comparison with what is no number is a warning, and an
// error where the nodes are known that the pods then do not fit on.
func TestComparedNumber(t *testing.T) {
	docs, err := object.Parse([]byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Lt, values: [\"1Gi\"]}]}]}}}, containers: [{name: a, image: redis}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, nodes := range []bool{false, true} {
		m := newest()
		if nodes {
			m.Cluster.Pools = []model.Pool{{}}
		}
		found, err := validate.New().Objects(m, []object.Object{{Value: docs[0]}})
		if err != nil || len(found) != 1 || found[0].Warning != !nodes {
			t.Errorf("with nodes: %v: %+v, %v", nodes, found, err)
		}
	}
}
