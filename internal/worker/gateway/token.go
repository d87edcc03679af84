package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

const (
	// A token is renewed while it is still good, so that no call waits for it.
	refreshBefore = 60 * time.Second
	// Tokens that do not say how long they live.
	assumedLife = 5 * time.Minute
	// A token that was refused so soon will not be better the next time.
	minTokenAge = 5 * time.Second
	tokenLimit  = 20 * time.Second
	maxToken    = 1 << 20
	// Issuers leave out the parts of a second when they write when a token ends.
	wholeSecond = time.Second
	// Every job type asks for a token again and again, on its own: what failed is
	// not tried anew for each of them. A refusal takes a person to mend.
	firstPause   = 250 * time.Millisecond
	mostPause    = 3 * time.Second
	refusedPause = 15 * time.Second
)

// tokens are the credentials of OAuth 2: a token for a client's ID and secret,
// kept until shortly before it ends. However many calls want one, one request
// is made.
type tokens struct {
	auth Auth
	http *http.Client
	now  func() time.Time
	log  *slog.Logger

	mu      sync.Mutex
	current token
	fetch   *fetch // the request under way, if any
	failed  failure
	address string // of the token endpoint, once it was discovered
	end     context.CancelFunc
	life    context.Context //nolint:containedctx // requests belong to the source, not to the call that happened to be first
}

type token struct {
	header  connector.Secret
	got     time.Time
	renew   time.Time // from here on another is fetched, while this one serves
	expires time.Time
}

// failure is why there is no token, which is said to all who ask until it is
// time to try again.
type failure struct {
	err   error
	times int // in a row
	until time.Time
}

func (f failure) next(err error, now time.Time) failure {
	most := mostPause
	if e, ok := errors.AsType[*Error](err); ok && !e.Retryable {
		most = refusedPause
	}
	return failure{err: err, times: f.times + 1, until: now.Add(min(firstPause<<min(f.times, 10), most))}
}

// fetch is one request for a token; done is closed when it has ended.
type fetch struct {
	done chan struct{}
	tok  token
	err  error
}

func newTokens(ctx context.Context, a Auth, client *http.Client, deps Deps) *tokens {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	return &tokens{auth: a, http: client, now: deps.Now, log: deps.Log, life: life, end: end, address: a.TokenURL}
}

// Close ends the request that may be under way.
func (t *tokens) Close() error {
	t.end()
	return nil
}

func (t *tokens) header(ctx context.Context) (connector.Secret, error) {
	t.mu.Lock()
	now := t.now()
	cur := t.current
	good := !cur.header.Empty() && now.Before(cur.expires)
	if good && now.Before(cur.renew) {
		t.mu.Unlock()
		return cur.header, nil
	}
	if !good && t.fetch == nil && now.Before(t.failed.until) {
		err := t.failed.err
		t.mu.Unlock()
		return connector.Secret{}, err
	}
	f := t.begin()
	t.mu.Unlock()
	if good {
		return cur.header, nil
	}
	select {
	case <-f.done:
		return f.tok.header, f.err
	case <-ctx.Done():
		return connector.Secret{}, fromContext("GetToken", ctx.Err())
	}
}

// begin joins the request under way or makes one. The lock is held.
func (t *tokens) begin() *fetch {
	if t.fetch != nil {
		return t.fetch
	}
	f := &fetch{done: make(chan struct{})}
	t.fetch = f
	go t.run(f)
	return f
}

func (t *tokens) run(f *fetch) {
	ctx, cancel := context.WithTimeout(t.life, tokenLimit)
	defer cancel()
	tok, err := t.request(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fetch, f.tok, f.err = nil, tok, err
	if err == nil {
		t.current, t.failed = tok, failure{}
	} else {
		t.note(err, t.now())
	}
	close(f.done)
}

// note keeps why there is no new token. The lock is held.
func (t *tokens) note(err error, now time.Time) {
	t.failed = t.failed.next(err, now)
	if now.Before(t.current.expires) {
		// The old one serves on; the next call tries again.
		t.log.Warn("the access token could not be renewed in advance", "error", err.Error())
		t.current.renew = now.Add(minTokenAge)
	}
}

func (t *tokens) refused(used connector.Secret) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if used != t.current.header {
		return true // there is another already
	}
	if t.now().Sub(t.current.got) < minTokenAge {
		return false
	}
	t.current = token{}
	return true
}

func (t *tokens) scrub(text string) string {
	t.mu.Lock()
	current := t.current.header
	t.mu.Unlock()
	return without(text, strings.TrimPrefix(current.Reveal(), "Bearer "), t.auth.ClientSecret.Reveal())
}

// request asks for a token. Its errors are *Error and say nothing secret.
func (t *tokens) request(ctx context.Context) (token, error) {
	address, err := t.endpoint(ctx)
	if err != nil {
		return token{}, err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {t.auth.ClientID}, "client_secret": {t.auth.ClientSecret.Reveal()}}
	for name, v := range map[string]string{"audience": t.auth.Audience, "scope": t.auth.Scope, "resource": t.auth.Resource} {
		if v != "" {
			form.Set(name, v)
		}
	}
	var answer struct {
		Token   string      `json:"access_token"`
		Expires json.Number `json:"expires_in"`
	}
	asked := t.now()
	if err := t.ask(ctx, http.MethodPost, address, strings.NewReader(form.Encode()), &answer); err != nil {
		return token{}, err
	}
	if answer.Token == "" || strings.ContainsAny(answer.Token, "\r\n") {
		return token{}, tokenError(CodeUnauthenticated, "The answer holds no access token.", checkTokenURL)
	}
	return newToken(answer.Token, answer.Expires.String(), asked), nil
}

func newToken(text, expiresIn string, asked time.Time) token {
	life := assumedLife
	if s, err := strconv.ParseFloat(expiresIn, 64); err == nil && s > 0 && s < 1e9 {
		life = time.Duration(s * float64(time.Second))
	}
	early := min(refreshBefore, life/5)
	margin := max(early/4, min(early, wholeSecond))
	return token{header: connector.NewSecret("Bearer " + text), got: asked, renew: asked.Add(life - early), expires: asked.Add(life - margin)}
}

// endpoint is where tokens are asked for. Only one request runs at a time, so
// that nothing else touches the address.
func (t *tokens) endpoint(ctx context.Context) (string, error) {
	if t.address != "" {
		return t.address, nil
	}
	var answer struct {
		Endpoint string `json:"token_endpoint"`
	}
	if err := t.ask(ctx, http.MethodGet, t.auth.DiscoveryURL, nil, &answer); err != nil {
		return "", err
	}
	if u, err := url.Parse(answer.Endpoint); err != nil || u.Host == "" {
		return "", tokenError(CodeUnauthenticated, "The identity provider's description names no token endpoint.", "Set CAMUNDA_CLIENT_AUTH_TOKENURL.")
	}
	t.address = answer.Endpoint
	return t.address, nil
}

func (t *tokens) ask(ctx context.Context, method, address string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return tokenError(CodeInvalidArgument, "The token URL cannot be used.", addressFix(method))
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := t.http.Do(req)
	if err != nil {
		return t.unreachable(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxToken))
	if err != nil {
		return t.unreachable(err)
	}
	if res.StatusCode != http.StatusOK {
		return t.denied(method, res.StatusCode, raw)
	}
	if json.Unmarshal(raw, into) != nil {
		return tokenError(CodeUnauthenticated, "The answer is not JSON.", addressFix(method))
	}
	return nil
}
