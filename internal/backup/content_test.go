package backup_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Content comes back from where it was: small content with the records, the rest from the folder.
func TestContentOfBothPlaces(t *testing.T) {
	s := open(t, t.TempDir())
	texts := map[string]int{"": 0, "small": 1, strings.Repeat("large ", 10_000): 2}
	ids := map[string]int64{}
	size := int64(0)
	for text := range texts {
		info, err := s.add(t.Context(), text)
		must(t, err)
		ids[text], size = info.ID, size+info.Size
	}
	to, identities := pair(t)
	var out bytes.Buffer
	made, err := backup.Write(t.Context(), &out, s.source(false), []age.Recipient{to})
	must(t, err)
	if made.Content != 3 || made.ContentBytes != size || made.Rows["contents"] != 2 {
		t.Errorf("made %+v, want 3 pieces of content of %d bytes, 2 of them with the records", made, size)
	}
	dir := filepath.Join(t.TempDir(), "fresh")
	_, err = backup.Restore(t.Context(), &out, identities, backup.Target{Data: dir})
	must(t, err)
	fresh := open(t, dir)
	for text, id := range ids {
		if fresh.content(t, id) != text {
			t.Errorf("a file of %d bytes has changed", len(text))
		}
	}
}

// A backup of content that is not what its key says is refused, wherever the content lies, and one of a file without
// content is not even made.
func TestBackupsOfDamagedContent(t *testing.T) {
	key := strings.Repeat("0", 64)
	for _, c := range []struct {
		reason  string
		content []store.Content
		made    bool
	}{
		{"damaged with the records", []store.Content{{Tenant: "default", Key: key, Bytes: []byte("x")}}, true},
		{"with no content", nil, false},
	} {
		s := open(t, t.TempDir())
		must(t, s.store.Submit(t.Context(), store.Batch{
			InsertContents: c.content,
			InsertFiles:    []*store.File{{Tenant: "default", Name: "f", ContentKey: key, Source: connector.PlaybookFile}},
		}))
		to, identities := pair(t)
		var out bytes.Buffer
		_, err := backup.Write(t.Context(), &out, s.source(false), []age.Recipient{to})
		if (err == nil) != c.made {
			t.Errorf("%s: made: %v", c.reason, err)
		}
		_, err = backup.Verify(t.Context(), &out, identities, t.TempDir())
		if e := connector.AsError(err); e == nil || e.Kind != connector.Invalid {
			t.Errorf("%s: verified: %v, want Invalid", c.reason, err)
		}
	}
}
