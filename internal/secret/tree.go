package secret

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// InTree returns the secrets of a tree of values, as JSON would hold it, in
// order. A map that is a Kubernetes object is judged as one.
func InTree(v any) []Finding {
	w := &walker{}
	w.visit(v, nil)
	return w.found
}

// walker walks through a tree.
type walker struct {
	found []Finding
	quiet int // above 0 where names say nothing
}

func (w *walker) visit(v any, keys []string) {
	switch v := v.(type) {
	case map[string]any:
		if w.object(v, keys) {
			return
		}
		w.pair(v, keys)
		w.words(v, keys)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.child(key, v[key], below(keys, key))
		}
	case []any:
		w.list(v, keys)
		for i := range v {
			if i > 0 && w.argument(v[i-1], v[i], below(keys, strconv.Itoa(i))) {
				continue
			}
			w.visit(v[i], below(keys, strconv.Itoa(i)))
		}
	case string:
		w.text("", v, keys)
	}
}

// argument judges a text that stands after another in a list, as an option's
// value stands after the option, and says whether it is a secret.
func (w *walker) argument(before, v any, keys []string) bool {
	option, _ := before.(string)
	value, _ := v.(string)
	if w.told(keys) {
		return true
	}
	if !strings.HasPrefix(option, "-") || strings.ContainsAny(option, "= \n") || strings.HasPrefix(value, "-") || len(value) < 3 || w.quiet > 0 {
		return false
	}
	name := strings.TrimLeft(option, "-")
	if w.unset(name, value, keys) {
		return true
	}
	if _, ok := named(name, value); !ok {
		return false
	}
	w.add(Finding{Kind: Password, What: "a text after the option " + option, Literals: []string{value}}, keys)
	return true
}

// child visits the value of a field.
func (w *walker) child(name string, v any, keys []string) {
	if s, ok := v.(string); ok {
		w.text(name, s, keys)
		return
	}
	w.visit(v, keys)
}

// text judges a text in a field; of a name that says nothing where it is empty.
func (w *walker) text(name, s string, keys []string) {
	if len(s) < 3 || w.told(keys) || w.unset(name, s, keys) {
		return
	}
	if found, ok := InText(s); ok {
		if found.Kind == Password && w.quiet > 0 && strings.HasPrefix(found.What, "a text in") {
			return
		}
		w.add(found, keys)
		return
	}
	if strings.Contains(normal(name), "pgpass") && w.quiet == 0 {
		for _, line := range pgpassLine().FindAllString(s, -1) {
			if pgPassword(line) {
				w.add(Finding{Kind: Password, What: "a password of a .pgpass", Literals: []string{strings.SplitN(strings.TrimSpace(line), ":", 5)[4]}}, keys)
				return
			}
		}
	}
	if what, ok := named(name, s); ok && w.quiet == 0 {
		w.add(Finding{Kind: Password, What: what, Literals: []string{s}}, keys)
	}
}

// unset says whether a text in a field of that name stands for a secret, and
// says so: nobody may ever put one in its place.
func (w *walker) unset(name, value string, keys []string) bool {
	if !isUnset(strings.TrimSpace(value)) || !isPasswordName(normal(name)) || containsAny(strings.ToLower(name), openNames) {
		return false
	}
	if w.quiet == 0 {
		w.add(Finding{Kind: Unset, What: "the text " + strconv.Quote(value) + " in place of a secret"}, keys)
	}
	return true
}

// told says whether something has been found at keys.
func (w *walker) told(keys []string) bool {
	return slices.ContainsFunc(w.found, func(f Finding) bool { return slices.Equal(f.Keys, keys) })
}

// words judges the command of a container with its arguments.
func (w *walker) words(m map[string]any, keys []string) {
	command, _ := m["command"].([]any)
	args, _ := m["args"].([]any)
	if len(command) == 0 || len(args) == 0 || w.quiet > 0 {
		return
	}
	if i, found := inList(slices.Concat(command, args)); i >= len(command) {
		w.add(found, below(keys, "args", strconv.Itoa(i-len(command))))
	}
}

// list judges a list as the words of a command.
func (w *walker) list(list []any, keys []string) {
	if i, found := inList(list); i >= 0 && w.quiet == 0 && !w.told(below(keys, strconv.Itoa(i))) {
		w.add(found, below(keys, strconv.Itoa(i)))
	}
}

// inList returns the first secret that the words of a list give a program, and
// which of them has it; -1 for none.
func inList(list []any) (int, Finding) {
	var words []word
	for i, v := range list {
		text, ok := v.(string)
		if !ok {
			return -1, Finding{}
		}
		words = append(words, word{text: text, line: i})
	}
	value, at, ok := inCommand(words)
	if !ok {
		return -1, Finding{}
	}
	return at.line, Finding{Kind: Password, What: "a password in a command", Literals: []string{value}}
}

func (w *walker) add(found Finding, keys []string) {
	found.Keys = keys
	w.found = append(w.found, found)
}

