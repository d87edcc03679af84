package documents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// ClusterConfig says how a cluster's documents are reached.
type ClusterConfig struct {
	// Base is the address of the REST API, with or without /v2 at its end.
	Base string
	// HTTP adds the worker's identity to each request; it must come from package
	// egress.
	HTTP *http.Client
	// StoreID is the cluster's store for new documents; empty: the one that the
	// cluster chooses.
	StoreID string
	// Pause comes before a request is repeated that the cluster refused for now,
	// once; 0: a second.
	Pause time.Duration
	Now   func() time.Time
}

// Cluster is a client of a cluster's document API. Its failures hold a *Problem
// where the cluster answered.
type Cluster struct {
	base  string
	http  *http.Client
	store string
	pause time.Duration
	now   func() time.Time
}

var _ connector.Documents = (*Cluster)(nil)

// The most that is read of answers that are not content.
const (
	maxAnswer  = 1 << 20
	maxProblem = 64 << 10
)

// NewCluster makes a client. An address that cannot be used is Invalid.
func NewCluster(c ClusterConfig) (*Cluster, error) {
	base := strings.TrimSuffix(strings.TrimRight(c.Base, "/"), "/v2")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, &connector.Error{Kind: connector.Invalid, Message: "The address of the cluster's REST API cannot be used.", Fix: "Write it like http://localhost:8080 (CAMUNDA_CLIENT_RESTADDRESS)."}
	}
	if c.Pause <= 0 {
		c.Pause = defaultPause
	}
	client := *c.HTTP
	client.Timeout = 0 // contents take as long as they take; the call's context limits it
	return &Cluster{base: strings.TrimRight(base, "/") + "/v2/documents", http: &client, store: c.StoreID, pause: c.Pause, now: c.Now}, nil
}

// address gives the URL of a document. Every character of an ID is part of one
// path segment, dots included, which clients and proxies would resolve.
func (c *Cluster) address(d connector.Document, hash bool, more string) string {
	seg := url.PathEscape(d.DocumentID)
	if strings.Trim(seg, ".") == "" {
		seg = strings.ReplaceAll(seg, ".", "%2E")
	}
	var query []string
	if d.StoreID != "" {
		query = append(query, "storeId="+url.QueryEscape(d.StoreID))
	}
	if hash && d.ContentHash != "" {
		query = append(query, "contentHash="+url.QueryEscape(d.ContentHash))
	}
	u := c.base + "/" + seg + more
	if len(query) > 0 {
		u += "?" + strings.Join(query, "&")
	}
	return u
}

// send asks once more when the cluster refuses for now.
func (c *Cluster) send(ctx context.Context, method, address string, body []byte) (*http.Response, error) {
	res, err := c.sendOnce(ctx, method, address, body)
	if err != nil || !forNow(res.StatusCode) || !c.wait(ctx, res.Header.Get("Retry-After")) {
		return res, err
	}
	_ = finish(res)
	return c.sendOnce(ctx, method, address, body)
}

