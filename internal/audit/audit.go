// Package audit builds and verifies the hash-chained audit trail.
//
// Each tenant has one chain. An entry's hash covers the predecessor's hash and the entry's canonical JSON, so that an
// entry that was changed, removed, inserted or moved makes verification fail at a named place. The package imports the
// standard library only; internal/store imports it to chain entries while it commits them.
package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Hash is a SHA-256 sum; the zero value is the predecessor of a chain's first entry.
type Hash [sha256.Size]byte

// String returns the hash in lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Entry is one link of a tenant's chain. A caller fills At, Tenant, Kind, Actor, Subject, RunID and Body; the store
// fills ID when it is empty, and Seq, Prev and Hash when it commits the entry.
type Entry struct {
	Seq     int64           // position in the tenant's chain: 1, 2, 3 ... without gaps
	Tenant  string          // owner of the chain
	At      int64           // time of the event, UTC microseconds
	ID      string          // UUIDv7, stable outside the chain
	Kind    string          // one of the Kind constants
	Actor   string          // identity id that acted
	Subject string          // what was acted on: a connection, token or file id, or integration/command
	RunID   *string         // the run the entry belongs to, if any
	Body    json.RawMessage // details as canonical JSON; never holds secrets
	Prev    Hash            // hash of the predecessor, zero for the first entry
	Hash    Hash            // SHA-256(Prev || canonical JSON of the entry without Prev and Hash)
}

// formatVersion is part of what is hashed, so that a later format cannot be mistaken for this one.
const formatVersion = 1

// ErrIncomplete is returned by Seal for an entry that lacks a field every entry must have.
var ErrIncomplete = errors.New("audit: incomplete entry")

// Seal makes e the successor of the entry at the given place: it puts the body into canonical form and sets Seq, Prev
// and Hash. It returns the new end of the chain.
func Seal(e *Entry, after Checkpoint) (Checkpoint, error) {
	if e.Tenant == "" || e.ID == "" || e.Kind == "" {
		return after, fmt.Errorf("%w: tenant %q, id %q and kind %q must all be set", ErrIncomplete, e.Tenant, e.ID, e.Kind)
	}
	e.clean()
	body, err := CanonicalJSON(e.Body)
	if err != nil {
		return after, fmt.Errorf("audit: body of %s entry %s: %w", e.Kind, e.ID, err)
	}
	e.Body, e.Seq, e.Prev = body, after.Seq+1, after.Hash
	e.Hash = e.hashWith(e.content(body))
	return Checkpoint{Seq: e.Seq, Hash: e.Hash}, nil
}

// texts are the entry's fields of text.
func (e *Entry) texts() []*string {
	all := []*string{&e.Tenant, &e.ID, &e.Kind, &e.Actor, &e.Subject}
	if e.RunID != nil {
		all = append(all, e.RunID)
	}
	return all
}

// clean replaces what JSON and some databases cannot hold: bytes that are not UTF-8, and NUL.
func (e *Entry) clean() {
	if e.RunID != nil {
		run := *e.RunID // the caller's own text stays as it is
		e.RunID = &run
	}
	for _, t := range e.texts() {
		*t = strings.ReplaceAll(strings.ToValidUTF8(*t, "\uFFFD"), "\x00", "\uFFFD")
	}
}

// HashOf computes what the entry's Hash must be, from its other fields.
func HashOf(e Entry) (Hash, error) {
	body, err := CanonicalJSON(e.Body)
	if err != nil {
		return Hash{}, err
	}
	return e.hashOver(body)
}

// hashOver is HashOf for a body that is canonical.
func (e *Entry) hashOver(body []byte) (Hash, error) {
	for _, t := range e.texts() {
		if !utf8.ValidString(*t) { // JSON would hide which bytes they were
			return Hash{}, errors.New("audit: an entry's text is not UTF-8")
		}
	}
	return e.hashWith(e.content(body)), nil
}

func (e *Entry) hashWith(content []byte) Hash {
	h := sha256.New()
	h.Write(e.Prev[:])
	h.Write(content)
	var sum Hash
	h.Sum(sum[:0])
	return sum
}

// Canonical returns the entry without Prev and Hash as canonical JSON: the bytes that the hash covers.
func (e Entry) Canonical() ([]byte, error) {
	body, err := CanonicalJSON(e.Body)
	if err != nil {
		return nil, err
	}
	return e.content(body), nil
}

// content is the entry around its body, in the order of the names.
func (e *Entry) content(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(e.Actor)+len(e.ID)+len(e.Kind)+len(e.Subject)+len(e.Tenant)+192)
	out = appendString(append(out, `{"actor":`...), e.Actor)
	out = strconv.AppendInt(append(out, `,"at":`...), e.At, 10)
	out = append(append(out, `,"body":`...), body...)
	out = appendString(append(out, `,"id":`...), e.ID)
	out = appendString(append(out, `,"kind":`...), e.Kind)
	out = append(out, `,"runId":`...)
	if e.RunID == nil {
		out = append(out, "null"...)
	} else {
		out = appendString(out, *e.RunID)
	}
	out = strconv.AppendInt(append(out, `,"seq":`...), e.Seq, 10)
	out = appendString(append(out, `,"subject":`...), e.Subject)
	out = appendString(append(out, `,"tenant":`...), e.Tenant)
	out = strconv.AppendInt(append(out, `,"version":`...), formatVersion, 10)
	return append(out, '}')
}
