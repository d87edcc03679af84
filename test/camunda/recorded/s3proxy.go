package recorded

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// S3Proxy stands before the S3 server, remembers every request, and can answer from
// a script instead.
type S3Proxy struct {
	forward *httputil.ReverseProxy
	quiet   bool // only forwards: for measurements

	mu     sync.Mutex
	seen   []S3Exchange
	script []Answer
}

func newS3Proxy(server string) (*S3Proxy, error) {
	u, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	return &S3Proxy{forward: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			host := r.In.Host // it is signed
			r.SetURL(u)
			r.Out.Host = host
		},
		Transport:    &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}}, nil
}

// Reset forgets what was seen and sets the script.
func (p *S3Proxy) Reset(script []Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.script = nil, append([]Answer(nil), script...)
}

// Seen gives the requests since Reset.
func (p *S3Proxy) Seen() []S3Exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]S3Exchange(nil), p.seen...)
}

// ServeHTTP answers one request.
func (p *S3Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.quiet {
		p.forward.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxUpload))
	p.remember(r, body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	canned, ok := p.next()
	switch {
	case !ok:
		p.forward.ServeHTTP(w, r)
	case canned.Cut:
		hangUp(w)
	default:
		canned.give(w, r)
	}
}

// next takes the next answer of the script.
func (p *S3Proxy) next() (Answer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.script) == 0 {
		return Answer{}, false
	}
	a := p.script[0]
	if a.Times > 1 {
		p.script[0].Times--
	} else {
		p.script = p.script[1:]
	}
	return a, true
}

func hangUp(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
		}
	}
}

func (a Answer) give(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(time.Duration(a.DelayMs) * time.Millisecond):
	case <-r.Context().Done():
		return
	}
	w.Header()["Content-Type"] = nil
	w.Header()["Date"] = nil
	for k, v := range a.Headers {
		w.Header().Set(k, v)
	}
	if w.Header().Get("Content-Length") == "" && r.Method != http.MethodHead {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, a.Body)
	}
}

var credential = regexp.MustCompile(`Credential=([^/]+)/\d+/([^/]*)/([^/]+)/aws4_request`)

func (p *S3Proxy) remember(r *http.Request, body []byte) {
	s := S3Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Headers: map[string]string{}}
	if v := r.Header.Get("Content-Type"); v != "" {
		s.Headers["content-type"] = v
	}
	if m := credential.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		s.SignedWith = &Signer{AccessKey: m[1], Region: m[2], Service: m[3]}
	}
	if plain := Decoded(r, body); len(body) > 0 {
		s.BodySize, s.BodySHA256 = int64(len(plain)), sum(plain)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, S3Exchange{Request: s})
}

// Decoded takes a body out of the chunks that some SDKs send it in.
func Decoded(r *http.Request, body []byte) []byte {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return body
	}
	var out []byte
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		if !ok {
			return out
		}
		size, _, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n == 0 || int(n) > len(rest) {
			return out
		}
		out, body = append(out, rest[:n]...), bytes.TrimPrefix(rest[n:], []byte("\r\n"))
	}
}

// String tells of an answer in messages.
func (a Answer) String() string { return fmt.Sprintf("%d (%d times)", a.Status, a.Times) }
