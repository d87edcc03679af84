package utilities

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fairlead-io/fairlead/connector"
)

// Encodings, as parameters and results name them.
const (
	automatic   = "Automatic"
	encUTF8     = "UTF-8"
	encUTF16LE  = "UTF-16LE"
	encUTF16BE  = "UTF-16BE"
	encWin1252  = "Windows-1252"
	encISO88591 = "ISO-8859-1"
)

// decode turns bytes into text and tells the encoding. cut says that more bytes
// would follow, so that a character may be broken off at the end.
func decode(raw []byte, encoding string, cut bool) (text, found string, err error) {
	if encoding == automatic {
		if encoding = detect(raw, cut); encoding == "" {
			return "", "", notText("it holds NUL bytes")
		}
	}
	switch encoding {
	case encUTF8:
		text, err = fromUTF8(raw, cut)
	case encUTF16LE:
		text, err = fromUTF16(bytes.TrimPrefix(raw, []byte{0xff, 0xfe}), binary.LittleEndian, cut)
	case encUTF16BE:
		text, err = fromUTF16(bytes.TrimPrefix(raw, []byte{0xfe, 0xff}), binary.BigEndian, cut)
	default:
		text = fromSingleBytes(raw, encoding == encWin1252)
	}
	if err == nil && strings.ContainsRune(text, 0) {
		err = notText("it holds NUL bytes")
	}
	return text, encoding, err
}

func notText(why string) *connector.Error {
	return connector.InvalidField("/fileId", "The file is not text: "+why+".", "Give the ID of a text file, or name its Encoding if it is one.")
}

func notInEncoding(encoding string, at int) *connector.Error {
	return connector.InvalidField("/encoding", fmt.Sprintf("The file is not %s: byte %d does not belong there.", encoding, at), "Give another Encoding, or Automatic.")
}

// detect gives no encoding for what is not text.
func detect(raw []byte, cut bool) string {
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		return encUTF16LE
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return encUTF16BE
	}
	if bytes.IndexByte(raw, 0) < 0 {
		if _, err := fromUTF8(raw, cut); err == nil {
			return encUTF8
		}
		return encWin1252
	}
	return detectUTF16(raw)
}

// detectUTF16 goes by the zero half of most characters of most languages; text
// in another encoding has no zero bytes at all.
func detectUTF16(raw []byte) string {
	even, odd := 0, 0
	for i, c := range raw {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	half := len(raw) / 2
	switch {
	case odd > half/2 && even == 0:
		return encUTF16LE
	case even > half/2 && odd == 0:
		return encUTF16BE
	}
	return ""
}

func fromUTF8(raw []byte, cut bool) (string, error) {
	mark := []byte("\ufeff")
	body := bytes.TrimPrefix(raw, mark)
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			if cut && !utf8.FullRune(body[i:]) {
				return string(body[:i]), nil
			}
			return "", notInEncoding(encUTF8, i+len(raw)-len(body))
		}
		i += n
	}
	return string(body), nil
}

func fromUTF16(raw []byte, order binary.ByteOrder, cut bool) (string, error) {
	if len(raw)%2 != 0 && !cut {
		return "", notText("UTF-16 has two bytes a unit, but the number of bytes is odd")
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	if n := len(units); cut && n > 0 && units[n-1] >= 0xd800 && units[n-1] < 0xdc00 {
		units = units[:n-1] // the second half was cut off
	}
	return string(utf16.Decode(units)), nil
}

func fromSingleBytes(raw []byte, windows bool) string {
	var b strings.Builder
	b.Grow(len(raw))
	for _, c := range raw {
		if windows && c >= 0x80 && c < 0xa0 {
			b.WriteRune(windows1252[c-0x80])
			continue
		}
		b.WriteRune(rune(c))
	}
	return b.String()
}

// windows1252 is where the encoding differs from ISO-8859-1; the five bytes it
// leaves open stay as they are, as browsers do it.
var windows1252 = [32]rune{
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
}
