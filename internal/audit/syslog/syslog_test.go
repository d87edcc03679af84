package syslog_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit/syslog"
)

// collector is a syslog server over TLS that reads frames by their length, as RFC 5425 says.
type collector struct {
	address, ca string
	frames      chan string
}

func collect(t *testing.T) *collector {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	c := &collector{ca: filepath.Join(t.TempDir(), "ca.pem"), frames: make(chan string, 100)}
	must(t, os.WriteFile(c.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	c.address = l.Addr().String()
	go func() {
		defer close(c.frames)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		for {
			var n int
			if _, err := fmt.Fscanf(r, "%d ", &n); err != nil {
				return
			}
			frame := make([]byte, n)
			if _, err := io.ReadFull(r, frame); err != nil {
				return
			}
			c.frames <- string(frame)
		}
	}()
	return c
}

func direct(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func TestMessagesArrive(t *testing.T) {
	c := collect(t)
	target, err := syslog.Parse("syslog+tls://" + c.address + "?ca=" + c.ca)
	must(t, err)
	target.Dial, target.Host = direct, "my host"
	conn, err := target.Connect(t.Context())
	must(t, err)
	at := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	must(t, conn.Send(syslog.Message{At: at, Kind: "run.intent", Seq: 7, Text: `{"a":"ü"}`}))
	must(t, conn.Send(syslog.Message{At: at, Seq: 8, Text: "two\nlines"}))
	must(t, conn.Close())
	var got []string
	for f := range c.frames {
		got = append(got, f)
	}
	want := []string{
		"<110>1 2026-03-01T12:00:00.000005Z my_host fairlead - run.intent [audit@32473 seq=\"7\"] \ufeff{\"a\":\"ü\"}",
		"<110>1 2026-03-01T12:00:00.000005Z my_host fairlead - - [audit@32473 seq=\"8\"] \ufefftwo\nlines",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestServersThatCannotBeTrustedOrReached(t *testing.T) {
	c := collect(t)
	for _, tt := range []struct{ reason, target, says string }{
		{"a certificate of nobody we know", "syslog+tls://" + c.address, "ca=FILE"},
		{"nobody listens", "syslog+tls://127.0.0.1:1", "runs"},
	} {
		target, err := syslog.Parse(tt.target)
		must(t, err)
		target.Dial = direct
		_, err = target.Connect(t.Context())
		if e := connector.AsError(err); e == nil || e.Kind != connector.Unavailable || !strings.Contains(e.Fix, tt.says) {
			t.Errorf("%s: got %v", tt.reason, err)
		}
	}
}

func TestAddressesThatAreWrong(t *testing.T) {
	for _, text := range []string{"", "logs.example", "tcp://logs.example", "syslog+tls://", "syslog+tls://u:p@h", "syslog+tls://h?ca=/nowhere", "syslog+tls://h?cert=/nowhere"} {
		_, err := syslog.Parse(text)
		if e := connector.AsError(err); e == nil || e.Kind != connector.Invalid || e.Fix == "" {
			t.Errorf("%q: got %v, want Invalid with a fix", text, err)
		}
	}
	target, err := syslog.Parse("syslog+tls://logs.example")
	if err != nil || target.Address != "logs.example:6514" {
		t.Errorf("the default port: %v, %v", target.Address, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
