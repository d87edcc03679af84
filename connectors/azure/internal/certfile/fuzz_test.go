package certfile

import "testing"

// FuzzCertificates: no text breaks the readers of PEM and PFX.
func FuzzCertificates(f *testing.F) {
	for _, s := range []string{
		"", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----",
		"-----BEGIN CERTIFICATE----- MAA= -----END CERTIFICATE-----", "MIIB", "MAIGAA==",
	} {
		f.Add(s, "secret")
	}
	f.Fuzz(func(_ *testing.T, text, passphrase string) {
		if len(text) > 20_000 {
			return
		}
		_ = IsPEM(text)
		tidy := Tidy(text)
		if certs, err := Certificates(tidy); err == nil {
			_ = PEM(certs)
			if k, err := OpenKey(tidy, passphrase); err == nil {
				_, _ = Order(k, certs)
			}
		}
		_, _ = OpenKey(tidy, passphrase)
		if der, err := DecodePFX(text); err == nil {
			_, _ = OpenPFX(der, passphrase)
		}
	})
}
