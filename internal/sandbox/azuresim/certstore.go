package azuresim

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"software.sslmate.com/src/go-pkcs12"
)

// storeCertificate adds the three versions under one id and renews the policy.
func (d *dataCall) storeCertificate(p *imported, contentType string, in importBody) (*version, error) {
	exportable := in.Policy.KeyProps.Exportable == nil || *in.Policy.KeyProps.Exportable
	value, err := p.secretValue(contentType, exportable)
	if err != nil {
		return nil, err
	}
	nbf, exp := p.cert.facts.notBefore.Unix(), p.cert.facts.notAfter.Unix()
	attrs := &attributesIn{NotBefore: &nbf, Expires: &exp}
	if in.Attributes != nil {
		attrs.Enabled = in.Attributes.Enabled
	}
	v := newVersion(attrs, in.Tags, d.now)
	v.cert = p.cert
	key, secret := *v, *v
	key.cert, secret.cert = nil, nil
	key.key, key.ops, key.attrs.Exportable = p.key, p.key.defaultOps(), &exportable
	secret.value, secret.contentType = value, contentType
	d.vault.keys.add(d.name, &key).managed = true
	d.vault.secrets.add(d.name, &secret).managed = true
	o := d.vault.certificates.add(d.name, v)
	o.pending = false
	o.policy = d.policyOf(p, contentType, exportable, in)
	return v, nil
}

func (d *dataCall) policyOf(p *imported, contentType string, exportable bool, in importBody) *certificatePolicy {
	now := d.now.Unix()
	policy := &certificatePolicy{
		ID: d.objectID("certificates", d.name, "policy"),
		KeyProps: keyProps{
			Exportable: exportable, KTY: p.key.spec.kty, KeySize: p.key.spec.bits, CRV: p.key.spec.crv, ReuseKey: in.Policy.KeyProps.ReuseKey,
		},
		SecretProps: secretProps{ContentType: contentType}, X509Props: p.cert.facts.props(),
		LifetimeActions: make([]lifetimeAction, 1), Issuer: issuerProps{Name: or(in.Policy.Issuer.Name, "Unknown")},
		Attributes: attributes{Enabled: true, Created: now, Updated: now},
	}
	policy.LifetimeActions[0].Trigger.LifetimePercentage = 80
	policy.LifetimeActions[0].Action.ActionType = "EmailContacts"
	return policy
}

// secretValue is what GET of the certificate's secret returns: the chain, with the key when it may leave.
func (p *imported) secretValue(contentType string, exportable bool) (string, error) {
	if contentType == typePFX && exportable {
		return p.pfx()
	}
	var b bytes.Buffer
	if exportable {
		der, err := p.key.pkcs8()
		if err != nil {
			return "", err
		}
		if err := pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
			return "", err
		}
	}
	for _, der := range append([][]byte{p.cert.leaf}, p.cert.chain...) {
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// pfx has an empty password and the old ciphers, as the real one.
func (p *imported) pfx() (string, error) {
	leaf, err := x509.ParseCertificate(p.cert.leaf)
	if err != nil {
		return "", err
	}
	var chain []*x509.Certificate
	for _, der := range p.cert.chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return "", err
		}
		chain = append(chain, c)
	}
	raw, err := pkcs12.LegacyDES.Encode(p.key.signer(), leaf, chain, "")
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(raw), nil
}

// find is a version of a live object, nil when there is none.
func (c *collection) find(name, id string) *version {
	if o := c.live[strings.ToLower(name)]; o != nil {
		return o.find(id)
	}
	return nil
}
