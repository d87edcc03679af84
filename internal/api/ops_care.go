package api

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/audit/trail"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/retention"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Care is what looks after an installation's records and keys.
type Care struct {
	Trail     *trail.Trail
	Keys      *care.Keeper
	Retention *retention.Keeper
	// Backup gives what a backup is made of, with the key file if asked for.
	Backup func(withKey bool) (backup.Source, error)
}

type checkpointList struct {
	Checkpoints []trail.Mark `json:"checkpoints"`
	PublicKeys  []string     `json:"publicKeys" doc:"Ed25519 keys that the signatures are checked with, in hexadecimal digits; the current one last."`
}

type keyList struct {
	Keysets []keys.Info `json:"keysets"`
}

type rotateBody struct {
	KEK    string `json:"kek,omitempty" doc:"Move the keysets under this key-encryption key: file:/PATH of the server, awskms://KEY?region=R or azurekeyvault://HOST/keys/NAME."`
	NewKEK bool   `json:"newKek,omitempty" doc:"Make a new key file in place of the present one."`
}

type backupBody struct {
	Recipients []string         `json:"recipients,omitempty" doc:"age recipients (age1...) who can open it."`
	Passphrase connector.Secret `json:"passphrase,omitzero" doc:"Instead of recipients."`
	WithKey    bool             `json:"withKey,omitempty" doc:"Put the key file in, without which the secrets cannot be read."`
}

func (a *API) careOps() {
	register(a, operation{
		id: "verify-audit", method: http.MethodGet, path: Base + "/audit/verify", tag: "Audit", summary: "Verify the audit chain",
		text: "Checks every entry against the one before and against the signed checkpoints, and names the first that is wrong or missing.",
	}, a.verifyAudit)
	register(a, operation{id: "list-checkpoints", method: http.MethodGet, path: Base + "/audit/checkpoints", tag: "Audit", summary: "List the signed places of the audit chain"}, a.listCheckpoints)
	register(a, operation{
		id: "export-audit", method: http.MethodGet, path: Base + "/audit/export", tag: "Audit", summary: "Export the audit chain as lines of JSON",
		text:    "A line is an entry, with the bytes that its hash covers, or a signed checkpoint. hash is SHA-256 of prev, as bytes, and entry, as it stands there.",
		answers: map[string]*huma.Response{"200": {Description: "The lines.", Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: &huma.Schema{Type: "string"}}}}},
	}, a.exportAudit)
	register(a, operation{id: "list-keys", method: http.MethodGet, path: Base + "/keys", tag: "Keys", summary: "List the keysets, without their keys"}, a.listKeys)
	register(a, operation{
		id: "rotate-keys", method: http.MethodPost, path: Base + "/keys/rotate", tag: "Keys", summary: "Give every keyset a new key", body: reflect.TypeFor[rotateBody](),
		text: "Whatever was sealed before still opens. With kek, the keysets move under another key-encryption key.",
	}, a.rotateKeys)
	register(a, operation{
		id: "back-up", method: http.MethodPost, path: Base + "/backup", tag: "System", summary: "Back everything up into one encrypted file", body: reflect.TypeFor[backupBody](),
		text:    "The file is encrypted with age. A backup that was cut off is refused by those who read it.",
		answers: map[string]*huma.Response{"200": {Description: "The file.", Content: binaryContent()}},
	}, a.backUp)
	register(a, operation{id: "apply-retention", method: http.MethodPost, path: Base + "/retention/apply", tag: "System", summary: "Delete now what the settings of retention say"}, a.applyRetention)
}

func (a *API) verifyAudit(ctx context.Context, actor authz.Actor, _ *none) (*answer[trail.Report], error) {
	r, err := a.Care.Trail.Verify(ctx, actor.Tenant)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	return ok(r)
}

