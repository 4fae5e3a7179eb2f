package check

import "github.com/meshgen/meshgen/internal/diag"

// secretPages are the pages about what must not be committed: MG5070 to MG5073.
// Package render gives the diagnostics, by what package secret finds.
func secretPages() []Doc {
	const config = `manifests: app: objects: [{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "app", namespace: "istio-system"}, data: `
	return []Doc{
		{
			Code: "MG5070", Since: "0.2.0", Severity: diag.Error,
			Title:  "A key or a token stands in the clear",
			Text:   "Private keys, stores of keys, tokens and access keys are known by their form, also inside base64 and gzip. The repository is committed, and whoever reads it has the key. Certificates, public keys and placeholders are fine. Nothing that meshgen prints shows what it found.\nTake it out and replace it where it is in use. Refer to a Secret that is made in the cluster, or let the engine fill in a placeholder.",
			Before: config + `aws: "AKIA" + "IOSFODNN7EXAMPLE"}]`,
			After:  config + `aws: "see the Secret aws"}]`,
		},
		{
			Code: "MG5071", Since: "0.2.0", Severity: diag.Error,
			Title:  "A Secret's data stand in the clear",
			Text:   "base64 hides nothing. A Secret may hold certificates, public keys and placeholders; anything else is refused unless SOPS has encrypted it.\nEncrypt the object with SOPS or as a SealedSecret, or have it made in the cluster, by External Secrets or cert-manager.",
			Before: `manifests: db: objects: [{apiVersion: "v1", kind: "Secret", metadata: {name: "db", namespace: "istio-system"}, stringData: user: "shop"}]`,
			After:  `manifests: db: objects: [{apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", metadata: {name: "db", namespace: "istio-system"}, spec: encryptedData: user: "AgBy3i4OJSWK"}]`,
		},
		{
			Code: "MG5072", Since: "0.2.0", Severity: diag.Error, Also: diag.Warning,
			Title:  "A password stands in the clear",
			Text:   "What a field's name, an address, a hash, an option of a command (mysql -pX, curl -u user:X) or a line of a .netrc or .pgpass says to be a password is written out. Names of Secrets, files and placeholders are fine. A warning where a text such as CHANGE_ME stands in its place.\nRefer to a Secret of the cluster, or write a placeholder of gitops.substitute.",
			Before: `controlPlane: env: DB_PASSWORD: "hunter2"`,
			After:  `controlPlane: env: DB_PASSWORD_FILE: "/etc/db/password"`,
		},
		{
			Code: "MG5073", Since: "0.2.0", Severity: diag.Error,
			Title:  "Nothing decrypts an object that SOPS has encrypted",
			Text:   "Flux decrypts where its Kustomization says with which key; otherwise the object is applied as it stands, and the API server refuses the field sops.\nSet gitops.decryption.secret.",
			Before: `manifests: db: objects: [{apiVersion: "v1", kind: "Secret", metadata: {name: "db", namespace: "istio-system"}, stringData: user: "ENC[AES256_GCM,data:x,type:str]", sops: mac: "ENC[AES256_GCM,data:y,type:str]"}]`,
			After:  "gitops: {engine: \"flux\", source: \"fleet\", decryption: secret: \"sops-age\"}\n" + `manifests: db: objects: [{apiVersion: "v1", kind: "Secret", metadata: {name: "db", namespace: "istio-system"}, stringData: user: "ENC[AES256_GCM,data:x,type:str]", sops: mac: "ENC[AES256_GCM,data:y,type:str]"}]`,
		},
	}
}
