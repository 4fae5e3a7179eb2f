package load

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// repair returns what a slip of a kind that people make stands for, as CUE
// source: a number in quotes or out of them, another case, a scheme before a
// host name, a unit forgotten or of another language. There is more than one
// value where a number means as much in two units, and none where nobody can
// tell. path is where the value stands: what is little for a node is much for
// a container.
func (l *language) repair(k *kind, v scalar, path string) []string {
	text := strings.TrimSpace(v.text)
	if text == "" || v.kind == "null" || v.kind == "struct" || v.kind == "list" || v.kind == "bytes" {
		return nil
	}
	// What a definition knows of its own slips comes first: "128" would be
	// taken as text where 128Mi is meant.
	for _, name := range l.nameds(k) {
		if fixed := l.accepted(k, units(name, text, path)); len(fixed) > 0 {
			return fixed
		}
	}
	tries := []string{text, strings.ToLower(text)}
	if v.kind != "string" && slices.ContainsFunc(l.nameds(k), func(name string) bool { return name == "#Host" || name == "#Address" || name == "#IPBlock" }) {
		return nil // no number is one
	}
	for _, name := range l.nameds(k) {
		tries = append(tries, slips(name, text, path)...)
	}
	if v.kind == "string" && l.takesText(k, text) {
		return []string{text}
	}
	if share, ok := strings.CutSuffix(text, "%"); ok {
		share = strings.TrimSpace(share)
		if near := strconv.Quote(nearestPercent(share)); l.takesText(k, near) {
			return []string{near} // where shares are written so, a bare number is something else
		}
		if l.takesText(k, share) {
			return []string{share}
		}
	}
	if whole, rest, ok := strings.Cut(text, "."); ok && strings.Trim(rest, "0") == "" && l.takesText(k, whole) {
		return []string{whole}
	}
	for _, t := range tries {
		if source := strconv.Quote(t); t != "" && l.takesText(k, source) {
			return []string{source}
		}
	}
	return nil
}

// nearestPercent returns the whole percentage from 0 to 100 that is nearest to a
// number, or "".
func nearestPercent(digits string) string {
	n, ok := number(digits)
	switch {
	case !ok:
		return ""
	case n.Sign() < 0:
		return "0%"
	case n.Cmp(big.NewRat(100, 1)) > 0:
		return "100%"
	}
	return rounded(n).String() + "%"
}

// accepted returns those of some values that a kind takes, each once.
func (l *language) accepted(k *kind, sources []string) []string {
	var taken []string
	for _, s := range sources {
		if !slices.Contains(taken, s) && l.takesText(k, s) {
			taken = append(taken, s)
		}
	}
	return taken
}

// nameds returns the names of the definitions that a kind is made of.
func (l *language) nameds(k *kind) []string {
	switch k.form {
	case formNamed:
		return []string{k.name}
	case formAll, formEither:
		var names []string
		for _, p := range k.parts {
			names = append(names, l.nameds(p)...)
		}
		return names
	}
	return nil
}

// slips returns what people may have meant by a text that a definition of the
// schema does not take. Of a Service's whole DNS name a namespace is the second
// label.
func slips(definition, text, path string) []string {
	switch definition {
	case "#DNSLabel", "#DNSSubdomain":
		if name, _, ok := strings.Cut(text+".", ".svc."); ok && definition == "#DNSLabel" {
			labels := strings.Split(name, ".")
			if strings.Contains(path, "amespace") {
				slices.Reverse(labels)
			}
			return labels[:1]
		}
		return []string{strings.Trim(notLabel.ReplaceAllString(strings.ToLower(text), "-"), "-")}
	case "#EnvName":
		return []string{strings.ToUpper(strings.ReplaceAll(text, "-", "_"))}
	case "#Host":
		_, host, _ := strings.Cut(text, "://")
		host, _, _ = strings.Cut(host, "/")
		plain := strings.Trim(notHost.ReplaceAllString(strings.TrimSpace(text), "-"), ".-")
		for _, slip := range []string{"-.", ".-", "_.", ".."} {
			plain = strings.ReplaceAll(plain, slip, ".")
		}
		return []string{host, plain}
	case "#LabelName", "#LabelValue":
		return []string{strings.Trim(notLabelText.ReplaceAllString(text, "-"), "-_.")}
	case "#IstioVersion":
		return []string{strings.TrimPrefix(text, "v")}
	case "#KubernetesVersion":
		text = strings.TrimPrefix(text, "v")
		minor, _, _ := strings.Cut(strings.TrimPrefix(text, "1."), ".")
		return []string{text, "1." + minor}
	}
	return nil
}

// notHost and notLabelText are what host names, and labels and their names, do
// not have.
var (
	notHost      = regexp.MustCompile(`[^-A-Za-z0-9_.*${}]+`)
	notLabelText = regexp.MustCompile(`[^-A-Za-z0-9_./]+`)
)
