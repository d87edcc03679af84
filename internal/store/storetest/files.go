package storetest

import (
	"github.com/fairlead-io/fairlead/internal/store"
)

func newFile(name string) *store.File {
	return &store.File{
		Tenant: tenant, Name: name, Size: 1 << 34, MD5: "m", SHA1: "1", SHA256: "256", ContentType: "text/plain", Source: "Playbook File",
		ContentKey: "key-" + name, CreatedAt: 5, CreatedBy: "ann",
	}
}

func fileNames(p store.FilePage) string {
	names := ""
	for _, f := range p.Files {
		names += f.Name
	}
	return names
}

// hasContent fails unless a tenant has the content, or, where it must not, none.
func (s *suite) hasContent(of, key string, want []byte, is bool) {
	s.Helper()
	got, err := s.Content(s.ctx(), of, key)
	if is {
		s.equal(want, must[[]byte](s)(got, err))
		return
	}
	s.fails(err, store.ErrNotFound)
}

var fileTests = []test{
	{"a file gets an id and comes back", func(s *suite) {
		f, g := newFile("a"), newFile("b")
		g.Metadata, g.RunID, g.ExpiresAt = []byte(`{"k":1}`), ptr(store.NewID()), ptr(int64(9))
		s.submit(store.Batch{InsertFiles: []*store.File{f, g}})
		if f.ID <= 0 || g.ID <= f.ID {
			s.Fatalf("ids %d and %d, want them positive and growing", f.ID, g.ID)
		}
		s.equal(*f, must[store.File](s)(s.File(s.ctx(), tenant, f.ID)))
		s.equal(*g, must[store.File](s)(s.File(s.ctx(), tenant, g.ID)))
		_, err := s.File(s.ctx(), "other", f.ID)
		s.fails(err, store.ErrNotFound)
	}},
	{"an id is never used again", func(s *suite) {
		f := newFile("a")
		s.submit(store.Batch{InsertFiles: []*store.File{f}})
		s.submit(store.Batch{DeleteFiles: []*store.FileDelete{{Tenant: tenant, ID: f.ID}}})
		g := newFile("a")
		s.submit(store.Batch{InsertFiles: []*store.File{g}})
		if g.ID <= f.ID {
			s.Errorf("id %d after %d", g.ID, f.ID)
		}
	}},
	{"a delete tells whether the content is still needed", func(s *suite) {
		f, g := newFile("a"), newFile("b")
		g.Tenant, g.ContentKey = "other", f.ContentKey
		s.submit(store.Batch{InsertFiles: []*store.File{f, g}})
		d := &store.FileDelete{Tenant: tenant, ID: f.ID}
		s.submit(store.Batch{DeleteFiles: []*store.FileDelete{d}})
		s.equal(store.FileDelete{Tenant: tenant, ID: f.ID, ContentKey: f.ContentKey, StillReferenced: true}, *d)
		s.equal(true, must[bool](s)(s.ContentReferenced(s.ctx(), f.ContentKey)))
		d = &store.FileDelete{Tenant: "other", ID: g.ID}
		s.submit(store.Batch{DeleteFiles: []*store.FileDelete{d}})
		s.equal(false, d.StillReferenced)
		s.equal(false, must[bool](s)(s.ContentReferenced(s.ctx(), f.ContentKey)))
		s.refuses(store.Batch{DeleteFiles: []*store.FileDelete{{Tenant: tenant, ID: f.ID}}}, store.ErrNotFound)
		s.refuses(store.Batch{DeleteFiles: []*store.FileDelete{{Tenant: "other", ID: f.ID}}}, store.ErrNotFound)
	}},
	{"small content is written with its file and goes with the last of its tenant", func(s *suite) {
		files := []*store.File{newFile("a"), newFile("b"), newFile("c")}
		files[1].ContentKey, files[2].ContentKey, files[2].Tenant = files[0].ContentKey, files[0].ContentKey, "other"
		key, bytes := files[0].ContentKey, []byte{0, 1, 255}
		for _, f := range files {
			s.submit(store.Batch{InsertFiles: []*store.File{f}, InsertContents: []store.Content{{Tenant: f.Tenant, Key: key, Bytes: bytes}}})
		}
		for i, left := range []map[string]bool{{tenant: true, "other": true}, {tenant: false, "other": true}, {tenant: false, "other": false}} {
			s.submit(store.Batch{DeleteFiles: []*store.FileDelete{{Tenant: files[i].Tenant, ID: files[i].ID}}})
			for of, stays := range left {
				s.hasContent(of, key, bytes, stays)
			}
		}
	}},
	{"content without bytes is content", func(s *suite) {
		for name, bytes := range map[string][]byte{"nil": nil, "empty": {}} {
			f := newFile(name)
			s.submit(store.Batch{InsertFiles: []*store.File{f}, InsertContents: []store.Content{{Tenant: tenant, Key: f.ContentKey, Bytes: bytes}}})
			s.hasContent(tenant, f.ContentKey, []byte{}, true)
		}
	}},
	{"content that is written again is mended", func(s *suite) {
		for _, bytes := range []string{"damaged", "whole"} {
			f := newFile("a")
			s.submit(store.Batch{InsertFiles: []*store.File{f}, InsertContents: []store.Content{{Tenant: tenant, Key: f.ContentKey, Bytes: []byte(bytes)}}})
			s.hasContent(tenant, f.ContentKey, []byte(bytes), true)
		}
	}},
	{"a batch that fails leaves no content, and its neighbours have theirs", func(s *suite) {
		bad, good := newFile("bad"), newFile("good")
		s.refuses(store.Batch{
			InsertFiles: []*store.File{bad}, InsertContents: []store.Content{{Tenant: tenant, Key: bad.ContentKey, Bytes: []byte("x")}},
			DeleteFiles: []*store.FileDelete{{Tenant: tenant, ID: 1 << 40}},
		}, store.ErrNotFound)
		s.submit(store.Batch{InsertFiles: []*store.File{good}, InsertContents: []store.Content{{Tenant: tenant, Key: good.ContentKey, Bytes: []byte("y")}}})
		s.hasContent(tenant, bad.ContentKey, nil, false)
		s.hasContent(tenant, good.ContentKey, []byte("y"), true)
	}},
	{"content that no file of its batch has is refused", func(s *suite) {
		f := newFile("a")
		for _, c := range []store.Content{{Tenant: "other", Key: f.ContentKey}, {Tenant: tenant, Key: "key-b"}} {
			s.refuses(store.Batch{InsertFiles: []*store.File{f}, InsertContents: []store.Content{c}}, store.ErrInvalid)
			s.hasContent(c.Tenant, c.Key, nil, false)
		}
	}},
	{"files are listed newest first, filtered and paged", func(s *suite) {
		a, b, c := newFile("a"), newFile("Ü_b"), newFile("c")
		b.Source, c.RunID = "Artifact File", ptr(store.NewID())
		s.submit(store.Batch{InsertFiles: []*store.File{a, b, c}})
		list := func(f store.FileFilter) string {
			return fileNames(must[store.FilePage](s)(s.Files(s.ctx(), tenant, f, store.Page{})))
		}
		s.equal("cÜ_ba", list(store.FileFilter{}))
		s.equal("Ü_b", list(store.FileFilter{Source: "Artifact File"}))
		s.equal("Ü_b", list(store.FileFilter{NameContains: "ü_"}))
		s.equal("c", list(store.FileFilter{RunID: *c.RunID}))
		s.equal("", list(store.FileFilter{RunID: *c.RunID, NameContains: "a"}))
		first := must[store.FilePage](s)(s.Files(s.ctx(), tenant, store.FileFilter{}, store.Page{Limit: 2}))
		second := must[store.FilePage](s)(s.Files(s.ctx(), tenant, store.FileFilter{}, store.Page{Limit: 2, Cursor: first.Next}))
		s.equal("cÜ_b|a|", fileNames(first)+"|"+fileNames(second)+"|"+second.Next)
	}},
	{"expired files are found, the longest expired first", func(s *suite) {
		a, b, c, d := newFile("a"), newFile("b"), newFile("c"), newFile("d")
		a.ExpiresAt, b.ExpiresAt, c.ExpiresAt, b.Tenant = ptr(int64(20)), ptr(int64(10)), ptr(int64(30)), "other"
		s.submit(store.Batch{InsertFiles: []*store.File{a, b, c, d}})
		s.equal([]store.File{*b, *a}, must[[]store.File](s)(s.ExpiredFiles(s.ctx(), 20, 10)))
		s.equal([]store.File{*b}, must[[]store.File](s)(s.ExpiredFiles(s.ctx(), 20, 1)))
	}},
	{"names that no database can hold are refused", func(s *suite) {
		for _, name := range []string{"", "a\x00", "\xff"} {
			s.refuses(store.Batch{InsertFiles: []*store.File{newFile(name)}}, store.ErrInvalid)
		}
	}},
}

