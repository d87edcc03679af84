package azuresim

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"math/big"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/google/go-cmp/cmp"
)

func TestCreateKeyOfEveryType(t *testing.T) {
	r := startRig(t, nil)
	c := r.keys(t, r.openVault(t, VaultSpec{Name: "kv-types", Premium: true}), r.credential(t))
	for _, tc := range []struct {
		name string
		kty  azkeys.KeyType
		size int32
		crv  azkeys.CurveName
		// bits of the modulus, or bytes of a coordinate
		want int
	}{
		{"rsa-default", azkeys.KeyTypeRSA, 0, "", 2048},
		{"rsa-3072", azkeys.KeyTypeRSA, 3072, "", 3072},
		{"rsa-4096", azkeys.KeyTypeRSA, 4096, "", 4096},
		{"rsa-hsm", azkeys.KeyTypeRSAHSM, 2048, "", 2048},
		{"ec-default", azkeys.KeyTypeEC, 0, "", 32},
		{"ec-256", azkeys.KeyTypeEC, 0, azkeys.CurveNameP256, 32},
		{"ec-384", azkeys.KeyTypeEC, 0, azkeys.CurveNameP384, 48},
		{"ec-521", azkeys.KeyTypeEC, 0, azkeys.CurveNameP521, 66},
		{"ec-256k", azkeys.KeyTypeEC, 0, azkeys.CurveNameP256K, 32},
		{"ec-hsm", azkeys.KeyTypeECHSM, 0, azkeys.CurveNameP256, 32},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := azkeys.CreateKeyParameters{Kty: &tc.kty, Tags: map[string]*string{"purpose": ptr("test")}}
			if tc.size != 0 {
				p.KeySize = &tc.size
			}
			if tc.crv != "" {
				p.Curve = &tc.crv
			}
			got, err := c.CreateKey(t.Context(), tc.name, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			if *got.Key.Kty != tc.kty || *got.Tags["purpose"] != "test" || *got.Attributes.Exportable || *got.Attributes.RecoveryLevel != "Recoverable+Purgeable" {
				t.Errorf("got %+v", got.KeyBundle)
			}
			checkPublicKey(t, got.Key, tc.want)
		})
	}
}

func checkPublicKey(t *testing.T, k *azkeys.JSONWebKey, want int) {
	t.Helper()
	if k.Crv == nil {
		if got := new(big.Int).SetBytes(k.N).BitLen(); got != want || !bytes.Equal(k.E, []byte{1, 0, 1}) || len(k.KeyOps) != 6 {
			t.Errorf("modulus of %d bits, exponent %x, %d operations", got, k.E, len(k.KeyOps))
		}
		return
	}
	if len(k.X) != want || len(k.Y) != want || len(k.KeyOps) != 2 {
		t.Errorf("coordinates of %d and %d bytes, %d operations", len(k.X), len(k.Y), len(k.KeyOps))
	}
	point := append(append([]byte{4}, k.X...), k.Y...)
	var err error
	switch *k.Crv {
	case azkeys.CurveNameP256K:
		_, err = secp256k1.ParsePubKey(point)
	default:
		_, err = ecdsa.ParseUncompressedPublicKey(namedCurve(string(*k.Crv)), point)
	}
	if err != nil {
		t.Errorf("the point is not on %s: %v", *k.Crv, err)
	}
}

