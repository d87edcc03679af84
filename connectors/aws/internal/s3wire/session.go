package s3wire

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// sessions keeps the credentials of directory buckets, which each bucket hands
// out for some minutes.
type sessions struct {
	mu    sync.Mutex
	known map[string]*session
}

// session is one bucket's; a caller at a time renews it.
type session struct {
	turn  chan struct{}
	base  string // the access key that it was asked for with
	creds aws.Credentials
}

// renewBefore is how long before their end session credentials are renewed.
const renewBefore = time.Minute

// credentials are those that a call is signed with.
func (c *Client) credentials(ctx context.Context, q *call, at *place) (aws.Credentials, error) {
	base, err := c.cfg.Credentials.Retrieve(ctx)
	if err != nil || at.auth != authSession || q.op == createSession {
		return base, err
	}
	s := c.sessions.of(q.bucket)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return base, ctx.Err()
	}
	if s.base == base.AccessKeyID && c.cfg.Now().Add(renewBefore).Before(s.creds.Expires) {
		return s.creds, nil
	}
	creds, err := c.createSession(ctx, q.bucket)
	if e, ok := errors.AsType[*Error](err); ok {
		return creds, e.Explain("")
	}
	s.base, s.creds = base.AccessKeyID, creds
	return creds, err
}

func (s *sessions) of(bucket string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxPlaces {
		clear(s.known)
	}
	if s.known[bucket] == nil {
		s.known[bucket] = &session{turn: make(chan struct{}, 1)}
	}
	return s.known[bucket]
}

const createSession = "CreateSession"

func (c *Client) createSession(ctx context.Context, bucket string) (cr aws.Credentials, err error) {
	err = c.do(ctx, &call{
		op: createSession, method: http.MethodGet, bucket: bucket, query: []param{{"session", ""}}, fields: []field{{"X-Amz-Create-Session-Mode", "ReadWrite"}},
		take: func(a *answer) error {
			return a.document("CreateSessionResult", func(s *scanner, name []byte) error {
				if string(name) != "Credentials" {
					return s.skip()
				}
				return s.sessionKeys(&cr)
			})
		},
	})
	return cr, err
}

func (s *scanner) sessionKeys(cr *aws.Credentials) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "AccessKeyId":
			cr.AccessKeyID, err = s.text()
		case "SecretAccessKey":
			cr.SecretAccessKey, err = s.text()
		case "SessionToken":
			cr.SessionToken, err = s.text()
		case "Expiration":
			cr.Expires, err = s.time()
		default:
			err = s.skip()
		}
		return err
	})
}
