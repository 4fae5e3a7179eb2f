package secret

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

// wraps is how often a text may be in base64: a Secret's data is, and what
// people put into it may be too.
const wraps = 2

// least is the shortest base64 that is looked into: shorter ones hold nothing
// that could be told from chance.
const least = 20

// InText returns the first secret of a text: in the open, in the assignments of
// a configuration file, in what commands are given, or in base64.
func InText(text string) (Finding, bool) { return inText(text, wraps, false) }

// KeyIn returns the first key material or token of a text, whatever the text
// is: a file with comments, in a language of its own.
func KeyIn(text string) (Finding, bool) { return inText(text, wraps, true) }

func inText(text string, depth int, keys bool) (Finding, bool) {
	if found, ok := plainly(text, keys); ok {
		return found, true
	}
	if found, ok := assigned(text); ok && !keys {
		return found, true
	}
	if !keys {
		if found, ok := commanded(text); ok {
			return found, true
		}
	}
	if depth == 0 {
		return Finding{}, false
	}
	for at, run := range runs(text) {
		plain, ok := decode(run)
		if !ok {
			continue
		}
		plain, packed := unpacked(plain)
		found, ok := keyBytes(plain)
		if !ok && printable(plain) {
			found, ok = inText(string(plain), depth-1, keys)
		}
		if ok {
			found.What += packed + ", in base64"
			found.Line = 1 + strings.Count(text[:at], "\n")
			found.Literals = append(found.Literals, run)
			return found, true
		}
	}
	return Finding{}, false
}

// runs yields the parts of a text that may be base64, and where they begin. A
// text that is nothing else may be in lines.
func runs(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if joined := strings.Join(strings.Fields(text), ""); len(joined) != len(text) && !strings.ContainsFunc(joined, func(r rune) bool { return r > 0x7f || !isBase64(byte(r)) }) {
			if !yield(0, joined) {
				return
			}
		}
		for i := 0; i < len(text); i++ {
			start := i
			for i < len(text) && isBase64(text[i]) {
				i++
			}
			if i-start >= least && !yield(start, text[start:i]) {
				return
			}
		}
	}
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_' || c == '='
}

// decode decodes base64 of either alphabet, with or without padding.
func decode(run string) ([]byte, bool) {
	run = strings.TrimRight(run, "=")
	if strings.ContainsAny(run, "=") {
		return nil, false
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(run, "-_") {
		encoding = base64.RawURLEncoding
	}
	plain, err := encoding.DecodeString(run)
	return plain, err == nil
}

// most is how much of what gzip has packed is looked at.
const most = 1 << 20

// unpacked returns what gzip has packed, as far as it can be read, and says so for
// a sentence; else the bytes themselves.
func unpacked(b []byte) (plain []byte, how string) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return b, ""
	}
	plain, _ = io.ReadAll(io.LimitReader(r, most)) // what is cut off may hold it before the end
	return plain, ", in gzip"
}

// printable says whether bytes are a text.
func printable(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	return !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' })
}

// keyBytes says whether bytes are a key or a store of keys: Java's by its magic
// number, and DER by how the structures begin (RFC 7292, 5208, 8017, 5915).
func keyBytes(b []byte) (Finding, bool) {
	found := func(what string) (Finding, bool) { return Finding{Kind: Key, What: what}, true }
	switch {
	case bytes.HasPrefix(b, []byte{0xfe, 0xed, 0xfe, 0xed}) || bytes.HasPrefix(b, []byte{0xce, 0xce, 0xce, 0xce}):
		return found("a Java key store")
	case bytes.HasPrefix(b, []byte("openssh-key-v1\x00")):
		return found("a private key")
	}
	body, ok := sequence(b)
	if !ok {
		return Finding{}, false
	}
	switch {
	case bytes.HasPrefix(body, []byte{2, 1, 3, 0x30}): // PFX, version 3
		return found("a PKCS#12 store")
	case bytes.HasPrefix(body, []byte{2, 1, 0, 0x30}), bytes.HasPrefix(body, []byte{2, 1, 1, 0x30}): // PrivateKeyInfo
		return found("a private key")
	case bytes.HasPrefix(body, []byte{2, 1, 0, 2}): // RSAPrivateKey
		return found("a private key")
	case bytes.HasPrefix(body, []byte{2, 1, 1, 4}): // ECPrivateKey
		return found("a private key")
	}
	// EncryptedPrivateKeyInfo: an algorithm of PKCS#5 or PKCS#12, then a string.
	if algorithm, ok := innerSequence(body); ok && len(algorithm) > 10 &&
		(bytes.Contains(algorithm[:11], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5}) || bytes.Contains(algorithm[:11], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1})) {
		return found("an encrypted private key")
	}
	return Finding{}, false
}

// sequence returns what is in a DER sequence that fills the bytes.
func sequence(b []byte) ([]byte, bool) {
	body, ok := innerSequence(b)
	return body, ok && len(b) > 24
}

func innerSequence(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != 0x30 {
		return nil, false
	}
	n, head := int(b[1]), 2
	if n >= 0x80 {
		count := n & 0x7f
		if count > 3 || len(b) < 2+count {
			return nil, false
		}
		if count == 0 { // of indefinite length, as some stores are
			return b[2:], true
		}
		n, head = 0, 2+count
		for _, c := range b[2:head] {
			n = n<<8 | int(c)
		}
	}
	if len(b) < head+n {
		return nil, false
	}
	return b[head : head+n], true
}
