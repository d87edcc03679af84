package store

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// check refuses what no database should be asked to hold, before the batch takes a place in the queue.
func (b *Batch) check() error {
	for _, c := range b.InsertConnections {
		if err := checkRecord("add connection", c.Tenant, c.ID, named{"name", c.Name}, named{"integration", c.Integration}); err != nil {
			return err
		}
	}
	for _, c := range b.UpdateConnections {
		if err := checkRecord("update connection", c.Tenant, c.ID, named{"name", c.Name}); err != nil {
			return err
		}
	}
	for _, t := range b.InsertTokens {
		if err := checkRecord("add token", t.Tenant, t.ID, named{"name", t.Name}); err != nil {
			return err
		}
	}
	for _, x := range b.InsertSecrets {
		if err := checkRecord("add secret", x.Tenant, x.ID, named{"name", x.Name}); err != nil {
			return err
		}
	}
	for _, r := range b.InsertRuns {
		if err := checkRecord("record run", r.Tenant, r.ID, named{"integration", r.Integration}, named{"command", r.Command}, named{"state", r.State}); err != nil {
			return err
		}
	}
	for _, e := range b.Audit {
		if err := checkText("append audit entry", e.ID, named{"tenant", e.Tenant}, named{"kind", e.Kind}); err != nil {
			return err
		}
	}
	for _, f := range b.InsertFiles {
		if err := checkText("add file", f.Name, named{"tenant", f.Tenant}, named{"name", f.Name}, named{"contentKey", f.ContentKey}); err != nil {
			return err
		}
	}
	return b.checkContents()
}

// checkContents refuses content that no delete of a file would ever remove.
func (b *Batch) checkContents() error {
	for _, c := range b.InsertContents {
		if !slices.ContainsFunc(b.InsertFiles, func(f *File) bool { return f.Tenant == c.Tenant && f.ContentKey == c.Key }) {
			return invalid("add content", c.Key, "no file of the batch has it")
		}
	}
	return nil
}

type named struct{ field, value string }

func checkRecord(op, tenant, id string, texts ...named) error {
	if u, err := uuid.Parse(id); err != nil || u.Version() != 7 || u.String() != id {
		return invalid(op, id, "id must be a UUIDv7 in lower case")
	}
	return checkText(op, id, append(texts, named{"tenant", tenant})...)
}

// checkText asks for text that is there and that every database can hold.
func checkText(op, id string, texts ...named) error {
	for _, t := range texts {
		switch {
		case t.value == "":
			return invalid(op, id, "%s is empty", t.field)
		case !utf8.ValidString(t.value) || strings.ContainsRune(t.value, 0):
			return invalid(op, id, "%s must be valid UTF-8 without NUL", t.field)
		}
	}
	return nil
}

// rows is about how many rows the batch writes.
func (b *Batch) rows() int {
	return len(b.UpsertItems) + len(b.Audit) + len(b.InsertRuns) + len(b.UpdateRuns) + len(b.InsertFiles) + len(b.InsertContents) + 1
}

// committed sets what callers may see only once it is true.
func (b *Batch) committed() {
	for _, c := range b.InsertConnections {
		c.Revision = 1
	}
	for _, c := range b.UpdateConnections {
		c.Revision++
	}
}
