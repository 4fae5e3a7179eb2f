package overlay

import (
	"regexp"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/object"
)

// Where nothing replaces placeholders, a text ${NAME} is most often a program's:
// a shell's, Grafana's, nginx'. A field with nothing but a name in it is no
// program, and there it is a placeholder that somebody forgot to declare.

// programs are the keys below which texts are for a program to read: what
// ConfigMaps and Secrets hold, what containers are started with, notes. A patch
// names them in its paths too.
var programs = []string{"data", "binaryData", "stringData", "command", "args", "env", "exec", "annotations"}

var placeholderText = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\}`)

// forgotten returns the distinct placeholders of a value that stand in names,
// hosts, images, addresses and the like, sorted by their fields.
func forgotten(value any) []string {
	var found []string
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case string:
			for _, text := range placeholderText.FindAllString(v, -1) {
				if isName(placeholderText.ReplaceAllLiteralString(v, "")) && !slices.Contains(found, text) {
					found = append(found, text)
				}
			}
		case map[string]any:
			if path, ok := v["path"].(string); ok && v["op"] != nil && slices.ContainsFunc(strings.Split(path, "/"), isProgram) {
				return // an operation of a JSON patch
			}
			for _, key := range sortedKeys(v) {
				if !isProgram(key) {
					visit(v[key])
				}
			}
		case []any:
			for _, e := range v {
				visit(e)
			}
		}
	}
	visit(value)
	return found
}

// forgottenIn returns the forgotten placeholders of a patch; none if it cannot
// be read, which is told elsewhere.
func forgottenIn(text string) []string {
	documents, err := object.Documents([]byte(text))
	if err != nil {
		return nil
	}
	var found []string
	for _, d := range documents {
		found = append(found, forgotten(d.Value)...)
	}
	return found
}

func isProgram(key string) bool { return slices.Contains(programs, key) }

// isName says whether a text, its placeholders taken out, could be a name, a
// host, an image, a URL, an address or a number.
func isName(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("._:/@*-", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
