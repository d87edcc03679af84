package keyvault

import (
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

const goodPass = "canary passphrase, right"

func TestImportForms(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	p := newPair(t, "import.test", 24*time.Hour)
	sec1, err := x509.MarshalECPrivateKey(p.private)
	must(t, err)
	rsa := openssl(t, "", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
	rsaCert := selfSign(t, rsa)
	other := newPair(t, "other.test", 24*time.Hour)
	pfx := func(args ...string) string {
		return base64.StdEncoding.EncodeToString(makePFX(t, p, goodPass, args...))
	}
	for _, tc := range []struct {
		reason string
		input  in
	}{
		{"PKCS#8", in{"privateKey": p.key, "certificate": p.cert}},
		{"SEC1", in{"privateKey": toPEM("EC PRIVATE KEY", sec1), "certificate": p.cert}},
		{"PKCS#1", in{"privateKey": openssl(t, rsa, "rsa", "-traditional"), "certificate": rsaCert}},
		{"encrypted PKCS#8", in{"privateKey": encryptKey(t, p.key, goodPass), "certificate": p.cert, "passphrase": goodPass}},
		{"scrypt", in{"privateKey": encryptKey(t, p.key, goodPass, "-scrypt", "-scrypt_N", "16"), "certificate": p.cert, "passphrase": goodPass}},
		{"old encrypted PEM", in{"privateKey": openssl(t, rsa, "rsa", "-traditional", "-aes128", "-passout", "pass:"+goodPass), "certificate": rsaCert, "passphrase": goodPass}},
		{"CRLF", in{"privateKey": strings.ReplaceAll(p.key, "\n", "\r\n"), "certificate": strings.ReplaceAll(p.cert, "\n", "\r\n")}},
		{"line ends written out", in{"privateKey": strings.ReplaceAll(p.key, "\n", `\n`), "certificate": strings.ReplaceAll(p.cert, "\n", `\n`)}},
		{"all in one line", in{"privateKey": strings.ReplaceAll(strings.TrimSpace(p.key), "\n", " "), "certificate": strings.ReplaceAll(strings.TrimSpace(p.cert), "\n", " ")}},
		{"another certificate before the right one", in{"privateKey": p.key, "certificate": other.cert + p.cert}},
		{"a PFX file", in{"certificateFormat": "PFX", "pfx": pfx(), "passphrase": goodPass}},
		{"an old PFX file", in{"certificateFormat": "pfx", "pfx": pfx("-legacy"), "passphrase": goodPass}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.input["keyVaultName"], tc.input["certificateName"], tc.input["tags"] = "vlt", "imported", in{"purpose": "D3 test"}
			out := good[CertificateOut](t, b, "import-certificate", tc.input)
			if out.X5T == "" || out.Tags["purpose"] != "D3 test" || out.SID == "" {
				t.Errorf("imported %+v", out)
			}
		})
	}
	noTrace(t, b, goodPass)
	noTrace(t, b, strings.Split(p.key, "\n")[1])
}

func selfSign(t testing.TB, key string) string {
	t.Helper()
	return openssl(t, key, "req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=rsa.test", "-days", "9")
}

func TestImportRefusals(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	p := newPair(t, "import.test", 24*time.Hour)
	other := newPair(t, "other.test", 24*time.Hour)
	old := newPair(t, "old.test", -time.Hour)
	locked := encryptKey(t, p.key, goodPass)
	pfx := base64.StdEncoding.EncodeToString(makePFX(t, p, goodPass))
	for _, tc := range []struct {
		reason, message, field string
		input                  in
	}{
		{"a wrong passphrase", wrongKey, "/passphrase", in{"privateKey": locked, "certificate": p.cert, "passphrase": "canary wrong"}},
		{"no passphrase", wrongKey, "/passphrase", in{"privateKey": locked, "certificate": p.cert}},
		{"a key that is none", wrongKey, "/privateKey", in{"privateKey": "canary no key at all", "certificate": p.cert}},
		{"a damaged key", wrongKey, "/privateKey", in{"privateKey": strings.Replace(p.key, "MI", "AA", 1), "certificate": p.cert}},
		{"the key of another certificate", wrongKey, "/privateKey", in{"privateKey": other.key, "certificate": p.cert}},
		{"no certificate", "Certificate holds no certificate in PEM.", "/certificate", in{"privateKey": p.key, "certificate": "none"}},
		{"an expired certificate", "The certificate expired on ", "/certificate", in{"privateKey": old.key, "certificate": old.cert}},
		{"a wrong passphrase of a PFX file", wrongKey, "/passphrase", in{"certificateFormat": "PFX", "pfx": pfx, "passphrase": "canary wrong"}},
		{"a PFX file that is none", "PFX is not a PKCS#12 file in base64.", "/pfx", in{"certificateFormat": "PFX", "pfx": "canary: not base64!"}},
		{"a PFX file of something else", "PFX holds no certificate with its private key.", "/pfx", in{"certificateFormat": "PFX", "pfx": "MAA="}},
		{"no key at all", "Private Key is required.", "/privateKey", in{"certificate": p.cert}},
		{"no PFX file", "PFX is required.", "/pfx", in{"certificateFormat": "PFX"}},
		{"an encryption that only the service knows, without its passphrase", wrongKey, "/passphrase", in{"privateKey": encryptKey(t, p.key, goodPass, "-v2", "aria-256-cbc", "-iter", "100"), "certificate": p.cert}},
		{"one that the service cannot open either", wrongKey, "/passphrase", in{"privateKey": encryptKey(t, p.key, goodPass, "-v2", "aria-256-cbc", "-iter", "100"), "certificate": p.cert, "passphrase": goodPass}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.input["keyVaultName"], tc.input["certificateName"] = "vlt", "c"
			rec := b.do(t, "import-certificate", tc.input)
			if verdict(rec) != run.Failed || rec.Error.Kind != connector.Invalid || rec.Error.StatusCode != 400 ||
				!strings.HasPrefix(rec.Error.Message, tc.message) || rec.Error.Items[0].Field != tc.field || rec.Error.Fix == "" {
				t.Errorf("%s %+v", verdict(rec), rec.Error)
			}
		})
	}
	if n := b.count("certificates.import"); n != 1 {
		t.Errorf("%d uploads of what could not be right, want the one that was handed on", n)
	}
}