var keysetTests = []test{
	{"the first keyset wins", func(s *suite) {
		insert := func(tenant, purpose, wrapped, kek string) bool {
			return must[bool](s)(s.InsertKeyset(s.ctx(), tenant, purpose, []byte(wrapped), kek, 1))
		}
		s.equal(true, insert("a", "seal", "w1", "k1"))
		s.equal(false, insert("a", "seal", "w2", "k2"))
		s.equal(true, insert("a", "fingerprint", "w3", "k2"))
		s.equal(true, insert("b", "seal", "w4", "k1"))
		wrapped, kek, err := s.LoadKeyset(s.ctx(), "a", "seal")
		if string(wrapped) != "w1" || kek != "k1" || err != nil {
			s.Errorf("got %s, %s, %v", wrapped, kek, err)
		}
		wrapped, kek, err = s.LoadKeyset(s.ctx(), "c", "seal")
		if wrapped != nil || kek != "" || err != nil {
			s.Errorf("of an unknown tenant: got %s, %s, %v", wrapped, kek, err)
		}
		s.equal([]string{"k1", "k2"}, must[[]string](s)(s.KeysetKEKs(s.ctx())))
		if tenant, purpose, err := s.SampleKeyset(s.ctx(), "k2"); tenant != "a" || purpose != "fingerprint" || err != nil {
			s.Errorf("sample: %s, %s, %v", tenant, purpose, err)
		}
		_, _, err = s.SampleKeyset(s.ctx(), "k3")
		s.fails(err, store.ErrNotFound)
	}},
	{"a saved keyset replaces", func(s *suite) {
		k := &store.Keyset{ID: store.NewID(), Tenant: "a", Purpose: "seal", Wrapped: []byte{1}, KEK: "k1", CreatedAt: 3}
		s.submit(store.Batch{SaveKeysets: []*store.Keyset{k}})
		k.Wrapped, k.KEK = []byte{2}, "k2"
		s.submit(store.Batch{SaveKeysets: []*store.Keyset{k}})
		s.equal([]store.Keyset{*k}, must[[]store.Keyset](s)(s.Keysets(s.ctx())))
	}},
	{"settings", func(s *suite) {
		a, b := store.Setting{Tenant: tenant, Name: "a", Value: []byte("1")}, store.Setting{Tenant: tenant, Name: "b", Value: []byte{}}
		s.submit(store.Batch{SaveSettings: []store.Setting{b, a}})
		a.Value = []byte("2")
		s.submit(store.Batch{SaveSettings: []store.Setting{a}})
		s.equal(a, must[store.Setting](s)(s.Setting(s.ctx(), tenant, "a")))
		s.equal([]store.Setting{a, b}, must[[]store.Setting](s)(s.Settings(s.ctx(), tenant)))
		s.submit(store.Batch{DeleteSettings: []store.SettingRef{{Tenant: tenant, Name: "a"}}})
		_, err := s.Setting(s.ctx(), tenant, "a")
		s.fails(err, store.ErrNotFound)
		s.refuses(store.Batch{DeleteSettings: []store.SettingRef{{Tenant: tenant, Name: "a"}}}, store.ErrNotFound)
	}},
}