// pair judges a name and a value that stand beside each other, as in a
// container's environment and in a list of headers.
func (w *walker) pair(m map[string]any, keys []string) {
	for _, names := range [][2]string{{"name", "value"}, {"key", "value"}, {"path", "value"}, {"header", "value"}} {
		name, ok := m[names[0]].(string)
		value, also := m[names[1]].(string)
		if !ok || !also || w.quiet > 0 {
			continue
		}
		if i := strings.LastIndex(name, "/"); i >= 0 {
			name = name[i+1:] // a JSON pointer
		}
		if _, seen := InText(value); seen || w.unset(name, value, below(keys, names[1])) {
			return
		}
		if what, ok := named(name, value); ok {
			w.add(Finding{Kind: Password, What: what, Literals: []string{value}}, below(keys, names[1]))
			return
		}
	}
}

// namesOnly are the kinds in which texts in fields that are called like secrets
// are names of keys, or encrypted already.
var namesOnly = []string{"ExternalSecret", "ClusterExternalSecret", "PushSecret", "SecretStore", "ClusterSecretStore", "SealedSecret", "CustomResourceDefinition", "VaultStaticSecret", "VaultDynamicSecret", "SecretProviderClass", "BitwardenSecret"}

// object judges a map that is a Kubernetes object, and says whether that was
// all there is to say.
func (w *walker) object(m map[string]any, keys []string) bool {
	kind, _ := m["kind"].(string)
	if kind == "" {
		return false
	}
	if sops, ok := m["sops"].(map[string]any); ok && sops["mac"] != nil {
		w.encrypted(m, keys)
		return true
	}
	version, has := m["apiVersion"].(string)
	switch {
	case kind == "Secret" && (!has || version == "v1"):
		w.secretObject(m, keys)
		return true
	case slices.Contains(namesOnly, kind):
		w.quiet++
		for _, key := range slices.Sorted(maps.Keys(m)) {
			w.child(key, m[key], below(keys, key))
		}
		w.quiet--
		return true
	}
	return false
}

// secretObject judges a Secret: what it holds is secret, but for certificates,
// public keys and what is filled in later.
func (w *walker) secretObject(m map[string]any, keys []string) {
	for _, part := range []string{"data", "stringData"} {
		data, _ := m[part].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(data)) {
			value, ok := data[key].(string)
			if plain, coded := decode(strings.TrimSpace(value)); ok && (isUnset(strings.TrimSpace(value)) || part == "data" && coded && isUnset(strings.TrimSpace(string(plain)))) {
				w.add(Finding{Kind: Unset, What: "data of a Secret, " + key + ", with a text in place of a secret"}, below(keys, part, key))
				continue
			}
			if !ok || isPlaceholder(value) || isPublic(value) {
				continue
			}
			literals := []string{value}
			if plain, ok := decode(strings.TrimSpace(value)); ok && part == "data" && printable(plain) {
				if isPlaceholder(string(plain)) || isPublic(string(plain)) {
					continue
				}
				literals = append(literals, string(plain))
			}
			w.add(Finding{Kind: Object, What: "data of a Secret, " + key, Literals: literals}, below(keys, part, key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key != "data" && key != "stringData" {
			w.child(key, m[key], below(keys, key))
		}
	}
}

// encrypted judges a document that SOPS has encrypted: what it left in the
// open is judged as ever.
func (w *walker) encrypted(m map[string]any, keys []string) {
	w.add(Finding{Kind: Encrypted, What: "encrypted by SOPS"}, keys)
	open := maps.Clone(m)
	delete(open, "sops")
	w.visit(open, keys)
}

// isPublic says whether a text is nothing but certificates, public keys,
// requests and lists of revoked certificates, or a set of public JSON Web Keys.
func isPublic(text string) bool {
	if plain, ok := decode(strings.Join(strings.Fields(text), "")); ok && printable(plain) {
		text = string(plain)
	}
	if _, private := InText(text); private {
		return false
	}
	if strings.Contains(text, `"kty"`) {
		return true
	}
	rest, any := text, false
	for {
		before, block, ok := strings.Cut(rest, "-----BEGIN ")
		if !ok {
			return any && strings.TrimSpace(rest) == ""
		}
		label, block, ok := strings.Cut(block, "-----")
		_, rest, _ = strings.Cut(block, "-----END "+label+"-----")
		if !ok || strings.TrimSpace(before) != "" && any || !slices.Contains(publicBlocks, label) {
			return false
		}
		any = true
	}
}

var publicBlocks = []string{"CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE", "CERTIFICATE REQUEST", "PUBLIC KEY", "RSA PUBLIC KEY", "EC PUBLIC KEY", "X509 CRL", "PKCS7", "DH PARAMETERS", "EC PARAMETERS", "PGP PUBLIC KEY BLOCK", "SSH2 PUBLIC KEY"}

func below(keys []string, more ...string) []string { return append(slices.Clone(keys), more...) }
