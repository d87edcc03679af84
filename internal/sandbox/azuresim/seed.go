package azuresim

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ObjectSpec is what seeded keys, secrets and certificates have in common.
type ObjectSpec struct {
	// Name is 1 to 127 letters, digits and hyphens. An object that exists gets a new version.
	Name string
	// Disabled, NotBefore and Expires fill the attributes; zero times are left out.
	Disabled           bool
	NotBefore, Expires time.Time
	// Created is when the version was made; now when zero.
	Created time.Time
	Tags    map[string]string
}

// AddSecret stores a version of a secret and answers with its id. contentType may be empty.
func (s *Server) AddSecret(vault string, spec ObjectSpec, value, contentType string) (string, error) {
	return s.seed(vault, spec, secretKind(), func(d *dataCall) (*version, error) {
		v := spec.version(d.now)
		v.value, v.contentType = value, contentType
		d.coll().add(spec.Name, v)
		return v, nil
	})
}

// AddKey makes a version of a key and answers with its id. kty is RSA, RSA-HSM, EC or EC-HSM; size is the bits of
// an RSA key and curve the curve of an EC key, 2048 and P-256 when zero.
func (s *Server) AddKey(vault string, spec ObjectSpec, kty string, size int, curve string) (string, error) {
	return s.seed(vault, spec, keyKind(), func(d *dataCall) (*version, error) {
		ks, e := d.keySpec(createKeyBody{KTY: kty, KeySize: size, CRV: curve})
		if e != nil {
			return nil, fmt.Errorf("azuresim: key %q: %s", spec.Name, e.Message)
		}
		material, err := generateKey(ks)
		if err != nil {
			return nil, err
		}
		v := spec.version(d.now)
		v.key, v.ops, v.attrs.Exportable = material, material.defaultOps(), new(bool)
		d.coll().add(spec.Name, v)
		return v, nil
	})
}

// AddCertificate makes a self-signed certificate on P-256 with its key and secret, valid from NotBefore (now when
// zero) to Expires (one year later when zero), and answers with its id.
func (s *Server) AddCertificate(vault string, spec ObjectSpec, subject pkix.Name, dnsNames ...string) (string, error) {
	return s.seed(vault, spec, certificateKind(), func(d *dataCall) (*version, error) {
		p, err := selfSigned(spec, subject, dnsNames, d.now)
		if err != nil {
			return nil, err
		}
		in := importBody{Tags: spec.Tags, Attributes: &attributesIn{}}
		enabled := !spec.Disabled
		in.Attributes.Enabled, in.Policy.Issuer.Name = &enabled, "Self"
		return d.storeCertificate(p, typePEM, in)
	})
}

// AddPendingCertificate makes a certificate whose issuer has not answered yet; lists show it on includePending.
func (s *Server) AddPendingCertificate(vault, name string) (string, error) {
	return s.seed(vault, ObjectSpec{Name: name, Disabled: true}, certificateKind(), func(d *dataCall) (*version, error) {
		p, err := selfSigned(ObjectSpec{}, pkix.Name{CommonName: name}, nil, d.now)
		if err != nil {
			return nil, err
		}
		v := ObjectSpec{Disabled: true}.version(d.now)
		o := d.coll().add(name, v)
		o.pending, o.policy = true, d.policyOf(p, typePFX, true, importBody{})
		return v, nil
	})
}

func selfSigned(spec ObjectSpec, subject pkix.Name, dnsNames []string, now time.Time) (*imported, error) {
	key, err := generateKey(keySpec{kty: "EC", bits: 256, crv: "P-256"})
	if err != nil {
		return nil, err
	}
	tmpl := certTemplate("", now)
	tmpl.Subject, tmpl.DNSNames, tmpl.ExtKeyUsage = subject, dnsNames, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	tmpl.NotBefore, tmpl.NotAfter = now, spec.Expires
	if !spec.NotBefore.IsZero() {
		tmpl.NotBefore = spec.NotBefore
	}
	if tmpl.NotAfter.IsZero() {
		tmpl.NotAfter = tmpl.NotBefore.AddDate(1, 0, 0)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.ec.PublicKey, key.ec)
	if err != nil {
		return nil, fmt.Errorf("azuresim: certificate %q: %w", spec.Name, err)
	}
	facts, err := readCertificate(der)
	return &imported{key: key, cert: &certMaterial{leaf: der, facts: facts}}, err
}

// seed runs add as a call of the data plane would run, and answers with the id of the version made.
func (s *Server) seed(vaultName string, spec ObjectSpec, k *kind, add func(*dataCall) (*version, error)) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.state.vaults[strings.ToLower(vaultName)]
	if v == nil {
		return "", fmt.Errorf("azuresim: no vault %q", vaultName)
	}
	if !objectName.MatchString(spec.Name) {
		return "", fmt.Errorf("azuresim: ObjectSpec.Name %q must be 1 to 127 letters, digits and hyphens", spec.Name)
	}
	now := s.clock()
	if !spec.Created.IsZero() {
		now = spec.Created
	}
	d := &dataCall{
		call: &call{s: s, now: now}, vault: v, name: spec.Name,
		op: &dataRoute{method: http.MethodPut, kind: k, verb: "seed"},
	}
	for _, other := range []*kind{keyKind(), secretKind(), certificateKind()} {
		if other.collection(v).deleted[strings.ToLower(spec.Name)] != nil {
			return "", fmt.Errorf("azuresim: vault %s holds a deleted %s %q", v.name, other.singular, spec.Name)
		}
	}
	made, err := add(d)
	if err != nil {
		return "", err
	}
	return d.objectID(k.plural, spec.Name, made.id), nil
}

func (spec ObjectSpec) version(now time.Time) *version {
	in := &attributesIn{Enabled: new(bool)}
	*in.Enabled = !spec.Disabled
	in.NotBefore, in.Expires = unixOrNil(spec.NotBefore), unixOrNil(spec.Expires)
	return newVersion(in, spec.Tags, now)
}

func unixOrNil(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	unix := t.Unix()
	return &unix
}
