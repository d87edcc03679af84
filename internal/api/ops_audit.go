package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

type auditEntry struct {
	Seq     int64           `json:"seq" doc:"Place in the chain, from 1."`
	At      time.Time       `json:"at"`
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	Actor   string          `json:"actor"`
	Subject string          `json:"subject"`
	RunID   *string         `json:"runId"`
	Body    json.RawMessage `json:"body"`
	Prev    string          `json:"prev" doc:"SHA-256 of the entry before."`
	Hash    string          `json:"hash" doc:"SHA-256 over prev and this entry."`
}

type auditList struct {
	Entries []auditEntry `json:"entries"`
	Next    string       `json:"next,omitempty" doc:"Cursor of the next page."`
}

func (a *API) auditOps() {
	register(a, operation{
		id: "list-audit", method: http.MethodGet, path: Base + "/audit", tag: "Audit", summary: "List audit entries, newest first",
		text: "With text, a page may hold fewer entries than asked for and still have a next one.",
	}, a.listAudit)
	a.auditStateOps()
}

func (a *API) listAudit(ctx context.Context, actor authz.Actor, in *struct {
	Kind   string    `query:"kind"`
	Actor  string    `query:"actor" doc:"ID of who acted."`
	RunID  string    `query:"runId"`
	From   time.Time `query:"from" doc:"At this time or later (RFC 3339)."`
	To     time.Time `query:"to" doc:"Before this time (RFC 3339)."`
	Text   string    `query:"text" maxLength:"200" doc:"Part of an entry's kind, actor, subject, run or body, in any case."`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string    `query:"cursor" doc:"The next of the page before."`
},
) (*answer[auditList], error) {
	f := store.AuditFilter{Kind: in.Kind, Actor: in.Actor, RunID: in.RunID, From: microsOf(in.From), To: microsOf(in.To)}
	page, err := a.searchAudit(ctx, actor.Tenant, f, in.Text, store.Page{Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	out := auditList{Entries: make([]auditEntry, 0, len(page.Entries)), Next: page.Next}
	for _, e := range page.Entries {
		out.Entries = append(out.Entries, entryOf(e))
	}
	return ok(out)
}

func entryOf(e audit.Entry) auditEntry {
	return auditEntry{
		Seq: e.Seq, At: store.Time(e.At), ID: e.ID, Kind: e.Kind, Actor: e.Actor, Subject: e.Subject, RunID: e.RunID,
		Body: e.Body, Prev: e.Prev.String(), Hash: e.Hash.String(),
	}
}

func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return store.Micros(t)
}
