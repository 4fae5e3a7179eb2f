package secret

import (
	"slices"
	"strings"
)

// secretNames end the names of fields that hold a secret when they hold a text,
// with small letters alone and nothing between them.
var secretNames = []string{
	"password", "passwd", "passphrase", "userpass", "dbpass", "clientsecret", "appsecret", "secretkey", "secretaccesskey", "sharedsecret",
	"apikey", "accesstoken", "authtoken", "refreshtoken", "bearertoken", "apitoken", "idtoken", "sessiontoken", "bottoken", "privatekey", "privatekeydata",
	"signingkey", "encryptionkey", "accountkey", "storagekey", "sharedkey", "clientkeydata", "webhooksecret", "hmackey", "hmacsecret", "hmac", "presharedkey", "psk",
	"adminpass", "rootpass", "pwd", "credentials", "jwtsecret", "cookiesecret", "sessionsecret", "masterkey", "accesskeysecret", "apisecret",
	"bindpw", "rootpw", "adminpw", "userpw", "dbpw",
}

// tokenNames hold one when the text looks random: they name audiences, volumes
// and fields, too.
var tokenNames = []string{"token", "secret", "auth", "key", "authorization", "xapikey", "connectionstring", "dsn", "pass", "cookie"}

// normal writes a name with small letters and digits alone.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// Names says whether a field of that name holds a secret when it holds a text.
func Names(name string) bool { return isPasswordName(normal(name)) || isTokenName(name) }

func isPasswordName(name string) bool {
	return slices.ContainsFunc(secretNames, func(end string) bool { return strings.HasSuffix(name, end) })
}

// isTokenName takes whole words: monkey is no key.
func isTokenName(name string) bool {
	last := name
	if i := strings.LastIndexAny(name, "_-./ "); i >= 0 {
		last = name[i+1:]
	} else if i := strings.LastIndexFunc(name, func(r rune) bool { return r >= 'A' && r <= 'Z' }); i > 0 && strings.ToUpper(name) != name {
		last = name[i:]
	}
	return slices.Contains(tokenNames, normal(last)) || slices.Contains(tokenNames, normal(name))
}

// named says what a text is in a field of a name, if it is a secret there.
func named(name, value string) (string, bool) {
	value = strings.TrimSpace(value)
	if isPlaceholder(value) || isReference(value) || slices.Contains(answers, strings.ToLower(value)) || containsAny(strings.ToLower(name), openNames) {
		return "", false
	}
	switch {
	case isPasswordName(normal(name)):
		return "a text in the field " + name, !isWord(value) || strings.Contains(normal(name), "pass") || strings.Contains(normal(name), "pwd")
	case isTokenName(name):
		return "a text in the field " + name, looksRandom(value)
	}
	return "", false
}

// openNames are in the names of fields whose texts look like keys and are none.
var openNames = []string{"public", "checksum", "digest", "sha256", "hash", "fingerprint", "audience"}

// isReference says whether a text says where something is: a path, or an
// address without a password, which has a form of its own.
func isReference(value string) bool {
	return strings.HasPrefix(value, "/") || strings.HasPrefix(value, "./") || strings.HasPrefix(value, "../") ||
		strings.HasPrefix(value, "file:") || strings.Contains(value, "://") || strings.HasPrefix(value, "arn:") ||
		strings.HasSuffix(value, ".pem") || strings.HasSuffix(value, ".key") || strings.HasSuffix(value, ".crt")
}

// words are what stands in fields that are called like secrets and say what
// kind they are, or whether they are wanted.
var words = []string{"true", "false", "yes", "no", "on", "off", "string", "text", "required", "optional", "enabled", "disabled", "default", "none", "auto", "password", "token", "secret", "generate", "random", "existing", "external"}

// answers say whether a secret is wanted: usePassword: true.
var answers = []string{"true", "false", "yes", "no", "on", "off", "enabled", "disabled", "required", "optional"}

// isWord says whether a text reads as a name that people give to things, and
// not as a secret: small letters with dashes between them.
func isWord(value string) bool {
	if slices.Contains(words, strings.ToLower(value)) {
		return true
	}
	return len(value) <= 63 && strings.ContainsAny(value, "-.") && strings.Trim(value, "abcdefghijklmnopqrstuvwxyz-.") == "" && !strings.Contains(value, " ")
}

// looksRandom says whether a text is long, without spaces, and changes between
// letters and digits as nothing does that people think up.
func looksRandom(value string) bool {
	if len(value) < 16 || strings.ContainsAny(value, " \n\t") || !mixed(value) {
		return false
	}
	changes, last := 0, 0
	for _, r := range value {
		kind := 0
		switch {
		case r >= 'a' && r <= 'z':
			kind = 1
		case r >= 'A' && r <= 'Z':
			kind = 2
		case r >= '0' && r <= '9':
			kind = 3
		}
		if kind != last && last != 0 {
			changes++
		}
		last = kind
	}
	return changes*4 >= len(value)
}

// assignment is a line of a configuration file that gives a secret its value:
// NAME=value, name: value, a member of JSON, or one of a map of YAML in braces.
var assignment = expr(`(?m)(?:^[ \t]*(?:export[ \t]+|-[ \t]+)?["']?([A-Za-z][A-Za-z0-9_.-]*)["']?[ \t]*[:=][ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#,;{}\[\]]+))[ \t]*,?;?[ \t]*(?:#.*)?\r?$|"([A-Za-z][A-Za-z0-9_.-]*)"\s*:\s*"((?:[^"\\\n]|\\.)*)"|[{,][ \t]*["']?([A-Za-z][A-Za-z0-9_.-]*)["']?[ \t]*:[ \t]+(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#,;{}\[\]]+)))`)

// assigned returns the first assignment of a secret in a text.
func assigned(text string) (Finding, bool) {
	if !strings.ContainsAny(text, ":=") || !hintsAtName(text) {
		return Finding{}, false
	}
	for _, at := range assignment().FindAllStringSubmatchIndex(text, -1) {
		var parts []string
		for i := 2; i < len(at); i += 2 {
			if at[i] >= 0 {
				parts = append(parts, text[at[i]:at[i+1]])
			}
		}
		if len(parts) != 2 || len(parts[1]) < 3 {
			continue
		}
		if what, ok := named(parts[0], parts[1]); ok {
			return Finding{Kind: Password, What: what, Line: 1 + strings.Count(text[:at[0]], "\n"), Literals: []string{parts[1]}}, true
		}
	}
	return Finding{}, false
}

// hints are in every name that holds a secret.
var hints = []string{"pass", "secret", "token", "key", "auth", "credential", "psk", "hmac", "dsn", "connection", "cookie", "pw"}

func hintsAtName(text string) bool { return containsAny(strings.ToLower(text), hints) }
