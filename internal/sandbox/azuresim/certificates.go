package azuresim

import (
	"encoding/base64"
	"net/http"
)

// certificateBundle is a certificate with its policy.
type certificateBundle struct {
	deletedInfo
	ID         string             `json:"id"`
	KID        string             `json:"kid,omitempty"`
	SID        string             `json:"sid,omitempty"`
	X5T        string             `json:"x5t,omitempty"`
	CER        string             `json:"cer,omitempty"`
	Attributes attributes         `json:"attributes"`
	Tags       map[string]string  `json:"tags,omitempty"`
	Policy     *certificatePolicy `json:"policy,omitempty"`
	Pending    *idOnly            `json:"pending,omitempty"`
}

type idOnly struct {
	ID string `json:"id"`
}

// certificateItem is a line of a list of certificates. Its subject is always empty, as in Azure.
type certificateItem struct {
	deletedInfo
	ID         string            `json:"id"`
	X5T        string            `json:"x5t,omitempty"`
	Attributes attributes        `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	Subject    string            `json:"subject"`
}

// certificatePolicy says how a certificate was made and would be renewed.
type certificatePolicy struct {
	ID              string           `json:"id"`
	KeyProps        keyProps         `json:"key_props"`
	SecretProps     secretProps      `json:"secret_props"`
	X509Props       x509Props        `json:"x509_props"`
	LifetimeActions []lifetimeAction `json:"lifetime_actions"`
	Issuer          issuerProps      `json:"issuer"`
	Attributes      attributes       `json:"attributes"`
}

type keyProps struct {
	Exportable bool   `json:"exportable"`
	KTY        string `json:"kty"`
	KeySize    int    `json:"key_size"`
	ReuseKey   bool   `json:"reuse_key"`
	CRV        string `json:"crv,omitempty"`
}

type secretProps struct {
	ContentType string `json:"contentType"`
}

type x509Props struct {
	Subject          string           `json:"subject"`
	SANs             *sanProps        `json:"sans,omitempty"`
	EKUs             []string         `json:"ekus"`
	KeyUsage         []string         `json:"key_usage"`
	ValidityMonths   int              `json:"validity_months"`
	BasicConstraints basicConstraints `json:"basic_constraints"`
}

type sanProps struct {
	DNSNames []string `json:"dns_names,omitempty"`
	Emails   []string `json:"emails,omitempty"`
}

type basicConstraints struct {
	CA bool `json:"ca"`
}

type lifetimeAction struct {
	Trigger struct {
		LifetimePercentage int `json:"lifetime_percentage"`
	} `json:"trigger"`
	Action struct {
		ActionType string `json:"action_type"`
	} `json:"action"`
}

type issuerProps struct {
	Name string `json:"name"`
}

func certificateBundleOf(d *dataCall, o *object, v *version) any {
	b := certificateBundle{
		deletedInfo: d.deletedInfo(o), ID: d.objectID("certificates", o.name, v.id), Attributes: d.shown(v), Tags: v.tags, Policy: o.policy,
	}
	if v.cert != nil {
		b.KID, b.SID = d.objectID("keys", o.name, v.id), d.objectID("secrets", o.name, v.id)
		b.X5T, b.CER = v.cert.thumbprint(), base64.StdEncoding.EncodeToString(v.cert.leaf)
	}
	if o.pending {
		b.Pending = &idOnly{d.objectID("certificates", o.name, "pending")}
	}
	return b
}

// certificateItemOf leaves out the recovery level, which Azure does not list for live certificates.
func certificateItemOf(d *dataCall, o *object, v *version, id string) any {
	item := certificateItem{deletedInfo: d.deletedInfo(o), ID: id, Attributes: v.attrs, Tags: v.tags}
	if !o.deletedAt.IsZero() {
		item.Attributes = d.shown(v)
	}
	if v.cert != nil {
		item.X5T = v.cert.thumbprint()
	}
	return item
}

func (d *dataCall) getPolicy() answer {
	o, _, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	return jsonAnswer(http.StatusOK, o.policy)
}

func (d *dataCall) getPending() answer {
	o, _, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	if !o.pending {
		return errorAnswer(&apiError{
			Status: http.StatusNotFound, Code: "PendingCertificateNotFound",
			Message: "Pending certificate not found: " + d.name,
		})
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"id": d.objectID("certificates", o.name, "pending"), "issuer": o.policy.Issuer, "status": "inProgress", "cancellation_requested": false,
		"status_details": "Pending certificate created. Certificate request is in progress. This may take some time based on the issuer " +
			"provider. Please check again later.",
	})
}

// updateCertificate passes the change on to the key and the secret. The validity stands in the certificate
// and cannot be changed; Azure ignores the attempt.
func updateCertificate(d *dataCall, o *object, v *version, in *updateBody) *apiError {
	if in.Attributes == nil {
		return nil
	}
	in.Attributes.NotBefore, in.Attributes.Expires = nil, nil
	for _, coll := range []*collection{&d.vault.keys, &d.vault.secrets} {
		if twin := coll.find(o.name, v.id); twin != nil {
			twin.set(in.Attributes)
			twin.attrs.Updated = d.now.Unix()
		}
	}
	return nil
}