func (a *API) listCheckpoints(ctx context.Context, actor authz.Actor, _ *none) (*answer[checkpointList], error) {
	list, err := a.Care.Trail.Checkpoints(ctx, actor.Tenant)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	public, err := a.Care.Trail.Keys.PublicKeys(ctx, actor.Tenant)
	if err != nil {
		return nil, err
	}
	out := checkpointList{Checkpoints: []trail.Mark{}, PublicKeys: []string{}}
	for _, c := range list {
		out.Checkpoints = append(out.Checkpoints, trail.MarkOf(c))
	}
	for _, k := range public {
		out.PublicKeys = append(out.PublicKeys, hex.EncodeToString(k))
	}
	return ok(out)
}

func (a *API) exportAudit(ctx context.Context, actor authz.Actor, in *struct {
	After int64 `query:"after" minimum:"0" doc:"Only what follows this entry."`
},
) (*huma.StreamResponse, error) {
	return a.streamed("application/x-ndjson", "", func(w io.Writer) error {
		_, err := a.Care.Trail.Export(ctx, actor.Tenant, in.After, func(l *trail.Line) error {
			raw, err := l.JSON()
			if err == nil {
				_, err = w.Write(append(raw, '\n'))
			}
			return err
		})
		return err
	}), nil
}

// streamed answers with what write writes. One that fails on the way cuts the connection, so that nobody takes a part for
// the whole.
func (a *API) streamed(contentType, name string, write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humago.Unwrap(hc)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-store")
		if name != "" {
			w.Header().Set("Content-Disposition", attachment(name))
		}
		ctl := http.NewResponseController(w)
		defer forget(ctl)
		if err := write(&steady{w, ctl, a.Now, a.Limits.Patience}); err != nil {
			a.Log.ErrorContext(r.Context(), "an answer broke off", "path", r.URL.Path, "error", err)
			panic(http.ErrAbortHandler)
		}
	}}
}

func (a *API) listKeys(ctx context.Context, actor authz.Actor, _ *none) (*answer[keyList], error) {
	list, err := a.Care.Keys.List(ctx, actor)
	if err != nil {
		return nil, err
	}
	return ok(keyList{Keysets: list})
}

func (a *API) rotateKeys(ctx context.Context, actor authz.Actor, in *struct{ JSON rawJSON }) (*answer[care.Rotation], error) {
	body, err := decode[rotateBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	res, err := a.Care.Keys.Rotate(context.WithoutCancel(ctx), actor, care.Order{KEK: body.KEK, NewKEK: body.NewKEK})
	if err != nil {
		return nil, err
	}
	return ok(*res)
}

// backUp audits before anything leaves.
func (a *API) backUp(ctx context.Context, actor authz.Actor, in *struct{ JSON rawJSON }) (*huma.StreamResponse, error) {
	body, err := decode[backupBody](a, &in.JSON)
	if err != nil {
		return nil, err
	}
	to, err := backup.Recipients(body.Recipients, body.Passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	src, err := a.Care.Backup(body.WithKey)
	if err != nil {
		return nil, err
	}
	e, err := audit.Admin(audit.AdminEvent{
		Tenant: actor.Tenant, At: store.Micros(a.Now()), Kind: audit.KindBackupTaken, Actor: actor.ID, Subject: "backup",
		Detail: map[string]any{"recipients": body.Recipients, "withKey": body.WithKey},
	})
	if err != nil {
		return nil, err
	}
	if err := a.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}}); err != nil {
		return nil, store.AsConnectorError(err)
	}
	name := "fairlead-" + a.Now().UTC().Format("20060102-150405") + ".backup.age"
	return a.streamed("application/octet-stream", name, func(w io.Writer) error {
		_, err := backup.Write(ctx, w, src, to)
		return err
	}), nil
}

func (a *API) applyRetention(ctx context.Context, _ authz.Actor, _ *none) (*answer[retention.Deleted], error) {
	r, err := a.Care.Retention.Apply(ctx)
	if err != nil {
		return nil, store.AsConnectorError(err)
	}
	return ok(r)
}
