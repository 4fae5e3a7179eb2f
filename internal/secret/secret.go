// Package secret finds what must not be committed: private keys, tokens,
// passwords and Kubernetes Secrets in the clear, in texts and in trees of
// values. It is pure: it takes values, and says where in them something is and
// what kind of thing, never the thing itself, but for Literals, by which a
// caller keeps it out of what others print.
//
// Three kinds of evidence are weighed. Some texts can be nothing else: a PEM
// block, a token with its maker's prefix, a hash of a password (forms.go), also
// inside base64, once or twice (wrapped.go). Some fields can hold nothing else:
// what is called password and is written out is one (names.go). And a Secret of
// Kubernetes is secret whatever it holds, but for certificates and public keys
// (tree.go). What engines decrypt or fill in later, SOPS' texts, sealed secrets
// and ${PLACEHOLDERS}, is none of these. It is better to miss a password that
// looks like a word than to refuse a word: testdata holds what is found, and
// what must not be.
package secret

// Kind says how sure a finding is, and so what to say about it.
type Kind int

const (
	// Key is key material or a token: the text alone says so.
	Key Kind = iota
	// Password is a text that its field, or what stands around it, makes one.
	Password
	// Object is data of a Kubernetes Secret.
	Object
	// Encrypted is a document that SOPS has encrypted; no secret, but only an
	// engine that decrypts can apply it.
	Encrypted
	// Unset stands where a secret is to be, and says so: CHANGE_ME.
	Unset
)

// Finding is one secret in a tree or a text.
type Finding struct {
	Kind Kind

	// What names it, such as "a private key" or "a GitHub token".
	What string

	// Keys lead to it in a tree: keys of maps and indexes of lists. In a text
	// Line is its line, from 1.
	Keys []string
	Line int

	// Literals are texts that show it, for hiding them.
	Literals []string
}
