package object

import "sigs.k8s.io/yaml/goyaml.v2"

// IsPlainText says whether YAML 1.1 reads a bare word as text. It reads on, no
// and y as booleans, 123 and 1e3 as numbers, 2001-01-01 as a date. Charts write
// many names without quotes.
func IsPlainText(word string) bool {
	var v any
	err := yaml.Unmarshal([]byte(word), &v)
	_, ok := v.(string)
	return err == nil && ok
}
