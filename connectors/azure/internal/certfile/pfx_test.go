package certfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestPFXOfOpenSSL(t *testing.T) {
	key, certs := chain(t)
	both := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(both, append(key, bytes.Join(certs, nil)...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		reason, pass string
		args         []string
		want         error
	}{
		{"as OpenSSL 3 makes it", right, nil, nil},
		{"3DES and SHA-1", right, []string{"-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"}, nil},
		{"certificates not encrypted", right, []string{"-certpbe", "NONE", "-keypbe", "aes-128-cbc", "-macalg", "sha512"}, nil},
		{"without a MAC", right, []string{"-nomac"}, nil},
		{"without a passphrase", "", nil, nil},
		{"certificates under RC2, as Windows once did", right, []string{"-legacy"}, ErrUnsupported},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			der := openssl(t, nil, append([]string{"pkcs12", "-export", "-in", both, "-passout", "pass:" + tc.pass}, tc.args...)...)
			text := base64.StdEncoding.EncodeToString(der)
			raw, err := DecodePFX(text[:40] + "\r\n " + text[40:])
			if err != nil {
				t.Fatal(err)
			}
			f, err := OpenPFX(raw, tc.pass)
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if err == nil && (f.Key.Signer == nil || !bytes.Equal(bytes.TrimSpace(PEM(f.Certificates)), bytes.TrimSpace(bytes.Join(certs, nil)))) {
				t.Errorf("%d certificates, key %v", len(f.Certificates), f.Key.Signer)
			}
			for i := range 20 {
				if _, err := OpenPFX(raw, fmt.Sprintf("wrong %d", i)); !errors.Is(err, ErrPassphrase) {
					t.Fatalf("passphrase %d: %v", i, err)
				}
			}
		})
	}
}
