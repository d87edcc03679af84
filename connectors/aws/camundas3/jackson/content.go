package jackson

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrEmpty is what First gives for content without a value.
var ErrEmpty = errors.New("there is no JSON value")

// First reads the first JSON value of content and leaves what follows it.
func First(content []byte) (Value, error) {
	text, err := Decode(content)
	if err != nil {
		return Value{}, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	return next(d)
}

// All reads content that is JSON values and nothing else.
func All(content []byte) ([]Value, error) {
	text, err := Decode(content)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	var out []Value
	for {
		v, err := next(d)
		if errors.Is(err, ErrEmpty) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

func next(d *json.Decoder) (Value, error) {
	var raw json.RawMessage
	switch err := d.Decode(&raw); {
	case errors.Is(err, io.EOF):
		return Value{}, ErrEmpty
	case err != nil:
		return Value{}, err
	}
	p := parser{raw: raw}
	return p.value(), nil
}

var errEncoding = errors.New("the text is not valid in its encoding")

// Decode gives the UTF-8 text of JSON in UTF-8, UTF-16 or UTF-32, with or
// without a byte order mark.
func Decode(b []byte) ([]byte, error) {
	if text, ok := bytes.CutPrefix(b, []byte("\xef\xbb\xbf")); ok {
		b = text
	}
	if order, width, skip := wide(b); width > 0 {
		return decodeWide(b[skip:], order, width)
	}
	if !utf8.Valid(b) {
		return nil, errEncoding
	}
	return b, nil
}

// wide tells UTF-16 and UTF-32 by the mark, or by where the zeros of the first
// character are: JSON begins with ASCII.
func wide(b []byte) (order binary.ByteOrder, width, skip int) {
	if len(b) >= 4 {
		switch first := [4]bool{b[0] == 0, b[1] == 0, b[2] == 0, b[3] == 0}; {
		case bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
			return binary.BigEndian, 4, 4
		case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
			return binary.LittleEndian, 4, 4
		case first == [4]bool{true, true, true, false}:
			return binary.BigEndian, 4, 0
		case first == [4]bool{false, true, true, true}:
			return binary.LittleEndian, 4, 0
		}
	}
	if len(b) < 2 {
		return nil, 0, 0
	}
	switch {
	case b[0] == 0xfe && b[1] == 0xff:
		return binary.BigEndian, 2, 2
	case b[0] == 0xff && b[1] == 0xfe:
		return binary.LittleEndian, 2, 2
	case b[0] == 0:
		return binary.BigEndian, 2, 0
	case b[1] == 0:
		return binary.LittleEndian, 2, 0
	}
	return nil, 0, 0
}

func decodeWide(b []byte, order binary.ByteOrder, width int) ([]byte, error) {
	if len(b)%width != 0 {
		return nil, errEncoding
	}
	out := make([]byte, 0, len(b))
	if width == 4 {
		for i := 0; i < len(b); i += 4 {
			r := rune(order.Uint32(b[i:]))
			if !utf8.ValidRune(r) {
				return nil, errEncoding
			}
			out = utf8.AppendRune(out, r)
		}
		return out, nil
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}
