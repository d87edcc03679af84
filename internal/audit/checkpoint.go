package audit

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"
)

// SignedCheckpoint is a place in a tenant's chain that was signed when the chain had come so far. It shows entries that
// were cut off at the chain's end, and a chain that was written anew with good hashes.
type SignedCheckpoint struct {
	Checkpoint
	Tenant    string
	At        int64 // UTC microseconds
	Signature []byte
}

// Message is what the signature covers.
func (c SignedCheckpoint) Message() ([]byte, error) {
	return Canonical(map[string]any{"at": c.At, "hash": c.Hash.String(), "seq": c.Seq, "tenant": c.Tenant, "type": "fairlead.audit.checkpoint", "version": 1})
}

// Signer signs in a tenant's name. *keys.Sealer is one.
type Signer interface {
	Sign(ctx context.Context, tenant string, message []byte) ([]byte, error)
}

// SignCheckpoint signs a place.
func SignCheckpoint(ctx context.Context, s Signer, tenant string, place Checkpoint, now time.Time) (SignedCheckpoint, error) {
	c := SignedCheckpoint{Checkpoint: place, Tenant: tenant, At: now.UnixMicro()}
	message, err := c.Message()
	if err != nil {
		return c, err
	}
	c.Signature, err = s.Sign(ctx, tenant, message)
	return c, err
}

// SignedBy tells whether one of the keys has signed the checkpoint.
func (c SignedCheckpoint) SignedBy(known []ed25519.PublicKey) bool {
	message, err := c.Message()
	if err != nil {
		return false
	}
	for _, k := range known {
		if len(k) == ed25519.PublicKeySize && ed25519.Verify(k, message, c.Signature) {
			return true
		}
	}
	return false
}

// Places checks the entries of a chain, while they are verified, against what is known of them from elsewhere. The
// places are in rising order.
type Places struct {
	left    []SignedCheckpoint
	known   []ed25519.PublicKey
	Checked int // how many checkpoints were met and are good
}

// NewPlaces makes Places of one tenant's checkpoints.
func NewPlaces(checkpoints []SignedCheckpoint, known []ed25519.PublicKey) *Places {
	return &Places{left: checkpoints, known: known}
}

// Meet is called with every entry in order.
func (p *Places) Meet(e Entry) *Problem {
	for len(p.left) > 0 && p.left[0].Seq <= e.Seq {
		c := p.left[0]
		p.left = p.left[1:]
		switch {
		case c.Tenant != e.Tenant || !c.SignedBy(p.known):
			return &Problem{Seq: c.Seq, Reason: "its checkpoint has no good signature: the checkpoint was changed"}
		case c.Seq == e.Seq && c.Hash != e.Hash:
			return &Problem{Seq: c.Seq, ID: e.ID, Reason: fmt.Sprintf("is not the entry that was signed on %s: the chain was written anew", time.UnixMicro(c.At).UTC().Format(time.RFC3339))}
		case c.Seq == e.Seq:
			p.Checked++
		}
	}
	return nil
}

// End is called when the chain has ended: checkpoints beyond its end mean that it was cut off.
func (p *Places) End(reached Checkpoint) *Problem {
	if len(p.left) == 0 {
		return nil
	}
	c := p.left[0]
	if !c.SignedBy(p.known) {
		return &Problem{Seq: c.Seq, Reason: "its checkpoint has no good signature: the checkpoint was changed"}
	}
	return &Problem{Seq: reached.Seq + 1, Reason: fmt.Sprintf("missing: the chain ends at %d, but entry %d was signed on %s", reached.Seq, c.Seq, time.UnixMicro(c.At).UTC().Format(time.RFC3339))}
}

// Hex gives bytes as lower-case hexadecimal digits.
func Hex(b []byte) string { return fmt.Sprintf("%x", b) }
