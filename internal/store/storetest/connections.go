package storetest

import (
	"errors"
	"strings"

	"github.com/fairlead-io/fairlead/internal/store"
)

func newConnection(name string) *store.Connection {
	return &store.Connection{
		ID: store.NewID(), Tenant: tenant, Integration: "aws-s3", Name: name, Description: "für Tests", Active: true,
		Settings: []byte(`{"defaultRegionName":"eu-central-1"}`), Secrets: map[string][]byte{"secretKey": {0, 1, 0xff}, "accessKey": {}},
		CreatedAt: 1_700_000_000_000_001, UpdatedAt: 1_700_000_000_000_002, CreatedBy: "ann",
	}
}

var connectionTests = []test{
	{"a connection comes back as it was added", func(s *suite) {
		c := newConnection("Prod")
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}})
		if c.Revision != 1 {
			s.Errorf("revision %d, want 1", c.Revision)
		}
		s.equal(*c, must[store.Connection](s)(s.Connection(s.ctx(), tenant, c.ID)))
		s.equal(*c, must[store.Connection](s)(s.ConnectionByName(s.ctx(), tenant, "pROD")))
	}},
	{"a connection without secrets", func(s *suite) {
		c := newConnection("Prod")
		c.Secrets, c.Settings = nil, []byte(`{}`)
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}})
		s.equal(*c, must[store.Connection](s)(s.Connection(s.ctx(), tenant, c.ID)))
	}},
	{"names differ by more than case and encoding", func(s *suite) {
		s.submit(store.Batch{InsertConnections: []*store.Connection{newConnection("Größe Café")}})
		for _, same := range []string{"größe café", "GRÖSSE CAFÉ", "Größe Cafe\u0301"} {
			e := s.refusal(store.Batch{InsertConnections: []*store.Connection{newConnection(same)}}, store.ErrConflict)
			s.equal(store.UniqueConnectionName, e.Constraint)
		}
		s.submit(store.Batch{InsertConnections: []*store.Connection{newConnection("Große Cafe")}})
		other := newConnection("größe café")
		other.Tenant = "other"
		s.submit(store.Batch{InsertConnections: []*store.Connection{other}})
	}},
	{"an update is seen and counted", func(s *suite) {
		c := newConnection("Prod")
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}})
		c.Name, c.Active, c.Description, c.UpdatedAt = "Production", false, "", 7
		c.Settings, c.Guardrails, c.Secrets = []byte(`{}`), []byte(`{"deny":["x"]}`), map[string][]byte{"secretKey": {9}}
		s.submit(store.Batch{UpdateConnections: []*store.Connection{c}})
		if c.Revision != 2 {
			s.Errorf("revision %d, want 2", c.Revision)
		}
		s.equal(*c, must[store.Connection](s)(s.Connection(s.ctx(), tenant, c.ID)))
	}},
	{"an update of a stale revision conflicts and changes nothing", func(s *suite) {
		c := newConnection("Prod")
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}})
		stale := *c
		s.submit(store.Batch{UpdateConnections: []*store.Connection{c}})
		stale.Description = "lost"
		s.refuses(store.Batch{UpdateConnections: []*store.Connection{&stale}}, store.ErrConflict)
		if stale.Revision != 1 {
			s.Errorf("a refused update changed the revision to %d", stale.Revision)
		}
		s.equal(*c, must[store.Connection](s)(s.Connection(s.ctx(), tenant, c.ID)))
		stale.ID = store.NewID()
		s.refuses(store.Batch{UpdateConnections: []*store.Connection{&stale}}, store.ErrNotFound)
	}},
	{"a rename to a taken name conflicts", func(s *suite) {
		a, b := newConnection("A"), newConnection("B")
		s.submit(store.Batch{InsertConnections: []*store.Connection{a, b}})
		b.Name = "a"
		s.refuses(store.Batch{UpdateConnections: []*store.Connection{b}}, store.ErrConflict)
	}},
	{"health leaves the revision alone", func(s *suite) {
		c := newConnection("Prod")
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}})
		s.submit(store.Batch{SetHealth: []store.ConnectionHealth{{Tenant: tenant, ID: c.ID, Health: []byte(`{"ok":true}`)}}})
		s.submit(store.Batch{UpdateConnections: []*store.Connection{c}})
		got := must[store.Connection](s)(s.Connection(s.ctx(), tenant, c.ID))
		if string(got.Health) != `{"ok":true}` || got.Revision != 2 {
			s.Errorf("got health %s at revision %d", got.Health, got.Revision)
		}
		s.refuses(store.Batch{SetHealth: []store.ConnectionHealth{{Tenant: tenant, ID: store.NewID()}}}, store.ErrNotFound)
	}},
	{"a deleted connection is gone and its name free", func(s *suite) {
		c := newConnection("Prod")
		s.submit(store.Batch{InsertConnections: []*store.Connection{c}})
		s.submit(store.Batch{DeleteConnections: []store.Ref{{Tenant: tenant, ID: c.ID}}})
		_, err := s.Connection(s.ctx(), tenant, c.ID)
		s.fails(err, store.ErrNotFound)
		s.refuses(store.Batch{DeleteConnections: []store.Ref{{Tenant: tenant, ID: c.ID}}}, store.ErrNotFound)
		s.submit(store.Batch{InsertConnections: []*store.Connection{newConnection("prod")}})
	}},
	{"lists are by name and filtered", func(s *suite) {
		b, a, c := newConnection("b"), newConnection("A"), newConnection("c")
		c.Integration, b.Active = "azure-key-vault", false
		s.submit(store.Batch{InsertConnections: []*store.Connection{b, a, c}})
		list := func(f store.ConnectionFilter) string {
			var names []string
			for _, c := range must[[]store.Connection](s)(s.Connections(s.ctx(), tenant, f)) {
				names = append(names, c.Name)
			}
			return strings.Join(names, " ")
		}
		s.equal("A b c", list(store.ConnectionFilter{}))
		s.equal("A b", list(store.ConnectionFilter{Integration: "aws-s3"}))
		s.equal("A c", list(store.ConnectionFilter{Active: ptr(true)}))
		s.equal("b", list(store.ConnectionFilter{Active: ptr(false), Integration: "aws-s3"}))
		s.equal("", list(store.ConnectionFilter{Integration: "none"}))
	}},
	{"bad records are refused", func(s *suite) {
		for reason, spoil := range map[string]func(*store.Connection){
			"no name":             func(c *store.Connection) { c.Name = "" },
			"name not UTF-8":      func(c *store.Connection) { c.Name = "\xff" },
			"name with NUL":       func(c *store.Connection) { c.Name = "a\x00b" },
			"no tenant":           func(c *store.Connection) { c.Tenant = "" },
			"no integration":      func(c *store.Connection) { c.Integration = "" },
			"no id":               func(c *store.Connection) { c.ID = "" },
			"id in another form":  func(c *store.Connection) { c.ID = strings.ToUpper(c.ID) },
			"id of another kind":  func(c *store.Connection) { c.ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8" },
			"id with more behind": func(c *store.Connection) { c.ID += "x" },
		} {
			c := newConnection("x")
			spoil(c)
			if err := s.Submit(s.ctx(), store.Batch{InsertConnections: []*store.Connection{c}}); !errors.Is(err, store.ErrInvalid) {
				s.Errorf("%s: got %v, want Invalid", reason, err)
			}
		}
	}},
}

