package utilities

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode"
)

var errDoctype = errors.New("it has a document type, which is not read")

// readXML reads a document; no entity but XML's own five is known, so that
// nothing can grow and no other file can come in.
func readXML(text string) (any, error) {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			err = errors.New("it has no element")
		}
		if err != nil {
			return nil, badContent("XML", err)
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, badContent("XML", errDoctype)
		case xml.StartElement:
			v, err := element(d, t, 0)
			if err == nil {
				err = onlyRemarks(d)
			}
			if err != nil {
				return nil, badContent("XML", err)
			}
			root := newObject()
			root.set(t.Name.Local, v)
			return root, nil
		}
	}
}

func onlyRemarks(d *xml.Decoder) error {
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return errors.New("it has more than one outermost element")
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return errors.New("text follows the outermost element")
			}
		}
	}
}

// element is text where there is only that, else an object.
func element(d *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	if depth > maxNesting {
		return nil, errDeep
	}
	o := newObject()
	for _, a := range start.Attr {
		o.add("@"+a.Name.Local, a.Value)
	}
	var text strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			v, err := element(d, t, depth+1)
			if err != nil {
				return nil, err
			}
			o.add(t.Name.Local, v)
		case xml.EndElement:
			if len(o.names) == 0 {
				return text.String(), nil
			}
			if s := strings.TrimSpace(text.String()); s != "" {
				o.set("#text", s)
			}
			return o, nil
		}
	}
}

// writeXML writes an object of one member as that element, and anything else
// below <root>; elements of a list that has no name are <item>.
func writeXML(w io.Writer, v any) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	name := "root"
	if o, ok := v.(*object); ok && len(o.names) == 1 && validName(o.names[0]) {
		if _, list := o.values[o.names[0]].([]any); !list {
			name, v = o.names[0], o.values[o.names[0]]
		}
	}
	if err := writeElement(e, name, v); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func writeElement(e *xml.Encoder, name string, v any) error {
	start := xml.StartElement{Name: xml.Name{Local: name}}
	if !validName(name) { // the true name is kept beside a usable one
		start.Name.Local = "item"
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "name"}, Value: clean(name)})
	}
	if o, ok := v.(*object); ok {
		start.Attr = append(start.Attr, attributes(o)...)
	}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	if err := writeContent(e, v); err != nil {
		return err
	}
	return e.EncodeToken(start.End())
}

func writeContent(e *xml.Encoder, v any) error {
	switch x := v.(type) {
	case *object:
		for _, n := range x.names {
			if err := writeMember(e, n, x.values[n]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		return writeAll(e, "item", x)
	case many:
		return writeAll(e, "item", x)
	}
	return e.EncodeToken(xml.CharData(clean(textOf(v))))
}

func writeMember(e *xml.Encoder, name string, v any) error {
	switch x := v.(type) {
	case many:
		return writeAll(e, name, x)
	case []any:
		return writeAll(e, name, x)
	}
	if isAttribute(name, v) {
		return nil
	}
	if name == "#text" {
		return e.EncodeToken(xml.CharData(clean(textOf(v))))
	}
	return writeElement(e, name, v)
}

func writeAll(e *xml.Encoder, name string, list []any) error {
	for _, v := range list {
		if err := writeElement(e, name, v); err != nil {
			return err
		}
	}
	return nil
}

func attributes(o *object) []xml.Attr {
	var out []xml.Attr
	for _, n := range o.names {
		if isAttribute(n, o.values[n]) {
			out = append(out, xml.Attr{Name: xml.Name{Local: n[1:]}, Value: clean(textOf(o.values[n]))})
		}
	}
	return out
}

func isAttribute(name string, v any) bool {
	switch v.(type) {
	case *object, []any, many:
		return false
	}
	return strings.HasPrefix(name, "@") && validName(name[1:])
}

// validName goes by XML's own rule, without colons: they would need a namespace.
func validName(s string) bool {
	for i, r := range s {
		letter := r == '_' || unicode.IsLetter(r)
		if !letter && (i == 0 || r != '-' && r != '.' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != "" && !strings.HasPrefix(strings.ToLower(s), "xml") && readable(s)
}

// readable tells whether readers take the name: they go by tables older than
// today's letters.
func readable(name string) bool {
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return true
	}
	_, err := xml.NewDecoder(strings.NewReader("<" + name + "/>")).Token()
	return err == nil
}

// clean replaces what XML cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
