package s3wire

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

// maxXML bounds what is read of an answer; a page of 1,000 keys of the greatest
// length, each byte encoded, stays far below.
const maxXML = 32 << 20

var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keepPage is the size above which a buffer is not kept for the next answer.
const keepPage = 4 << 20

// document reads an answer of the protocol: f is called for every element
// below the root, and consumes it. An error that hides in a success is an *Error.
func (a *answer) document(name string, f func(s *scanner, name []byte) error) error {
	page := pages.Get().(*bytes.Buffer)
	defer func() {
		if page.Cap() <= keepPage {
			page.Reset()
			pages.Put(page)
		}
	}()
	if n, err := page.ReadFrom(io.LimitReader(a.Body, maxXML+1)); err != nil {
		return &Error{Err: err}
	} else if n > maxXML {
		return errXML
	}
	s, got, err := root(page.Bytes())
	switch {
	case err != nil:
		return err
	case got == "Error":
		e := fromAnswer("", a.host, a.Response, page.Bytes())
		e.Status, e.inside = http.StatusInternalServerError, true // the status that the SDKs give it
		return e
	case got != name:
		return errXML
	}
	return s.each(func(name []byte) error { return f(s, name) })
}
