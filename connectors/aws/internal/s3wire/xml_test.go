package s3wire

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func pageOf(doc []byte) (*ListPage, error) {
	p := &ListPage{}
	a := &answer{Response: &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(doc))}}
	encoded := false
	err := a.document("ListBucketResult", func(s *scanner, name []byte) error { return p.element(s, name, &encoded) })
	if err == nil && encoded {
		p.decode()
	}
	return p, err
}

// Forms that services write, and some that they might.
func TestXMLForms(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	for _, tc := range []struct {
		name, doc string
		want      ListPage
	}{
		{"attributes and prefixes", `<?xml version="1.0" encoding="UTF-8" ?><s3:ListBucketResult xmlns:s3='a>b' x="<"><s3:KeyCount a="1>2">2</s3:KeyCount></s3:ListBucketResult>`, ListPage{KeyCount: 2}},
		{"empty elements", `<ListBucketResult><Prefix/><Contents><Key>a</Key><Owner/></Contents><Contents/><IsTruncated /></ListBucketResult>`, ListPage{Items: []Item{{Key: "a", Owner: &Owner{}}, {}}}},
		{"nothing", `<ListBucketResult/>`, ListPage{}},
		{"entities", `<ListBucketResult><Contents><Key>&lt;a&amp;&#98;&#x63;&quot;&apos;&gt;&unknown;&amp;amp;&</Key></Contents></ListBucketResult>`, ListPage{Items: []Item{{Key: `<a&bc"'>&unknown;&amp;&`}}}},
		{"CDATA and comments", `<ListBucketResult><!-- <Contents> --><Contents><Key>a<![CDATA[<b>&amp;]]>c<!-- x -->d</Key><![CDATA[<Key>]]></Contents></ListBucketResult>`, ListPage{Items: []Item{{Key: `a<b>&amp;cd`}}}},
		{"unknown elements with the same names inside", `<ListBucketResult><Extra><Contents><Key>no</Key></Contents><KeyCount>7</KeyCount></Extra><Contents><Restore><Key>no</Key></Restore><Key>yes</Key></Contents></ListBucketResult>`, ListPage{Items: []Item{{Key: "yes"}}}},
		{"an element in a text", `<ListBucketResult><Contents><Key>a<i>b</i>c</Key></Contents></ListBucketResult>`, ListPage{Items: []Item{{Key: "ac"}}}},
		{"encoded, said at the end", `<ListBucketResult><Contents><Key>a%2Bb+c%zz</Key></Contents><Contents><Key>a%2Bb+c</Key></Contents><CommonPrefixes><Prefix>%C3%BC%2F</Prefix></CommonPrefixes><EncodingType>url</EncodingType></ListBucketResult>`, ListPage{Items: []Item{{Key: "a%2Bb+c%zz"}, {Key: "a+b c"}}, CommonPrefixes: []string{"ü/"}}},
		{"not encoded", `<ListBucketResult><Contents><Key>a%2Bb+c</Key></Contents></ListBucketResult>`, ListPage{Items: []Item{{Key: "a%2Bb+c"}}}},
		{"all of an item", `<ListBucketResult><Contents><Key>a</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;e&quot;</ETag><Size> 12 </Size><StorageClass>GLACIER</StorageClass><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Owner><ID>i</ID><DisplayName>d</DisplayName></Owner></Contents><KeyCount></KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>t=</NextContinuationToken></ListBucketResult>`, ListPage{
			Items: []Item{{Key: "a", Modified: at, ETag: `"e"`, Size: 12, StorageClass: "GLACIER", ChecksumAlgorithm: []string{"CRC64NVME"}, ChecksumType: "FULL_OBJECT", Owner: &Owner{"i", "d"}}}, Truncated: true, Next: "t=",
		}},
		{"a time that is none", `<ListBucketResult><Contents><Key>a</Key><LastModified>yesterday</LastModified></Contents></ListBucketResult>`, ListPage{Items: []Item{{Key: "a"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := pageOf([]byte(tc.doc))
			if d := cmp.Diff(&tc.want, got); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

func TestXMLRefused(t *testing.T) {
	for _, doc := range []string{
		"", "<", "<>", "</a>", "<ListBucketResult", "<ListBucketResult>", "<ListBucketResult><Key", "<ListBucketResult><!-- ", "<ListBucketResult><![CDATA[", "<?xml", "<ListBucketResult a=\"",
		"<ListBucketResult><Contents><Key>a", "<ListBucketResult><Contents><Key>a<", "<ListBucketResult><Contents><Key>a<b", "<ListBucketResult><Contents><Key>a</Key>", "<ListBucketResult><KeyCount>9999999999999999999</KeyCount></ListBucketResult>",
	} {
		if got, err := pageOf([]byte(doc)); err == nil {
			t.Errorf("%q: %+v", doc, got)
		}
	}
}

// FuzzXML reads any bytes as every kind of answer: it ends, without a panic,
// and what encoding/xml takes for a list means the same here.
func FuzzXML(f *testing.F) {
	for _, s := range []string{
		nullList[:2000], `<ListBucketResult><Contents><Key>a&amp;b</Key><Size>1</Size></Contents></ListBucketResult>`, `<Error><Code>a</Code><Message>b</Message></Error>`,
		`<ListVersionsResult><Version><Key>a</Key><IsLatest>true</IsLatest></Version><DeleteMarker/></ListVersionsResult>`, `<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Code>x</Code></Error></DeleteResult>`,
		`<CopyObjectResult><ETag>"e"</ETag><LastModified>2026-01-02T03:04:05Z</LastModified></CopyObjectResult>`, `<a><![CDATA[x]]><!-- y --><b/></a>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, name := range []string{"ListBucketResult", "ListVersionsResult", "DeleteResult", "CopyObjectResult", "ListAllMyBucketsResult"} {
			a := &answer{Response: &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(doc))}}
			var encoded bool
			list, versions, deleted, copied, buckets := &ListPage{}, &VersionsPage{}, &DeleteAnswer{}, &Written{Checksums: map[string]string{}}, &BucketsPage{}
			_ = a.document(name, map[string]func(*scanner, []byte) error{
				"ListBucketResult":       func(s *scanner, n []byte) error { return list.element(s, n, &encoded) },
				"ListVersionsResult":     func(s *scanner, n []byte) error { return versions.element(s, n, &encoded) },
				"DeleteResult":           deleted.element,
				"CopyObjectResult":       copied.copied,
				"ListAllMyBucketsResult": buckets.element,
			}[name])
		}
		parseError(doc, &Error{})
	})
}

// FuzzList writes a list with encoding/xml and reads it.
func FuzzList(f *testing.F) {
	f.Add("a/b c", "x", `"e"`, int64(5), true)
	f.Add("<&>'\"\t\n]]>", "ü\U0001F600", "", int64(-1), false)
	f.Fuzz(func(t *testing.T, key, prefix, etag string, size int64, truncated bool) {
		type contents struct {
			Key, ETag string
			Size      int64
		}
		type prefixes struct{ Prefix string }
		type ListBucketResult struct {
			IsTruncated    bool
			Contents       []contents
			CommonPrefixes []prefixes
		}
		doc, err := xml.Marshal(ListBucketResult{truncated, []contents{{key, etag, size}}, []prefixes{{prefix}}})
		if err != nil {
			return // encoding/xml does not write it
		}
		got, err := pageOf(doc)
		want := &ListPage{Items: []Item{{Key: writable(key), ETag: writable(etag), Size: size}}, CommonPrefixes: []string{writable(prefix)}, Truncated: truncated}
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	})
}

// writable is a text as encoding/xml writes it: U+FFFD where XML cannot carry
// a character.
func writable(s string) string {
	var w strings.Builder
	for _, r := range s {
		if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
			w.WriteRune(r)
		} else {
			w.WriteRune('\uFFFD')
		}
	}
	return w.String()
}

// FuzzKeys writes a deletion of any keys: encoding/xml reads the same keys.
func FuzzKeys(f *testing.F) {
	f.Add("a&b", "<v>")
	f.Add("tab\there\r\n", "\u00e9'\"")
	f.Fuzz(func(t *testing.T, a, b string) {
		doc := append(appendXML([]byte("<k><a>"), a), "</a><b>"...)
		doc = append(appendXML(doc, b), "</b></k>"...)
		s, _, err := root(doc)
		must(t, err)
		var got []string
		must(t, s.each(func([]byte) error {
			text, err := s.text()
			got = append(got, text)
			return err
		}))
		if len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q %q became %q", a, b, got)
		}
		if writable(a) != a || writable(b) != b {
			return
		}
		var want struct {
			A string `xml:"a"`
			B string `xml:"b"`
		}
		if err := xml.Unmarshal(doc, &want); err != nil || want.A != a || want.B != b {
			t.Errorf("encoding/xml: %v, %+v", err, want)
		}
	})
}

func BenchmarkList(b *testing.B) {
	doc := []byte(nullList)
	b.ReportAllocs()
	for b.Loop() {
		if p, err := pageOf(doc); err != nil || len(p.Items) != 1000 {
			b.Fatal(err)
		}
	}
}
