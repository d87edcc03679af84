package keyvault

import (
	"context"
	"net/http"
	"strconv"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
)

// atOnce is how many versions are read at the same time.
const atOnce = 4

// VersionsIn choose versions of an object.
type VersionsIn struct {
	VersionType string   `json:"versionType" label:"Version Type" doc:"Which versions to read. Versions is used with Specific Versions alone." enum:"All Versions,Current Version,Specific Versions,All,Current,Specific" default:"All Versions" example:"All Versions"`
	Versions    []string `json:"versions,omitempty" label:"Versions" doc:"Versions to read, with Specific Versions: the last part of an id of List Vault Object Versions, or the whole id." example:"[\"7f0b3d6f2f0e4b6c9a1d5c7e8b90e44f\"]" items:"true"`
}

const (
	allVersions = "All"
	currentOne  = "Current"
	specific    = "Specific"
)

// choice is the choice in one of its spellings.
func (in VersionsIn) choice() string {
	switch in.VersionType {
	case "Current Version", currentOne:
		return currentOne
	case "Specific Versions", specific:
		return specific
	}
	return allVersions
}

func (in VersionsIn) validate() *connector.Error {
	if in.choice() != specific || len(in.Versions) > 0 {
		return nil
	}
	return connector.InvalidField("/versions", "VersionType is 'Specific' but no Versions were provided.", "Give Versions, or choose All Versions or Current Version.")
}

// query is what a Get Details command reads.
type query struct {
	kind   kind
	target VaultTarget
	field  string // where the name stands
	name   string
	VersionsIn
}

func (q query) validate() []*connector.Error {
	return q.target.place().validate(checkObject(q.kind, q.field, q.name), q.VersionsIn.validate())
}

// wanted is one version to be read.
type wanted struct {
	version string // "" for the current one
	line    *Line  // what the list says of it; nil when it was not listed
}

func (w wanted) label(name string) string {
	if w.version == "" {
		return name
	}
	return w.version
}

// details reads versions of an object, each an item of the run.
func details[B any, P pointer[B]](ctx context.Context, call *connector.Call, s *session, q query, failed func(wanted, string, *EntryError) B) ([]B, error) {
	v, err := s.find(ctx, q.target.place())
	if err != nil {
		return nil, err
	}
	name, err := v.object(q.kind, q.field, q.name)
	if err != nil {
		return nil, err
	}
	list, err := s.choose(ctx, v, q, name)
	if err != nil {
		return nil, err
	}
	got, errs := readAll[B](ctx, call, s, v, q.kind, name, list)
	if ctx.Err() != nil {
		return nil, connector.AsError(ctx.Err())
	}
	for i, e := range errs {
		if e != nil {
			got[i] = failed(list[i], v.URI+"/"+q.kind.plural+"/"+name, &EntryError{Code: e.Code, StatusCode: e.StatusCode(), Message: e.Message})
		}
	}
	newestFirst[B, P](got)
	return got, nil
}

// choose lists the versions to be read.
func (s *session) choose(ctx context.Context, v *vault, q query, name string) ([]wanted, error) {
	switch q.choice() {
	case currentOne:
		return []wanted{{}}, nil
	case specific:
		return s.chosen(v, q, name)
	}
	lines, err := s.versions(ctx, v, q.kind, name)
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return []wanted{{}}, nil // the service then says what there is instead of it
	}
	out := make([]wanted, len(lines))
	for i := range lines {
		out[i] = wanted{lastPart(lines[i].ident()), &lines[i]}
	}
	return out, nil
}

func (s *session) chosen(v *vault, q query, name string) ([]wanted, error) {
	out := make([]wanted, len(q.Versions))
	for i, text := range q.Versions {
		version, err := v.versionOf(q.kind, name, "/versions/"+strconv.Itoa(i), text)
		if err != nil {
			return nil, err
		}
		out[i].version = version
	}
	return out, nil
}

// readAll reads the versions, a few at a time. A version that may not be read
// as it is (disabled, expired) is no failure, as long as another one is read.
func readAll[B any](ctx context.Context, call *connector.Call, s *session, v *vault, k kind, name string, list []wanted) ([]B, []*connector.Error) {
	call.Items.Total(len(list), 0)
	got, errs := make([]B, len(list)), make([]*connector.Error, len(list))
	items := make([]*connector.Item, len(list))
	_ = connector.Each(ctx, atOnce, len(list), func(i int) {
		items[i] = call.Items.StartAt(i, list[i].label(name))
		b, err := readVersion[B](ctx, s, v, k, name, list[i].version)
		if err == nil {
			got[i] = *b
			items[i].Done("")
			return
		}
		if errs[i] = connector.AsError(err); !resting(errs[i]) {
			items[i].Fail(err)
		}
	})
	endResting(items, errs)
	return got, errs
}

// endResting ends the items that are disabled or expired: skipped beside
// versions that were read, failed when nothing was.
func endResting(items []*connector.Item, errs []*connector.Error) {
	read := false
	for i := range items {
		read = read || items[i] != nil && errs[i] == nil
	}
	for i, e := range errs {
		switch {
		case items[i] == nil || e == nil || !resting(e):
		case read:
			items[i].Skip(e.Message)
		default:
			items[i].Fail(e)
		}
	}
}

// resting tells a version that is there but may not be read now.
func resting(e *connector.Error) bool {
	switch e.Code {
	case "SecretDisabled", "SecretExpired", "SecretNotYetValid", "KeyDisabled", "CertificateDisabled":
		return true
	}
	return false
}

func readVersion[B any](ctx context.Context, s *session, v *vault, k kind, name, version string) (*B, error) {
	segments := []string{k.plural, name}
	item := name
	if version != "" {
		segments, item = append(segments, version), version
	}
	a, err := s.data(ctx, v, azconn.Call{Method: http.MethodGet, Operation: k.plural + ".get", Item: item}, segments...)
	if err != nil {
		return nil, err
	}
	return decodeOne[B](a.Body)
}