var tokenTests = []test{
	{"a token is found by its hash", func(s *suite) {
		tok := newToken("ci", 1)
		s.submit(store.Batch{InsertTokens: []*store.Token{tok}})
		s.equal(*tok, must[store.Token](s)(s.TokenByHash(s.ctx(), tok.Hash)))
		_, err := s.TokenByHash(s.ctx(), [32]byte{1, 2})
		s.fails(err, store.ErrNotFound)
		again := newToken("other", 1)
		s.refuses(store.Batch{InsertTokens: []*store.Token{again}}, store.ErrConflict)
	}},
	{"use and revocation are noted", func(s *suite) {
		tok := newToken("ci", 1)
		s.submit(store.Batch{InsertTokens: []*store.Token{tok}})
		at := func(v int64) []store.TokenTime { return []store.TokenTime{{Tenant: tenant, ID: tok.ID, At: v}} }
		s.submit(store.Batch{TouchTokens: at(50)})
		s.submit(store.Batch{TouchTokens: at(40)}) // late news
		s.submit(store.Batch{RevokeTokens: at(60)})
		s.submit(store.Batch{RevokeTokens: at(70)}) // the first revocation counts
		tok.LastUsedAt, tok.RevokedAt = ptr(int64(50)), ptr(int64(60))
		s.equal(*tok, must[store.Token](s)(s.TokenByHash(s.ctx(), tok.Hash)))
		s.refuses(store.Batch{RevokeTokens: []store.TokenTime{{Tenant: tenant, ID: store.NewID(), At: 1}}}, store.ErrNotFound)
		s.submit(store.Batch{TouchTokens: []store.TokenTime{{Tenant: tenant, ID: store.NewID(), At: 1}}}) // not worth an error
	}},
	{"tokens are listed by age", func(s *suite) {
		a, b := newToken("a", 1), newToken("b", 2)
		a.CreatedAt, b.CreatedAt, b.ExpiresAt, b.Scopes = 20, 10, ptr(int64(99)), []string{}
		s.submit(store.Batch{InsertTokens: []*store.Token{a, b}})
		s.equal([]store.Token{*b, *a}, must[[]store.Token](s)(s.Tokens(s.ctx(), tenant)))
	}},
}

func newToken(name string, n byte) *store.Token {
	return &store.Token{ID: store.NewID(), Tenant: tenant, Name: name, Hash: [32]byte{0: n, 31: 0xfe}, Scopes: []string{"read", "run"}, CreatedAt: 5, CreatedBy: "ann"}
}
