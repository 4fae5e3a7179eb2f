package meshconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/meshgen/meshgen/internal/diag"
)

// The rules of this file are about texts that istiod hands on to proxies as they
// are, without a look at them: a proxy refuses all that comes with a cipher or a
// curve that it does not know, and takes other texts for what they are not.

// Ciphers returns the cipher suites that proxies have for TLS up to 1.2, by
// OpenSSL's names.
func Ciphers() []string { return slices.Clone(ciphers) }

// ciphers are the cipher suites of Envoy's TLS library, by OpenSSL's names
// (istio, pkg/config/security, ValidCipherSuites).
var ciphers = strings.Fields("ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 " +
	"ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA " +
	"AES128-GCM-SHA256 AES256-GCM-SHA384 AES128-SHA AES256-SHA DES-CBC3-SHA")

// cipherGroups are the words that stand for some of them, which + strings
// together (BoringSSL, ssl/ssl_cipher.cc, kCipherAliases).
var cipherGroups = strings.Fields("ALL kRSA kECDHE kEECDH ECDH aRSA aECDSA ECDSA ECDHE EECDH RSA 3DES AES128 AES256 AES AESGCM CHACHA20 SHA1 SHA SHA256 SHA384 SSLv3 TLSv1 TLSv1.2 HIGH FIPS")

// curves are the key exchanges of the same library, by either of their names
// (ssl/ssl_key_share.cc, kNamedGroups).
var curves = strings.Fields("P-224 P-256 P-384 P-521 X25519 X25519Kyber768Draft00 X25519MLKEM768 secp224r1 prime256v1 secp384r1 secp521r1 x25519 MLKEM1024")

// suites holds the ciphers and curves of the mesh against those that proxies
// have: Envoy refuses listeners and clusters with another.
func (r *reader) suites(n node) {
	for _, of := range []string{"meshMTLS", "tlsDefaults"} {
		for _, c := range n.get(of, "cipherSuites").elements() {
			text, open := c.text()
			if open || text == "" || isCipher(text) {
				continue
			}
			suggestion := fmt.Sprintf("set {} to one such as %q, or remove it", ciphers[0])
			if near := diag.Nearest(text, ciphers); near != "" {
				suggestion = fmt.Sprintf("set {} to %q", near)
			}
			if strings.HasPrefix(text, "TLS_AES_") || strings.HasPrefix(text, "TLS_CHACHA20_") {
				suggestion = "remove {}: TLS 1.3 always has all of its suites"
			}
			r.add(c, fmt.Sprintf("{} is %s, a cipher suite that proxies do not have: they refuse all that comes with it", shown(c.value)), suggestion)
		}
	}
	for _, c := range n.get("tlsDefaults", "ecdhCurves").elements() {
		text, open := c.text()
		if open || text == "" || slices.Contains(curves, text) {
			continue
		}
		suggestion := "set {} to one of " + strings.Join(curves[:5], ", ")
		if near := diag.Nearest(text, curves); near != "" {
			suggestion = fmt.Sprintf("set {} to %q", near)
		}
		r.add(c, fmt.Sprintf("{} is %s, a curve that proxies do not have: they refuse all that comes with it", shown(c.value)), suggestion)
	}
}

// isCipher says whether Envoy's TLS library reads a text: a suite, by OpenSSL's
// name or the standard's, groups of them, a text that begins with an operator or
// a bracket, which is not taken apart here, or one of the suites with shared keys.
func isCipher(text string) bool {
	standard := strings.HasPrefix(text, "TLS_") && strings.Contains(text, "_WITH_")
	letter := text[0] >= 'a' && text[0] <= 'z' || text[0] >= 'A' && text[0] <= 'Z' || text[0] >= '0' && text[0] <= '9'
	if !letter || standard || strings.Contains(text, "PSK") || slices.Contains(ciphers, text) {
		return true
	}
	return !slices.ContainsFunc(strings.Split(text, "+"), func(word string) bool { return !slices.Contains(cipherGroups, word) })
}

// statWords are what istiod puts into the names of statistics (pilot,
// pkg/networking/telemetry).
var statWords = []string{"%SERVICE%", "%SERVICE_NAME%", "%SERVICE_FQDN%", "%SERVICE_PORT%", "%TARGET_PORT%", "%SERVICE_PORT_NAME%", "%SUBSET_NAME%"}

// statNames warns of words in the names of statistics that istiod does not
// replace: they stand in the name as they are.
func (r *reader) statNames(n node) {
	for _, name := range []string{"inboundClusterStatName", "outboundClusterStatName"} {
		at := n.get(name)
		text, _ := at.text()
		for _, word := range statWords {
			text = strings.ReplaceAll(text, word, "")
		}
		_, rest, _ := strings.Cut(text, "%")
		word, _, closed := strings.Cut(rest, "%")
		if !closed {
			continue
		}
		word = "%" + word + "%"
		suggestion := "use " + strings.Join(statWords, ", ") + " in {}"
		if near := diag.Nearest(word, statWords); near != "" {
			suggestion = fmt.Sprintf("write %s in {}", near)
		}
		r.warn(at, fmt.Sprintf("{} is %s, in which istiod replaces no %s: it stands in every name as it is", shown(at.value), word), suggestion)
	}
}

// imageTypes are the images of the proxy that Istio publishes.
var imageTypes = []string{"default", "debug", "distroless"}

// imageType warns of a type of image that is nearly one that Istio publishes:
// istiod puts whatever stands there behind the tag. Whoever builds images may
// have types of their own.
func (r *reader) imageType(n node) {
	text, open := n.text()
	if open || text == "" || slices.Contains(imageTypes, text) {
		return
	}
	if near := diag.Nearest(text, imageTypes); near != "" {
		r.warn(n, fmt.Sprintf("{} is %s, and Istio publishes no such image: the tag ends in -%s", shown(n.value), text), fmt.Sprintf("set {} to %q", near))
	}
}

// headerPatterns holds the headers of an external authorizer against how istiod
// reads them (pilot/pkg/security/authz/builder/extauthz.go, generateHeaders): a *
// at the beginning, or else at the end, stands for any text, and another for
// itself, which is in no header's name. Of a single * no text is left, and Envoy
// refuses the listener.
func (r *reader) headerPatterns(provider node) {
	for _, name := range []string{"includeRequestHeadersInCheck", "includeHeadersInCheck", "headersToUpstreamOnAllow", "headersToDownstreamOnDeny", "headersToDownstreamOnAllow"} {
		for _, h := range provider.get(name).elements() {
			text, open := h.text()
			rest, atStart := strings.CutPrefix(text, "*")
			if !atStart {
				rest = strings.TrimSuffix(text, "*")
			}
			switch {
			case open:
			case text == "*":
				r.add(h, `{} is "*", of which istiod makes a pattern that proxies refuse`, "name the headers in {}, or a prefix of theirs such as x-*")
			case strings.Contains(rest, "*"):
				r.warn(h, fmt.Sprintf("{} is %s, which matches no header: a * stands for any text at the beginning, or else at the end", shown(h.value)), "write {} with one *, at its end")
			}
		}
	}
}
