package kube

import (
	"encoding/json"
	"testing"
)

// Schemas returns what the API server publishes of every type that it serves, by
// its name in OpenAPI, as JSON.
func (c *Cluster) Schemas(t testing.TB) map[string]map[string]any {
	t.Helper()
	paths, err := c.API.Discovery().OpenAPIV3().Paths()
	if err != nil {
		t.Fatal(err)
	}
	schemas := map[string]map[string]any{}
	for _, path := range paths {
		text, err := path.Schema("application/json")
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Components struct{ Schemas map[string]map[string]any }
		}
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		for name, schema := range doc.Components.Schemas {
			schemas[name] = schema
		}
	}
	return schemas
}
