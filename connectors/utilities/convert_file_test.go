package utilities

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

func TestConvert(t *testing.T) {
	b := newBench(t)
	for _, tc := range []struct {
		reason, name, content string
		input                 in
		want, wantName        string
	}{
		{"CSV to JSON keeps the order of columns", "a.csv", "b,a\n1,\"x, y\"\n2,\n", in{"outputFormat": "JSON"}, "[\n  {\n    \"b\": \"1\",\n    \"a\": \"x, y\"\n  },\n  {\n    \"b\": \"2\",\n    \"a\": \"\"\n  }\n]\n", "a.json"},
		{"JSON to CSV: every name is a column", "a.json", `[{"a":1,"b":true},{"c":{"d":[1]},"a":null}]`, in{"outputFormat": "csv"}, "a,b,c\n1,true,\n,,\"{\"\"d\"\":[1]}\"\n", "a.csv"},
		{"numbers are not rounded", "a.json", `[{"n":12345678901234567890.10}]`, in{"outputFormat": "CSV"}, "n\n12345678901234567890.10\n", "a.csv"},
		{"scalars", "a.json", `["x",2]`, in{"outputFormat": "CSV"}, "Value\nx\n2\n", "a.csv"},
		{"lists of lists", "a.json", `[["x",1],["y"]]`, in{"outputFormat": "CSV"}, "Column 1,Column 2\nx,1\ny,\n", "a.csv"},
		{"another delimiter", "a.json", `[{"a":"x;y","b":1}]`, in{"outputFormat": "CSV", "delimiter": "Semicolon"}, "a;b\n\"x;y\";1\n", "a.csv"},
		{"nothing", "a.json", `[]`, in{"outputFormat": "CSV"}, "Value\n", "a.csv"},
		{"lines to JSON", "a.txt", "x\r\ny\n", in{"outputFormat": "JSON"}, "[\n  \"x\",\n  \"y\"\n]\n", "a.json"},
		{"lines to XML", "a.log", "x<y\n", in{"outputFormat": "XML"}, xml.Header + "<root>\n  <item>x&lt;y</item>\n</root>\n", "a.xml"},
		{"XML to JSON", "a.xml", `<?xml version="1.0"?><r a="1"><x>one</x><x>two</x><y>t<z/></y></r>`, in{"outputFormat": "JSON"}, "{\n  \"r\": {\n    \"@a\": \"1\",\n    \"x\": [\n      \"one\",\n      \"two\"\n    ],\n    \"y\": {\n      \"z\": \"\",\n      \"#text\": \"t\"\n    }\n  }\n}\n", "a.json"},
		{"XML and back", "a", `<r a="1"><x>one</x><x>two</x></r>`, in{"outputFormat": "XML", "fileName": "b.xml"}, xml.Header + "<r a=\"1\">\n  <x>one</x>\n  <x>two</x>\n</r>\n", "b.xml"},
		{"XML rows to CSV", "a.xml", `<rows><row><a>1</a></row><row><a>2</a></row></rows>`, in{"outputFormat": "CSV"}, "a\n1\n2\n", "a.csv"},
		{"names that XML cannot have", "a.json", `{"a b":1,"1":2}`, in{"outputFormat": "XML"}, xml.Header + "<root>\n  <item name=\"a b\">1</item>\n  <item name=\"1\">2</item>\n</root>\n", "a.xml"},
		{"CSV to text", "a.csv", "a,b\n1,2\n", in{"outputFormat": "TXT"}, "1\t2\n", "a.txt"},
		{"told what it is", "data.bin", "a;b\n1;2", in{"inputFormat": "CSV", "delimiter": "Semicolon", "outputFormat": "JSON"}, "[\n  {\n    \"a\": \"1\",\n    \"b\": \"2\"\n  }\n]\n", "data.json"},
		{"UTF-16 is read", "a.txt", "\xff\xfeh\x00\xfc\x00", in{"outputFormat": "JSON"}, "[\n  \"hü\"\n]\n", "a.json"},
		{"columns of one name, and more cells than columns", "a.csv", "a,a,\n1,2,3,4\n", in{"outputFormat": "JSON"}, "[\n  {\n    \"a\": \"1\",\n    \"a Column 2\": \"2\",\n    \"Column 3\": \"3\",\n    \"Column 4\": \"4\"\n  }\n]\n", "a.json"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			tc.input["fileId"] = b.save(t, "", tc.name, tc.content)
			var got File
			rec := b.do(t, "convert-file-format", tc.input, &got)
			if verdict(rec) != "Successful" {
				t.Fatalf("%+v", rec.Error)
			}
			if text := b.text(t, got.FileID); text != tc.want || got.FileName != tc.wantName {
				t.Errorf("%s: %q\nwant %s: %q", got.FileName, text, tc.wantName, tc.want)
			}
		})
	}
}

