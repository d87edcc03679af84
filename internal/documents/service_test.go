package documents_test

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/documents/documentstest"
	"github.com/fairlead-io/fairlead/internal/files"
)

func TestSettings(t *testing.T) {
	for _, tc := range []struct {
		text string
		want documents.Setting
	}{
		{"", documents.Setting{}},
		{" Cluster ", documents.Setting{Kind: documents.KindCluster}},
		{"fairlead", documents.Setting{Kind: documents.KindFiles}},
		{"memory", documents.Setting{Kind: documents.KindMemory}},
		{"memory:1000", documents.Setting{Kind: documents.KindMemory, Limit: 1000}},
		{"memory:64MiB", documents.Setting{Kind: documents.KindMemory, Limit: 64 << 20}},
		{"memory:2g", documents.Setting{Kind: documents.KindMemory, Limit: 2 << 30}},
		{"folder:/var/lib/documents/", documents.Setting{Kind: documents.KindFolder, Folder: filepath.Clean("/var/lib/documents")}},
		{`folder:C:\docs`, documents.Setting{Kind: documents.KindFolder, Folder: filepath.Clean(`C:\docs`)}},
		{"s3:bucket", documents.Setting{Kind: documents.KindS3, Bucket: "bucket"}},
		{"s3:bucket/a/b", documents.Setting{Kind: documents.KindS3, Bucket: "bucket", Prefix: "a/b/"}},
	} {
		got, err := documents.ParseSetting(tc.text)
		if d := cmp.Diff(tc.want, got); d != "" || err != nil {
			t.Errorf("%q: %v, -want +got\n%s", tc.text, err, d)
		}
	}
	for _, bad := range []string{"clusters", "cluster:x", "fairlead:x", "memory:", "memory:0", "memory:-1", "memory:1x", "memory:9999999g", "memory:b", "folder", "folder:", "s3", "s3:", "s3:/x", ":", "disk:/x"} {
		_, err := documents.ParseSetting(bad)
		if e := documentstest.WantKind(t, err, connector.Invalid); e.Field != "/documents" || e.Fix == "" {
			t.Errorf("%q: %+v", bad, e)
		}
	}
}

func TestSettingsThatNeedWhatIsNotThere(t *testing.T) {
	for _, text := range []string{"", "cluster", "fairlead", "s3:b"} {
		_, err := documents.New(documents.Deps{Setting: setting(t, text)})
		documentstest.WantKind(t, err, connector.Invalid)
	}
}

func TestWhereDocumentsAreFound(t *testing.T) {
	k, c := newClock(), documentstest.NewCluster(t)
	c.Add("doc", "of the cluster", nil)
	svc, _ := storedFiles(t, k.Now)
	f := svc.For(files.Owner{Tenant: "acme"})
	both := service(t, documents.Deps{Files: f, Cluster: cluster(t, c), Now: k.Now})
	memory := service(t, documents.Deps{Setting: setting(t, "memory"), Files: f, Now: k.Now})
	all := service(t, documents.Deps{Setting: setting(t, "memory"), Files: f, Cluster: cluster(t, c), Now: k.Now})
	if ref := documentstest.Put(t, both, connector.NewDocument{Size: -1}, "x"); ref.StoreID != "in-memory" {
		t.Errorf("with a cluster: %s", ref.StoreID)
	}
	inMemory := documentstest.Put(t, memory, connector.NewDocument{Size: -1}, "of memory")
	if inMemory.StoreID != "fairlead-memory" {
		t.Errorf("stored in %s", inMemory.StoreID)
	}
	if ref := documentstest.Put(t, all, connector.NewDocument{Size: -1}, "x"); ref.StoreID != "fairlead-memory" {
		t.Errorf("the setting wins over the cluster: %s", ref.StoreID)
	}
	file := documentstest.Put(t, service(t, documents.Deps{Files: f, Now: k.Now}), connector.NewDocument{Size: -1}, "of files")
	for _, tc := range []struct {
		reason          string
		s               *documents.Service
		store, id, want string
		kind            connector.Kind
	}{
		{"a file beside a cluster", both, "fairlead", file.DocumentID, "of files", ""},
		{"a file beside memory", memory, "fairlead", file.DocumentID, "of files", ""},
		{"the cluster's, by any name", both, "aws", "doc", "of the cluster", ""},
		{"the cluster's, without a name", both, "", "doc", "of the cluster", ""},
		{"the cluster's, although new ones go elsewhere", all, "in-memory", "doc", "of the cluster", ""},
		{"ours, without a name", memory, "", inMemory.DocumentID, "of memory", ""},
		{"a cluster's where there is none", memory, "in-memory", "doc", "", connector.NotFound},
	} {
		ref := connector.Document{Type: "camunda", StoreID: tc.store, DocumentID: tc.id}
		if tc.kind != "" {
			_, err := tc.s.Open(t.Context(), ref)
			if e := documentstest.WantKind(t, err, tc.kind); !strings.Contains(e.Fix, "fairlead, fairlead-memory") {
				t.Errorf("%s: %+v", tc.reason, e)
			}
			continue
		}
		if got, _ := documentstest.Get(t, tc.s, ref); got != tc.want {
			t.Errorf("%s: %q", tc.reason, got)
		}
	}
}

