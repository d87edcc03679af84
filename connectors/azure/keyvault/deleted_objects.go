package keyvault

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// KeyIn names a key.
type KeyIn struct {
	VaultTarget
	KeyName string `json:"keyName" label:"Key Name" doc:"Name of the key, or its id as List Keys gives it at $.value[*].kid." example:"D3TestEC-A" minLength:"1" maxLength:"2000"`
}

// SecretIn names a secret.
type SecretIn struct {
	VaultTarget
	SecretName string `json:"secretName" label:"Secret Name" doc:"Name of the secret, or its id as List Secrets gives it at $.value[*].id." example:"D3TestSecret-C" minLength:"1" maxLength:"2000"`
}

// CertificateIn names a certificate.
type CertificateIn struct {
	VaultTarget
	CertificateName string `json:"certificateName" label:"Certificate Name" doc:"Name of the certificate, or its id as List Certificates gives it at $.value[*].id." example:"D3Test-Import-Cert-A" minLength:"1" maxLength:"2000"`
}

// subject is an object that an input names.
type subject struct {
	place place
	kind  kind
	field string
	name  string
}

func (in *KeyIn) subject() subject {
	return subject{in.place(), keys(), "/keyName", in.KeyName}
}

func (in *SecretIn) subject() subject {
	return subject{in.place(), secrets(), "/secretName", in.SecretName}
}

func (in *CertificateIn) subject() subject {
	return subject{in.place(), certificates(), "/certificateName", in.CertificateName}
}

func (t subject) validate() []*connector.Error {
	return t.place.validate(checkObject(t.kind, t.field, t.name))
}

// Validate refuses names that no key has.
func (in *KeyIn) Validate() []*connector.Error { return in.subject().validate() }

// Validate refuses names that no secret has.
func (in *SecretIn) Validate() []*connector.Error { return in.subject().validate() }

// Validate refuses names that no certificate has.
func (in *CertificateIn) Validate() []*connector.Error { return in.subject().validate() }

