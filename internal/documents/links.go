package documents

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Links make addresses that lead to one document for a while, for whoever has
// them. The API serves them.
type Links struct {
	// Base gives the address under which clients reach the API, without a path;
	// empty while there is none.
	Base func() string
	// Sign gives a text that only holders of a key can make of a message, and the
	// same one each time. The message is never valid UTF-8, so that a key that
	// signs texts for other purposes can be used.
	Sign func(ctx context.Context, message []byte) (string, error)
}

// Linked is what a link says.
type Linked struct {
	Store, ID string
	Expires   string // seconds since 1970
	Signature string
}

// defaultLink is how long a link works unless told otherwise.
const defaultLink = time.Hour

// make gives a link. One that was to work for less than a second works until
// the second ends.
func (l *Links) make(ctx context.Context, store, id string, ttl time.Duration, now time.Time) (string, error) {
	base := ""
	if l.works() {
		base = strings.TrimRight(l.Base(), "/")
	}
	if base == "" {
		return "", &connector.Error{
			Kind: connector.Conflict, Item: id, Message: "The document store " + quote(store) + " gives no links here, because no server answers them.",
			Fix: "Start the server (fairlead serve) with the worker in it, or pass the content on.",
		}
	}
	if ttl == 0 {
		ttl = defaultLink
	}
	until := now.Add(ttl)
	if until.Before(now) || until.Year() > 9999 {
		return "", connector.InvalidField("/timeToLive", "The time for which the link is to work is too long.", "Give a shorter duration, such as PT1H.")
	}
	expires := strconv.FormatInt(until.Add(time.Second-1).Unix(), 10)
	sig, err := l.Sign(ctx, message(store, id, expires))
	if err != nil {
		return "", err
	}
	q := url.Values{"store": {store}, "exp": {expires}, "sig": {sig}}
	return base + "/api/v1/documents/" + url.PathEscape(id) + "/content?" + q.Encode(), nil
}

func (l *Links) works() bool { return l != nil && l.Base != nil && l.Sign != nil }

// message is unambiguous: each part is preceded by its length.
func message(parts ...string) []byte {
	out := []byte("\xffdocument link 1")
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}

// check tells whether a link is one of ours and still works.
func (l *Links) check(ctx context.Context, in Linked, now time.Time) error {
	if !l.works() {
		return badLink()
	}
	want, err := l.Sign(ctx, message(in.Store, in.ID, in.Expires))
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(in.Signature)) != 1 {
		return badLink()
	}
	until, err := strconv.ParseInt(in.Expires, 10, 64)
	if err != nil || now.Unix() >= until {
		return &connector.Error{Kind: connector.Denied, Message: "The time of this link is over.", Fix: "Ask whoever sent it for another."}
	}
	return nil
}

func badLink() *connector.Error {
	return &connector.Error{Kind: connector.Denied, Message: "This is not a link that was made here.", Fix: "Use the link whole, as it was sent."}
}
