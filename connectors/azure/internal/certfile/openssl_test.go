package certfile

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openssl(t testing.TB, input []byte, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("NOT RUN: openssl: it is not installed")
		}
		t.Log("NOT RUN: openssl: it is not installed")
		t.SkipNow()
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, errs.String())
	}
	return out.Bytes()
}

// sources makes the plain keys that are then encrypted.
func sources(t testing.TB) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"rsa":  openssl(t, nil, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
		"ec":   openssl(t, nil, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
		"k256": openssl(t, nil, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
	}
}

const right = "correct horse, naïve staple"

// encryptions are ways in which OpenSSL encrypts keys; the cost is kept small
// where the tool lets us.
var encryptions = []struct {
	name, source string
	args         []string
}{
	{"PBES2 AES-128 SHA-1", "rsa", []string{"pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-iter", "100"}},
	{"PBES2 AES-192 SHA-224", "rsa", []string{"pkcs8", "-topk8", "-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA224", "-iter", "100"}},
	{"PBES2 AES-256 SHA-256", "rsa", []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256", "-iter", "100"}},
	{"PBES2 AES-256 SHA-384", "ec", []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384", "-iter", "100"}},
	{"PBES2 AES-256 SHA-512", "ec", []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512", "-iter", "100"}},
	{"PBES2 AES-128 SHA-512", "k256", []string{"pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512", "-iter", "100"}},
	{"PBES2 3DES SHA-256", "rsa", []string{"pkcs8", "-topk8", "-v2", "des3", "-iter", "100"}},
	{"PBES2 AES-256 of the tool's own cost", "ec", []string{"pkcs8", "-topk8"}},
	{"PBES2 AES-256 scrypt", "rsa", []string{"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-scrypt", "-scrypt_N", "16", "-scrypt_r", "8", "-scrypt_p", "1"}},
	{"PBES1 SHA-1 3DES", "rsa", []string{"pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-iter", "100"}},
	{"old PEM AES-128, RSA", "rsa", []string{"rsa", "-traditional", "-aes128"}},
	{"old PEM AES-256, RSA", "rsa", []string{"rsa", "-traditional", "-aes256"}},
	{"old PEM 3DES, RSA", "rsa", []string{"rsa", "-traditional", "-des3"}},
	{"old PEM AES-256, EC", "ec", []string{"ec", "-aes256"}},
}

func TestKeysOfOpenSSL(t *testing.T) {
	if len(encryptions) != 14 {
		t.Fatalf("%d keys, want 14", len(encryptions))
	}
	plain := sources(t)
	for _, e := range encryptions {
		t.Run(e.name, func(t *testing.T) {
			text := string(openssl(t, plain[e.source], append(e.args, "-passout", "pass:"+right)...))
			if !strings.Contains(text, "ENCRYPTED") {
				t.Fatalf("the key is not encrypted:\n%s", text)
			}
			want, err := OpenKey(string(plain[e.source]), "")
			if err != nil {
				t.Fatal(err)
			}
			for form, body := range map[string]string{"": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "escaped": strings.ReplaceAll(text, "\n", `\n`)} {
				k, err := OpenKey(body, right)
				if err != nil {
					t.Fatalf("%s: %v", form, err)
				}
				if !bytes.Equal(normal(t, k.PEM()), normal(t, want.PEM())) {
					t.Errorf("%s: another key came out", form)
				}
			}
			for i := range 300 {
				if _, err := OpenKey(text, fmt.Sprintf("wrong %d", i)); !errors.Is(err, ErrPassphrase) {
					t.Fatalf("passphrase %d: %v", i, err)
				}
			}
			if _, err := OpenKey(text, ""); !errors.Is(err, ErrPassphrase) {
				t.Errorf("no passphrase: %v", err)
			}
		})
	}
}

// normal writes a key as OpenSSL does, so that keys can be compared.
func normal(t testing.TB, key []byte) []byte {
	t.Helper()
	return openssl(t, key, "pkey", "-outform", "DER")
}

// What is not opened here is said to be so, and is not taken for a wrong
// passphrase.
func TestOtherEncryptions(t *testing.T) {
	plain := sources(t)["rsa"]
	for _, args := range [][]string{
		{"pkcs8", "-topk8", "-v2", "camellia-256-cbc", "-iter", "100"},
		{"pkcs8", "-topk8", "-v2", "aria-256-cbc", "-iter", "100"},
	} {
		text := string(openssl(t, plain, append(args, "-passout", "pass:"+right)...))
		if _, err := OpenKey(text, right); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// A file that asks for years of work ends at once.
func TestHostileCosts(t *testing.T) {
	plain := sources(t)["ec"]
	memory := openssl(t, plain, "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-scrypt", "-scrypt_N", "16384", "-scrypt_r", "8", "-scrypt_p", "1", "-passout", "pass:"+right)
	b, _ := pem.Decode(memory)
	der := bytes.Replace(b.Bytes, []byte{2, 2, 0x40, 0, 2, 1, 8}, []byte{2, 2, 0x40, 0, 2, 1, 0x7f}, 1)
	if _, err := OpenKey(string(pem.EncodeToMemory(&pem.Block{Type: b.Type, Bytes: der})), right); !errors.Is(err, ErrTooCostly) {
		t.Errorf("a key that wants more memory than there is: %v", err)
	}
	for _, n := range []int{maxIterations + 1, 1 << 31, 1 << 62, 0, -1} {
		if _, err := derivePBKDF2(pbkdf2Params(t, n), right, 32, newBudget()); !errors.Is(err, ErrTooCostly) {
			t.Errorf("%d rounds: %v", n, err)
		}
		e := encryptedData{Algorithm: pkix.AlgorithmIdentifier{Parameters: asn1.RawValue{FullBytes: pbkdf2Params(t, n)}}}
		if _, err := decryptPKCS12(e, right, newBudget()); !errors.Is(err, ErrTooCostly) {
			t.Errorf("%d rounds of PKCS#12: %v", n, err)
		}
		mac := macData{Iterations: n}
		mac.Digest.Algorithm.Algorithm, mac.Digest.Value = oid(1, 3, 14, 3, 2, 26), []byte("digest")
		if err := mac.verify(nil, right, newBudget()); !errors.Is(err, ErrTooCostly) {
			t.Errorf("%d rounds of a MAC: %v", n, err)
		}
	}
	for _, p := range [][3]int{{1 << 22, 8, 1}, {1 << 20, 8, 1 << 10}, {1 << 40, 1, 1}, {1 << 10, 1 << 30, 1}, {2, 1, 1 << 40}, {-2, 8, 1}, {1 << 14, -8, -1}} {
		raw, err := asn1.Marshal(struct {
			Salt    []byte
			N, R, P int
		}{[]byte("salt"), p[0], p[1], p[2]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := deriveScrypt(raw, right, 32, newBudget()); !errors.Is(err, ErrTooCostly) {
			t.Errorf("scrypt %v: %v", p, err)
		}
	}
}

// The parts of one file share what they may cost.
func TestCostsAddUp(t *testing.T) {
	b := newBudget()
	for i, tc := range []struct {
		rounds int
		want   error
	}{{maxIterations / 2, nil}, {maxIterations / 2, nil}, {1, ErrTooCostly}} {
		if err := b.spend(tc.rounds); !errors.Is(err, tc.want) {
			t.Errorf("step %d: %v", i, err)
		}
	}
}

func pbkdf2Params(t testing.TB, n int) []byte {
	t.Helper()
	raw, err := asn1.Marshal(struct {
		Salt       []byte
		Iterations int
	}{[]byte("salt"), n})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// chain makes a root, an intermediate and a leaf, and gives the leaf's key and
// the certificates, leaf first.
func chain(t testing.TB) (key []byte, certs [][]byte) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string, raw []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	ext := file("ext", []byte("basicConstraints=critical,CA:TRUE\n"))
	var issuerKey, issuer string
	for _, name := range []string{"root", "intermediate", "leaf"} {
		raw := openssl(t, nil, "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
		k := file(name+".key", raw)
		req := file(name+".req", openssl(t, nil, "req", "-new", "-key", k, "-subj", "/CN="+name))
		args := []string{"x509", "-req", "-in", req, "-days", "9", "-extfile", ext}
		if issuer == "" {
			args = append(args, "-signkey", k)
		} else {
			args = append(args, "-CA", issuer, "-CAkey", issuerKey, "-CAcreateserial")
		}
		cert := openssl(t, nil, args...)
		issuerKey, issuer = k, file(name+".crt", cert)
		key, certs = raw, append([][]byte{cert}, certs...)
	}
	return key, certs
}

func TestChainsAreOrdered(t *testing.T) {
	keyText, certs := chain(t)
	key, err := OpenKey(string(keyText), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		var text []byte
		for _, i := range order {
			text = append(text, certs[i]...)
		}
		list, err := Certificates(string(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Order(key, list)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytes.TrimSpace(PEM(got)), bytes.TrimSpace(bytes.Join(certs, nil))) {
			t.Errorf("order %v: %s", order, PEM(got))
		}
	}
	list, err := Certificates(string(certs[1]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Order(key, list); !errors.Is(err, ErrMismatch) {
		t.Errorf("another certificate: %v", err)
	}
}

// The curve that Go lacks is handed on, and its pairs are still compared.
func TestSecp256k1(t *testing.T) {
	dir := t.TempDir()
	pairOf := func(name string) (string, string) {
		k := filepath.Join(dir, name)
		raw := openssl(t, nil, "ecparam", "-name", "secp256k1", "-genkey", "-noout")
		if err := os.WriteFile(k, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return string(raw), string(openssl(t, nil, "req", "-x509", "-new", "-key", k, "-subj", "/CN="+name, "-days", "9"))
	}
	key, cert := pairOf("a")
	_, other := pairOf("b")
	k, err := OpenKey(key, "")
	if err != nil || k.Signer != nil || len(k.Point) != 65 {
		t.Fatalf("%+v, %v", k, err)
	}
	for text, want := range map[string]error{cert: nil, other: ErrMismatch} {
		list, err := Certificates(text)
		if err != nil {
			t.Fatal(err)
		}
		if list[0].X509 != nil || list[0].NotAfter.Before(time.Now()) {
			t.Errorf("certificate %+v", list[0])
		}
		if _, err := Order(k, list); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

func TestNotKeys(t *testing.T) {
	for reason, text := range map[string]string{
		"nothing":             "",
		"words":               "my key",
		"a certificate":       "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----",
		"a key that is none":  "-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----",
		"an encrypted nought": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----",
		"too long":            strings.Repeat("x", MaxInput+1),
	} {
		if _, err := OpenKey(text, right); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte{0x30, 0}, "x")
	f.Fuzz(func(t *testing.T, der []byte, pass string) {
		for _, kind := range []string{"ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"} {
			_, err := OpenKey(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})), pass)
			if err == nil && len(der) < 16 {
				t.Errorf("%d bytes are a key", len(der))
			}
		}
		if _, err := OpenPFX(der, pass); err == nil && len(der) < 16 {
			t.Errorf("%d bytes are a PFX file", len(der))
		}
	})
}
