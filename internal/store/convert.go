package store

import (
	"encoding/json"
	"strings"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

func insertConnectionParams(c *Connection) db.InsertConnectionParams {
	return db.InsertConnectionParams{
		TenantID: c.Tenant, ID: c.ID, Integration: c.Integration, Name: c.Name, NameKey: fold(c.Name), Description: storable(c.Description),
		Active: c.Active, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, CreatedBy: c.CreatedBy, Settings: notNil(c.Settings),
		Secrets: encodeJSON(c.Secrets), Guardrails: c.Guardrails,
	}
}

func updateConnectionParams(c *Connection) db.UpdateConnectionParams {
	return db.UpdateConnectionParams{
		TenantID: c.Tenant, ID: c.ID, Revision: c.Revision, Name: c.Name, NameKey: fold(c.Name), Description: storable(c.Description),
		Active: c.Active, UpdatedAt: c.UpdatedAt, Settings: notNil(c.Settings), Secrets: encodeJSON(c.Secrets), Guardrails: c.Guardrails,
	}
}

func toConnection(r db.Connection) (Connection, error) {
	c := Connection{
		ID: r.ID, Tenant: r.TenantID, Integration: r.Integration, Name: r.Name, Description: r.Description, Active: r.Active,
		Settings: r.Settings, Guardrails: r.Guardrails, Health: r.Health, Revision: r.Revision, CreatedAt: r.CreatedAt,
		UpdatedAt: r.UpdatedAt, CreatedBy: r.CreatedBy,
	}
	return c, decodeJSON("connection", r.ID, r.Secrets, &c.Secrets)
}

func insertTokenParams(t *Token) db.InsertTokenParams {
	return db.InsertTokenParams{
		TenantID: t.Tenant, ID: t.ID, Name: t.Name, Hash: t.Hash[:], Scopes: encodeJSON(t.Scopes), CreatedAt: t.CreatedAt,
		ExpiresAt: t.ExpiresAt, CreatedBy: t.CreatedBy,
	}
}

func toToken(r db.Token) (Token, error) {
	t := Token{
		ID: r.ID, Tenant: r.TenantID, Name: r.Name, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, LastUsedAt: r.LastUsedAt,
		RevokedAt: r.RevokedAt, CreatedBy: r.CreatedBy,
	}
	copy(t.Hash[:], r.Hash)
	return t, decodeJSON("token", r.ID, r.Scopes, &t.Scopes)
}

func upsertItemParams(i *Item) db.UpsertItemParams {
	return db.UpsertItemParams{
		TenantID: i.Tenant, RunID: i.RunID, Seq: int64(i.Seq), Item: storable(i.Item), State: i.State, Message: storable(i.Message),
		StatusCode: int64(i.StatusCode), Code: storable(i.Code), Operation: storable(i.Operation), RequestID: storable(i.RequestID),
		DurationMicros: i.DurationMicros, Bytes: i.Bytes, Detail: i.Detail,
	}
}

func toItem(r db.Item) Item {
	return Item{
		Tenant: r.TenantID, RunID: r.RunID, Seq: int(r.Seq), Item: r.Item, State: r.State, Message: r.Message, StatusCode: int(r.StatusCode),
		Code: r.Code, Operation: r.Operation, RequestID: r.RequestID, DurationMicros: r.DurationMicros, Bytes: r.Bytes, Detail: r.Detail,
	}
}

func insertFileParams(f *File) db.InsertFileParams {
	return db.InsertFileParams{
		TenantID: f.Tenant, Name: f.Name, NameKey: fold(f.Name), Size: f.Size, MD5: f.MD5, SHA1: f.SHA1, SHA256: f.SHA256,
		ContentType: storable(f.ContentType), Source: f.Source, ContentKey: f.ContentKey, Metadata: f.Metadata, RunID: f.RunID,
		CreatedAt: f.CreatedAt, CreatedBy: f.CreatedBy, ExpiresAt: f.ExpiresAt,
	}
}

func toFile(r db.File) File {
	return File{
		ID: r.ID, Tenant: r.TenantID, Name: r.Name, Size: r.Size, MD5: r.MD5, SHA1: r.SHA1, SHA256: r.SHA256, ContentType: r.ContentType,
		Source: r.Source, ContentKey: r.ContentKey, Metadata: r.Metadata, RunID: r.RunID, CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy,
		ExpiresAt: r.ExpiresAt,
	}
}

func insertKeysetParams(k *Keyset) db.InsertKeysetParams {
	return db.InsertKeysetParams{TenantID: k.Tenant, Purpose: k.Purpose, ID: k.ID, Wrapped: k.Wrapped, KEK: k.KEK, CreatedAt: k.CreatedAt}
}

func saveKeysetParams(k *Keyset) db.SaveKeysetParams {
	return db.SaveKeysetParams(insertKeysetParams(k))
}

func toKeyset(r db.Keyset) Keyset {
	return Keyset{ID: r.ID, Tenant: r.TenantID, Purpose: r.Purpose, Wrapped: r.Wrapped, KEK: r.KEK, CreatedAt: r.CreatedAt}
}

func toAuditEntry(r db.AuditEntry) AuditEntry {
	e := AuditEntry{Seq: r.Seq, Tenant: r.TenantID, At: r.At, ID: r.ID, Kind: r.Kind, Actor: r.Actor, Subject: r.Subject, RunID: r.RunID, Body: r.Body}
	copy(e.Prev[:], r.Prev) // a hash of the wrong length fails verification, which is where damage is reported
	copy(e.Hash[:], r.Hash)
	return e
}

// encodeJSON is for maps and slices of text and bytes, which cannot fail to encode.
func encodeJSON(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

func decodeJSON(what, id string, raw []byte, v any) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return &Error{Kind: Internal, Op: "read " + what, ID: id, Message: "its record is damaged", Err: err}
	}
	return nil
}

// searchText is what Text of a RunFilter looks through.
func searchText(r *Run) string {
	parts := []string{r.ID, r.Integration, r.Command, r.ConnectionName, r.ActorName}
	if r.ExternalRef != nil {
		parts = append(parts, *r.ExternalRef)
	}
	return fold(strings.Join(parts, "\n"))
}
