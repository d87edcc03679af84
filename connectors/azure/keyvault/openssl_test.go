package keyvault

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// openssl runs the real tool; a machine without it does not run the test.
func openssl(t testing.TB, input string, args ...string) string {
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
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewBufferString(input), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, errs.String())
	}
	return out.String()
}

// encryptKey encrypts a PKCS#8 key with a small cost.
func encryptKey(t testing.TB, key, passphrase string, args ...string) string {
	t.Helper()
	if len(args) == 0 {
		args = []string{"-v2", "aes-256-cbc", "-iter", "1000"}
	}
	return openssl(t, key, append([]string{"pkcs8", "-topk8", "-passout", "pass:" + passphrase}, args...)...)
}

// makePFX puts a pair into a PFX file, DER.
func makePFX(t testing.TB, p pair, passphrase string, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	both := filepath.Join(dir, "both.pem")
	must(t, os.WriteFile(both, []byte(p.key+p.cert), 0o600))
	return []byte(openssl(t, "", append([]string{"pkcs12", "-export", "-in", both, "-passout", "pass:" + passphrase}, args...)...))
}
