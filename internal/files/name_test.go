package files_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fairlead-io/fairlead/internal/files"
)

func TestNames(t *testing.T) {
	for _, tc := range []struct{ reason, in, clean, safe string }{
		{"an ordinary name", "report 1.csv", "report 1.csv", "report 1.csv"},
		{"letters of the world", "übersicht 报告.txt", "übersicht 报告.txt", "übersicht 报告.txt"},
		{"a key keeps its folders but is not saved into them", "a/b/c.txt", "a/b/c.txt", "c.txt"},
		{"going up", "../../etc/passwd", "../../etc/passwd", "passwd"},
		{"going up, the other way", `..\..\boot.ini`, `..\..\boot.ini`, "boot.ini"},
		{"ends in a separator", "folder/", "folder/", "file"},
		{"only dots", "..", "..", "file"},
		{"hidden", ".bashrc", ".bashrc", "bashrc"},
		{"trailing dots and blanks", "a.txt. .", "a.txt. .", "a.txt"},
		{"empty", "", "file", "file"},
		{"blank", "  ", "file", "file"},
		{"control characters", "a\x00b\r\nc\x1b[31m", "a_b__c_[31m", "a_b__c_[31m"},
		{"direction of text", "invoice\u202efdp.exe", "invoice_fdp.exe", "invoice_fdp.exe"},
		{"broken UTF-8", "a\xffb", "a_b", "a_b"},
		{"forbidden on Windows", `a<b>:"c|?*.txt`, `a<b>:"c|?*.txt`, "a_b___c___.txt"},
		{"a device", "CON", "CON", "_CON"},
		{"a device with extensions", "lpt1.tar.gz", "lpt1.tar.gz", "_lpt1.tar.gz"},
		{"not a device", "console.txt", "console.txt", "console.txt"},
		{"an alternate stream", "a.txt:hidden", "a.txt:hidden", "a.txt_hidden"},
	} {
		if got := files.CleanName(tc.in); got != tc.clean {
			t.Errorf("%s: clean %q, want %q", tc.reason, got, tc.clean)
		}
		if got := files.SafeName(tc.in); got != tc.safe {
			t.Errorf("%s: safe %q, want %q", tc.reason, got, tc.safe)
		}
	}
}

func TestLongNamesKeepTheirExtension(t *testing.T) {
	long := strings.Repeat("é", 1000) + ".json"
	if got := files.CleanName(long); len(got) > 1024 || !utf8.ValidString(got) {
		t.Errorf("clean: %d bytes", len(got))
	}
	if got := files.SafeName(strings.Repeat("é", 300) + ".json"); len(got) > 200 || !utf8.ValidString(got) || !strings.HasSuffix(got, ".json") {
		t.Errorf("safe: %d bytes, %q", len(got), got)
	}
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"a/b", "..", "CON.", "\xff\u202e", " .a. ", strings.Repeat("x", 300) + "." + strings.Repeat("y", 300), "..con"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := files.SafeName(in)
		if got == "" || len(got) > 201 || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\:\x00\n") || got[0] == '.' || strings.HasSuffix(got, ".") || strings.HasSuffix(got, " ") {
			t.Errorf("%q gives %q", in, got)
		}
		if again := files.SafeName(got); again != got {
			t.Errorf("%q gives %q, which gives %q", in, got, again)
		}
	})
}

func TestContentTypes(t *testing.T) {
	zip, png := "PK\x03\x04rest", "\x89PNG\r\n\x1a\nrest"
	for _, tc := range []struct{ reason, name, head, want string }{
		{"text by content", "README", "hello", "text/plain; charset=utf-8"},
		{"text of a known kind", "a.CSV", "a,b", "text/csv; charset=utf-8"},
		{"JSON looks like text", "a.json", `{"a":1}`, "application/json"},
		{"a container of a known kind", "a.docx", zip, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"a container", "a.bin", zip, "application/zip"},
		{"the content wins over a false name", "a.txt", png, "image/png"},
		{"text is not a picture, whatever its name", "a.pdf", "hello", "text/plain; charset=utf-8"},
		{"bytes of no known kind", "a.parquet", "\x00\x01\x02", "application/vnd.apache.parquet"},
		{"bytes of no kind and name", "a", "\x00\x01\x02", "application/octet-stream"},
		{"XML of a known kind", "a.svg", "<?xml version='1.0'?><svg/>", "image/svg+xml"},
		{"empty with a name", "a.json", "", "application/json"},
		{"empty without", "a", "", "text/plain; charset=utf-8"},
		{"a text is not HTML because it begins so", "a.txt", "<html>", "text/plain; charset=utf-8"},
	} {
		if got := files.DetectContentType(tc.name, []byte(tc.head)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
		}
	}
}
