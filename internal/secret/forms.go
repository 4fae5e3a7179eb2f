package secret

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// form is a text that can be nothing but a secret.
type form struct {
	what   string
	kind   Kind
	marks  []string // one of them is in every such text; spares the expression
	expr   func() *regexp.Regexp
	really func(match string) bool // nil when the expression says it all
}

func expr(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// forms are the secrets that their form gives away. Prefixes are those that the
// makers document.
var forms = []form{
	{"a private key", Key, []string{"PRIVATE KEY"}, expr(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END|\z)`), hasBody},
	{"a private key", Key, []string{"PuTTY-User-Key-File"}, expr(`PuTTY-User-Key-File-[0-9]`), nil},
	{"a private key", Key, []string{"SSH2 ENCRYPTED"}, expr(`---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----`), nil},
	{"an age key", Key, []string{"AGE-SECRET-KEY-"}, expr(`AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{40,}`), nil},
	{"a private JSON Web Key", Key, []string{`kty`}, expr(`\{[^{}]*"kty"\s*:[^{}]*\}`), privateJWK},
	{"a JSON Web Token", Key, []string{"eyJ"}, expr(`\beyJ[A-Za-z0-9_-]{10,}\.(?:eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})`), nil},
	{"an AWS access key", Key, []string{"AKIA", "ASIA"}, expr(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`), nil},
	{"a Google API key", Key, []string{"AIza"}, expr(`\bAIza[0-9A-Za-z_-]{35}`), nil},
	{"a Google token", Key, []string{"ya29.", "GOCSPX-"}, expr(`\b(?:ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,})`), nil},
	{"an Azure key", Key, []string{"AccountKey=", "SharedAccessKey=", "SharedAccessSignature="}, expr(`(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[A-Za-z0-9+/%=&._-]{24,}`), nil},
	{"an Azure client secret", Key, []string{"7Q~", "8Q~"}, expr(`[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}`), nil},
	{"an Azure shared access signature", Key, []string{"sig="}, expr(`[?&]sig=[A-Za-z0-9%+/]{30,}`), nil},
	{"a GitHub token", Key, []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, expr(`\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})`), nil},
	{"a GitLab token", Key, []string{"glpat-", "gldt-", "glrt-", "glptt-", "glsoat-", "glcbt-", "glft-", "glagent-", "gloas-"}, expr(`\bgl(?:pat|dt|rt|ptt|soat|cbt|ft|agent|oas)-[A-Za-z0-9_.-]{20,}`), nil},
	{"a Slack token", Key, []string{"xox", "xapp-", "hooks.slack.com/"}, expr(`\b(?:xox[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,})|hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{20,}`), nil},
	{"a Stripe key", Key, []string{"k_live_", "k_test_", "whsec_"}, expr(`\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{24,})`), nil},
	{"an npm token", Key, []string{"npm_"}, expr(`\bnpm_[A-Za-z0-9]{36}`), nil},
	{"a PyPI token", Key, []string{"pypi-"}, expr(`\bpypi-[A-Za-z0-9_-]{50,}`), nil},
	{"a SendGrid key", Key, []string{"SG."}, expr(`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`), nil},
	{"a Docker Hub token", Key, []string{"dckr_"}, expr(`\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}`), nil},
	{"a Vault token", Key, []string{"hvs.", "hvb.", "hvr."}, expr(`\bhv[sbr]\.[A-Za-z0-9_-]{24,}`), nil},
	{"a Terraform token", Key, []string{".atlasv1."}, expr(`[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}`), nil},
	{"a DigitalOcean token", Key, []string{"dop_v1_", "doo_v1_", "dor_v1_"}, expr(`\bdo[opr]_v1_[0-9a-f]{32,}`), nil},
	{"a Grafana token", Key, []string{"glsa_", "glc_"}, expr(`\bgl(?:sa|c)_[A-Za-z0-9_=+/]{24,}`), nil},
	{"an API key", Key, []string{"sk-"}, expr(`\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}`), mixed},
	{"a Hugging Face token", Key, []string{"hf_"}, expr(`\bhf_[A-Za-z0-9]{30,}`), nil},
	{"a Tailscale key", Key, []string{"tskey-"}, expr(`\btskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9-]{12,}`), nil},
	{"a Databricks token", Key, []string{"dapi"}, expr(`\bdapi[0-9a-f]{32}`), nil},
	{"a New Relic key", Key, []string{"NRAK-"}, expr(`\bNRAK-[A-Z0-9]{27}`), nil},
	{"a Shopify token", Key, []string{"shpat_", "shpss_", "shpca_"}, expr(`\bshp(?:at|ss|ca)_[0-9a-fA-F]{32}`), nil},
	{"a Telegram token", Key, []string{":AA"}, expr(`\b[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34}\b`), nil},
	{"a Discord webhook", Key, []string{"/api/webhooks/"}, expr(`discord(?:app)?\.com/api/webhooks/[0-9]{10,}/[A-Za-z0-9_-]{20,}`), nil},
	{"a K3s token", Key, []string{"K10"}, expr(`\bK10[0-9a-f]{64}::[^\s"']+`), nil},
	{"a bootstrap token", Key, []string{"token", "TOKEN", "Token"}, expr(`(?i)token["']?[=:\s]+["']?[a-z0-9]{6}\.[a-z0-9]{16}(?:\W|$)`), mixed}, // kubeadm, bootstraptokens: abcdef.0123456789abcdef
	{"a password of a .netrc", Password, []string{"machine"}, expr(`\bmachine\s+\S+\s+login\s+\S+\s+password\s+\S{3,}`), netrcPassword},
	{"a password of a .pgpass", Password, []string{":5432:", "*:*:*:"}, expr(`(?m)^(?:[^\s:#/"'{}]+:5432|\*:\*):[^\s:/]+:[^\s:/]+:\S{3,}[ \t]*\r?$`), pgPassword},
	{"a client's key of a kubeconfig", Key, []string{"client-key-data"}, expr(`client-key-data["']?\s*:\s*["']?[A-Za-z0-9+/]{20,}`), nil},
	{"a hashed password", Password, []string{"$2"}, expr(`\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}`), nil},
	{"a hashed password", Password, []string{"$apr1$", "$1$", "$5$", "$6$", "$y$", "$argon2"}, expr(`\$(?:apr1|1|5|6|y|argon2(?:id|i|d))\$[^\s"':]{16,}`), nil},
	{"a hashed password", Password, []string{"{SHA}", "{SSHA}"}, expr(`\{S?SHA\}[A-Za-z0-9+/]{20,}=*`), nil},
	{"a password in an address", Password, []string{"://"}, expr(`\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#:@"'<>]*:[^\s/?#@"']+@[^\s@]`), urlPassword},
	{"a password in an address", Password, []string{"@"}, expr(`\b[A-Za-z0-9._%+-]+:[^\s/@"':]{3,}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?/`), barePassword}, // an image's
	{"a password in an argument", Password, []string{"=", "assw", "PASSW", "secret", "SECRET", "token", "key"}, expr(`(?i)(?:[?&;\s"'=\x60]|^)(?:--?)?[a-z_.-]*(?:password|passwd|pwd|passphrase|token|secret|api-?key)=(?:"[^"\n]{3,}"|'[^'\n]{3,}'|[^&;\s"',\x60]{3,})`), argument},
	{"a password in XML", Password, []string{"assw", "ASSW", "assphrase", "ecret>"}, expr(`(?i)<[a-z0-9_.:-]*(?:password|passwd|passphrase|secret)>\s*[^<>\s][^<>]{2,}</`), elementText},
	{"a key in a header", Password, []string{"-"}, expr(`(?i)\bx-(?:api-key|auth-token|auth-key|vault-token|access-token|token|auth-email-key): *[A-Za-z0-9+/._~-]{8,}=*`), headerKey},
	{"credentials in a header", Password, []string{"asic "}, expr(`\b[Bb]asic [A-Za-z0-9+/]{6,}={0,2}`), basicAuth},
	{"a token in a header", Password, []string{"earer "}, expr(`\b[Bb]earer [A-Za-z0-9+/._~-]{20,}=*`), mixed},
	{"credentials of a registry", Password, []string{`"auth"`, "auth:"}, expr(`["']?\bauth["']?\s*:\s*["']?[A-Za-z0-9+/]{8,}={0,2}`), registryAuth},
}

