package keyvault

import (
	"context"
	"encoding/json"

	"github.com/fairlead-io/fairlead/connector"
)

// ObjectTypeIn are the parameters of commands on objects of any kind.
type ObjectTypeIn struct {
	VaultTarget
	ObjectType string `json:"objectType" label:"Object Type" doc:"What sort of object is meant." enum:"Keys,Secrets,Certificates" example:"Secrets"`
}

// ListVaultObjectVersionsIn is the input of List Vault Object Versions.
type ListVaultObjectVersionsIn struct {
	ObjectTypeIn
	ObjectName string `json:"objectName" label:"Object Name" doc:"Name of the object, or its id as the list of its kind gives it." example:"D3TestSecret-C" minLength:"1" maxLength:"2000"`
}

// Validate refuses names that no object has.
func (in *ListVaultObjectVersionsIn) Validate() []*connector.Error {
	return in.place().validate(checkObject(kindNamed(in.ObjectType), "/objectName", in.ObjectName))
}

// Line is an object, or a version of one, in a list of any kind.
type Line struct {
	Deletion
	ID         string            `json:"id,omitempty" key:"ids" doc:"Identifier of a secret or certificate, with its version."`
	KID        string            `json:"kid,omitempty" key:"kids" doc:"Identifier of a key, with its version."`
	Attributes *Attributes       `json:"attributes,omitzero"`
	Tags       map[string]string `json:"tags,omitempty" doc:"Tags of the version."`

	rest json.RawMessage
}

// UnmarshalJSON keeps what is not known here.
func (l *Line) UnmarshalJSON(raw []byte) error {
	type plain Line
	return keep(raw, (*plain)(l), &l.rest, "value")
}

// MarshalJSON writes all that was read.
func (l Line) MarshalJSON() ([]byte, error) {
	type plain Line
	return whole(plain(l), l.rest)
}

func (l *Line) ident() string        { return l.KID + l.ID } // one of the two is blank
func (l *Line) attrs() *Attributes   { return l.Attributes }
func (l *Line) problem() *EntryError { return nil }

// ListVersionsOut is the raw data: the API's list, newest first, and the same
// in a few words.
type ListVersionsOut struct {
	Summary []Row  `json:"summary"`
	Value   []Line `json:"value"`
}

func listVaultObjectVersions() *connector.Command {
	return connector.NewCommand(connector.Meta{
		Name:        "List Vault Object Versions",
		Summary:     "Lists the versions of a key, secret or certificate, newest first.",
		Description: "Other commands take a version as the last part of its id, or as the whole id. The service lists versions by their id; here they are sorted by the time they were made. An object that does not exist has an empty list, as in the service.",
		Effect:      connector.Read | connector.Idempotent,
		Permissions: append(append(content(keys(), "Key Vault Reader", lists(keys(), "with Object Type Keys")),
			contentOf(secrets(), "Key Vault Secrets User", lists(secrets(), "with Object Type Secrets"))...),
			contentOf(certificates(), "Key Vault Reader", lists(certificates(), "with Object Type Certificates"))...),
		Corrections: []string{
			"Versions of keys stand at `$.value[*].kid`; `$.value[*].id` is for secrets and certificates. The version is the last part of the id, not all of it.",
			resolves,
		},
	}, runListVersions)
}

func runListVersions(ctx context.Context, _ *connector.Call, s *session, in *ListVaultObjectVersionsIn) (*ListVersionsOut, error) {
	k := kindNamed(in.ObjectType)
	v, err := s.find(ctx, in.place())
	if err != nil {
		return nil, err
	}
	name, err := v.object(k, "/objectName", in.ObjectName)
	if err != nil {
		return nil, err
	}
	lines, err := s.versions(ctx, v, k, name)
	if err != nil {
		return nil, err
	}
	return &ListVersionsOut{Summary: rows(lines), Value: lines}, nil
}

// versions lists the versions of an object, newest first.
func (s *session) versions(ctx context.Context, v *vault, k kind, name string) ([]Line, error) {
	raw, err := s.dataList(ctx, v, k.plural+".listVersions", "", k.plural, name, "versions")
	if err != nil {
		return nil, err
	}
	lines, err := decodeAll[Line](raw)
	newestFirst(lines)
	return lines, err
}
