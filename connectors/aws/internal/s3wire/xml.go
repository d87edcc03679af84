package s3wire

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errXML is an answer that is not the XML of the protocol.
var errXML = errors.New("the answer is not XML of this protocol")

// scanner reads the XML that services make: elements and text. It is no
// validator: it takes what is well formed, refuses what it cannot follow, and
// skips what it does not know, attributes, comments and declarations included.
type scanner struct {
	b     []byte
	i     int
	empty bool // the element just entered was <name/>
}

// open goes to the next start tag within the present element and gives its
// name without prefix. At the element's end tag it gives "", which it consumes.
func (s *scanner) open() (name []byte, err error) {
	if s.empty {
		s.empty = false
		return nil, nil
	}
	for {
		at := bytes.IndexByte(s.b[s.i:], '<')
		if at < 0 {
			return nil, errXML
		}
		s.i += at + 1
		switch {
		case s.i >= len(s.b):
			return nil, errXML
		case s.b[s.i] == '/':
			return nil, s.past(">")
		case s.b[s.i] == '?':
			err = s.past("?>")
		case s.b[s.i] == '!':
			err = s.declaration()
		default:
			return s.startTag()
		}
		if err != nil {
			return nil, err
		}
	}
}

// declaration passes a comment, CDATA section or <!…>.
func (s *scanner) declaration() error {
	switch rest := s.b[s.i:]; {
	case bytes.HasPrefix(rest, []byte("!--")):
		s.i += 3
		return s.past("-->")
	case bytes.HasPrefix(rest, []byte("![CDATA[")):
		return s.past("]]>")
	}
	return s.past(">")
}

func (s *scanner) past(end string) error {
	at := bytes.Index(s.b[s.i:], []byte(end))
	if at < 0 {
		return errXML
	}
	s.i += at + len(end)
	return nil
}

// startTag reads a name and passes the attributes.
func (s *scanner) startTag() ([]byte, error) {
	begin := s.i
	for s.i < len(s.b) && !isTagEnd(s.b[s.i]) {
		s.i++
	}
	name := s.b[begin:s.i]
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case '>':
			s.empty = s.b[s.i-1] == '/'
			s.i++
			if len(name) == 0 {
				return nil, errXML
			}
			return name[bytes.IndexByte(name, ':')+1:], nil
		case '"', '\'':
			s.i++
			if err := s.past(string(c)); err != nil {
				return nil, err
			}
		default:
			s.i++
		}
	}
	return nil, errXML
}

func isTagEnd(c byte) bool {
	return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '<'
}

// each calls f for every element inside the present one; f must consume what
// it is called for: with text, skip or each.
func (s *scanner) each(f func(name []byte) error) error {
	for {
		name, err := s.open()
		if err != nil || name == nil {
			return err
		}
		if err := f(name); err != nil {
			return err
		}
	}
}

// skip passes the present element and what is inside.
func (s *scanner) skip() error {
	for depth := 1; depth > 0; {
		name, err := s.open()
		if err != nil {
			return err
		}
		if name == nil {
			depth--
		} else {
			depth++
		}
	}
	return nil
}

// raw gives the present element's text where it is plain, and passes its end.
// Elements inside are left out.
func (s *scanner) raw() ([]byte, error) {
	if s.empty {
		s.empty = false
		return nil, nil
	}
	at := bytes.IndexByte(s.b[s.i:], '<')
	if at < 0 {
		return nil, errXML
	}
	text := s.b[s.i : s.i+at]
	if s.i += at; s.i+1 < len(s.b) && s.b[s.i+1] == '/' { // nearly always
		if err := s.past(">"); err != nil {
			return nil, err
		}
		return unescape(text), nil
	}
	return s.mixed(append([]byte(nil), unescape(text)...))
}

// mixed goes on with a text that is cut by CDATA, comments or elements.
func (s *scanner) mixed(text []byte) ([]byte, error) {
	for {
		at := bytes.IndexByte(s.b[s.i:], '<')
		if at < 0 || s.i+at+1 >= len(s.b) {
			return nil, errXML
		}
		text = append(text, unescape(s.b[s.i:s.i+at])...)
		s.i += at + 1
		var err error
		switch rest := s.b[s.i:]; {
		case rest[0] == '/':
			return text, s.past(">")
		case bytes.HasPrefix(rest, []byte("![CDATA[")):
			begin := s.i + len("![CDATA[")
			if err = s.past("]]>"); err == nil {
				text = append(text, s.b[begin:max(begin, s.i-len("]]>"))]...)
			}
		case rest[0] == '?':
			err = s.past("?>")
		case rest[0] == '!':
			err = s.declaration()
		default:
			if _, err = s.startTag(); err == nil {
				err = s.skip()
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *scanner) text() (string, error) {
	b, err := s.raw()
	return string(b), err
}

func (s *scanner) boolean(to *bool) error {
	b, err := s.raw()
	*to = string(bytes.TrimSpace(b)) == "true"
	return err
}

func (s *scanner) number(to *int64) error {
	b, err := s.raw()
	if err != nil {
		return err
	}
	if b = bytes.TrimSpace(b); len(b) == 0 {
		return nil
	}
	if *to, err = strconv.ParseInt(string(b), 10, 64); err != nil {
		return errXML
	}
	return nil
}

// unescape resolves the entities of a text; one it does not know stays.
func unescape(b []byte) []byte {
	at := bytes.IndexByte(b, '&')
	if at < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for at >= 0 {
		out = append(out, b[:at]...)
		b = b[at:]
		end := bytes.IndexByte(b, ';')
		if end < 0 {
			break
		}
		if c, ok := entity(string(b[1:end])); ok {
			out, b = utf8.AppendRune(out, c), b[end+1:]
		} else {
			out, b = append(out, '&'), b[1:]
		}
		at = bytes.IndexByte(b, '&')
	}
	return append(out, b...)
}

func entity(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	base := 10
	if x, hex := strings.CutPrefix(digits, "x"); hex {
		digits, base = x, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// root enters the outermost element and gives its name.
func root(b []byte) (*scanner, string, error) {
	s := &scanner{b: b}
	name, err := s.open()
	if err == nil && name == nil {
		err = errXML
	}
	return s, string(name), err
}

// parseError fills e from an <Error> document, also one inside <ErrorResponse>
// or <Response><Errors>, as some services wrap it. What is none is left alone.
func parseError(b []byte, e *Error) {
	s, _, err := root(b)
	if err != nil {
		return
	}
	var got Error
	if s.errorElement(&got, 0) != nil && got.Code == "" {
		return
	}
	e.Code, e.Message = got.Code, got.Message
	if e.RequestID == "" {
		e.RequestID = got.RequestID
	}
	if e.HostID == "" {
		e.HostID = got.HostID
	}
}

const errorDepth = 3

func (s *scanner) errorElement(e *Error, depth int) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "Code":
			e.Code, err = s.text()
		case "Message":
			e.Message, err = s.text()
		case "RequestId", "RequestID":
			e.RequestID, err = s.text()
		case "HostId":
			e.HostID, err = s.text()
		case "Error", "Errors":
			if depth == errorDepth {
				return s.skip()
			}
			err = s.errorElement(e, depth+1)
		default:
			err = s.skip()
		}
		return err
	})
}
