package files

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a file's name, in bytes.
const (
	maxName     = 1024
	maxSafeName = 200
)

// CleanName is a name as it is kept and shown: without control characters,
// characters that change the direction of text, and broken UTF-8, each replaced
// by "_", and no longer than 1,024 bytes. Path separators stay; they may be
// part of an object's key. An empty name becomes "file".
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return '_'
		}
		return r
	}, name)
	name = shorten(strings.TrimSpace(name), maxName)
	if name == "" {
		return "file"
	}
	return name
}

// SafeName is a name under which a client may save a file in a folder on any
// system: the part after the last separator, without characters that a system
// forbids, never hidden, never a device, with its extension kept.
func SafeName(name string) string {
	name = CleanName(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if len(name) > maxSafeName {
		ext := shorten(path.Ext(name), 20)
		name = strings.Trim(shorten(strings.TrimSuffix(name, ext), maxSafeName-len(ext))+ext, ". ")
	}
	if name == "" {
		return "file"
	}
	if isDevice(name) {
		return "_" + name
	}
	return name
}

// shorten cuts a text to at most n bytes, between characters.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// isDevice knows the names that Windows takes for devices, with any extension.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}
