package documents

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFileNames(t *testing.T) {
	for _, tc := range []struct{ reason, header, want string }{
		{"plain", `attachment; filename=a.txt`, "a.txt"},
		{"quoted", `attachment; filename="a b.txt"`, "a b.txt"},
		{"quotes within", `attachment; filename="a\"b.txt"`, `a"b.txt`},
		{"in any case", `ATTACHMENT; FileName="a.txt"`, "a.txt"},
		{"extended", `attachment; filename*=UTF-8''%e2%82%ac%20rates.txt`, "€ rates.txt"},
		{"extended wins", `attachment; filename="x.txt"; filename*=UTF-8''y.txt`, "y.txt"},
		{"in pieces", `attachment; filename*0="a"; filename*1="b.txt"`, "ab.txt"},
		{"as e-mail has it", `attachment; filename="=?UTF-8?B?w6QudHh0?="`, "ä.txt"},
		{"bytes of UTF-8", "attachment; filename=\"\xc3\xa4.txt\"", "ä.txt"},
		{"bytes from before UTF-8", "attachment; filename=\"\xe4.txt\"", "ä.txt"},
		{"blanks without quotes", `attachment; filename=a b.txt; x=y`, "a b.txt"},
		{"quote not closed", `attachment; filename="a.txt`, "a.txt"},
		{"a path", `attachment; filename="../../etc/passwd"`, "passwd"},
		{"a path of Windows", `attachment; filename="C:\temp\a.txt"`, "a.txt"},
		{"inline", `inline; filename=a.txt`, "a.txt"},
		{"none", `attachment`, ""},
		{"empty", `attachment; filename=""`, ""},
		{"dots", `attachment; filename=".."`, ""},
		{"no header", "", ""},
		{"nonsense", ";;;", ""},
		{"control characters", "attachment; filename=\"a\x01\u202eb.txt\"", "a__b.txt"},
	} {
		if got := fileNameIn(tc.header); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.reason, got, tc.want)
		}
	}
}

// Whatever a server writes, a name is one line of text without a path.
func FuzzFileNames(f *testing.F) {
	for _, s := range []string{`attachment; filename="a.txt"`, `a; filename*=UTF-8''%2e%2e%2fx`, "x; filename=\"=?utf-8?q?a=2fb?=\"", "filename=\xff/\xe4", `a; filename*0*=utf-8''%0a; filename*1=b`, "İ; filename=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		name := fileNameIn(header)
		if name == "" {
			return
		}
		if !utf8.ValidString(name) || strings.ContainsAny(name, `/\`) || strings.ContainsFunc(name, unicode.IsControl) || strings.Trim(name, ". ") == "" || len(name) > 1024 {
			t.Errorf("%q gives %q", header, name)
		}
	})
}
