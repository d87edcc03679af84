package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// maxSearched bounds the entries one request looks through; the client goes on
// with the cursor.
const maxSearched = 20_000

// searchAudit gives a page of entries that contain a text. Entries are small
// and read in order, so looking through them is fast enough without an index.
func (a *API) searchAudit(ctx context.Context, tenant string, f store.AuditFilter, text string, p store.Page) (store.AuditPage, error) {
	if text == "" {
		return a.Store.AuditEntries(ctx, tenant, f, p)
	}
	want := bytes.ToLower([]byte(text))
	out := store.AuditPage{}
	for looked := 0; ; {
		page, err := a.Store.AuditEntries(ctx, tenant, f, p)
		if err != nil {
			return out, err
		}
		for i := range page.Entries {
			if contains(&page.Entries[i], want) {
				out.Entries = append(out.Entries, page.Entries[i])
			}
		}
		looked += len(page.Entries)
		out.Next, p.Cursor = page.Next, page.Next
		if page.Next == "" || looked >= maxSearched || len(out.Entries) > 0 {
			return out, nil
		}
		p.Limit = store.MaxLimit // nothing yet: look through more at a time
	}
}

func contains(e *audit.Entry, want []byte) bool {
	texts := [][]byte{[]byte(e.Kind), []byte(e.Actor), []byte(e.Subject), []byte(e.ID), e.Body}
	if e.RunID != nil {
		texts = append(texts, []byte(*e.RunID))
	}
	for _, t := range texts {
		if bytes.Contains(bytes.ToLower(t), want) {
			return true
		}
	}
	return false
}

type auditState struct {
	Entries int64  `json:"entries" doc:"How many entries the chain has."`
	Hash    string `json:"hash" doc:"SHA-256 of the last."`
	Checked int64  `json:"checked" doc:"How many entries were found good; 0 without verify."`
	Problem string `json:"problem,omitempty" doc:"The first thing that is wrong with the chain."`
}

func (a *API) auditStateOps() {
	register(a, operation{
		id: "audit-state", method: http.MethodGet, path: Base + "/audit/state", tag: "Audit", summary: "Tell the state of the audit chain",
		text: "With verify, every entry is checked against the one before.",
	}, a.auditState)
}

func (a *API) auditState(ctx context.Context, actor authz.Actor, in *struct {
	Verify bool `query:"verify" doc:"Check every entry."`
},
) (*answer[auditState], error) {
	head, err := a.Store.AuditHead(ctx, actor.Tenant)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	out := auditState{Entries: head.Seq, Hash: head.Hash.String()}
	if !in.Verify {
		return ok(out)
	}
	good, reached, problem, err := audit.Verify(ctx, actor.Tenant, audit.Checkpoint{}, a.Store.AuditChain(ctx, actor.Tenant, 0))
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	// Entries are added while the chain is read, so only a chain that is shorter
	// than it was, or ends otherwise at the same place, is broken at its end.
	if problem == nil && reached.Seq <= head.Seq {
		problem = audit.Expect(reached, head)
	}
	out.Checked = good
	if problem != nil {
		out.Problem = problem.String()
	}
	return ok(out)
}