// ObjectOut is the raw data: the object as the API shows it, and the same in a
// few words. It never holds a value.
type ObjectOut struct {
	Deletion
	Name       string      `json:"name" key:"names" col:"Name" doc:"Name of the object."`
	Done       string      `json:"result" col:"Result" doc:"What happened, in words."`
	ID         string      `json:"id,omitempty" key:"ids" doc:"Identifier of a secret or certificate."`
	KID        string      `json:"kid,omitempty" key:"kids" doc:"Identifier of a key."`
	Attributes *Attributes `json:"attributes,omitzero"`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here, except a value.
func (o *ObjectOut) UnmarshalJSON(raw []byte) error {
	type plain ObjectOut
	return keep(raw, (*plain)(o), &o.rest, "value")
}

// MarshalJSON writes all that was read.
func (o ObjectOut) MarshalJSON() ([]byte, error) {
	type plain ObjectOut
	return whole(plain(o), o.rest)
}

// verb is one thing to do with an object as a whole.
type verb struct {
	method     string
	operation  string // in errors and logs
	deleted    bool   // the object must be a deleted one
	path       string // what follows the name
	action     string // in plans
	permission string
	note       func(*ObjectOut, kind) string
}

func deleting() verb {
	return verb{http.MethodDelete, "delete", false, "", connector.PlanDelete, "delete", func(o *ObjectOut, k kind) string {
		text := "The " + k.singular + " was deleted."
		if o.ScheduledPurgeDate != 0 {
			text += " It can be recovered until " + iso(o.ScheduledPurgeDate) + "."
		}
		return text
	}}
}

func recovering() verb {
	return verb{http.MethodPost, "recoverDeleted", true, "recover", connector.PlanCreate, "recover", func(_ *ObjectOut, k kind) string {
		return "The " + k.singular + " is back."
	}}
}

func purging() verb {
	return verb{http.MethodDelete, "purgeDeleted", true, "", connector.PlanDelete, "purge", func(_ *ObjectOut, k kind) string {
		return "The " + k.singular + " is gone for good."
	}}
}

// segments is where the verb acts.
func (w verb) segments(k kind, name string) []string {
	out := []string{k.plural, name}
	if w.deleted {
		out[0] = "deleted" + k.plural
	}
	if w.path != "" {
		out = append(out, w.path)
	}
	return out
}

// act does something with an object.
func (s *session) act(ctx context.Context, t subject, w verb) (*ObjectOut, error) {
	v, name, err := t.find(ctx, s)
	if err != nil {
		return nil, err
	}
	call := azconn.Call{Method: w.method, Operation: t.kind.plural + "." + w.operation, Item: name}
	a, err := s.data(ctx, v, call, w.segments(t.kind, name)...)
	if err != nil {
		return nil, err
	}
	out := &ObjectOut{}
	if len(a.Body) > 0 {
		if out, err = decodeOne[ObjectOut](a.Body); err != nil {
			return nil, err
		}
	}
	out.Name, out.Done = name, w.note(out, t.kind)
	return out, s.settle(ctx, v, t.kind, name, w)
}

// settle waits until the change can be seen: the service answers before it is
// through, and the next command would run into that.
func (s *session) settle(ctx context.Context, v *vault, k kind, name string, w verb) error {
	if w.operation == "purgeDeleted" {
		return nil
	}
	look := verb{deleted: w.operation == "delete"}
	pause, end := s.tuning.poll/4, s.env.Now().Add(s.tuning.patience/10)
	for {
		_, err := s.data(ctx, v, azconn.Call{Method: http.MethodGet, Operation: k.plural + ".get", Item: name}, look.segments(k, name)...)
		if err == nil || connector.AsError(err).Kind != connector.NotFound || s.env.Now().After(end) {
			return ctx.Err() // a reader that may not look has still done its work
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, 5*time.Second)
	}
}

func (t subject) find(ctx context.Context, s *session) (*vault, string, error) {
	v, err := s.find(ctx, t.place)
	if err != nil {
		return nil, "", err
	}
	name, err := v.object(t.kind, t.field, t.name)
	return v, name, err
}

// planAct looks whether the object is there.
func (s *session) planAct(ctx context.Context, t subject, w verb) ([]connector.PlanStep, error) {
	v, name, err := t.find(ctx, s)
	if err != nil {
		return nil, err
	}
	step := connector.PlanStep{Item: name, Action: w.action}
	look := verb{deleted: w.deleted}
	_, err = s.data(ctx, v, azconn.Call{Method: http.MethodGet, Operation: t.kind.plural + ".get", Item: name}, look.segments(t.kind, name)...)
	switch e := connector.AsError(err); {
	case err == nil, e.Code == "SecretDisabled":
	case e.Kind == connector.NotFound:
		step.Action, step.Note = connector.PlanNone, e.Message
	case e.Kind == connector.Denied:
		step.Note = "Whether it exists could not be seen: " + e.Message
	default:
		return nil, err
	}
	return []connector.PlanStep{step}, nil
}

// subjectIn is an input that names an object.
type subjectIn[I any] interface {
	*I
	subject() subject
}

// onObject declares a command that does one thing with an object.
func onObject[I any, P subjectIn[I]](k kind, w verb, m connector.Meta, role string) *connector.Command {
	m.Permissions = content(k, role, need{w.permission, rbacVerb(w), ""}, need{"get", gets(k, "").action, "to see the change through, and for a dry run"})
	return connector.NewPlanned(m,
		func(ctx context.Context, _ *connector.Call, s *session, in *I) (*ObjectOut, error) {
			return s.act(ctx, P(in).subject(), w)
		},
		func(ctx context.Context, _ *connector.Call, s *session, in *I) ([]connector.PlanStep, error) {
			return s.planAct(ctx, P(in).subject(), w)
		})
}

func rbacVerb(w verb) string {
	if w.permission == "delete" {
		return "delete"
	}
	return w.permission + "/action"
}

func onKind[I any, P subjectIn[I]](k kind) []*connector.Command {
	return []*connector.Command{
		onObject[I, P](k, deleting(), connector.Meta{
			Name: "Delete " + k.title, Summary: "Deletes a " + k.singular + " with all its versions; it can be recovered until its retention is over.",
			Description: "The name stays taken until the " + k.singular + " is recovered or purged.", Effect: connector.Delete,
		}, k.officer),
		onObject[I, P](k, recovering(), connector.Meta{
			Name: "Recover Deleted " + k.title, Summary: "Brings a deleted " + k.singular + " back with all its versions.", Effect: connector.Write,
		}, k.officer),
		onObject[I, P](k, purging(), connector.Meta{
			Name: "Purge Deleted " + k.title, Summary: "Removes a deleted " + k.singular + " for good.",
			Description: "This cannot be undone. A vault with purge protection refuses it.", Effect: connector.Delete,
		}, k.officer),
	}
}

// ListDeletedObjectsIn is the input of List Deleted Objects.
type ListDeletedObjectsIn struct{ ObjectTypeIn }

// DeletedRow is a deleted object in a few words.
type DeletedRow struct {
	Name    string `json:"name" key:"names" col:"Name" doc:"Name of the object."`
	Deleted string `json:"deleted,omitempty" col:"Deleted" doc:"When it was deleted, UTC."`
	GoneOn  string `json:"goneOn,omitempty" col:"Gone On" doc:"When it goes for good, UTC."`
}

// ListDeletedObjectsOut is the raw data: the API's list with all pages merged,
// and the same in a few words.
type ListDeletedObjectsOut struct {
	Summary []DeletedRow `json:"summary"`
	Value   []Line       `json:"value"`
}

func listDeletedObjects() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:    "List Deleted Objects",
		Summary: "Lists the deleted keys, secrets or certificates of a vault that can still be recovered.",
		Effect:  connector.Read | connector.Idempotent,
		Permissions: append(append(content(keys(), "Key Vault Reader", lists(keys(), "with Object Type Keys")),
			contentOf(secrets(), "Key Vault Secrets User", lists(secrets(), "with Object Type Secrets"))...),
			contentOf(certificates(), "Key Vault Reader", lists(certificates(), "with Object Type Certificates"))...),
	}, func(ctx context.Context, _ *connector.Call, s *session, in *ListDeletedObjectsIn) (*ListDeletedObjectsOut, error) {
		k := kindNamed(in.ObjectType)
		v, err := s.find(ctx, in.place())
		if err != nil {
			return nil, err
		}
		raw, err := s.dataList(ctx, v, k.plural+".listDeleted", "", "deleted"+k.plural)
		if err != nil {
			return nil, err
		}
		lines, err := decodeAll[Line](raw)
		if err != nil {
			return nil, err
		}
		out := &ListDeletedObjectsOut{Summary: []DeletedRow{}, Value: lines}
		for i := range lines {
			name, _ := split(lines[i].ident())
			out.Summary = append(out.Summary, DeletedRow{name, iso(lines[i].DeletedDate), iso(lines[i].ScheduledPurgeDate)})
		}
		return out, nil
	})
}