// What is not opened here is handed on with its passphrase.
func TestImportHandsOn(t *testing.T) {
	p := newPair(t, "handed.test", 24*time.Hour)
	u, err := (&ImportCertificateIn{
		PrivateKey: connector.NewSecret(encryptKey(t, p.key, goodPass, "-v2", "camellia-128-cbc", "-iter", "100")), Certificate: p.cert,
		Passphrase: connector.NewSecret(goodPass), CertificateFormat: "PEM",
	}).upload(time.Now())
	must(t, err)
	if u.Password != goodPass || !strings.Contains(u.Value, "BEGIN ENCRYPTED PRIVATE KEY") || !strings.Contains(u.Value, "BEGIN CERTIFICATE") || strings.Contains(u.Value, "\r") || u.Policy.Secret.ContentType != typePEM {
		t.Errorf("handed on %q", u.Value)
	}
}

func TestImportPlan(t *testing.T) {
	b := newBench(t, stage{})
	b.vault(t, "vlt")
	p := newPair(t, "plan.test", 24*time.Hour)
	input := in{"keyVaultName": "vlt", "certificateName": "c", "privateKey": p.key, "certificate": p.cert}
	b.wantPlan(t, "import-certificate", input, "c", "create")
	good[CertificateOut](t, b, "import-certificate", input)
	if step := b.wantPlan(t, "import-certificate", input, "c", "create"); !strings.Contains(step.Note, "new one") {
		t.Errorf("note %q", step.Note)
	}
}
