package keyvault

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/certfile"
)

// ImportCertificateIn is the input of Import Certificate.
type ImportCertificateIn struct {
	VaultTarget
	CertificateName   string            `json:"certificateName" label:"Certificate Name" doc:"Name of the certificate: letters, digits and hyphens. A certificate of this name gets a new version." example:"D3Test-Import-Cert-G" minLength:"1" maxLength:"2000"`
	PrivateKey        connector.Secret  `json:"privateKey" label:"Private Key" doc:"Private key in PEM: PKCS#8, PKCS#1 or SEC1, encrypted or not." when:"certificateFormat=PEM"`
	Certificate       string            `json:"certificate" label:"Certificate" doc:"Certificate in PEM, with the certificates of its chain if there are any." when:"certificateFormat=PEM" example:"-----BEGIN CERTIFICATE-----\\nMII...\\n-----END CERTIFICATE-----"`
	Passphrase        connector.Secret  `json:"passphrase,omitempty" label:"Passphrase" doc:"Passphrase of the private key or of the PFX file, when it is encrypted."`
	Tags              map[string]string `json:"tags,omitempty" label:"Tags" doc:"Names and values to keep with the certificate." example:"{\"purpose\":\"D3 test\"}"`
	CertificateFormat string            `json:"certificateFormat" label:"Certificate Format" doc:"PEM takes Private Key and Certificate. PFX takes one file with both." enum:"PEM,PFX" default:"PEM"`
	PFX               connector.Secret  `json:"pfx" label:"PFX" doc:"PKCS#12 file in base64." when:"certificateFormat=PFX"`
}

// Validate refuses names that no certificate has.
func (in *ImportCertificateIn) Validate() []*connector.Error {
	return in.place().validate(checkObject(certificates(), "/certificateName", in.CertificateName), checkTags(in.Tags))
}

// CertificateOut is a certificate that was imported or changed, and the same in
// a few words.
type CertificateOut struct {
	Summary    []Row             `json:"summary"`
	ID         string            `json:"id" key:"ids" doc:"Identifier of the version."`
	KID        string            `json:"kid,omitempty" key:"kids" doc:"Identifier of its key."`
	SID        string            `json:"sid,omitempty" key:"sids" doc:"Identifier of the secret that holds it with its private key."`
	X5T        string            `json:"x5t,omitempty" key:"x5ts" doc:"SHA-1 thumbprint, in base64 for URLs."`
	CER        string            `json:"cer,omitempty" doc:"The certificate, DER in base64."`
	Attributes *Attributes       `json:"attributes,omitzero"`
	Policy     json.RawMessage   `json:"policy,omitempty" doc:"How it is renewed."`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the version."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (o *CertificateOut) UnmarshalJSON(raw []byte) error {
	type plain CertificateOut
	return keep(raw, (*plain)(o), &o.rest)
}

// MarshalJSON writes all that was read.
func (o CertificateOut) MarshalJSON() ([]byte, error) {
	type plain CertificateOut
	return whole(plain(o), o.rest)
}

func importCertificate() *connector.Command {
	return connector.NewPlanned(connector.Meta{
		Name:        "Import Certificate",
		Summary:     "Imports a certificate with its private key into a vault.",
		Description: "Encrypted keys are opened here, and whether certificate and key belong together is checked, before anything is sent. The chain is put in order and the key is brought into the form that the service takes. Keys encrypted in ways that are not opened here (PBES1, Camellia, ARIA) are handed on with their passphrase, which the service opens. The request is repeated only when it surely had no effect, so that one run makes one version.",
		Effect:      connector.Write,
		Permissions: content(certificates(), "Key Vault Certificates Officer", need{"import", "import/action", ""}),
		Corrections: []string{
			"The service takes PEM only with a PKCS#8 key, LF line ends and its content type; other forms are converted here.",
			"PFX files are taken too, with Certificate Format PFX.",
			"An expired certificate is refused by the service, and here before it is sent.",
			resolves,
		},
	}, runImportCertificate, planImportCertificate)
}

// upload is the body of an import.
type upload struct {
	Value    string `json:"value"`
	Password string `json:"pwd,omitempty"`
	Policy   struct {
		Secret struct {
			ContentType string `json:"contentType"`
		} `json:"secret_props"`
	} `json:"policy"`
	Tags map[string]string `json:"tags,omitempty"`
}

// Content types that the service knows uploads by.
const (
	typePEM = "application/x-pem-file"
	typePFX = "application/x-pkcs12"
)

func runImportCertificate(ctx context.Context, _ *connector.Call, s *session, in *ImportCertificateIn) (*CertificateOut, error) {
	body, err := in.upload(s.env.Now())
	if err != nil {
		return nil, err
	}
	v, name, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	call := azconn.Call{Method: http.MethodPost, Operation: "certificates.import", Item: name, Body: raw, Once: true}
	a, err := s.data(ctx, v, call, "certificates", name, "import")
	if err != nil {
		return nil, unsure(serviceKeyError(err, body))
	}
	return certificateOut(a.Body)
}

