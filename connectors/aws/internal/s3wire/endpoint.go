package s3wire

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyauth "github.com/aws/smithy-go/auth"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/fairlead-io/fairlead/connectors/aws/internal/awsconn"
)

// place is where the requests of a bucket go.
type place struct {
	scheme  string
	host    string // as the URL names it
	sent    string // as the Host header names it: without a default port
	prefix  string // escaped path before the key: "", "/bucket", "/gateway/bucket"
	region  string // to sign for
	service string // to sign for
	aws     bool   // AWS itself, not another maker's service
	auth    auth
}

// auth is how a bucket's requests are signed.
type auth int

const (
	authRegion  auth = iota // for the region
	authSession             // for the region, with credentials that the bucket hands out (directory buckets)
	authSet                 // for all regions at once (access points that span regions)
)

// maxPlaces bounds what is remembered of buckets.
const maxPlaces = 1024

// places finds where buckets are by AWS's own rules: regions and partitions,
// path style for addresses that are IPs and for names that no host can have,
// access points.
type places struct {
	resolver s3.EndpointResolverV2
	region   string
	endpoint *string
	path     bool

	mu    sync.RWMutex
	known map[string]*place
}

func (p *places) of(ctx context.Context, op, bucket string) (*place, error) {
	p.mu.RLock()
	at := p.known[bucket]
	p.mu.RUnlock()
	if at != nil {
		return at, nil
	}
	at, err := p.resolve(ctx, op, bucket)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxPlaces {
		clear(p.known)
	}
	p.known[bucket] = at
	return at, nil
}

func (p *places) resolve(ctx context.Context, op, bucket string) (*place, error) {
	no := false
	in := s3.EndpointParameters{Region: &p.region, Endpoint: p.endpoint, ForcePathStyle: &p.path, UseFIPS: &no, UseDualStack: &no, Accelerate: &no, UseArnRegion: &no}
	if bucket != "" {
		in.Bucket = &bucket
	}
	ep, err := p.resolver.ResolveEndpoint(ctx, in)
	if err != nil {
		return nil, &Error{Op: op, Err: err}
	}
	at := &place{scheme: ep.URI.Scheme, host: ep.URI.Host, sent: sentHost(&ep.URI), prefix: strings.TrimSuffix(ep.URI.EscapedPath(), "/"), region: p.region, service: "s3"}
	at.aws = p.endpoint == nil || awsconn.IsAWS(*p.endpoint)
	options, _ := smithyauth.GetAuthOptions(&ep.Properties)
	if len(options) > 0 {
		err = at.signedBy(op, options[0])
	}
	return at, err
}

func (at *place) signedBy(op string, o *smithyauth.Option) error {
	switch o.SchemeID {
	case "sigv4":
	case "sigv4-s3express":
		at.auth = authSession
	case "sigv4a":
		at.auth = authSet
	default:
		return refuse(op, "The bucket asks for the signature "+o.SchemeID+", which is not supported.", "Use a bucket of a region, or an access point.")
	}
	if r, ok := smithyhttp.GetSigV4SigningRegion(&o.SignerProperties); ok && r != "" {
		at.region = r
	}
	if n, ok := smithyhttp.GetSigV4SigningName(&o.SignerProperties); ok && n != "" {
		at.service = n
	}
	if n, ok := smithyhttp.GetSigV4ASigningName(&o.SignerProperties); ok && n != "" && at.auth == authSet {
		at.service = n
	}
	return nil
}

// sentHost leaves out the port that the scheme stands for: some clients and
// proxies on the way do, and the signature is over the header.
func sentHost(u *url.URL) string {
	if p := u.Port(); p == "80" && u.Scheme == "http" || p == "443" && u.Scheme == "https" {
		return strings.TrimSuffix(u.Host, ":"+p)
	}
	return u.Host
}
