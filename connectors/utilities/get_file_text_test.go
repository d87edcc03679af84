package utilities

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
)

func TestGetFileText(t *testing.T) {
	b := newBench(t)
	for _, tc := range []struct {
		reason   string
		content  string
		input    in
		text     string
		encoding string
		lines    []string
	}{
		{"UTF-8", "grüße\n世界", in{}, "grüße\n世界", "UTF-8", []string{"grüße", "世界"}},
		{"empty", "", in{}, "", "UTF-8", []string{""}},
		{"a byte order mark is no text", "\ufeffa", in{}, "a", "UTF-8", []string{"a"}},
		{"line breaks stay in the text and go in the lines", "a\r\nb\n", in{}, "a\r\nb\n", "UTF-8", []string{"a", "b", ""}},
		{"UTF-16 with a mark, little end first", "\xff\xfeh\x00\xfc\x00", in{}, "hü", "UTF-16LE", []string{"hü"}},
		{"UTF-16 with a mark, big end first", "\xfe\xff\x00h\x4e\x16", in{}, "h世", "UTF-16BE", []string{"h世"}},
		{"UTF-16 without a mark", "h\x00e\x00l\x00l\x00o\x00", in{}, "hello", "UTF-16LE", []string{"hello"}},
		{"UTF-16 without a mark, big end first", "\x00h\x00e\x00l\x00l\x00o", in{}, "hello", "UTF-16BE", []string{"hello"}},
		{"a character beyond 16 bits", "\xff\xfe\x3d\xd8\xa2\xde", in{}, "🚢", "UTF-16LE", []string{"🚢"}},
		{"what else there is", "Stra\xdfe \x80 5 \x93x\x94", in{}, "Straße € 5 “x”", "Windows-1252", []string{"Straße € 5 “x”"}},
		{"told otherwise", "Stra\xdfe \x80", in{"encoding": "iso-8859-1"}, "Straße \u0080", "ISO-8859-1", []string{"Straße \u0080"}},
		{"told the same", "ü", in{"encoding": "UTF-8"}, "ü", "UTF-8", []string{"ü"}},
		{"exactly the maximum", "12345", in{"maximumSize": 5}, "12345", "UTF-8", []string{"12345"}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			id := b.save(t, "", "a.txt", tc.content)
			tc.input["fileId"] = id
			var got GetFileTextOut
			if rec := b.do(t, "get-file-text", tc.input, &got); verdict(rec) != "Successful" {
				t.Fatalf("%+v", rec.Error)
			}
			want := GetFileTextOut{FileID: id, FileName: "a.txt", Size: int64(len(tc.content)), Encoding: tc.encoding, Text: tc.text, Lines: tc.lines}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// Wherever the cut falls, it takes no character in halves.
func TestGetFileTextTruncatesBetweenCharacters(t *testing.T) {
	b := newBench(t)
	for content, texts := range map[string][]string{
		"aü世🚢z":                              {"a", "a", "aü", "aü", "aü", "aü世", "aü世", "aü世", "aü世", "aü世🚢"},
		"\xff\xfea\x00\x3d\xd8\xa2\xdez\x00": {"", "", "", "a", "a", "a", "a", "a🚢", "a🚢"},
	} {
		id := b.save(t, "", "a.txt", content)
		for i, want := range texts {
			if strings.HasPrefix(content, "\xff\xfe") && i == 0 {
				continue // half a byte order mark tells nothing
			}
			var got GetFileTextOut
			rec := b.do(t, "get-file-text", in{"fileId": id, "maximumSize": i + 1, "ifLarger": "truncate"}, &got)
			if verdict(rec) != "Successful" || got.Text != want || !got.Truncated {
				t.Errorf("%d bytes of %q: %q, truncated %v, %+v", i+1, content, got.Text, got.Truncated, rec.Error)
			}
		}
	}
}

func TestGetFileTextFailures(t *testing.T) {
	b := newBench(t)
	text := b.save(t, "", "a.txt", "0123456789")
	attached := b.save(t, connector.IncidentAttachmentFile, "b.txt", "b")
	binary := b.save(t, "", "c.bin", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01")
	odd := b.save(t, "", "d.txt", "\xff\xfea")
	latin := b.save(t, "", "e.txt", "stra\xdfe")
	for _, tc := range []struct {
		reason string
		input  in
		status int
		part   string
	}{
		{"not a number", in{"fileId": "a.txt"}, 400, `Get text of file with ID "a.txt" failed: Error converting data type nvarchar to bigint.`},
		{"no such file", in{"fileId": 999}, 404, `Get text of file with ID "999" failed: There is no file with ID 999.`},
		{"another source", in{"fileId": attached}, 404, `stored under "Incident Attachment File"`},
		{"too large", in{"fileId": text, "maximumSize": 9}, 400, "The file has 10 bytes, more than the maximum size of 9."},
		{"not text", in{"fileId": binary}, 400, "The file is not text: it holds NUL bytes."},
		{"not text, whatever is said", in{"fileId": binary, "encoding": "Windows-1252"}, 400, "The file is not text: it holds NUL bytes."},
		{"half a character", in{"fileId": odd}, 400, "the number of bytes is odd"},
		{"another encoding than said", in{"fileId": latin, "encoding": "UTF-8"}, 400, "The file is not UTF-8: byte 4 does not belong there."},
		{"unknown encoding", in{"fileId": text, "encoding": "EBCDIC"}, 400, "Encoding"},
		{"more than there may be", in{"fileId": text, "maximumSize": 10485761}, 400, "Maximum Size"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			rec := b.do(t, "get-file-text", tc.input, nil)
			if msg, status := one(t, rec); verdict(rec) != "Failed" || status != tc.status || !strings.Contains(msg, tc.part) {
				t.Errorf("%s %d %s", verdict(rec), status, msg)
			}
			if rec.Error.Items[0].Fix == "" {
				t.Error("no word on what to do")
			}
		})
	}
}

func TestGetFileTextUnderAnotherSource(t *testing.T) {
	b := newBench(t)
	id := b.save(t, connector.ArtifactFile, "a.txt", "artifact")
	var got GetFileTextOut
	b.do(t, "get-file-text", in{"d3FileId": id, "d3FileSource": "artifact file"}, &got)
	if got.Text != "artifact" {
		t.Errorf("got %+v", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "a", "\xff\xfe", "\xfe\xff\x00", "\xef\xbb\xbf\xff", "h\x00i\x00", "\xd8\x00", "🚢\x80"} {
		f.Add([]byte(s), "Automatic", true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, encoding string, cut bool) {
		text, found, err := decode(raw, encoding, cut)
		if err == nil && (found == "" && encoding == automatic || strings.ToValidUTF8(text, "") != text || strings.Contains(text, "\x00")) {
			t.Errorf("%q as %s: %q as %s", raw, encoding, text, found)
		}
	})
}
