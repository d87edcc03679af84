package documents

import (
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/fairlead-io/fairlead/internal/files"
)

// fileNameIn reads the file name of a Content-Disposition header: the extended
// form first, then the plain one, with the mistakes that servers make in it. A
// path before the name is dropped. It gives nothing where there is none.
func fileNameIn(header string) string {
	name := ""
	if _, params, err := mime.ParseMediaType(header); err == nil {
		name = params["filename"]
	} else {
		name = laxFileName(header)
	}
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	if !utf8.ValidString(name) {
		name = latin1(name)
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if name = strings.TrimSpace(name); name == "" || strings.Trim(name, ".") == "" {
		return ""
	}
	return files.CleanName(name)
}

// laxFileName finds filename= where the header as a whole breaks the rules.
func laxFileName(header string) string {
	lower := strings.ToLower(header) // ASCII letters only matter; others may change length
	if len(lower) != len(header) {
		return ""
	}
	i := strings.Index(lower, "filename=")
	if i < 0 {
		return ""
	}
	rest := strings.TrimSpace(header[i+len("filename="):])
	if quoted, ok := strings.CutPrefix(rest, `"`); ok {
		name, _, _ := strings.Cut(quoted, `"`)
		return name
	}
	name, _, _ := strings.Cut(rest, ";")
	return strings.TrimSpace(name)
}

// latin1 reads bytes as servers wrote them before UTF-8.
func latin1(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}
