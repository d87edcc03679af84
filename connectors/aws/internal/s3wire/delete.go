package s3wire

import (
	"context"
	"crypto/md5" // Content-MD5 is what every service takes here; old ones know nothing else
	"encoding/hex"
	"net/http"
	"strconv"
)

// MaxDelete is the most objects that one DeleteMany takes.
const MaxDelete = 1000

// DeleteAnswer is what came of a DeleteMany: each object is in one of the two.
type DeleteAnswer struct {
	Deleted []Deleted
	Failed  []DeleteFailure
}

// DeleteFailure is why an object was not deleted.
type DeleteFailure struct{ Key, VersionID, Code, Message string }

// DeleteMany deletes up to 1,000 objects or versions of a bucket in one
// request. The buckets of the refs are not looked at.
func (c *Client) DeleteMany(ctx context.Context, bucket string, refs []Ref) (*DeleteAnswer, error) {
	const op = "DeleteObjects"
	if bucket == "" {
		return nil, Ref{Key: "-"}.check(op)
	}
	if len(refs) > MaxDelete {
		return nil, refuse(op, "At most "+strconv.Itoa(MaxDelete)+" objects can be deleted at a time, not "+strconv.Itoa(len(refs))+".", "Delete them in several requests.")
	}
	doc := []byte(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for _, r := range refs {
		if r.Key == "" {
			return nil, Ref{Bucket: bucket}.check(op)
		}
		doc = append(doc, "<Object><Key>"...)
		doc = append(appendXML(doc, r.Key), "</Key>"...)
		if r.VersionID != "" {
			doc = append(doc, "<VersionId>"...)
			doc = append(appendXML(doc, r.VersionID), "</VersionId>"...)
		}
		doc = append(doc, "</Object>"...)
	}
	doc = append(doc, "</Delete>"...)
	sum := md5.Sum(doc)
	var out *DeleteAnswer
	err := c.do(ctx, &call{
		op: op, method: http.MethodPost, bucket: bucket, query: []param{{"delete", ""}}, fields: []field{{"Content-Type", "application/xml"}},
		body: newPayload(Bytes(doc), "", hex.EncodeToString(sum[:])),
		take: func(a *answer) error {
			out = &DeleteAnswer{Deleted: make([]Deleted, 0, len(refs))}
			return a.document("DeleteResult", out.element)
		},
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (d *DeleteAnswer) element(s *scanner, name []byte) error {
	switch string(name) {
	case "Deleted":
		d.Deleted = append(d.Deleted, Deleted{})
		return s.deleted(&d.Deleted[len(d.Deleted)-1])
	case "Error":
		d.Failed = append(d.Failed, DeleteFailure{})
		return s.deleteFailure(&d.Failed[len(d.Failed)-1])
	}
	return s.skip()
}

func (s *scanner) deleted(d *Deleted) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "Key":
			d.Key, err = s.text()
		case "VersionId":
			d.VersionID, err = s.text()
		case "DeleteMarker":
			err = s.boolean(&d.DeleteMarker)
		case "DeleteMarkerVersionId":
			d.MarkerVersionID, err = s.text()
		default:
			err = s.skip()
		}
		return err
	})
}

func (s *scanner) deleteFailure(f *DeleteFailure) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "Key":
			f.Key, err = s.text()
		case "VersionId":
			f.VersionID, err = s.text()
		case "Code":
			f.Code, err = s.text()
		case "Message":
			f.Message, err = s.text()
		default:
			err = s.skip()
		}
		return err
	})
}

// appendXML writes text into XML. Characters that XML 1.0 cannot carry go as
// references all the same: a service that refuses them is better than one that
// deletes another key.
func appendXML(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"':
			b = append(b, "&#34;"...)
		case c == '\'':
			b = append(b, "&#39;"...)
		case c < ' ' || c == 0x7f:
			b = append(strconv.AppendUint(append(b, "&#"...), uint64(c), 10), ';')
		default:
			b = append(b, c)
		}
	}
	return b
}
