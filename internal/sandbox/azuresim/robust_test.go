package azuresim

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"golang.org/x/sync/errgroup"
)

// Many clients at once lose nothing: every successful write is a version, and lists stay whole.
func TestConcurrentClients(t *testing.T) {
	r := startRig(t, func(o *Options) { o.Behaviour.PageSize = 3 })
	uri := r.openVault(t, VaultSpec{Name: "kv-busy"})
	cred := r.credential(t)
	s, k := r.secrets(t, uri, cred), r.keys(t, uri, cred)
	const workers, rounds = 8, 10
	var mu sync.Mutex
	written := map[string]bool{}
	g, ctx := errgroup.WithContext(t.Context())
	for w := range workers {
		g.Go(func() error {
			for i := range rounds {
				res, err := s.SetSecret(ctx, fmt.Sprint("s", i%4), azsecrets.SetSecretParameters{Value: ptr(fmt.Sprint(w, i))}, nil)
				if err != nil {
					return err
				}
				mu.Lock()
				written[res.ID.Version()] = true
				mu.Unlock()
				if _, err := k.CreateKey(ctx, fmt.Sprint("k", w), azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC)}, nil); err != nil {
					return err
				}
				for p := s.NewListSecretPropertiesPager(nil); p.More(); {
					if _, err := p.NextPage(ctx); err != nil {
						return err
					}
				}
				r.SetBehaviour(Behaviour{PageSize: 1 + i%5})
				r.Requests()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i := range 4 {
		for _, v := range secretVersions(t, s, fmt.Sprint("s", i)) {
			if !written[v] {
				t.Errorf("version %s was never written", v)
			}
			total++
		}
	}
	if total != workers*rounds || len(written) != total {
		t.Errorf("%d versions, %d written, want %d", total, len(written), workers*rounds)
	}
}

// Vaults read what strangers upload: nothing in it may end the process, and only whole certificates are taken.
func FuzzImport(f *testing.F) {
	encrypted, err := asn1.Marshal(encryptedKey{Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidPBESHA3DES}, Data: []byte("12345678")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "", true)
	f.Add("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "", true)
	f.Add(pemBlocks("ENCRYPTED PRIVATE KEY", encrypted), "pw", true)
	f.Add(pemBlocks("CERTIFICATE", []byte{0x30, 0x03, 0x30, 0x01, 0x00}), "", true)
	f.Add(base64.StdEncoding.EncodeToString([]byte{0x30, 0x80, 0, 0}), "pw", false)
	f.Fuzz(func(t *testing.T, value, password string, asPEM bool) {
		contentType := typePFX
		if asPEM {
			contentType = typePEM
		}
		got, e := parseImport(contentType, value, password)
		if (got == nil) == (e == nil) {
			t.Errorf("got %v and %v", got, e)
		}
		if got != nil && !got.cert.facts.belongsTo(got.key) {
			t.Error("the certificate is not the key's")
		}
	})
}

// oidPBES2 and oidPBKDF2 are those of RFC 8018.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// A file that asks for an hour of key derivation is refused at once.
func TestHostileIterationCounts(t *testing.T) {
	seq := func(v any) asn1.RawValue {
		t.Helper()
		b, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return asn1.RawValue{FullBytes: b}
	}
	type kdf struct {
		Salt []byte
		N    int
	}
	type scrypt struct {
		Salt    []byte
		N, R, P int
	}
	type pbes2 struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	aes := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, Parameters: seq(make([]byte, 16))}
	salt := []byte("saltsalt")
	for reason, alg := range map[string]pkix.AlgorithmIdentifier{
		"PBES1":  {Algorithm: oidPBESHA3DES, Parameters: seq(kdf{salt, 2_000_000_000})},
		"PBKDF2": {Algorithm: oidPBES2, Parameters: seq(pbes2{pkix.AlgorithmIdentifier{Algorithm: oidPBKDF2, Parameters: seq(kdf{salt, 2_000_000_000})}, aes})},
		"scrypt": {Algorithm: oidPBES2, Parameters: seq(pbes2{pkix.AlgorithmIdentifier{Algorithm: oidScrypt, Parameters: seq(scrypt{salt, 1 << 30, 8, 1})}, aes})},
	} {
		der, err := asn1.Marshal(encryptedKey{Algorithm: alg, Data: make([]byte, 64)})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := decryptPKCS8(der, "pw"); !errors.Is(err, errDecrypt) {
			t.Errorf("%s: %v", reason, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: refused after %v", reason, took)
		}
	}
}

// Once a vault is deleted its content is out of reach, through old connections and new ones.
func TestVaultDeletedUnderItsClients(t *testing.T) {
	r := startRig(t, nil)
	uri := r.openVault(t, VaultSpec{Name: "kv-going"})
	c := r.secrets(t, uri, r.credential(t))
	if _, err := c.SetSecret(t.Context(), "s", azsecrets.SetSecretParameters{Value: ptr("v")}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := r.vaults(t, r.credential(t)).Delete(t.Context(), r.ResourceGroup, "kv-going", nil); err != nil {
		t.Fatal(err)
	}
	// The connection is still open, so the answer is HTTP; a new one finds no such host.
	_, err := c.GetSecret(t.Context(), "s", "", nil)
	wantError(t, err, 404, "VaultNotFound", "", "in Azure its host name would not resolve")
	r.http.CloseIdleConnections()
	_, err = c.GetSecret(t.Context(), "s", "", nil)
	var re *azcore.ResponseError
	if err == nil || errors.As(err, &re) {
		t.Errorf("got %v, want no such host", err)
	}
}
