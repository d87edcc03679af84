package azuresim

import (
	"net/http"
	"strings"
)

// softDelete keeps the object for the vault's retention; a certificate takes its key and secret along.
func (d *dataCall) softDelete() answer {
	o, _, e := d.find()
	if e != nil {
		return errorAnswer(e)
	}
	if e := d.refuseManaged(o); e != nil {
		return errorAnswer(e)
	}
	purgeAt := d.now.AddDate(0, 0, d.vault.retentionDays())
	for _, coll := range d.family() {
		coll.softDelete(o.name, d.now, purgeAt, d.conf.DeletionPolls)
	}
	return jsonAnswer(http.StatusOK, d.op.kind.bundle(d, o, o.find("")))
}

// family are the collections that change together: all three for a certificate.
func (d *dataCall) family() []*collection {
	if d.op.kind.plural == "certificates" {
		return d.vault.collections()
	}
	return []*collection{d.coll()}
}

func (d *dataCall) refuseManaged(o *object) *apiError {
	if !o.managed {
		return nil
	}
	return forbidden("", "Operation "+d.op.verb+" is not allowed on a "+d.op.kind.singular+" that is managed by a certificate.")
}

func (d *dataCall) listDeleted() answer {
	at, ok := parseMarker(d.r.URL.Query().Get("$skiptoken"))
	if !ok {
		return errorAnswer(badParameter("The $skiptoken in the request URI is invalid."))
	}
	all := sorted(d.coll().deleted)
	shown := all[:0]
	for _, o := range all {
		if o.settling == 0 {
			shown = append(shown, o)
		}
	}
	return d.objectPage(shown, at)
}

// findDeleted is the deleted object of the path, once its deletion is through.
func (d *dataCall) findDeleted() (*object, *apiError) {
	o := d.coll().deleted[strings.ToLower(d.name)]
	if o == nil || !o.settled() {
		return nil, d.deletedNotFound()
	}
	return o, nil
}

func (d *dataCall) getDeleted() answer {
	o, e := d.findDeleted()
	if e != nil {
		return errorAnswer(e)
	}
	return jsonAnswer(http.StatusOK, d.op.kind.bundle(d, o, o.find("")))
}

func (d *dataCall) recover() answer {
	o, e := d.findDeleted()
	if e != nil {
		return errorAnswer(e)
	}
	if e := d.refuseManaged(o); e != nil {
		return errorAnswer(e)
	}
	for _, coll := range d.family() {
		coll.recover(o.name, d.conf.DeletionPolls)
	}
	return jsonAnswer(http.StatusOK, d.op.kind.bundle(d, o, o.find("")))
}

func (d *dataCall) purge() answer {
	o, e := d.findDeleted()
	if e != nil {
		return errorAnswer(e)
	}
	if d.vault.protected() {
		return errorAnswer(forbidden("", `Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault `+
			"service will automatically purge it after the retention period has passed.\r\nVault: "+d.place()))
	}
	if e := d.refuseManaged(o); e != nil {
		return errorAnswer(e)
	}
	for _, coll := range d.family() {
		coll.purge(o.name, d.conf.DeletionPolls)
	}
	return answer{status: http.StatusNoContent}
}