// hasBody says whether a PEM block holds a key, and not dots or a placeholder.
func hasBody(block string) bool {
	_, body, _ := strings.Cut(block, "-----BEGIN")
	_, body, _ = strings.Cut(body, "-----")
	body = strings.TrimSuffix(body, "-----END")
	body = strings.ReplaceAll(body, `\n`, "\n")
	for _, line := range strings.Fields(body) {
		run := strings.Trim(line, `"',\|`)
		if len(run) >= 16 && !strings.Contains(run, "${") && strings.Trim(run, base64Letters) == "" && strings.Trim(run, "xX.*") != "" {
			return true
		}
	}
	return false
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

var jwkPrivate = expr(`"(?:d|k|p|q|dp|dq|qi)"\s*:\s*"[A-Za-z0-9_-]{16,}"`)

// privateJWK says whether a JSON Web Key has what only its owner may know.
func privateJWK(match string) bool { return jwkPrivate().MatchString(match) }

// mixed says whether a text has letters and digits, as what is random has and
// words have not.
func mixed(text string) bool {
	return strings.ContainsAny(text, "0123456789") && strings.ContainsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}

// netrcPassword says whether the password of a .netrc is written out.
func netrcPassword(match string) bool {
	words := strings.Fields(match)
	return !isPlaceholder(words[len(words)-1])
}

// pgpassLine is a line of a file that is known to be a .pgpass: any port will do.
var pgpassLine = expr(`(?m)^(?:\\.|[^\s:#])+:(?:[0-9]{1,5}|\*):[^\s:]+:[^\s:]+:\S+[ \t]*\r?$`)

// pgPassword says whether the password of a line of a .pgpass is written out.
func pgPassword(line string) bool {
	fields := strings.SplitN(strings.TrimSpace(line), ":", 5)
	return len(fields) == 5 && !isPlaceholder(fields[4])
}

// urlPassword says whether the password of an address is written out.
func urlPassword(match string) bool {
	_, rest, _ := strings.Cut(match, "://")
	user, _, _ := strings.Cut(rest, "@")
	_, password, _ := strings.Cut(user, ":")
	return !isPlaceholder(password)
}

// barePassword says whether an address without a scheme begins with a user and
// a password: other words before a colon are a scheme themselves.
func barePassword(match string) bool {
	user, _, _ := strings.Cut(match, "@")
	name, password, _ := strings.Cut(user, ":")
	return !slices.Contains([]string{"acct", "im", "mailto", "sip", "sips", "xmpp", "ssh", "git"}, strings.ToLower(name)) && !isPlaceholder(password)
}

// argument says whether an argument of a program or an address, name=value,
// gives a secret its value.
func argument(match string) bool {
	name, value, _ := strings.Cut(strings.TrimLeft(match, "?&;-\"'=` \t\r\n"), "=")
	value = strings.Trim(value, `"'`)
	_, ok := named(name, value)
	return ok && !strings.ContainsAny(value[:1], `\[({%<*`) && !strings.Contains(value, "$") // an expression, or a shell's to fill in
}

// elementText says whether an element of XML holds a secret that is written out.
func elementText(match string) bool {
	_, rest, _ := strings.Cut(match, ">")
	return !isPlaceholder(strings.TrimSuffix(rest, "</")) && !strings.Contains(rest, "$")
}

// headerKey says whether a header's value is random.
func headerKey(match string) bool {
	_, value, _ := strings.Cut(match, ":")
	value = strings.TrimSpace(value)
	return !isPlaceholder(value) && mixed(value)
}

// basicAuth says whether a text is a user and a password, in base64.
func basicAuth(match string) bool {
	_, code, _ := strings.Cut(match, " ")
	return isUserPassword(code)
}

func registryAuth(match string) bool {
	_, code, _ := strings.Cut(match, ":")
	return isUserPassword(strings.Trim(code, ` "'`))
}

func isUserPassword(code string) bool {
	plain, err := base64.StdEncoding.DecodeString(code)
	if err != nil {
		plain, err = base64.RawStdEncoding.DecodeString(code)
	}
	user, password, ok := strings.Cut(string(plain), ":")
	return err == nil && ok && user != "" && password != "" && printable(plain) && !isPlaceholder(password)
}

// placeholders are what stands where a secret is left out.
var placeholders = expr(`^(?:\$\{.*\}|\$\(.*\)|\$[A-Za-z_][A-Za-z0-9_]*|\{\{.*\}\}|<.*>|%.*%|\[.*\]|[*xX.]+|ENC\[.*|vault:.*|secret:.*|ref\+.*|op://.*|REDACTED|redacted|null|none|None|nil)$`)

// isPlaceholder says whether a text stands for a secret that is elsewhere.
func isPlaceholder(text string) bool {
	text = strings.TrimSpace(text)
	return text == "" || isUnset(text) || placeholders().MatchString(text) || strings.Contains(text, "${") && strings.Contains(text, "}")
}

// unset is what people write where a secret is still to be written, without
// anything between its letters and digits, in small letters.
var unset = expr(`^(?:please)?(?:(?:change|replace|update|edit|set|fill)(?:me|this|it|in|mein|thisvalue|thispassword|before(?:use|deploy(?:ment|ing)?)|in?production|with[a-z]+)|(?:insert|enter|put|type|add)[a-z]*here|(?:your|my|the|some|a)(?:own|very|super|strong|secure|secret|db|database|admin|root|user|api|access|client)*(?:password|passwd|pass|secret|token|key|value)(?:here|goeshere)?|todo|tbd|fixme|placeholder|dummy|tobe(?:replaced|set|changed|filled|defined)|notset|unset|undefined|examplepassword|exampletoken|examplesecret)[0-9]*$`)

// capitals are names of variables or of what is to be written there.
var capitals = expr(`^(?:[A-Z0-9]+_)*(?:PASSWORD|PASSWD|PASSPHRASE|PASS|SECRET|TOKEN|KEY)(?:_HERE)?$`)

// isUnset says whether a text says that a secret is to be put in its place.
// "changeit" is not among them: it is what Java's key stores are locked with.
func isUnset(text string) bool {
	return len(text) <= 64 && !placeholders().MatchString(text) && normal(text) != "changeit" && (unset().MatchString(normal(text)) || capitals().MatchString(text))
}

// plainly returns the first secret that the form of a text gives away; with
// keys, the first that is more than a password.
func plainly(text string, keys bool) (Finding, bool) {
	for _, f := range forms {
		if keys && f.kind != Key || !containsAny(text, f.marks) {
			continue
		}
		for _, at := range f.expr().FindAllStringIndex(text, -1) {
			match := text[at[0]:at[1]]
			if f.really != nil && !f.really(match) {
				continue
			}
			return Finding{Kind: f.kind, What: f.what, Line: 1 + strings.Count(text[:at[0]], "\n"), Literals: []string{match}}, true
		}
	}
	return Finding{}, false
}

func containsAny(text string, marks []string) bool {
	for _, mark := range marks {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}
