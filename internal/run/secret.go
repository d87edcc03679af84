package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

// secretRef is the member that stands where a secret output was.
const secretRef = "$secret"

// Reveal gives a secret that a run returned, by its reference
// "<runId>#<JSON pointer>". It needs the scope reveal and is audited before
// the value leaves.
func (s *Service) Reveal(ctx context.Context, actor authz.Actor, ref string) (connector.Secret, error) {
	if err := authz.Require(actor, authz.Reveal); err != nil {
		return connector.Secret{}, err
	}
	v, err := s.secretOutput(ctx, actor.Tenant, ref)
	if err != nil {
		return connector.Secret{}, err
	}
	id, ptr, _ := strings.Cut(ref, "#")
	e, err := audit.Admin(audit.AdminEvent{Tenant: actor.Tenant, At: store.Micros(s.Now()), Kind: audit.KindRevealed, Actor: actor.ID, Subject: id, Detail: map[string]any{"pointer": ptr}})
	if err != nil {
		return connector.Secret{}, err
	}
	e.RunID = &id
	if err := s.Store.Submit(ctx, store.Batch{Audit: []*store.AuditEntry{&e}}); err != nil {
		return connector.Secret{}, store.AsConnectorError(err)
	}
	return v, nil
}

func (s *Service) secretOutput(ctx context.Context, tenant, ref string) (connector.Secret, error) {
	id, ptr, ok := strings.Cut(ref, "#")
	if !ok {
		return connector.Secret{}, &connector.Error{Kind: connector.Invalid, Message: "A secret reference has the form RUN-ID#/pointer.", Fix: `Take it from "$secret" in the run's raw data.`}
	}
	row, err := s.find(ctx, tenant, id)
	if err != nil {
		return connector.Secret{}, err
	}
	values := map[string]string{}
	if len(row.OutputSealed) > 0 {
		plain, err := s.Sealer.Open(ctx, tenant, runAD(row, "output"), row.OutputSealed)
		if err != nil {
			return connector.Secret{}, &connector.Error{Kind: connector.Internal, Message: "The run's secrets cannot be decrypted.", Fix: "Restore the key file of this data folder.", Err: err}
		}
		if err := json.Unmarshal(plain, &values); err != nil {
			return connector.Secret{}, err
		}
	}
	v, ok := values[ptr]
	if !ok {
		return connector.Secret{}, &connector.Error{Kind: connector.NotFound, Message: fmt.Sprintf("The run has no secret at %q.", ptr), Fix: `Take the reference from "$secret" in the run's raw data.`}
	}
	return connector.NewSecret(v), nil
}

// resolveSecrets replaces references to secret outputs, where they stand in a
// secret parameter, by their values. Anywhere else a reference stays as it is
// and is refused as a value of the wrong type, so that it cannot be used to
// print a secret.
func (s *Service) resolveSecrets(ctx context.Context, j *job) error {
	if !bytes.Contains(j.req.Input, []byte(secretRef)) {
		return nil
	}
	in, p := schema.Decode(j.req.Input)
	if p != nil {
		return nil // refused with the other problems of the input
	}
	for k, v := range in {
		ref, ok := refOf(v)
		f, known := j.cmd.In.Named(k)
		if !ok || !known || !f.Secret {
			continue
		}
		sec, err := s.secretOutput(ctx, j.actor.Tenant, ref)
		if err != nil {
			return err
		}
		in[k] = sec.Reveal()
	}
	raw, err := json.Marshal(in)
	j.req.Input = raw
	return err
}

func refOf(v any) (string, bool) {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return "", false
	}
	ref, ok := m[secretRef].(string)
	return ref, ok
}
