package trail

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
)

// Line is an entry as it is exported. Entry holds, byte for byte, the canonical JSON that the hash covers, so that
// others can check an export: hash = SHA-256(prev || entry).
type Line struct {
	Type  string          `json:"type"` // entry or checkpoint
	Entry json.RawMessage `json:"entry,omitempty"`
	Prev  string          `json:"prev,omitempty"`
	Hash  string          `json:"hash,omitempty"`
	Mark  *Mark           `json:"checkpoint,omitempty"`
	// PublicKeys are those that checkpoints of this tenant are checked with, in hexadecimal digits.
	PublicKeys []string `json:"publicKeys,omitempty"`

	at  time.Time
	seq int64
	id  string
}

// JSON gives the line without its end. Nothing in it is escaped that need not be, or the hash would not fit.
func (l *Line) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(l); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Time says when the entry or checkpoint was made.
func (l *Line) Time() time.Time { return l.at }

// Seq is the place in the chain.
func (l *Line) Seq() int64 { return l.seq }

// ID names the kind of the line for those who filter: that of the entry, or audit.checkpoint.
func (l *Line) ID() string { return l.id }

// Export hands out the entries of a tenant after a place, in the order of the chain and each on a line, with the signed
// checkpoints between them. It ends at the first error of write.
func (t *Trail) Export(ctx context.Context, tenant string, after int64, write func(*Line) error) (int64, error) {
	marks, err := t.checkpoints(ctx, tenant, nil)
	if err != nil {
		return 0, err
	}
	public, err := t.Keys.PublicKeys(ctx, tenant)
	if err != nil {
		return 0, err
	}
	texts := make([]string, len(public))
	for i, k := range public {
		texts[i] = audit.Hex(k)
	}
	n := int64(0)
	for e, err := range t.Store.AuditChain(ctx, tenant, after) {
		if err != nil {
			return n, err
		}
		line, err := lineOf(e)
		if err == nil {
			err = write(line)
		}
		if err != nil {
			return n, err
		}
		n++
		for ; len(marks) > 0 && marks[0].Seq <= e.Seq; marks = marks[1:] {
			if marks[0].Seq < e.Seq {
				continue
			}
			m := MarkOf(marks[0])
			if err := write(&Line{Type: "checkpoint", Mark: &m, PublicKeys: texts, at: m.At, seq: m.Seq, id: "audit.checkpoint"}); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func lineOf(e audit.Entry) (*Line, error) {
	canonical, err := e.Canonical()
	if err != nil {
		return nil, err
	}
	return &Line{Type: "entry", Entry: canonical, Prev: e.Prev.String(), Hash: e.Hash.String(), at: time.UnixMicro(e.At).UTC(), seq: e.Seq, id: e.Kind}, nil
}
