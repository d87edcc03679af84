package azuresim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// authority is the certificate authority of one simulator and the certificate it serves with.
type authority struct {
	pem  []byte
	leaf tls.Certificate
}

// CAPEM is the certificate to trust, in PEM. A new one is made at each Start, and its key is thrown away.
func (s *Server) CAPEM() []byte { return append([]byte(nil), s.ca.pem...) }

// tlsConfig refuses the name of a vault that is not there, as close as a server comes to a name that does not
// resolve. HTTP/1.1 only: a cut answer then looks the same on every client.
func (s *Server) tlsConfig() *tls.Config {
	conf := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{s.ca.leaf},
		NextProtos:   []string{"http/1.1"},
	}
	// Without any certificate, crypto/tls answers with the alert unrecognized_name.
	unknown := &tls.Config{MinVersion: tls.VersionTLS12}
	conf.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		name := hostName(hello.ServerName)
		if strings.HasSuffix(name, "."+vaultSuffix) && !s.vaultReachable(vaultOfHost(name)) {
			return unknown, nil
		}
		return nil, nil
	}
	return conf
}

func newAuthority(now time.Time) (*authority, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("azuresim: key of the authority: %w", err)
	}
	caTmpl := certTemplate("Fairlead Azure sandbox CA", now)
	caTmpl.IsCA, caTmpl.BasicConstraintsValid, caTmpl.KeyUsage = true, true, x509.KeyUsageCertSign
	// A trusted sandbox authority must not be able to vouch for anything but the sandbox.
	caTmpl.PermittedDNSDomainsCritical, caTmpl.PermittedDNSDomains = true, []string{"localhost"}
	caTmpl.PermittedIPRanges = []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
	caDER, err := x509.CreateCertificate(rand.Reader, caTmpl, caTmpl, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, fmt.Errorf("azuresim: certificate of the authority: %w", err)
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("azuresim: key of the server: %w", err)
	}
	leafTmpl := certTemplate("Fairlead Azure sandbox", now)
	leafTmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leafTmpl.DNSNames = []string{loginHost, managementHost, vaultSuffix, "*." + vaultSuffix, "localhost"}
	leafTmpl.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	leafDER, err := x509.CreateCertificate(rand.Reader, leafTmpl, caTmpl, &leafKey.PublicKey, caKey)
	if err != nil {
		return nil, fmt.Errorf("azuresim: certificate of the server: %w", err)
	}
	return &authority{
		pem:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}),
		leaf: tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: leafKey},
	}, nil
}

// certTemplate is valid for ten years around now, so that a test's clock may wander.
func certTemplate(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(randomBytes(15)), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
}
