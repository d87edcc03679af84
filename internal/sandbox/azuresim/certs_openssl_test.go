package azuresim

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
)

// The vault opens encrypted keys itself, also in forms that a client may be unable to open.
func TestImportKeysMadeByOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("NOT RUN: import of OpenSSL's encrypted keys: openssl is not installed")
		}
		t.Log("NOT RUN: import of OpenSSL's encrypted keys: openssl is not installed")
		return
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), openssl, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	read := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	r := startRig(t, nil)
	c := r.certificates(t, r.openVault(t, VaultSpec{Name: "kv-openssl"}), r.credential(t))
	run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem")
	run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1", "-out", "k1.pem")
	for _, key := range []string{"rsa", "k1"} {
		run("req", "-x509", "-new", "-key", key+".pem", "-subj", "/CN=test/O=Example", "-days", "30", "-out", key+".crt")
	}
	for name, form := range map[string][]string{
		"plain":      nil,
		"aes256":     {"-v2", "aes-256-cbc"},
		"aes128sha1": {"-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"},
		"des3":       {"-v2", "des3"},
		"scrypt":     {"-scrypt", "-scrypt_N", "1024"},
		"pbes1":      {"-v1", "PBE-SHA1-3DES"},
	} {
		t.Run(name, func(t *testing.T) {
			if form == nil {
				run("pkcs8", "-topk8", "-in", "rsa.pem", "-out", name+".p8", "-nocrypt")
			} else {
				run(append([]string{"pkcs8", "-topk8", "-in", "rsa.pem", "-out", name + ".p8", "-passout", "pass:1234"}, form...)...)
			}
			p := importPEM(read(name+".p8") + read("rsa.crt"))
			p.Password = ptr("wrong")
			if form != nil {
				_, err := c.ImportCertificate(t.Context(), name, p, nil)
				wantError(t, err, 400, "BadParameter", "", "content can not be read")
			}
			p.Password = ptr("1234")
			if _, err := c.ImportCertificate(t.Context(), name, p, nil); err != nil {
				t.Error(err)
			}
		})
	}
	got, err := c.ImportCertificate(t.Context(), "k1", importPEM(read("k1.pem")+read("k1.crt")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if kp := got.Policy.KeyProperties; *kp.Curve != azcertificates.CurveNameP256K || *got.Policy.X509CertificateProperties.Subject != "O=Example, CN=test" {
		t.Errorf("policy %+v, subject %s", kp, *got.Policy.X509CertificateProperties.Subject)
	}
	_, err = c.ImportCertificate(t.Context(), "k1", importPEM(read("k1.pem")+read("rsa.crt")), nil)
	wantError(t, err, 400, "BadParameter", "", "does not match the private key")
}
