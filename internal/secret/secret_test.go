package secret_test

import (
	"compress/gzip"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meshgen/meshgen/internal/object"
	"github.com/meshgen/meshgen/internal/secret"
)

// encode is base64, as a Secret's data has it.
func encode(parts ...string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Join(parts, "")))
}

// gzipped is what gzip makes of a text.
func gzipped(text string) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// block is a PEM block that holds nothing.
func block(label string) string {
	line := strings.Repeat("MIIEvQIBADANBgkq", 4) + "\n"
	return "-----BEGIN " + label + "-----\n" + strings.Repeat(line, 3) + "-----END " + label + "-----\n"
}

// der is a DER sequence of a beginning and nothing after it.
func der(begin ...byte) string {
	body := append(begin, make([]byte, 60)...)
	return base64.StdEncoding.EncodeToString(append([]byte{0x30, byte(len(body))}, body...))
}

// random looks like a key; texts are put together here so that no file of the
// repository holds what other tools would take for a secret.
const random = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

var (
	key = block("PRIVATE" + " KEY")
	jwt = "ey" + "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV"
)

// TestFound holds every form to its word: it is found, and named.
func TestFound(t *testing.T) {
	for _, c := range []struct{ name, text, what string }{
		{"pkcs8", key, "a private key"},
		{"rsa", block("RSA PRIVATE" + " KEY"), "a private key"},
		{"ec", block("EC PRIVATE" + " KEY"), "a private key"},
		{"dsa", block("DSA PRIVATE" + " KEY"), "a private key"},
		{"encrypted", block("ENCRYPTED PRIVATE" + " KEY"), "a private key"},
		{"old encrypted", strings.Replace(block("RSA PRIVATE"+" KEY"), "\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1), "a private key"},
		{"openssh", block("OPENSSH PRIVATE" + " KEY"), "a private key"},
		{"pgp", block("PGP PRIVATE" + " KEY BLOCK"), "a private key"},
		{"one line", strings.ReplaceAll(key, "\n", `\n`), "a private key"},
		{"indented", "a:\n" + strings.ReplaceAll(key, "\n", "\n\t\t"), "a private key"},
		{"beside a certificate", block("CERTIFICATE") + key, "a private key"},
		{"base64", encode(key), "a private key, in base64"},
		{"base64 twice", encode(encode(key)), "a private key, in base64, in base64"},
		{"base64 in lines", encode(key)[:76] + "\n" + encode(key)[76:], "a private key, in base64"},
		{"putty", "PuTTY-User-Key-File" + "-3: ssh-ed25519", "a private key"},
		{"age", "AGE-SECRET" + "-KEY-1" + strings.Repeat("Q", 58), "an age key"},
		{"pkcs12", der(2, 1, 3, 0x30, 0x80), "a PKCS#12 store, in base64"},
		{"pkcs8 der", der(2, 1, 0, 0x30, 5), "a private key, in base64"},
		{"pkcs1 der", der(2, 1, 0, 2, 8), "a private key, in base64"},
		{"sec1 der", der(2, 1, 1, 4, 32), "a private key, in base64"},
		{"encrypted der", der(0x30, 30, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13), "an encrypted private key, in base64"},
		{"jks", encode("\xfe\xed\xfe\xed", strings.Repeat("\x00", 40)), "a Java key store, in base64"},
		{"jwk", `{"keys":[{"kty":"RSA","n":"abc","e":"AQAB","d":"` + strings.Repeat(random, 2) + `"}]}`, "a private JSON Web Key"},
		{"jwt", jwt, "a JSON Web Token"},
		{"jwt in base64", encode("token: ", jwt), "a JSON Web Token, in base64"},
		{"in braces", "users: [{name: a, user: {token: " + random + "}}]", "a text in the field token"},
		{"in braces, the second", "{username: a, password: x1y2z3}", "a text in the field password"},
		{"gzip", encode(gzipped(key)), "a private key, in gzip, in base64"},
		{"gzip of base64", encode(gzipped(encode(key))), "a private key, in base64, in gzip, in base64"},
		{"gzip of der", encode(gzipped("\xfe\xed\xfe\xed" + strings.Repeat("\x00", 40))), "a Java key store, in gzip, in base64"},
		{"gzip that is cut off", encode(strings.TrimSuffix(gzipped(key), gzipped(key)[len(gzipped(key))-8:])), "a private key, in gzip, in base64"},
		{"pgpass", "# the shop's\ndb.example.com:5432:shop:app:" + "s3cretPassw0rd\n", "a password of a .pgpass"},
		{"pgpass for all", "*:*:*:app:" + "s3cretPassw0rd", "a password of a .pgpass"},
		{"netrc", "machine example.com login a " + "password x1y2z3", "a password of a .netrc"},
		{"netrc in lines", "machine example.com\n  login a\n  " + "password x1y2z3\n", "a password of a .netrc"},
		{"kubeadm", "kubeadm join 192.0.2.1:6443 --token abcdef." + "0123456789abcdef --discovery-token-unsafe-skip-ca-verification", "a bootstrap token"},
		{"aws", "AKIA" + "IOSFODNN7EXAMPLE", "an AWS access key"},
		{"aws credentials", "[default]\naws_secret_access_key = wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCYEXAMPLEKEY\n", "a text in the field aws_secret_access_key"},
		{"service account", `{"type": "service_account", "private_key": "` + strings.ReplaceAll(key, "\n", `\n`) + `"}`, "a private key"},
		{"google", "AIza" + random[:35], "a Google API key"},
		{"azure storage", "AccountName=x;AccountKey=" + strings.Repeat(random, 2) + "==;EndpointSuffix=core.windows.net", "an Azure key"},
		{"azure client", "abc8Q~" + random[:34], "an Azure client secret"},
		{"github", "gh" + "p_" + random, "a GitHub token"},
		{"github fine", "github" + "_pat_" + random, "a GitHub token"},
		{"gitlab", "glpat" + "-" + random[:20], "a GitLab token"},
		{"slack", "xox" + "b-123456789012-" + random, "a Slack token"},
		{"slack hook", "https://hooks.slack.com" + "/services/T00000000/B00000000/" + random[:24], "a Slack token"},
		{"stripe", "sk" + "_live_" + random[:24], "a Stripe key"},
		{"npm", "npm" + "_" + random, "an npm token"},
		{"vault", "hvs" + "." + random, "a Vault token"},
		{"k3s", "K10" + strings.Repeat("ab", 32) + "::server:x", "a K3s token"},
		{"kubeconfig", "users:\n- name: a\n  user:\n    client-key-data: " + encode(key), "a client's key of a kubeconfig"},
		{"kubeconfig token", "users:\n- name: a\n  user:\n    token: 31ada4fd-adec-460c-809a-9e56ceb75269\n", "a text in the field token"},
		{"registry", `{"auths":{"r.io":{"auth":"` + encode("user:pw123") + `"}}}`, "credentials of a registry"},
		{"registry plainly", `{"auths":{"r.io":{"username":"u","password":"pw123"}}}`, "a text in the field password"},
		{"address", "postgres://app:s3cr3t@db.shop:5432/app", "a password in an address"},
		{"address without user", "redis://:hunter2@redis:6379", "a password in an address"},
		{"address without scheme", "app:s3cr3t@registry.example.com:5000/team/app:1.2", "a password in an address"},
		{"argument", "--db-password=hunter2", "a password in an argument"},
		{"argument in quotes", `sh -c 'PGPASSWORD="hunter2 x" psql'`, "a password in an argument"},
		{"literal", "kubectl create secret generic a --from-literal=password=hunter2", "a password in an argument"},
		{"mysql", "mysql -uroot -phunter2 -e 'select 1'", "a password in a command"},
		{"mysql behind others", "kubectl exec -it db-0 -- /usr/bin/mysqladmin -u root -p'hunter2' ping", "a password in a command"},
		{"curl", "set -e\ncurl -sfu admin:hunter2 https://a.example.com/", "a password in a command"},
		{"curl, another way", `until curl --user "admin:hunter2" http://a; do sleep 1; done`, "a password in a command"},
		{"redis", "redis-cli -h redis -a hunter2 ping | grep PONG", "a password in a command"},
		{"sshpass", "sshpass -p hunter2 ssh a@b", "a password in a command"},
		{"docker", "docker login -u a -p hunter2 registry.example.com", "a password in a command"},
		{"kubectl", "kubectl --username a --password hunter2 get pods", "a password in a command"},
		{"openssl", "openssl pkcs12 -in a.p12 -passin pass:hunter2", "a password in a command"},
		{"chpasswd", `echo "root:hunter2" | chpasswd`, "a password in a command"},
		{"htpasswd", "htpasswd -Bbn admin hunter2 > /etc/users", "a password in a command"},
		{"rabbitmq", "rabbitmqctl add_user app hunter2", "a password in a command"},
		{"continued", "mysqldump \\\n  -h db \\\n  -phunter2 shop", "a password in a command"},
		{"xml", "<settings><server><password>hunter2</password></server></settings>", "a password in XML"},
		{"xml attribute", `<connection user="a" password="hunter2"/>`, "a password in an argument"},
		{"header", `curl -H "X-Api-Key: ` + random + `" https://a.example.com`, "a key in a header"},
		{"hugging face", "hf" + "_" + strings.ReplaceAll(random, "1", "x"), "a Hugging Face token"},
		{"tailscale", "tskey-auth" + "-kAbCdEf1CNTRL-" + random, "a Tailscale key"},
		{"ldap", "binddn cn=a\nbindpw: hunter2\n", "a text in the field bindpw"},
		{"bcrypt", "admin:$2y" + "$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "a hashed password"},
		{"htpasswd", "bob:$apr1" + "$abcdefgh$Zq3vN1Ee0Lk5hO2Vxs1DU0", "a hashed password"},
		{"basic", "Basic " + encode("user:passw0rd"), "credentials in a header"},
		{"bearer", "Bearer abcdef0123456789abcdef0123456789", "a token in a header"},
		{"properties", "db.url=x\ndb.password=hunter2\n", "a password in an argument"},
		{"json", `{"a": 1, "clientSecret": "hunter2"}`, "a text in the field clientSecret"},
		{"yaml", "a: 1\nclientSecret: hunter2\n", "a text in the field clientSecret"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, ok := secret.InText(c.text)
			if !ok || found.What != c.what {
				t.Fatalf("InText gives %t, %q; want %q", ok, found.What, c.what)
			}
			hidden := secret.Hide("before "+c.text+" after", found.Literals)
			for _, literal := range found.Literals {
				if strings.Contains(hidden, literal) {
					t.Errorf("Hide shows %q in %q", literal, hidden)
				}
			}
			if !strings.HasPrefix(hidden, "before ") {
				t.Errorf("Hide took more than the secret: %q", hidden)
			}
		})
	}
}

// TestAllowed holds testdata/allowed.yaml: texts and objects that people write
// and that hold no secret.
func TestAllowed(t *testing.T) {
	text, err := os.ReadFile("testdata/allowed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := object.Documents(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) < 10 {
		t.Fatalf("only %d documents", len(docs))
	}
	for _, doc := range docs {
		for _, found := range secret.InTree(doc.Value) {
			line, _ := doc.Place(found.Keys...)
			t.Errorf("line %d: %s is found: %s", line, strings.Join(found.Keys, "."), found.What)
		}
	}
}

// TestInTree holds what names and kinds say.
func TestInTree(t *testing.T) {
	type finding struct {
		Kind       secret.Kind
		What, Keys string
	}
	for _, c := range []struct {
		name, text string
		want       []finding
	}{
		{"environment", "env: [{name: DB_PASSWORD, value: hunter2}, {name: A, value: b}]", []finding{{secret.Password, "a text in the field DB_PASSWORD", "env.0.value"}}},
		{"field", "{grafana: {adminPassword: hunter2}}", []finding{{secret.Password, "a text in the field adminPassword", "grafana.adminPassword"}}},
		{"pgpass of another port", "{data: {.pgpass: 'db:6432:app:app:" + "s3cretPassw0rd'}}", []finding{{secret.Password, "a password of a .pgpass", "data..pgpass"}}},
		{"packed", "{apiVersion: v1, kind: ConfigMap, binaryData: {a: " + encode(gzipped(key)) + "}}", []finding{{secret.Key, "a private key, in gzip, in base64", "binaryData.a"}}},
		{"change me", "{a: {password: CHANGE_ME}, b: [{name: DB_PASSWORD, value: changeme}], c: {args: [--password, YOUR_PASSWORD]}}", []finding{
			{secret.Unset, `the text "CHANGE_ME" in place of a secret`, "a.password"}, {secret.Unset, `the text "changeme" in place of a secret`, "b.0.value"},
			{secret.Unset, `the text "YOUR_PASSWORD" in place of a secret`, "c.args.1"},
		}},
		{"signing key", "{signing_key: CHANGEME00000000}", []finding{{secret.Unset, `the text "CHANGEME00000000" in place of a secret`, "signing_key"}}},
		{"secret to be", "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {password: replace-me, user: a}, data: {b: " + encode("changeme") + "}}", []finding{
			{secret.Unset, "data of a Secret, b, with a text in place of a secret", "data.b"}, {secret.Unset, "data of a Secret, password, with a text in place of a secret", "stringData.password"},
			{secret.Object, "data of a Secret, user", "stringData.user"},
		}},
		{"words of a command", "{command: [mysql, -uroot], args: [-phunter2, shop], x: [curl, -u, 'a:hunter2', http://a]}", []finding{{secret.Password, "a password in a command", "args.0"}, {secret.Password, "a password in a command", "x.2"}}},
		{"token", "{api: {token: " + random + "}}", []finding{{secret.Password, "a text in the field token", "api.token"}}},
		{"patch", "[{op: add, path: /spec/clientSecret, value: hunter2}]", []finding{{secret.Password, "a text in the field clientSecret", "0.value"}}},
		{"secret", "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {tls.crt: " + encode(block("CERTIFICATE")) + ", tls.key: " + encode(key) + "}, stringData: {user: admin}}", []finding{
			{secret.Object, "data of a Secret, tls.key", "data.tls.key"}, {secret.Object, "data of a Secret, user", "stringData.user"},
		}},
		{"encrypted", "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {user: 'ENC[AES256_GCM,data:x,type:str]', open: admin}, sops: {mac: 'ENC[x]', age: []}}", []finding{
			{secret.Encrypted, "encrypted by SOPS", ""}, {secret.Object, "data of a Secret, open", "stringData.open"},
		}},
		{"key in a sealed secret", "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, spec: {template: {data: {a: " + encode(key) + "}}}}", []finding{{secret.Key, "a private key, in base64", "spec.template.data.a"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, err := object.Documents([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []finding
			for _, f := range secret.InTree(docs[0].Value) {
				got = append(got, finding{f.Kind, f.What, strings.Join(f.Keys, ".")})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