func (c *Cluster) sendOnce(ctx context.Context, method, address string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json, application/problem+json, */*")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, networkError(ctx, err)
	}
	return res, nil
}

// Open downloads a document. Name and type are those of the reference where it
// has them, the size is that of what comes.
func (c *Cluster) Open(ctx context.Context, d connector.Document) (*connector.DocumentContent, error) {
	if err := needID(d); err != nil {
		return nil, err
	}
	res, err := c.send(ctx, http.MethodGet, c.address(d, true, ""), nil) //nolint:bodyclose // it is what is given; failed closes it
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, c.failed(res, "GetDocument", d.DocumentID)
	}
	out := described(d, connector.DocumentContent{
		Body: &fetched{res.Body, ctx}, Size: res.ContentLength,
		ContentType: res.Header.Get("Content-Type"), Name: fileNameIn(res.Header.Get("Content-Disposition")),
	})
	return &out, nil
}

// described takes what the reference says of its content. The processes' own
// view of a document wins over the store's.
func described(d connector.Document, c connector.DocumentContent) connector.DocumentContent {
	if m := d.Metadata; m != nil {
		if m.ContentType != "" {
			c.ContentType = m.ContentType
		}
		if m.FileName != "" {
			c.Name = m.FileName
		}
	}
	return c
}

func needID(d connector.Document) error {
	if d.DocumentID == "" {
		return connector.InvalidField("/documentId", "The document's reference has no documentId.", "Pass the reference on as the store gave it.")
	}
	return nil
}

// fetched explains what goes wrong while content is read.
type fetched struct {
	io.ReadCloser
	ctx context.Context //nolint:containedctx // the request's own, and ends with this body
}

func (f *fetched) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, connector.AsError(err) // much may have come already
	}
	n, err := f.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = networkError(f.ctx, err)
	}
	return n, err
}

// Link asks the cluster for an address of a document.
func (c *Cluster) Link(ctx context.Context, d connector.Document, ttl time.Duration) (string, error) {
	if err := needID(d); err != nil {
		return "", err
	}
	body := []byte("{}")
	if ttl > 0 {
		body, _ = json.Marshal(map[string]int64{"timeToLive": max(ttl.Milliseconds(), 1)}) // cannot fail
	}
	res, err := c.send(ctx, http.MethodPost, c.address(d, true, "/links"), body) //nolint:bodyclose // failed and readAnswer close it
	if err != nil {
		return "", err
	}
	if res.StatusCode/100 != 2 {
		return "", c.failed(res, "LinkDocument", d.DocumentID)
	}
	var link struct {
		URL text `json:"url"`
	}
	if err := readAnswer(ctx, res, &link); err != nil {
		return "", err
	}
	if link.URL == "" {
		return "", strange(res, "a link without a url")
	}
	return string(link.URL), nil
}

// Delete removes a document.
func (c *Cluster) Delete(ctx context.Context, d connector.Document) error {
	if err := needID(d); err != nil {
		return err
	}
	res, err := c.send(ctx, http.MethodDelete, c.address(d, false, ""), nil)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return c.failed(res, "DeleteDocument", d.DocumentID)
	}
	return finish(res)
}

// finish reads what is left, so that the connection can be used again.
func finish(res *http.Response) error {
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxProblem)) // only its being read matters
	return res.Body.Close()
}

func readAnswer(ctx context.Context, res *http.Response, into any) error {
	defer func() { _ = finish(res) }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return networkError(ctx, err)
	}
	if json.Unmarshal(raw, into) != nil {
		return strange(res, "something that is not the JSON expected: "+plain(string(raw)))
	}
	return nil
}

func strange(res *http.Response, what string) error {
	return &connector.Error{
		Kind: connector.Unavailable, Status: res.StatusCode,
		Message: "The cluster's document store answered " + res.Status + " with " + what + ".",
		Fix:     "Check that the address of the REST API leads to a Camunda 8 cluster, and what is between.",
	}
}

// failed makes the error of an answer that is no success.
func (c *Cluster) failed(res *http.Response, operation, item string) error {
	defer func() { _ = finish(res) }()
	raw, _ := io.ReadAll(io.LimitReader(res.Body, maxProblem)) // what came counts
	p := problemIn(res, raw)
	e := &connector.Error{
		Kind: connector.KindOfStatus(res.StatusCode), Item: item, Operation: operation, Code: p.Title, Status: res.StatusCode,
		Message: "The cluster's document store answered " + strings.TrimSuffix(p.Error(), ".") + ".", Err: p,
	}
	if e.Kind == connector.Internal { // a redirect: nothing of ours is wrong
		e.Kind = connector.Unavailable
		e.Message = "The cluster's document store answered " + p.Error() + ", a redirect to " + quote(res.Header.Get("Location")) + " that is not followed."
	}
	e.Fix = fixFor(res.StatusCode)
	return e
}

func fixFor(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "Check the worker's credentials, and that it may read, create and delete documents in the cluster."
	case http.StatusNotFound:
		return "The document may have expired or been deleted. Store the content again."
	case http.StatusBadRequest:
		return "Check that the reference is as the store gave it, its contentHash and storeId included."
	case http.StatusRequestEntityTooLarge:
		return tooLargeFix
	}
	if status/100 == 3 {
		return "Give the address that the cluster itself has."
	}
	return "Try again; if it happens each time, look into the cluster's log."
}

const tooLargeFix = "Raise the cluster's limits (SPRING_SERVLET_MULTIPART_MAX_FILE_SIZE and SPRING_SERVLET_MULTIPART_MAX_REQUEST_SIZE, 10 MB by default), or keep documents elsewhere with FAIRLEAD_DOCUMENTS."
