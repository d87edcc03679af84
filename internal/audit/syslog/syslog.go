// Package syslog sends messages to a syslog server over TLS, as RFC 5425 and RFC 5424 say.
package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// DefaultPort is that of syslog over TLS.
const DefaultPort = "6514"

// auditNotice is facility 13 (log audit), severity 6 (informational).
const auditNotice = 13<<3 | 6

// Target is a server.
type Target struct {
	Address string // host:port
	TLS     *tls.Config
	Host    string // that the messages name as their origin
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// Parse reads syslog+tls://HOST[:PORT][?ca=FILE&cert=FILE&key=FILE].
func Parse(text string) (Target, error) {
	bad := func(what string) (Target, error) {
		return Target{}, connector.InvalidField("/to", "The syslog address is not right: "+what+".", "Write it like syslog+tls://logs.example:6514?ca=ca.pem.")
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "syslog+tls" || u.Hostname() == "" || u.User != nil {
		return bad("it must begin with syslog+tls:// and a host")
	}
	port := u.Port()
	if port == "" {
		port = DefaultPort
	}
	t := Target{Address: net.JoinHostPort(u.Hostname(), port), TLS: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}}
	if file := u.Query().Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		t.TLS.RootCAs = x509.NewCertPool()
		if err != nil || !t.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return bad("the file of certificates " + file + " holds none that can be read")
		}
	}
	if cert := u.Query().Get("cert"); cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, u.Query().Get("key"))
		if err != nil {
			return bad("the certificate " + cert + " and its key cannot be read")
		}
		t.TLS.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// Message is one message. Text must be UTF-8.
type Message struct {
	At   time.Time
	Kind string // message id, such as run.intent
	Seq  int64
	Text string
}

// Conn is an open connection. It is for one goroutine.
type Conn struct {
	conn *tls.Conn
	host string
}

// Connect opens a connection and checks the server's certificate.
func (t Target) Connect(ctx context.Context) (*Conn, error) {
	raw, err := t.Dial(ctx, "tcp", t.Address)
	if err != nil {
		return nil, unreachable(t.Address, err)
	}
	conn := tls.Client(raw, t.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, &connector.Error{Kind: connector.Unavailable, Message: "The syslog server " + t.Address + " offers no TLS that can be trusted: " + err.Error() + ".", Fix: "Name the authority of its certificate with ca=FILE.", Err: err}
	}
	return &Conn{conn, t.Host}, nil
}

func unreachable(address string, err error) error {
	return &connector.Error{Kind: connector.Unavailable, Message: "The syslog server " + address + " cannot be reached.", Fix: "Check its address and that it runs.", Err: err}
}

// Send writes a message. Syslog has no answers: that it was taken is only known when Close succeeds.
func (c *Conn) Send(m Message) error {
	frame := m.frame(c.host)
	_, err := fmt.Fprintf(c.conn, "%d %s", len(frame), frame)
	return c.broken(err)
}

func (c *Conn) broken(err error) error {
	if err == nil {
		return nil
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The syslog server broke the connection; the last messages may be lost.", Fix: "Export again from the last entry that it has.", Err: err}
}

// frame is the message as RFC 5424 has it.
func (m Message) frame(host string) string {
	return fmt.Sprintf("<%d>1 %s %s fairlead - %s [audit@32473 seq=\"%d\"] \ufeff%s",
		auditNotice, m.At.UTC().Format("2006-01-02T15:04:05.000000Z"), word(host, 255), word(m.Kind, 32), m.Seq, m.Text)
}

// word is text of visible ASCII, or "-".
func word(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), limit)]
}

// farewell is how long a server may take to end the connection.
const farewell = 10 * time.Second

// Close ends the connection in good order and waits for the server to do so too, so that what was sent was read.
func (c *Conn) Close() error {
	defer func() { _ = c.conn.Close() }()
	if err := c.conn.CloseWrite(); err != nil {
		return c.broken(err)
	}
	timer := time.AfterFunc(farewell, func() { _ = c.conn.Close() })
	defer timer.Stop()
	_, err := io.Copy(io.Discard, c.conn)
	if errors.Is(err, net.ErrClosed) {
		return nil // it did not say goodbye, as some do not
	}
	return c.broken(err)
}
