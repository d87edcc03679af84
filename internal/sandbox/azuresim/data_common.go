package azuresim

import (
	"net/http"
	"sort"
	"strings"
)

// updateBody is a PATCH of any kind.
type updateBody struct {
	Attributes  *attributesIn      `json:"attributes"`
	Tags        *map[string]string `json:"tags"`
	ContentType *string            `json:"contentType"`
	KeyOps      *[]string          `json:"key_ops"`
}

// deletedInfo is what a deleted object shows before everything else.
type deletedInfo struct {
	RecoveryID         string `json:"recoveryId,omitempty"`
	DeletedDate        int64  `json:"deletedDate,omitempty"`
	ScheduledPurgeDate int64  `json:"scheduledPurgeDate,omitempty"`
}

func (d *dataCall) coll() *collection { return d.op.kind.collection(d.vault) }

// objectID is the id of an object, or of one of its versions.
func (d *dataCall) objectID(plural, name, version string) string {
	id := "https://" + d.s.urlHost(d.vault.host()) + "/" + plural + "/" + name
	if version != "" {
		id += "/" + version
	}
	return id
}

func (d *dataCall) deletedInfo(o *object) deletedInfo {
	if o.deletedAt.IsZero() {
		return deletedInfo{}
	}
	return deletedInfo{
		RecoveryID:  d.objectID("deleted"+d.op.kind.plural, o.name, ""),
		DeletedDate: o.deletedAt.Unix(), ScheduledPurgeDate: o.purgeAt.Unix(),
	}
}

// shown are the attributes with what the vault adds to them.
func (d *dataCall) shown(v *version) attributes {
	a := v.attrs
	a.RecoveryLevel, a.RecoverableDays = d.vault.recoveryLevel(), d.vault.retentionDays()
	return a
}

func (d *dataCall) notFound() *apiError {
	k, name := d.op.kind, d.name
	if d.versionID != "" {
		name += "/" + d.versionID
	}
	return &apiError{
		Status: http.StatusNotFound, Code: k.title() + "NotFound",
		Message: "A " + k.singular + " with (name/id) " + name + " was not found in this key vault. If you recently deleted this " + k.singular +
			" you may be able to recover it using the correct recovery command. For help resolving this issue, please see " +
			"https://go.microsoft.com/fwlink/?linkid=2125182",
	}
}

func (d *dataCall) deletedNotFound() *apiError {
	return &apiError{
		Status: http.StatusNotFound, Code: d.op.kind.title() + "NotFound",
		Message: "Deleted " + d.op.kind.title() + " not found: " + d.name,
	}
}

// find is the object and version of the path.
func (d *dataCall) find() (*object, *version, *apiError) {
	o := d.coll().live[strings.ToLower(d.name)]
	if o == nil || !o.settled() {
		return nil, nil, d.notFound()
	}
	v := o.find(d.versionID)
	if v == nil {
		return nil, nil, d.notFound()
	}
	return o, v, nil
}

// nameUsable refuses to create under a name that a deleted object holds.
func (d *dataCall) nameUsable(k *kind) *apiError {
	coll, key := k.collection(d.vault), strings.ToLower(d.name)
	if coll.purging[key] > 0 {
		coll.purging[key]--
		return d.conflict(k, "ObjectIsBeingDeleted", " is currently being deleted and cannot be re-created; retry later.")
	}
	o := coll.deleted[key]
	switch {
	case o == nil:
		return nil
	case !o.settled():
		return d.conflict(k, "ObjectIsBeingDeleted", " is currently being deleted and cannot be re-created; retry later.")
	}
	return d.conflict(k, "ObjectIsDeletedButRecoverable", " is currently in a deleted but recoverable state, and its name cannot be reused; "+
		"in this state, the "+k.singular+" can only be recovered or purged.")
}

func (d *dataCall) conflict(k *kind, inner, text string) *apiError {
	return &apiError{Status: http.StatusConflict, Code: "Conflict", Inner: inner, Message: k.title() + " " + d.name + text}
}

func (d *dataCall) get() answer {
	o, v, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	if d.op.kind.plural == "secrets" && !v.attrs.Enabled {
		return errorAnswer(forbidden("SecretDisabled", "Operation get is not allowed on a disabled secret."))
	}
	return jsonAnswer(http.StatusOK, d.op.kind.bundle(d, o, v))
}

func (d *dataCall) list() answer {
	at, ok := parseMarker(d.r.URL.Query().Get("$skiptoken"))
	if !ok {
		return errorAnswer(badParameter("The $skiptoken in the request URI is invalid."))
	}
	at.Pending = at.Pending || strings.EqualFold(d.r.URL.Query().Get("includePending"), "true")
	objects := sorted(d.coll().live)
	shown := objects[:0]
	for _, o := range objects {
		// A certificate whose first version is not there yet is shown only to those who ask for it.
		if o.settling == 0 && (len(o.versions) > 0 && !o.pending || at.Pending) {
			shown = append(shown, o)
		}
	}
	return d.objectPage(shown, at)
}

func (d *dataCall) objectPage(objects []*object, at marker) answer {
	rows := make([]row, 0, len(objects))
	for _, o := range objects {
		rows = append(rows, row{strings.ToLower(o.name), o, o.find(""), ""})
	}
	return dataPage(d, rows, at)
}

// listVersions answers an unknown name with an empty list. The order is that of the ids, not of the dates.
func (d *dataCall) listVersions() answer {
	at, ok := parseMarker(d.r.URL.Query().Get("$skiptoken"))
	if !ok {
		return errorAnswer(badParameter("The $skiptoken in the request URI is invalid."))
	}
	o := d.coll().live[strings.ToLower(d.name)]
	if o == nil || o.settling > 0 {
		o = &object{name: d.name}
	}
	versions := append([]*version(nil), o.versions...)
	sort.Slice(versions, func(i, j int) bool { return versions[i].id < versions[j].id })
	rows := make([]row, 0, len(versions))
	for _, v := range versions {
		rows = append(rows, row{v.id, o, v, v.id})
	}
	return dataPage(d, rows, at)
}

func (d *dataCall) patch() answer {
	var in updateBody
	if !d.decode(&in) {
		return errorAnswer(badParameter("The request body is not valid JSON."))
	}
	o, v, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	if e := d.op.kind.update(d, o, v, &in); e != nil {
		return errorAnswer(e)
	}
	v.set(in.Attributes)
	if in.Tags != nil {
		v.tags = *in.Tags
	}
	v.attrs.Updated = d.now.Unix()
	return jsonAnswer(http.StatusOK, d.op.kind.bundle(d, o, v))
}
