package azuresim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"software.sslmate.com/src/go-pkcs12"
)

// chainOf makes a root and a leaf for the key.
func chainOf(t *testing.T, key crypto.Signer, notAfter time.Time) (leaf, root *x509.Certificate) {
	t.Helper()
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root = certificateFor(t, rootKey, notAfter)
	tmpl := certTemplate("", notAfter.AddDate(-1, 0, 0))
	tmpl.Subject = pkix.Name{CommonName: "www.example.com", Organization: []string{"Example, Inc."}, Country: []string{"CA"}}
	tmpl.NotBefore, tmpl.NotAfter, tmpl.DNSNames = notAfter.AddDate(-1, 0, 0), notAfter, []string{"www.example.com"}
	tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, root, key.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	if leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return leaf, root
}

func pemOf(t *testing.T, key crypto.Signer, certs ...*x509.Certificate) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemBlocks("PRIVATE KEY", der) + certBlocks(certs...)
}

func pemBlocks(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func certBlocks(certs ...*x509.Certificate) string {
	var b strings.Builder
	for _, c := range certs {
		b.WriteString(pemBlocks("CERTIFICATE", c.Raw))
	}
	return b.String()
}

func importPEM(value string) azcertificates.ImportCertificateParameters {
	return azcertificates.ImportCertificateParameters{
		Base64EncodedCertificate: &value,
		CertificatePolicy:        &azcertificates.CertificatePolicy{SecretProperties: &azcertificates.SecretProperties{ContentType: ptr(typePEM)}},
	}
}

func TestImportCertificatesThroughMicrosoftsClient(t *testing.T) {
	r := startRig(t, nil)
	vault := r.openVault(t, VaultSpec{Name: "kv-import"})
	c, s := r.certificates(t, vault, r.credential(t)), r.secrets(t, vault, r.credential(t))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		key    crypto.Signer
		pfx    bool
		kty    azcertificates.KeyType
		secret string
	}{
		"pem-rsa": {rsaKey, false, azcertificates.KeyTypeRSA, typePEM},
		"pem-ec":  {ecKey, false, azcertificates.KeyTypeEC, typePEM},
		"pfx-rsa": {rsaKey, true, azcertificates.KeyTypeRSA, typePFX},
		"pfx-ec":  {ecKey, true, azcertificates.KeyTypeEC, typePFX},
	} {
		t.Run(name, func(t *testing.T) {
			leaf, root := chainOf(t, tc.key, r.clock.Now().AddDate(0, 6, 0))
			// The chain stands the wrong way round: the leaf is found by its key.
			p := importPEM(pemOf(t, tc.key, root, leaf))
			if tc.pfx {
				raw, err := pkcs12.Modern2023.Encode(tc.key, leaf, []*x509.Certificate{root}, "pass")
				if err != nil {
					t.Fatal(err)
				}
				p = azcertificates.ImportCertificateParameters{Base64EncodedCertificate: ptr(base64.StdEncoding.EncodeToString(raw)), Password: ptr("pass")}
			}
			p.Tags = map[string]*string{"a": ptr("b")}
			got, err := c.ImportCertificate(t.Context(), name, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha1.Sum(leaf.Raw)
			if !bytes.Equal(got.CER, leaf.Raw) || !bytes.Equal(got.X509Thumbprint, sum[:]) || !got.Attributes.Expires.Equal(leaf.NotAfter) || *got.Tags["a"] != "b" {
				t.Errorf("bundle %+v", got.Certificate)
			}
			if got.ID.Version() != got.KID.Version() || got.ID.Version() != got.SID.Version() {
				t.Errorf("ids differ: %s %s %s", *got.ID, *got.KID, *got.SID)
			}
			x := got.Policy.X509CertificateProperties
			if *x.Subject != `CN=www.example.com, O="Example, Inc.", C=CA` || *x.ValidityInMonths != 12 || *x.SubjectAlternativeNames.DNSNames[0] != "www.example.com" ||
				*x.EnhancedKeyUsage[0] != "1.3.6.1.5.5.7.3.1" || *got.Policy.KeyProperties.KeyType != tc.kty || *got.Policy.IssuerParameters.Name != "Unknown" {
				t.Errorf("policy %+v %+v", got.Policy, *x.Subject)
			}
			checkManagedSecret(t, s, name, tc.secret, tc.key, leaf, root)
		})
	}
}

// checkManagedSecret opens what the vault gives back and compares it with what went in.
func checkManagedSecret(t *testing.T, s *azsecrets.Client, name, contentType string, key crypto.Signer, leaf, root *x509.Certificate) {
	t.Helper()
	secret, err := s.GetSecret(t.Context(), name, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if !*secret.Managed || *secret.ContentType != contentType || secret.KID == nil {
		t.Errorf("secret %+v", secret.Secret)
	}
	if contentType == typePEM {
		if want := pemOf(t, key, leaf, root); *secret.Value != want {
			t.Errorf("secret value\n%s\nwant\n%s", *secret.Value, want)
		}
		return
	}
	raw, err := base64.StdEncoding.DecodeString(*secret.Value)
	if err != nil {
		t.Fatal(err)
	}
	gotKey, gotLeaf, chain, err := pkcs12.DecodeChain(raw, "")
	if err != nil || !gotLeaf.Equal(leaf) || len(chain) != 1 || !chain[0].Equal(root) {
		t.Fatalf("PFX holds %v %v: %v", gotLeaf, chain, err)
	}
	if k, ok := key.(interface{ Equal(crypto.PrivateKey) bool }); !ok || !k.Equal(gotKey) {
		t.Error("PFX holds another key")
	}
	_, err = s.SetSecret(t.Context(), name, azsecrets.SetSecretParameters{Value: ptr("x")}, nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "", "managed by a certificate")
}

func TestImportRefusals(t *testing.T) {
	r := startRig(t, nil)
	vault := r.openVault(t, VaultSpec{Name: "kv-bad"})
	c := r.certificates(t, vault, r.credential(t))
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	leaf, _ := chainOf(t, key, r.clock.Now().AddDate(0, 6, 0))
	old, _ := chainOf(t, key, r.clock.Now().Add(-time.Hour))
	good := pemOf(t, key, leaf)
	pfx, err := pkcs12.Modern2023.Encode(key, leaf, nil, "pass")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.AddSecret("kv-bad", ObjectSpec{Name: "taken"}, "v", ""); err != nil {
		t.Fatal(err)
	}
	noType := azcertificates.ImportCertificateParameters{Base64EncodedCertificate: &good}
	for _, tc := range []struct {
		reason, name  string
		p             azcertificates.ImportCertificateParameters
		status        int
		code, message string
	}{
		{"CRLF", "c", importPEM(strings.ReplaceAll(good, "\n", "\r\n")), 400, "BadParameter", "The specified PEM X.509 certificate content is in an unexpected format."},
		{"PEM without a content type", "c", noType, 400, "BadParameter", "in an unexpected format"},
		{"a PKCS#1 key", "c", importPEM(pemBlocks("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)) + certBlocks(leaf)), 400, "BadParameter", "in an unexpected format"},
		{"no key", "c", importPEM(certBlocks(leaf)), 400, "BadParameter", "content can not be read"},
		{"no certificate", "c", importPEM(pemOf(t, key)), 400, "BadParameter", "content can not be read"},
		{"garbage", "c", importPEM("garbage!"), 400, "BadParameter", "content can not be read"},
		{"a key of another certificate", "c", importPEM(pemOf(t, other, leaf)), 400, "BadParameter", "does not match the private key"},
		{"an expired certificate", "c", importPEM(pemOf(t, key, old)), 400, "BadParameter", "has expired"},
		{"a wrong PFX password", "c", azcertificates.ImportCertificateParameters{Base64EncodedCertificate: ptr(base64.StdEncoding.EncodeToString(pfx)), Password: ptr("no")}, 400, "BadParameter", "The specified PKCS#12 X.509 certificate content can not be read."},
		{"a bad name", "test!", importPEM(good), 400, "BadParameter", "The request URI contains an invalid name: test!"},
		{"a secret has the name", "taken", importPEM(good), 409, "Conflict", "is not managed by a certificate"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, err := c.ImportCertificate(t.Context(), tc.name, tc.p, nil)
			wantError(t, err, tc.status, tc.code, "", tc.message)
		})
	}
	if _, err := c.ImportCertificate(t.Context(), "base64", importPEM(base64.StdEncoding.EncodeToString([]byte(good))), nil); err != nil {
		t.Errorf("PEM in base64: %v", err)
	}
	if _, err := c.ImportCertificate(t.Context(), "base64", noType, nil); err != nil {
		t.Errorf("the stored policy says PEM: %v", err)
	}
}

func TestCertificateLifeThroughMicrosoftsClient(t *testing.T) {
	r := startRig(t, nil)
	vault := r.openVault(t, VaultSpec{Name: "kv-cert"})
	c, s, k := r.certificates(t, vault, r.credential(t)), r.secrets(t, vault, r.credential(t)), r.keys(t, vault, r.credential(t))
	ctx := t.Context()
	soon := r.clock.Now().Add(72 * time.Hour)
	for range 2 {
		if _, err := r.AddCertificate("kv-cert", ObjectSpec{Name: "web", Expires: soon}, pkix.Name{CommonName: "web.example"}, "web.example"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.AddPendingCertificate("kv-cert", "waiting"); err != nil {
		t.Fatal(err)
	}
	for pending, want := range map[bool]int{false: 1, true: 2} {
		page, err := c.NewListCertificatePropertiesPager(&azcertificates.ListCertificatePropertiesOptions{IncludePending: &pending}).NextPage(ctx)
		if err != nil || len(page.Value) != want {
			t.Errorf("includePending=%v: %+v, %v", pending, page.Value, err)
		}
	}
	page, err := c.NewListCertificatePropertiesVersionsPager("web", nil).NextPage(ctx)
	if err != nil || len(page.Value) != 2 || page.Value[0].X509Thumbprint == nil {
		t.Fatalf("versions: %+v, %v", page.Value, err)
	}
	got, err := c.GetCertificate(ctx, "web", page.Value[0].ID.Version(), nil)
	if err != nil || !got.Attributes.Expires.Equal(soon) {
		t.Fatalf("get: %+v, %v", got, err)
	}
	up, err := c.UpdateCertificate(ctx, "web", "", azcertificates.UpdateCertificateParameters{
		CertificateAttributes: &azcertificates.CertificateAttributes{Enabled: ptr(false), Expires: ptr(soon.AddDate(1, 0, 0))}, Tags: map[string]*string{"x": ptr("y")},
	}, nil)
	if err != nil || *up.Attributes.Enabled || *up.Tags["x"] != "y" || !up.Attributes.Expires.Equal(soon) {
		t.Errorf("update: %+v, %v", up.Certificate, err)
	}
	_, err = s.GetSecret(ctx, "web", "", nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "SecretDisabled", "not allowed on a disabled secret")
	if p, err := c.GetCertificatePolicy(ctx, "web", nil); err != nil || *p.IssuerParameters.Name != "Self" {
		t.Errorf("policy: %+v, %v", p, err)
	}
	if p, err := c.GetCertificateOperation(ctx, "waiting", nil); err != nil || *p.Status != "inProgress" {
		t.Errorf("operation: %+v, %v", p, err)
	}
	_, err = c.GetCertificateOperation(ctx, "web", nil)
	wantError(t, err, http.StatusNotFound, "PendingCertificateNotFound", "", "web")
	_, err = c.GetCertificate(ctx, "nothing", "", nil)
	wantError(t, err, http.StatusNotFound, "CertificateNotFound", "", "A certificate with (name/id) nothing was not found in this key vault.")
	_, err = k.DeleteKey(ctx, "web", nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "", "managed by a certificate")

	if _, err := c.DeleteCertificate(ctx, "web", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := k.GetKey(ctx, "web", "", nil); err == nil {
		t.Error("the key outlived its certificate")
	}
	_, err = c.ImportCertificate(ctx, "web", importPEM("x"), nil)
	wantError(t, err, http.StatusConflict, "Conflict", "ObjectIsDeletedButRecoverable", "Certificate web is currently in a deleted but recoverable state")
	deleted, err := c.NewListDeletedCertificatePropertiesPager(nil).NextPage(ctx)
	if err != nil || len(deleted.Value) != 1 || *deleted.Value[0].Attributes.RecoverableDays != 90 {
		t.Errorf("deleted: %+v, %v", deleted.Value, err)
	}
	if _, err := c.RecoverDeletedCertificate(ctx, "web", nil); err != nil {
		t.Fatal(err)
	}
	if got, err := k.GetKey(ctx, "web", "", nil); err != nil || !*got.Managed {
		t.Errorf("the key came back with its certificate: %+v, %v", got, err)
	}
	if _, err := c.DeleteCertificate(ctx, "web", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetDeletedCertificate(ctx, "web", nil); err != nil {
		t.Error(err)
	}
	if _, err := c.PurgeDeletedCertificate(ctx, "web", nil); err != nil {
		t.Fatal(err)
	}
	_, err = s.GetDeletedSecret(ctx, "web", nil)
	wantError(t, err, http.StatusNotFound, "SecretNotFound", "", "Deleted Secret not found: web")
	_, err = c.CreateCertificate(ctx, "web", azcertificates.CreateCertificateParameters{}, nil)
	wantError(t, err, http.StatusNotImplemented, "NotSimulated", "", "POST /certificates/web/create")
}
