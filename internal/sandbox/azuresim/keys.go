package azuresim

import (
	"net/http"
	"slices"
	"strings"
)

// keyBundle is a key with its public part.
type keyBundle struct {
	deletedInfo
	Key        jsonWebKey        `json:"key"`
	Attributes attributes        `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	Managed    bool              `json:"managed,omitempty"`
}

// jsonWebKey is the public part of a key; numbers are base64url.
type jsonWebKey struct {
	KID    string   `json:"kid"`
	KTY    string   `json:"kty"`
	KeyOps []string `json:"key_ops"`
	N      string   `json:"n,omitempty"`
	E      string   `json:"e,omitempty"`
	CRV    string   `json:"crv,omitempty"`
	X      string   `json:"x,omitempty"`
	Y      string   `json:"y,omitempty"`
}

// keyItem is a line of a list of keys.
type keyItem struct {
	deletedInfo
	KID        string            `json:"kid"`
	Attributes attributes        `json:"attributes"`
	Tags       map[string]string `json:"tags,omitempty"`
	Managed    bool              `json:"managed,omitempty"`
}

func keyBundleOf(d *dataCall, o *object, v *version) any {
	jwk := v.key.public()
	jwk.KID, jwk.KeyOps = d.objectID("keys", o.name, v.id), v.ops
	return keyBundle{deletedInfo: d.deletedInfo(o), Key: jwk, Attributes: d.shown(v), Tags: v.tags, Managed: o.managed}
}

func keyItemOf(d *dataCall, o *object, v *version, id string) any {
	return keyItem{deletedInfo: d.deletedInfo(o), KID: id, Attributes: d.shown(v), Tags: v.tags, Managed: o.managed}
}

type createKeyBody struct {
	KTY        string            `json:"kty"`
	KeySize    int               `json:"key_size"`
	CRV        string            `json:"crv"`
	KeyOps     []string          `json:"key_ops"`
	Attributes *attributesIn     `json:"attributes"`
	Tags       map[string]string `json:"tags"`
}

func (d *dataCall) createKey() answer {
	var in createKeyBody
	if !d.decode(&in) {
		return errorAnswer(badParameter("The request body is not valid JSON."))
	}
	return d.addKey(in)
}

// addKey makes a key or a new version of it; a repetition makes one more version.
func (d *dataCall) addKey(in createKeyBody) answer {
	spec, e := d.keySpec(in)
	if e != nil {
		return errorAnswer(e)
	}
	if e := d.keyNameUsable(); e != nil {
		return errorAnswer(e)
	}
	// An RSA key of 4096 bits takes seconds: the rest of the cloud must not wait for it.
	d.s.mu.Unlock()
	material, err := generateKey(spec)
	d.s.mu.Lock()
	if err != nil {
		return errorAnswer(badParameter("The key could not be generated."))
	}
	if e := d.keyNameUsable(); e != nil {
		return errorAnswer(e)
	}
	v := newVersion(in.Attributes, in.Tags, d.now)
	v.key, v.ops, v.attrs.Exportable = material, in.KeyOps, new(bool)
	if v.ops == nil {
		v.ops = material.defaultOps()
	}
	return jsonAnswer(http.StatusOK, keyBundleOf(d, d.coll().add(d.name, v), v))
}

func (d *dataCall) keyNameUsable() *apiError {
	if e := d.nameUsable(d.op.kind); e != nil {
		return e
	}
	if o := d.coll().live[strings.ToLower(d.name)]; o != nil {
		return d.refuseManaged(o)
	}
	return nil
}

// keySpec checks what is asked for and fills in Azure's defaults: 2048 bits and P-256.
func (d *dataCall) keySpec(in createKeyBody) (keySpec, *apiError) {
	spec := keySpec{kty: in.KTY, bits: in.KeySize, crv: in.CRV}
	switch in.KTY {
	case "RSA", "RSA-HSM":
		if spec.bits == 0 {
			spec.bits = 2048
		}
		if !slices.Contains([]int{2048, 3072, 4096}, spec.bits) {
			return spec, badParameter("The key size %d is not supported; it must be 2048, 3072 or 4096.", spec.bits)
		}
	case "EC", "EC-HSM":
		spec.crv = or(spec.crv, "P-256")
		if !slices.Contains([]string{"P-256", "P-384", "P-521", "P-256K"}, spec.crv) {
			return spec, badParameter("The curve '%s' is not supported.", spec.crv)
		}
	case "":
		return spec, badParameter("Required parameter kty is missing.")
	default:
		return spec, badParameter("The key type '%s' is not supported.", in.KTY)
	}
	if strings.HasSuffix(in.KTY, "-HSM") && !d.vault.premium() {
		return spec, badParameter("Hardware key operation not allowed on standard vault")
	}
	for _, op := range in.KeyOps {
		if !slices.Contains(keyOperations(), op) {
			return spec, badParameter("The key operation '%s' is not supported.", op)
		}
	}
	return spec, nil
}

func keyOperations() []string {
	return []string{"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"}
}

// rotateKey makes a new version like the newest one.
func (d *dataCall) rotateKey() answer {
	_, v, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	return d.addKey(createKeyBody{KTY: v.key.spec.kty, KeySize: v.key.spec.bits, CRV: v.key.spec.crv, KeyOps: v.ops, Tags: v.tags})
}

func updateKey(_ *dataCall, _ *object, v *version, in *updateBody) *apiError {
	if in.KeyOps == nil {
		return nil
	}
	for _, op := range *in.KeyOps {
		if !slices.Contains(keyOperations(), op) {
			return badParameter("The key operation '%s' is not supported.", op)
		}
	}
	v.ops = *in.KeyOps
	return nil
}
