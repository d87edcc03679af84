package api

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// pair is a certificate and its key, read again when one of the files changes.
// A pair that cannot be read, as in the middle of a renewal, leaves the one
// before in use.
type pair struct {
	certFile, keyFile string
	log               *slog.Logger
	mu                sync.Mutex
	cert              *tls.Certificate
	stamp             stamp
}

// stamp tells one state of the two files from another.
type stamp struct {
	cert, key         time.Time
	certSize, keySize int64
}

func newPair(certFile, keyFile string, log *slog.Logger) (*pair, error) {
	p := &pair{certFile: certFile, keyFile: keyFile, log: log}
	var err error
	if p.stamp, err = p.look(); err == nil {
		err = p.load()
	}
	if err != nil {
		return nil, &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("The certificate %s and key %s cannot be used: %v.", certFile, keyFile, err), Fix: "Give a PEM certificate chain with --tls-cert and its key with --tls-key.", Err: err}
	}
	return p, nil
}

func (p *pair) look() (stamp, error) {
	c, err := os.Stat(p.certFile)
	if err != nil {
		return stamp{}, err
	}
	k, err := os.Stat(p.keyFile)
	if err != nil {
		return stamp{}, err
	}
	return stamp{c.ModTime(), k.ModTime(), c.Size(), k.Size()}, nil
}

func (p *pair) load() error {
	cert, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err == nil {
		p.cert = &cert
	}
	return err
}

// get is asked at every handshake; two stats are cheap beside one.
func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, err := p.look()
	if err == nil && now != p.stamp {
		if err = p.load(); err == nil {
			p.stamp = now
			p.log.Info("the TLS certificate was read again", "file", p.certFile)
		}
	}
	if err != nil {
		p.log.Warn("the TLS certificate cannot be read again; the one before stays in use", "file", p.certFile, "error", err)
	}
	return p.cert, nil
}
