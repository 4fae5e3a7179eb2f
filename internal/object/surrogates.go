package object

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"unicode/utf16"
)

// escapedPair matches what precedes a character in JSON, and a character beyond
// 16 bits as JSON escapes it: by two surrogates.
var escapedPair = regexp.MustCompile(`(\\*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})`)

// withoutSurrogates writes the characters that a JSON text escapes by two
// surrogates (RFC 8259, section 7) as they are: YAML has no such escapes. Other
// texts are returned unchanged.
func withoutSurrogates(data []byte) []byte {
	if !bytes.Contains(data, []byte(`\u`)) || !json.Valid(data) {
		return data
	}
	return escapedPair.ReplaceAllFunc(data, func(match []byte) []byte {
		parts := escapedPair.FindSubmatch(match)
		if len(parts[1])%2 == 1 { // the backslash is itself escaped
			return match
		}
		high, _ := strconv.ParseUint(string(parts[2]), 16, 16)
		low, _ := strconv.ParseUint(string(parts[3]), 16, 16)
		return append(bytes.Clone(parts[1]), string(utf16.DecodeRune(rune(high), rune(low)))...)
	})
}