func TestReferencesThatLeadNowhere(t *testing.T) {
	text := "x"
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Links: links()})
	for _, tc := range []struct {
		reason, field string
		d             connector.Document
	}{
		{"no type", "/camunda.document.type", connector.Document{DocumentID: "x"}},
		{"unknown type", "/camunda.document.type", connector.Document{Type: "Camunda", DocumentID: "x"}},
		{"no ID", "/documentId", connector.Document{Type: "camunda", StoreID: "fairlead-memory"}},
		{"no content", "/content", connector.Document{Type: "inline"}},
		{"no url", "", connector.Document{Type: "external"}},
	} {
		_, err := s.Open(t.Context(), tc.d)
		if e := connector.AsError(err); e == nil || e.Field != tc.field {
			t.Errorf("%s: %+v", tc.reason, e)
		}
	}
	for _, d := range []connector.Document{{Type: "external", URL: "http://x"}, {Type: "inline", Content: &text}} {
		documentstest.WantKind(t, s.Delete(t.Context(), d), connector.Invalid)
	}
	_, err := s.Link(t.Context(), connector.Document{Type: "inline", Content: &text}, 0)
	documentstest.WantKind(t, err, connector.Invalid)
	_, err = s.Link(t.Context(), connector.Document{Type: "external"}, 0)
	documentstest.WantKind(t, err, connector.Invalid)
	if link, err := s.Link(t.Context(), connector.Document{Type: "external", URL: "http://x/y"}, 0); link != "http://x/y" || err != nil {
		t.Errorf("%s, %v", link, err)
	}
}

func TestLinks(t *testing.T) {
	k := newClock()
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Now: k.Now, Links: links()})
	ref := documentstest.Put(t, s, connector.NewDocument{Name: "n.txt", Size: -1}, "content")
	other := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "other")
	link, err := s.Link(t.Context(), ref, 90*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != "fairlead.invalid" || u.Path != "/api/v1/documents/"+ref.DocumentID+"/content" {
		t.Fatalf("%s, %v", link, err)
	}
	good := documents.Linked{Store: u.Query().Get("store"), ID: ref.DocumentID, Expires: u.Query().Get("exp"), Signature: u.Query().Get("sig")}
	c, err := s.OpenLinked(t.Context(), good)
	if err != nil || c.Name != "n.txt" {
		t.Fatalf("%+v, %v", c, err)
	}
	_ = c.Body.Close()
	for reason, change := range map[string]func(*documents.Linked){
		"another document":          func(l *documents.Linked) { l.ID = other.DocumentID },
		"another store":             func(l *documents.Linked) { l.Store = "fairlead" },
		"longer":                    func(l *documents.Linked) { l.Expires = "9" + l.Expires },
		"no signature":              func(l *documents.Linked) { l.Signature = "" },
		"another signature":         func(l *documents.Linked) { l.Signature = documentstest.Sum("guess") },
		"parts shifted":             func(l *documents.Linked) { l.Store, l.ID = l.Store+l.ID[:1], l.ID[1:] },
		"nothing":                   func(l *documents.Linked) { *l = documents.Linked{} },
		"the signature in capitals": func(l *documents.Linked) { l.Signature = strings.ToUpper(l.Signature) },
	} {
		bad := good
		change(&bad)
		_, err := s.OpenLinked(t.Context(), bad)
		if e := documentstest.WantKind(t, err, connector.Denied); e.StatusCode() != 403 {
			t.Errorf("%s: %+v", reason, e)
		}
	}
	k.Forward(89 * time.Second)
	if c, err = s.OpenLinked(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	_ = c.Body.Close()
	k.Forward(time.Second)
	_, err = s.OpenLinked(t.Context(), good)
	if e := documentstest.WantKind(t, err, connector.Denied); !strings.Contains(e.Message, "over") {
		t.Errorf("%+v", e)
	}
}

func TestLinksThatCannotBeMade(t *testing.T) {
	none := &documents.Links{Base: func() string { return "" }, Sign: links().Sign}
	for _, l := range []*documents.Links{nil, none, {}} {
		s := service(t, documents.Deps{Setting: setting(t, "memory"), Links: l})
		ref := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "x")
		_, err := s.Link(t.Context(), ref, 0)
		documentstest.WantKind(t, err, connector.Conflict)
		_, err = s.OpenLinked(t.Context(), documents.Linked{Store: ref.StoreID, ID: ref.DocumentID})
		documentstest.WantKind(t, err, connector.Denied)
	}
	s := service(t, documents.Deps{Setting: setting(t, "memory"), Links: links()})
	ref := documentstest.Put(t, s, connector.NewDocument{Size: -1}, "x")
	for _, ttl := range []time.Duration{-1, 1<<63 - 1} {
		if _, err := s.Link(t.Context(), ref, ttl); ttl < 0 {
			documentstest.WantKind(t, err, connector.Invalid)
		} else if err != nil {
			t.Errorf("290 years are a while: %v", err)
		}
	}
}

func TestNothingIsToBeSwept(t *testing.T) {
	s := service(t, documents.Deps{Cluster: cluster(t, documentstest.NewCluster(t))})
	if n, err := s.Sweep(context.WithoutCancel(t.Context())); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
