package azuresim

import (
	"net/http"
	"strings"
)

const (
	maxSecretBytes = 25 << 10
	maxContentType = 255
)

// secretBundle is a secret, or without its value a line of a list.
type secretBundle struct {
	deletedInfo
	Value       *string           `json:"value,omitempty"`
	ContentType string            `json:"contentType,omitempty"`
	ID          string            `json:"id"`
	Managed     bool              `json:"managed,omitempty"`
	Attributes  attributes        `json:"attributes"`
	Tags        map[string]string `json:"tags,omitempty"`
	KID         string            `json:"kid,omitempty"`
}

// secretBundleOf shows the value only to those who set or get it.
func secretBundleOf(d *dataCall, o *object, v *version) any {
	b := secretBundle{
		deletedInfo: d.deletedInfo(o), ContentType: v.contentType, ID: d.objectID("secrets", o.name, v.id), Managed: o.managed,
		Attributes: d.shown(v), Tags: v.tags,
	}
	if d.op.verb == "get" || d.op.verb == "set" {
		b.Value = &v.value
	}
	if o.managed {
		b.KID = d.objectID("keys", o.name, v.id)
	}
	return b
}

func secretItemOf(d *dataCall, o *object, v *version, id string) any {
	return secretBundle{
		deletedInfo: d.deletedInfo(o), ContentType: v.contentType, ID: id, Managed: o.managed, Attributes: d.shown(v), Tags: v.tags,
	}
}

// setSecret makes a secret or a new version of it; a repetition makes one more version.
func (d *dataCall) setSecret() answer {
	var in struct {
		Value       *string           `json:"value"`
		ContentType string            `json:"contentType"`
		Attributes  *attributesIn     `json:"attributes"`
		Tags        map[string]string `json:"tags"`
	}
	if !d.decode(&in) {
		return errorAnswer(badParameter("The request body is not valid JSON."))
	}
	switch {
	case in.Value == nil:
		return errorAnswer(badParameter("Required parameter value is missing."))
	case len(*in.Value) > maxSecretBytes:
		return errorAnswer(badParameter("Secret value is too long; the maximum is %d bytes.", maxSecretBytes))
	case len(in.ContentType) > maxContentType:
		return errorAnswer(badParameter("Secret contentType is too long; the maximum is %d characters.", maxContentType))
	}
	if e := d.nameUsable(d.op.kind); e != nil {
		return errorAnswer(e)
	}
	if o := d.coll().live[strings.ToLower(d.name)]; o != nil {
		if e := d.refuseManaged(o); e != nil {
			return errorAnswer(e)
		}
	}
	v := newVersion(in.Attributes, in.Tags, d.now)
	v.value, v.contentType = *in.Value, in.ContentType
	return jsonAnswer(http.StatusOK, secretBundleOf(d, d.coll().add(d.name, v), v))
}

func updateSecret(_ *dataCall, _ *object, v *version, in *updateBody) *apiError {
	if in.ContentType == nil {
		return nil
	}
	if len(*in.ContentType) > maxContentType {
		return badParameter("Secret contentType is too long; the maximum is %d characters.", maxContentType)
	}
	v.contentType = *in.ContentType
	return nil
}
