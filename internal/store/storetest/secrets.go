package storetest

import (
	"strings"

	"github.com/fairlead-io/fairlead/internal/store"
)

func newSecret(name string) *store.Secret {
	return &store.Secret{ID: store.NewID(), Tenant: tenant, Name: name, CreatedAt: 3, UpdatedAt: 4, CreatedBy: "ann", UpdatedBy: "bob", Sealed: []byte{0, 1, 0xff}}
}

var secretTests = []test{
	{"a secret comes back as it was added", func(s *suite) {
		for _, name := range []string{"FOO", "A/B", "DASH-NAME", "ÜBER", `with"quote`, "a.b_c", "100%"} {
			x := newSecret(name)
			s.submit(store.Batch{InsertSecrets: []*store.Secret{x}})
			s.equal(*x, must[store.Secret](s)(s.SecretByName(s.ctx(), tenant, name)))
		}
		_, err := s.SecretByName(s.ctx(), tenant, "NONE")
		s.fails(err, store.ErrNotFound)
		_, err = s.SecretByName(s.ctx(), "other", "FOO")
		s.fails(err, store.ErrNotFound)
	}},
	{"names count to the byte, and are unique in a tenant", func(s *suite) {
		s.submit(store.Batch{InsertSecrets: []*store.Secret{newSecret("FOO"), newSecret("foo")}})
		e := s.refusal(store.Batch{InsertSecrets: []*store.Secret{newSecret("FOO")}}, store.ErrConflict)
		s.equal(store.UniqueSecretName, e.Constraint)
		other := newSecret("FOO")
		other.Tenant = "other"
		s.submit(store.Batch{InsertSecrets: []*store.Secret{other}})
	}},
	{"another value keeps the id, the name and who made it", func(s *suite) {
		x := newSecret("FOO")
		s.submit(store.Batch{InsertSecrets: []*store.Secret{x}})
		x.Sealed, x.UpdatedAt, x.UpdatedBy = []byte{7}, 9, "eve"
		s.submit(store.Batch{UpdateSecrets: []store.SecretUpdate{{Tenant: tenant, ID: x.ID, Sealed: x.Sealed, UpdatedAt: 9, UpdatedBy: "eve"}}})
		s.equal(*x, must[store.Secret](s)(s.SecretByName(s.ctx(), tenant, "FOO")))
		s.refuses(store.Batch{UpdateSecrets: []store.SecretUpdate{{Tenant: "other", ID: x.ID}}}, store.ErrNotFound)
	}},
	{"a deleted secret is gone and its name free", func(s *suite) {
		x := newSecret("FOO")
		s.submit(store.Batch{InsertSecrets: []*store.Secret{x}})
		s.refuses(store.Batch{DeleteSecrets: []store.Ref{{Tenant: "other", ID: x.ID}}}, store.ErrNotFound)
		s.submit(store.Batch{DeleteSecrets: []store.Ref{{Tenant: tenant, ID: x.ID}}})
		_, err := s.SecretByName(s.ctx(), tenant, "FOO")
		s.fails(err, store.ErrNotFound)
		s.refuses(store.Batch{DeleteSecrets: []store.Ref{{Tenant: tenant, ID: x.ID}}}, store.ErrNotFound)
		s.submit(store.Batch{InsertSecrets: []*store.Secret{newSecret("FOO")}})
	}},
	{"the first of two names is preferred", func(s *suite) {
		upper, lower := newSecret("FOO"), newSecret("foo")
		first := func(name, otherwise string) string {
			return must[store.Secret](s)(s.FirstSecret(s.ctx(), tenant, name, otherwise)).ID
		}
		s.submit(store.Batch{InsertSecrets: []*store.Secret{upper}})
		s.equal(upper.ID, first("foo", "FOO"))
		s.submit(store.Batch{InsertSecrets: []*store.Secret{lower}})
		s.equal(lower.ID, first("foo", "FOO"))
		s.equal(upper.ID, first("FOO", "foo"))
		s.equal(upper.ID, first("FOO", "FOO"))
		_, err := s.FirstSecret(s.ctx(), tenant, "bar", "BAR")
		s.fails(err, store.ErrNotFound)
	}},
	{"lists are by name and hold no values", func(s *suite) {
		s.submit(store.Batch{InsertSecrets: []*store.Secret{newSecret("b"), newSecret("ÜBER"), newSecret("A/B"), newSecret("B")}})
		var names []string
		for _, x := range must[[]store.Secret](s)(s.Secrets(s.ctx(), tenant)) {
			names = append(names, x.Name)
			if x.Sealed != nil || x.UpdatedBy != "bob" || x.CreatedAt != 3 {
				s.Errorf("%s: got %+v", x.Name, x)
			}
		}
		s.equal("A/B B b ÜBER", strings.Join(names, " "))
		s.equal(0, len(must[[]store.Secret](s)(s.Secrets(s.ctx(), "other"))))
	}},
	{"bad secrets are refused", func(s *suite) {
		for _, spoil := range []func(*store.Secret){
			func(x *store.Secret) { x.Name = "" },
			func(x *store.Secret) { x.Name = "a\x00b" },
			func(x *store.Secret) { x.Tenant = "" },
			func(x *store.Secret) { x.ID = "1" },
		} {
			x := newSecret("FOO")
			spoil(x)
			s.refuses(store.Batch{InsertSecrets: []*store.Secret{x}}, store.ErrInvalid)
		}
	}},
}