func certificateOut(raw []byte) (*CertificateOut, error) {
	out, err := decodeOne[CertificateOut](raw)
	if err != nil {
		return nil, err
	}
	out.Summary = []Row{row(out.ID, out.Attributes, nil)}
	return out, nil
}

func (in *ImportCertificateIn) find(ctx context.Context, s *session) (*vault, string, error) {
	v, err := s.find(ctx, in.place())
	if err != nil {
		return nil, "", err
	}
	name, err := v.object(certificates(), "/certificateName", in.CertificateName)
	return v, name, err
}

func planImportCertificate(ctx context.Context, _ *connector.Call, s *session, in *ImportCertificateIn) ([]connector.PlanStep, error) {
	if _, err := in.upload(s.env.Now()); err != nil {
		return nil, err
	}
	v, name, err := in.find(ctx, s)
	if err != nil {
		return nil, err
	}
	return s.planNew(ctx, v, certificates(), name)
}

// upload opens and checks what is to be imported.
func (in *ImportCertificateIn) upload(now time.Time) (*upload, error) {
	u := &upload{Tags: in.Tags}
	err := in.fillPEM
	if in.CertificateFormat == "PFX" {
		err = in.fillPFX
	}
	if e := err(u, now); e != nil {
		return nil, e
	}
	return u, nil
}

func (in *ImportCertificateIn) fillPEM(u *upload, now time.Time) error {
	u.Policy.Secret.ContentType = typePEM
	certs, err := certfile.Certificates(in.Certificate)
	if err != nil {
		return connector.InvalidField("/certificate", "Certificate holds no certificate in PEM.", "Paste it from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.")
	}
	key, err := certfile.OpenKey(in.PrivateKey.Reveal(), in.Passphrase.Reveal())
	if errors.Is(err, certfile.ErrUnsupported) && !in.Passphrase.Empty() {
		u.Value = certfile.Tidy(in.PrivateKey.Reveal()) + "\n" + string(certfile.PEM(certs))
		u.Password = in.Passphrase.Reveal()
		return nil
	}
	if err != nil {
		return keyError("/privateKey", err)
	}
	defer key.Wipe()
	if certs, err = certfile.Order(key, certs); err != nil {
		return keyError("/privateKey", err)
	}
	u.Value = string(key.PEM()) + string(certfile.PEM(certs))
	return expired("/certificate", certs[0], now)
}

// fillPFX sends the file as it is, once its passphrase and content are good.
func (in *ImportCertificateIn) fillPFX(u *upload, now time.Time) error {
	u.Policy.Secret.ContentType = typePFX
	der, err := certfile.DecodePFX(in.PFX.Reveal())
	if err != nil {
		return connector.InvalidField("/pfx", "PFX is not a PKCS#12 file in base64.", "Encode the file: base64 -w0 file.pfx.")
	}
	u.Value, u.Password = base64.StdEncoding.EncodeToString(der), in.Passphrase.Reveal()
	f, err := certfile.OpenPFX(der, u.Password)
	switch {
	case errors.Is(err, certfile.ErrUnsupported):
		return nil
	case errors.Is(err, certfile.ErrFormat):
		return connector.InvalidField("/pfx", "PFX holds no certificate with its private key.", "Export the certificate together with its private key.")
	case err != nil:
		return keyError("/pfx", err)
	}
	defer f.Key.Wipe()
	return expired("/pfx", f.Certificates[0], now)
}

func expired(field string, leaf *certfile.Certificate, now time.Time) error {
	if now.Before(leaf.NotAfter) {
		return nil
	}
	return connector.InvalidField(field, "The certificate expired on "+leaf.NotAfter.UTC().Format("2006-01-02")+".", "Import a certificate that is still valid.")
}

// wrongKey is the message for a key that cannot be used, whatever the reason.
const wrongKey = "Incorrect private key passphrase or invalid key material."

// keyError says in one message what it cannot tell apart, and in the fix what
// it can.
func keyError(field string, err error) *connector.Error {
	e := connector.InvalidField(field, wrongKey, "Give the private key in PEM: PKCS#8, PKCS#1 or SEC1.")
	switch {
	case errors.Is(err, certfile.ErrPassphrase):
		e.Field, e.Fix = "/passphrase", "The private key is encrypted: give the passphrase that it was encrypted with."
	case errors.Is(err, certfile.ErrMismatch):
		e.Fix = "The private key belongs to none of the certificates: give the key and the certificate of one pair."
	case errors.Is(err, certfile.ErrUnsupported):
		e.Field, e.Fix = "/passphrase", "The private key is encrypted: give its passphrase."
	case errors.Is(err, certfile.ErrTooCostly):
		e.Message = "The private key asks for more rounds of key derivation than the 10,000,000 allowed here."
		e.Fix = "Encrypt the key again with fewer rounds: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000."
	}
	return e
}

// serviceKeyError gives the service's refusal of a key that it had to open
// itself the one message for it.
func serviceKeyError(err error, u *upload) error {
	e := *connector.AsError(err)
	if u.Password != "" && u.Policy.Secret.ContentType == typePEM && e.Status == http.StatusBadRequest {
		e.Message, e.Field, e.Fix = wrongKey, "/passphrase", "The service could not open the private key: check the passphrase, or decrypt the key first."
	}
	return &e
}
