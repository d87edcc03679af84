package azuresim

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

const (
	typePEM = "application/x-pem-file"
	typePFX = "application/x-pkcs12"
)

type importBody struct {
	Value      string            `json:"value"`
	Password   string            `json:"pwd"`
	Attributes *attributesIn     `json:"attributes"`
	Tags       map[string]string `json:"tags"`
	Policy     struct {
		KeyProps struct {
			Exportable *bool `json:"exportable"`
			ReuseKey   bool  `json:"reuse_key"`
		} `json:"key_props"`
		SecretProps secretProps `json:"secret_props"`
		Issuer      issuerProps `json:"issuer"`
	} `json:"policy"`
}

// importCertificate makes a certificate with its key and secret, or a new version of the three.
func (d *dataCall) importCertificate() answer {
	var in importBody
	if !d.decode(&in) || in.Value == "" {
		return errorAnswer(badParameter("Required parameter value is missing."))
	}
	if e := d.importNameUsable(); e != nil {
		return errorAnswer(e)
	}
	contentType := d.importType(in)
	// A file may ask for many rounds of key derivation: the rest of the cloud must not wait for them.
	d.s.mu.Unlock()
	parsed, e := parseImport(contentType, in.Value, in.Password)
	d.s.mu.Lock()
	if e != nil {
		return errorAnswer(e)
	}
	if e := d.importNameUsable(); e != nil {
		return errorAnswer(e)
	}
	if e := parsed.check(d.now); e != nil {
		return errorAnswer(e)
	}
	v, err := d.storeCertificate(parsed, contentType, in)
	if err != nil {
		return errorAnswer(unreadable(contentType))
	}
	o := d.coll().live[strings.ToLower(d.name)]
	return jsonAnswer(http.StatusOK, certificateBundleOf(d, o, v))
}

// importNameUsable also keeps a certificate from growing onto a key or secret that is not its own.
func (d *dataCall) importNameUsable() *apiError {
	for _, k := range []*kind{certificateKind(), keyKind(), secretKind()} {
		if e := d.nameUsable(k); e != nil {
			return e
		}
	}
	for _, k := range []*kind{keyKind(), secretKind()} {
		if o := k.collection(d.vault).live[strings.ToLower(d.name)]; o != nil && !o.managed {
			return &apiError{
				Status: http.StatusConflict, Code: "Conflict",
				Message: "A " + k.singular + " with the name " + d.name + " exists already and is not managed by a certificate.",
			}
		}
	}
	return nil
}

// importType is what the policy says, else that of the stored policy, else PKCS#12: the trap of the real service.
func (d *dataCall) importType(in importBody) string {
	if t := in.Policy.SecretProps.ContentType; t != "" {
		return t
	}
	if o := d.coll().live[strings.ToLower(d.name)]; o != nil && o.policy != nil {
		return o.policy.SecretProps.ContentType
	}
	return typePFX
}

// imported is what an upload holds: the key, the leaf and the rest of the chain.
type imported struct {
	key  *keyMaterial
	cert *certMaterial
}

func unreadable(contentType string) *apiError {
	if contentType == typePEM {
		return badParameter("The specified PEM X.509 certificate content can not be read. Please check if certificate is in valid PEM format. " +
			"Accepted formats: PEM content or Base64 encoded PEM content.")
	}
	return badParameter("The specified PKCS#12 X.509 certificate content can not be read. Please check if certificate is in valid PKCS#12 format.")
}

func unexpectedFormat() *apiError {
	return badParameter("The specified PEM X.509 certificate content is in an unexpected format. Please check if certificate is in valid PEM format.")
}

func parseImport(contentType, value, password string) (*imported, *apiError) {
	switch contentType {
	case typePEM:
		return parsePEMImport(value, password)
	case typePFX:
		if strings.Contains(value, "-----BEGIN") {
			return nil, unexpectedFormat()
		}
		return parsePFXImport(value, password)
	}
	return nil, badParameter("The content type '%s' of the certificate's secret is not supported.", contentType)
}

func parsePFXImport(value, password string) (*imported, *apiError) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return nil, unreadable(typePFX)
	}
	key, leaf, chain, err := pkcs12.DecodeChain(raw, password)
	if err != nil {
		return nil, unreadable(typePFX)
	}
	ders := [][]byte{leaf.Raw}
	for _, c := range chain {
		ders = append(ders, c.Raw)
	}
	return pairUp(typePFX, key, ders)
}

// parsePEMImport takes PKCS#8 keys only, encrypted ones with their password, and lines that end with LF only.
func parsePEMImport(value, password string) (*imported, *apiError) {
	if !strings.Contains(value, "-----BEGIN") {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if err != nil {
			return nil, unreadable(typePEM)
		}
		value = string(raw)
	}
	if strings.Contains(value, "\r") {
		return nil, unexpectedFormat()
	}
	var key any
	var ders [][]byte
	for block, rest := pem.Decode([]byte(value)); block != nil; block, rest = pem.Decode(rest) {
		var err error
		switch block.Type {
		case "CERTIFICATE":
			ders = append(ders, block.Bytes)
		case "PRIVATE KEY":
			key, err = parsePKCS8(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			key, err = decryptPKCS8(block.Bytes, password)
		default:
			return nil, unexpectedFormat()
		}
		if err != nil {
			return nil, unreadable(typePEM)
		}
	}
	return pairUp(typePEM, key, ders)
}

// pairUp takes for leaf the certificate that has the key's public half, and puts it first.
func pairUp(contentType string, key any, ders [][]byte) (*imported, *apiError) {
	if key == nil || len(ders) == 0 {
		return nil, unreadable(contentType)
	}
	material, err := keyMaterialOf(key)
	if err != nil {
		return nil, unreadable(contentType)
	}
	for i, der := range ders {
		facts, err := readCertificate(der)
		if err != nil {
			return nil, unreadable(contentType)
		}
		if facts.belongsTo(material) {
			chain := append(append([][]byte{}, ders[:i]...), ders[i+1:]...)
			return &imported{key: material, cert: &certMaterial{leaf: der, chain: chain, facts: facts}}, nil
		}
	}
	return nil, badParameter("The specified X.509 certificate's public key does not match the private key.")
}

func (i *imported) check(now time.Time) *apiError {
	if !now.Before(i.cert.facts.notAfter) {
		return badParameter("The specified X.509 certificate has expired.")
	}
	if bits := i.key.spec.bits; i.key.rsa != nil && bits != 2048 && bits != 3072 && bits != 4096 {
		return badParameter("The key size %d is not supported; it must be 2048, 3072 or 4096.", bits)
	}
	return nil
}
