package documentstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func roundTrip(t *testing.T, b Bench) {
	text := "Grüße, 世界\n"
	ref := Put(t, b, connector.NewDocument{
		Name: "dir/Grüße \"1\".txt", ContentType: "text/plain; charset=utf-8", Size: int64(len(text)), TTL: time.Hour,
		Metadata: connector.DocumentMetadata{ProcessDefinitionID: "order", ProcessInstanceKey: "2251799813685249", CustomProperties: json.RawMessage(`{"a":{"b":[1,2.50]}}`)},
	}, text)
	until, size := b.Now().Add(time.Hour).UTC(), int64(len(text))
	want := connector.Document{
		Type: connector.ClusterDocument, StoreID: ref.StoreID, DocumentID: ref.DocumentID, ContentHash: Sum(text),
		Metadata: &connector.DocumentMetadata{
			ContentType: "text/plain; charset=utf-8", ExpiresAt: &until, Size: &size, FileName: "dir/Grüße \"1\".txt",
			ProcessDefinitionID: "order", ProcessInstanceKey: "2251799813685249", CustomProperties: ref.Metadata.CustomProperties,
		},
	}
	if d := cmp.Diff(want, ref); d != "" || ref.StoreID == "" || ref.DocumentID == "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := compact(t, ref.Metadata.CustomProperties); got != `{"a":{"b":[1,2.50]}}` && got != `{"a":{"b":[1,2.5]}}` {
		t.Errorf("custom properties are %s", got)
	}
	got, c := Get(t, b, ref)
	if got != text || c.Size != size || c.ContentType != "text/plain; charset=utf-8" || c.Name != "dir/Grüße \"1\".txt" {
		t.Errorf("came back as %q, %+v", got, c)
	}
	// What the process says of the document wins.
	ref.Metadata = &connector.DocumentMetadata{ContentType: "text/csv", FileName: "other.csv"}
	if got, c = Get(t, b, ref); got != text || c.Size != size || c.ContentType != "text/csv" || c.Name != "other.csv" {
		t.Errorf("with other metadata: %q, %+v", got, c)
	}
	// A reference without a hash is not checked.
	if got, _ = Get(t, b, connector.Document{Type: connector.ClusterDocument, StoreID: ref.StoreID, DocumentID: ref.DocumentID}); got != text {
		t.Errorf("without a hash: %q", got)
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func sizes(t *testing.T, b Bench) {
	for _, tc := range []struct {
		reason, text string
		size         int64
	}{
		{"empty", "", 0}, {"empty, size unknown", "", -1}, {"size unknown", "some text", -1}, {"one byte", "x", 1},
	} {
		ref := Put(t, b, connector.NewDocument{Size: tc.size}, tc.text)
		got, c := Get(t, b, ref)
		if got != tc.text || *ref.Metadata.Size != int64(len(tc.text)) || ref.ContentHash != Sum(tc.text) {
			t.Errorf("%s: %q, %+v", tc.reason, got, ref)
		}
		if c.ContentType != "application/octet-stream" || len(c.Name) != 36 {
			t.Errorf("%s: nothing was said, and it is %+v", tc.reason, c)
		}
		if ref.Metadata.CustomProperties != nil || ref.Metadata.ExpiresAt != nil {
			t.Errorf("%s: made up %+v", tc.reason, ref.Metadata)
		}
	}
}

func openTwice(t *testing.T, b Bench) {
	text := strings.Repeat("0123456789", 100_000)
	ref := Put(t, b, connector.NewDocument{Size: int64(len(text))}, text)
	early, err := b.Open(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 100)
	if _, err := io.ReadFull(early.Body, head); err != nil || string(head) != text[:100] {
		t.Errorf("%q, %v", head, err)
	}
	if got, _ := Get(t, b, ref); got != text {
		t.Error("the second reader got something else")
	}
	if err := early.Body.Close(); err != nil {
		t.Error(err)
	}
}

func together(t *testing.T, b Bench) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			text := strings.Repeat(fmt.Sprintf("%02d,", i), 20_000+i)
			ref, err := b.Create(t.Context(), connector.NewDocument{Name: fmt.Sprint(i), Size: int64(len(text))}, strings.NewReader(text))
			if err != nil {
				t.Error(err)
				return
			}
			c, err := b.Open(t.Context(), ref)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = c.Body.Close() }()
			if got, err := io.ReadAll(c.Body); err != nil || string(got) != text || c.Name != fmt.Sprint(i) {
				t.Errorf("%d: %d bytes of %d, %q, %v", i, len(got), len(text), c.Name, err)
			}
		})
	}
	wg.Wait()
	wantLeft(t, b, 16)
}
