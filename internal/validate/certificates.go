package validate

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"reflect"
	"slices"
	"strings"

	csr "k8s.io/api/certificates/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Sources of the rules about requests for certificates: pkg/apis/certificates/
// validation/validation.go, ValidateSignerName in pkg/apis/core/validation/
// names.go, and the admission plugin CertificateSubjectRestriction, of
// Kubernetes 1.36.

var certificateLimits = map[place]limit{
	in[csr.CertificateSigningRequestSpec]("signerName"):        format(requestSigner),
	in[csr.CertificateSigningRequestSpec]("expirationSeconds"): atLeast(600),
	in[csr.CertificateSigningRequestSpec]("usages"):            {set: true},
}

var certificateEnums = map[reflect.Type][]string{
	reflect.TypeFor[csr.KeyUsage](): texts(csr.UsageSigning, csr.UsageDigitalSignature, csr.UsageContentCommitment, csr.UsageKeyEncipherment, csr.UsageKeyAgreement, csr.UsageDataEncipherment, csr.UsageCertSign, csr.UsageCRLSign, csr.UsageEncipherOnly, csr.UsageDecipherOnly, csr.UsageAny, csr.UsageServerAuth, csr.UsageClientAuth, csr.UsageCodeSigning, csr.UsageEmailProtection, csr.UsageSMIME, csr.UsageIPsecEndSystem, csr.UsageIPsecTunnel, csr.UsageIPsecUser, csr.UsageTimestamping, csr.UsageOCSPSigning, csr.UsageMicrosoftSGC, csr.UsageNetscapeSGC),
}

var certificateRules = map[reflect.Type][]rule{
	reflect.TypeFor[csr.CertificateSigningRequestSpec](): {signingRequest},
}

// signer are the names of signers.
func signer(text string) []string {
	domain, path, ok := strings.Cut(text, "/")
	labels := strings.Split(domain, ".")
	bad := func(label string) bool { return len(validation.IsDNS1123Label(label)) > 0 }
	if !ok || len(domain) > validation.DNS1123SubdomainMaxLength || len(labels) < 2 || slices.ContainsFunc(labels, bad) || len(validation.IsDNS1123Subdomain(path)) > 0 {
		return []string{"must be a signer such as example.com/ca"}
	}
	return nil
}

// requestSigner are the names of signers that a request can have. The one of
// requests from before there were signers is not among them.
func requestSigner(text string) []string {
	if text == "kubernetes.io/legacy-unknown" {
		return []string{"must be another: requests of this version have no legacy-unknown"}
	}
	return signer(text)
}

// signingRequest: what is asked for is a request in PKCS #10, signed with its
// own key.
func signingRequest(r *report, n *node) {
	r.need(n, "usages")
	at := n.get("request")
	text, err := base64.StdEncoding.DecodeString(at.text())
	if err != nil || len(text) == 0 {
		return // said already
	}
	wrong := func(what string) {
		r.add(at, codeValue, "{} "+what, "set {} to the request in PEM, in base64: openssl req -new, base64 -w 0")
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		wrong("is no PEM of a CERTIFICATE REQUEST")
		return
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		wrong(fmt.Sprintf("cannot be read: %v", err))
		return
	}
	if err := request.CheckSignature(); err != nil {
		wrong(fmt.Sprintf("is not signed with its own key: %v", err))
	}
	if n.text("signerName") == csr.KubeAPIServerClientSignerName && slices.Contains(request.Subject.Organization, "system:masters") {
		wrong("asks for the organization system:masters, which the API server gives to nobody")
	}
}
