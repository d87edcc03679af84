package camundas3

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fairlead-io/fairlead/connector"
)

func TestList(t *testing.T) {
	b := newBench(t)
	for _, key := range []string{"a", "d/1", "d/2", "d/deep/3", "d/ü &", "e"} {
		b.put(t, key, "", "four")
	}
	for _, tc := range []struct {
		reason string
		input  in
		want   string // keys, with blanks between them
	}{
		{"all", in{}, "a d/1 d/2 d/deep/3 d/ü & e"},
		{"a prefix", in{"prefix": "d/"}, "d/1 d/2 d/deep/3 d/ü &"},
		{"one folder", in{"prefix": "d/", "delimiter": "/"}, "d/1 d/2 d/ü &"},
		{"after a key that is there", in{"startAfter": "d/2"}, "d/deep/3 d/ü & e"},
		{"after a key that is not", in{"startAfter": "d/0", "prefix": "d/d"}, "d/deep/3"},
		{"nothing", in{"prefix": "nothing/"}, ""},
	} {
		out := ok[ListObjectsOut](t, b, "list-objects", b.access(tc.input), nil)
		if got := strings.Join(keys(out), " "); got != tc.want || out.Next != "" || out.Bucket != "bkt" {
			t.Errorf("%s: %q, %+v", tc.reason, got, out)
		}
	}
}

func keys(out ListObjectsOut) (keys []string) {
	for _, o := range out.Objects {
		keys = append(keys, o.Key)
	}
	return keys
}

func TestListInPages(t *testing.T) {
	b := newBench(t)
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		b.put(t, key, "", "four")
	}
	first := ok[ListObjectsOut](t, b, "list-objects", b.access(in{"maximumObjects": 2}), nil)
	want := []ListedObject{{Key: "a", Size: 4}, {Key: "b", Size: 4}}
	if d := cmp.Diff(want, first.Objects, cmpopts.IgnoreFields(ListedObject{}, "LastModified")); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if age := time.Since(first.Objects[0].LastModified); age < -time.Minute || age > time.Minute {
		t.Errorf("stored %s ago", age)
	}
	got, next := keys(first), first.Next
	for next != "" {
		page := ok[ListObjectsOut](t, b, "list-objects", b.access(in{"maximumObjects": 2, "continuationToken": next}), nil)
		got, next = append(got, keys(page)...), page.Next
	}
	if d := cmp.Diff([]string{"a", "b", "c", "d", "e"}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestListMeetsFailures(t *testing.T) {
	b := newBench(t)
	b.put(t, "k", "", "four")
	b.door.script(1, refusal(503, "SlowDown", "Please reduce your request rate."))
	if out := ok[ListObjectsOut](t, b, "list-objects", b.access(in{}), nil); len(out.Objects) != 1 {
		t.Errorf("%+v", out)
	}
	b.door.script(1, refusal(403, "AccessDenied", "Access Denied"))
	if e, f := b.fails(t, "list-objects", b.access(in{}), nil); e.Kind != connector.Denied || f.Reason != Answered {
		t.Errorf("%+v", e)
	}
}
