package kube

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// playIstioCSR makes what istio-csr and cert-manager make for istiod: a root, a
// certificate for istiod's Services in the Secret istiod-tls, the root in the
// ConfigMap istio-ca-root-cert. It returns the arguments that lead istiod to the
// files that a kubelet would mount.
func (c *Cluster) playIstioCSR(t testing.TB, d appsv1.Deployment) []string {
	t.Helper()
	services, err := c.services(d)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range services {
		names = append(names, s.Name+"."+s.Namespace+".svc")
	}
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "istiod"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	rootKey, leafKey := newKey(t), newKey(t)
	rootPEM, leafPEM := sign(t, root, root, rootKey, rootKey), sign(t, leaf, root, leafKey, rootKey)
	der, err := x509.MarshalECPrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})

	ctx := context.Background()
	_, err = c.API.CoreV1().Secrets(d.Namespace).Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "istiod-tls"}, Type: corev1.SecretTypeTLS,
		Data: map[string][]byte{"tls.crt": leafPEM, "tls.key": keyPEM, "ca.crt": rootPEM},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.API.CoreV1().ConfigMaps(d.Namespace).Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "istio-ca-root-cert"}, Data: map[string]string{"root-cert.pem": string(rootPEM)},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"--caCertFile=" + c.write(t, "istio-csr/ca.crt", rootPEM),
		"--tlsCertFile=" + c.write(t, "istio-csr/tls.crt", leafPEM),
		"--tlsKeyFile=" + c.write(t, "istio-csr/tls.key", keyPEM),
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign returns a certificate for key, signed by the parent's key, as PEM.
func sign(t testing.TB, certificate, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, certificate, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