func TestCreateKeyRefusals(t *testing.T) {
	r := startRig(t, nil)
	c := r.keys(t, r.openVault(t, VaultSpec{Name: "kv-std"}), r.credential(t))
	for _, tc := range []struct {
		reason, name string
		p            azkeys.CreateKeyParameters
		message      string
	}{
		{"a name with other characters", "testTW!!", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC)}, "The request URI contains an invalid name: testTW!!"},
		{"a name that must be escaped", "a b%2F", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC)}, "The request URI contains an invalid name: a b%2F"},
		{"HSM in a standard vault", "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeRSAHSM)}, "Hardware key operation not allowed on standard vault"},
		{"HSM in a standard vault", "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeECHSM)}, "Hardware key operation not allowed on standard vault"},
		{"symmetric keys are for managed HSMs", "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeOct)}, "The key type 'oct' is not supported."},
		{"an odd size", "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeRSA), KeySize: ptr[int32](1024)}, "The key size 1024 is not supported"},
		{"an unknown curve", "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC), Curve: ptr(azkeys.CurveName("P-1"))}, "The curve 'P-1' is not supported."},
		{"no type", "k", azkeys.CreateKeyParameters{}, "Required parameter kty is missing."},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, err := c.CreateKey(t.Context(), tc.name, tc.p, nil)
			wantError(t, err, http.StatusBadRequest, "BadParameter", "", tc.message)
		})
	}
}

func TestKeyLifeThroughMicrosoftsClient(t *testing.T) {
	r := startRig(t, nil)
	c := r.keys(t, r.openVault(t, VaultSpec{Name: "kv-life"}), r.credential(t))
	ctx := t.Context()
	create := func() azkeys.CreateKeyResponse {
		t.Helper()
		k, err := c.CreateKey(ctx, "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	first, second := create(), create()
	third, err := c.RotateKey(ctx, "k", nil)
	if err != nil {
		t.Fatal(err)
	}
	current, err := c.GetKey(ctx, "k", "", nil)
	if err != nil || *current.Key.KID != *third.Key.KID {
		t.Fatalf("current is %v, %v", current.Key, err)
	}
	var versions []string
	for p := c.NewListKeyPropertiesVersionsPager("k", nil); p.More(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Value {
			versions = append(versions, k.KID.Version())
		}
	}
	if want := sortedStrings(first.Key.KID.Version(), second.Key.KID.Version(), third.Key.KID.Version()); !cmp.Equal(versions, want) {
		t.Errorf("versions: %s", cmp.Diff(want, versions))
	}
	up, err := c.UpdateKey(ctx, "k", first.Key.KID.Version(), azkeys.UpdateKeyParameters{
		KeyAttributes: &azkeys.KeyAttributes{Enabled: ptr(false)}, KeyOps: []*azkeys.KeyOperation{ptr(azkeys.KeyOperationVerify)},
	}, nil)
	if err != nil || *up.Attributes.Enabled || len(up.Key.KeyOps) != 1 {
		t.Fatalf("update: %+v, %v", up, err)
	}
	if got, err := c.GetKey(ctx, "k", first.Key.KID.Version(), nil); err != nil || *got.Attributes.Enabled {
		t.Errorf("a disabled key can be read: %v", err)
	}
	_, err = c.GetKey(ctx, "k", "0123456789abcdef0123456789abcdef", nil)
	wantError(t, err, http.StatusNotFound, "KeyNotFound", "", "A key with (name/id) k/0123456789abcdef0123456789abcdef was not found")
	if _, err := c.DeleteKey(ctx, "k", nil); err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateKey(ctx, "k", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC)}, nil)
	wantError(t, err, http.StatusConflict, "Conflict", "ObjectIsDeletedButRecoverable",
		"Key k is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the key can only be recovered or purged.")
	if got, err := c.GetDeletedKey(ctx, "k", nil); err != nil || *got.Key.KID != *third.Key.KID {
		t.Errorf("deleted key: %+v, %v", got.Key, err)
	}
	page, err := c.NewListDeletedKeyPropertiesPager(nil).NextPage(ctx)
	if err != nil || len(page.Value) != 1 || page.Value[0].RecoveryID == nil {
		t.Errorf("deleted keys: %+v, %v", page.Value, err)
	}
	if _, err := c.RecoverDeletedKey(ctx, "k", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteKey(ctx, "k", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PurgeDeletedKey(ctx, "k", nil); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetDeletedKey(ctx, "k", nil)
	wantError(t, err, http.StatusNotFound, "KeyNotFound", "", "Deleted Key not found: k")
	if got := create(); *got.Key.KID == *first.Key.KID {
		t.Error("a purged key came back")
	}
}

// The signatures are checked outside the simulator, with the public key it published.
func TestKeysDoRealCryptography(t *testing.T) {
	r := startRig(t, nil)
	c := r.keys(t, r.openVault(t, VaultSpec{Name: "kv-crypto"}), r.credential(t))
	ctx := t.Context()
	d256, d512 := sha256.Sum256([]byte("text")), sha512.Sum512([]byte("text"))

	k, err := c.CreateKey(ctx, "rsa", azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeRSA)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(k.Key.N), E: 65537}
	for _, alg := range []azkeys.SignatureAlgorithm{azkeys.SignatureAlgorithmRS256, azkeys.SignatureAlgorithmPS256} {
		sig, err := c.Sign(ctx, "rsa", "", azkeys.SignParameters{Algorithm: &alg, Value: d256[:]}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if alg == azkeys.SignatureAlgorithmRS256 {
			err = rsa.VerifyPKCS1v15(pub, crypto.SHA256, d256[:], sig.Result)
		} else {
			err = rsa.VerifyPSS(pub, crypto.SHA256, d256[:], sig.Result, nil)
		}
		if err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
	for _, alg := range []azkeys.EncryptionAlgorithm{azkeys.EncryptionAlgorithmRSAOAEP, azkeys.EncryptionAlgorithmRSAOAEP256, azkeys.EncryptionAlgorithmRSA15} {
		sealed, err := c.Encrypt(ctx, "rsa", "", azkeys.KeyOperationParameters{Algorithm: &alg, Value: []byte("plain")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		open, err := c.Decrypt(ctx, "rsa", k.Key.KID.Version(), azkeys.KeyOperationParameters{Algorithm: &alg, Value: sealed.Result}, nil)
		if err != nil || string(open.Result) != "plain" {
			t.Errorf("%s: %q, %v", alg, open.Result, err)
		}
		wrapped, err := c.WrapKey(ctx, "rsa", "", azkeys.KeyOperationParameters{Algorithm: &alg, Value: d256[:]}, nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := c.UnwrapKey(ctx, "rsa", "", azkeys.KeyOperationParameters{Algorithm: &alg, Value: wrapped.Result}, nil)
		if err != nil || !bytes.Equal(back.Result, d256[:]) {
			t.Errorf("%s: %x, %v", alg, back.Result, err)
		}
	}
	for crv, want := range map[azkeys.CurveName]struct {
		alg    azkeys.SignatureAlgorithm
		digest []byte
	}{
		azkeys.CurveNameP256:  {azkeys.SignatureAlgorithmES256, d256[:]},
		azkeys.CurveNameP521:  {azkeys.SignatureAlgorithmES512, d512[:]},
		azkeys.CurveNameP256K: {azkeys.SignatureAlgorithmES256K, d256[:]},
	} {
		name := "ec-" + string(crv)
		k, err := c.CreateKey(ctx, name, azkeys.CreateKeyParameters{Kty: ptr(azkeys.KeyTypeEC), Curve: &crv}, nil)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := c.Sign(ctx, name, "", azkeys.SignParameters{Algorithm: &want.alg, Value: want.digest}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if crv == azkeys.CurveNameP521 {
			pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P521(), append(append([]byte{4}, k.Key.X...), k.Key.Y...))
			half := len(sig.Result) / 2
			if err != nil || !ecdsa.Verify(pub, want.digest, new(big.Int).SetBytes(sig.Result[:half]), new(big.Int).SetBytes(sig.Result[half:])) {
				t.Errorf("%s: the signature does not verify (%v)", crv, err)
			}
		}
		for _, tc := range []struct {
			digest []byte
			want   bool
		}{{want.digest, true}, {make([]byte, len(want.digest)), false}} {
			v, err := c.Verify(ctx, name, "", azkeys.VerifyParameters{Algorithm: &want.alg, Digest: tc.digest, Signature: sig.Result}, nil)
			if err != nil || *v.Value != tc.want {
				t.Errorf("%s: verify says %v, %v; want %v", crv, v.Value, err, tc.want)
			}
		}
	}
	if _, err := c.UpdateKey(ctx, "rsa", "", azkeys.UpdateKeyParameters{KeyAttributes: &azkeys.KeyAttributes{Enabled: ptr(false)}}, nil); err != nil {
		t.Fatal(err)
	}
	_, err = c.Sign(ctx, "rsa", "", azkeys.SignParameters{Algorithm: ptr(azkeys.SignatureAlgorithmRS256), Value: d256[:]}, nil)
	wantError(t, err, http.StatusForbidden, "Forbidden", "KeyDisabled", "not allowed on a disabled key")
}