// Cells that a spreadsheet would run are made text; numbers stay numbers.
func TestConvertIsSpreadsheetSafe(t *testing.T) {
	b := newBench(t)
	dangerous := []string{"=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "＝1", "|x", "%0A=1"}
	harmless := []string{"-5", "+1.5", "-1e9", "a=b", "'=1", "", "x@y.example"}
	raw, err := json.Marshal(append(append([]string{}, dangerous...), harmless...))
	must(t, err)
	for _, safe := range []bool{true, false} {
		var got File
		b.do(t, "convert-file-format", in{"fileId": b.save(t, "", "a.json", string(raw)), "outputFormat": "CSV", "spreadsheetSafe": safe}, &got)
		rows, err := csv.NewReader(strings.NewReader(b.text(t, got.FileID))).ReadAll()
		must(t, err)
		cells := rows[1:]
		for i, want := range append(append([]string{}, dangerous...), harmless[:5]...) {
			if safe && i < len(dangerous) {
				want = "'" + want
			}
			if cells[i][0] != want {
				t.Errorf("safe %v: %q, want %q", safe, cells[i][0], want)
			}
		}
	}
	// The names of columns are cells too.
	var got File
	b.do(t, "convert-file-format", in{"fileId": b.save(t, "", "a.json", `[{"=1":1}]`), "outputFormat": "CSV"}, &got)
	if text := b.text(t, got.FileID); text != "'=1\n1\n" {
		t.Errorf("%q", text)
	}
}

func TestConvertFailures(t *testing.T) {
	b := newBench(t)
	bomb := `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>`
	for _, tc := range []struct {
		reason, name, content string
		status                int
		part                  string
	}{
		{"JSON that ends too early", "a.json", `{"a":`, 400, "not JSON: it ends too early"},
		{"more than one value", "a.json", `{} {}`, 400, "text follows the value"},
		{"deep JSON", "a.json", strings.Repeat("[", 5000), 400, "nested too deep"},
		{"an entity bomb", "a.xml", bomb, 400, "document type"},
		{"another file by an entity", "a.xml", `<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>`, 400, "document type"},
		{"an unknown entity", "a.xml", `<x>&e;</x>`, 400, "not XML"},
		{"deep XML", "a.xml", strings.Repeat("<a>", 5000), 400, "nested too deep"},
		{"two outermost elements", "a.xml", `<a/><b/>`, 400, "more than one outermost"},
		{"no element", "a.xml", ` `, 400, "no element"},
		{"a broken quotation", "a.csv", "a\n\"x", 400, "not CSV"},
		{"no text", "a.txt", "\x89PNG\x00\x01", 400, "not text"},
		{"too large", "a.txt", strings.Repeat("x", 10<<20+1), 400, "more than 10485760"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			rec := b.do(t, "convert-file-format", in{"fileId": b.save(t, "", tc.name, tc.content), "outputFormat": "JSON"}, nil)
			if msg, status := one(t, rec); verdict(rec) != "Failed" || status != tc.status || !strings.Contains(msg, tc.part) || rec.Error.Items[0].Fix == "" {
				t.Errorf("%s %d %s", verdict(rec), status, msg)
			}
		})
	}
	list, err := b.files("").List(t.Context(), connector.FileQuery{Limit: 100})
	must(t, err)
	for _, f := range list {
		if f.RunID != "" {
			t.Errorf("a failed run stored %s", f.Name)
		}
	}
}

func FuzzConvert(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, "<r a='1'><x>y</x></r>", "a,b\n1,\"2\n\"\n", "line\r\nline", `<!DOCTYPE a><a/>`, "[[[[", "<a>&amp;&#x41;</a>", `{"":{"@x":1,"#text":"t"}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		for _, from := range []string{"JSON", "XML", "CSV", "TXT"} {
			v, err := readFormat(from, text, 0)
			if err != nil {
				continue
			}
			for _, to := range []string{"JSON", "XML", "CSV", "TXT"} {
				var b strings.Builder
				if err := writeFormat(&b, to, v, csvStyle{0, true}); err != nil {
					t.Fatalf("%s to %s: %v", from, to, err)
				}
				if to == "TXT" || to == "CSV" && strings.Contains(b.String(), "\r") {
					continue
				}
				if _, err := readFormat(to, b.String(), 0); err != nil {
					t.Fatalf("%s to %s cannot be read again: %v: %q", from, to, err, b.String())
				}
			}
		}
	})
}

// What a spreadsheet sees of any text begins with nothing that it runs.
func FuzzSpreadsheetCell(f *testing.F) {
	for _, s := range []string{"=1", "-5", "+x", "@", "\t", "plain"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := csvStyle{safe: true}.cell(s)
		if got != "" && strings.ContainsRune("=@\t\r\n", rune(got[0])) || got != s && got != "'"+s {
			t.Errorf("%q became %q", s, got)
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		if err := w.Write([]string{got, "x"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		_, _ = io.WriteString(io.Discard, b.String())
	})
}
