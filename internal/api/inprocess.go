package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// InProcess is a transport that hands requests to a handler in this process.
// Bodies stream both ways; the end of a request's context, or closing the
// answer's body, ends the handler's context.
func InProcess(h http.Handler) http.RoundTripper { return &inProcess{h} }

type inProcess struct{ handler http.Handler }

// localAddr is where in-process requests come from; it is no network address.
const localAddr = "in-process"

func (t *inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	in := req.Clone(ctx)
	in.RemoteAddr, in.RequestURI = localAddr, req.URL.RequestURI()
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	pr, pw := io.Pipe()
	w := &pipeWriter{header: http.Header{}, pipe: pw, begun: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { _ = pw.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer stop()
		defer in.Body.Close()
		err := serve(t.handler, w, in)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx) // what a handler wrote before it was told to end is no whole answer
		}
		w.WriteHeader(http.StatusOK) // if the handler wrote nothing
		_ = pw.CloseWithError(err)
	}()
	select {
	case <-w.begun:
	case <-req.Context().Done():
		cancel()
		return nil, req.Context().Err()
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, statusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent,
		Body: &pipeBody{pr, cancel}, ContentLength: -1, Request: req,
	}, nil
}

// serve runs the handler; nil means that it came to its end.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("api: the answer was cut off")
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

// pipeWriter gives the status and headers once and streams the body.
type pipeWriter struct {
	header http.Header
	sent   http.Header // as they were when the answer began
	status int
	pipe   *io.PipeWriter
	once   sync.Once
	begun  chan struct{}
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(b)
}

// Flush has nothing to do: the pipe holds nothing back.
func (w *pipeWriter) Flush() { w.WriteHeader(http.StatusOK) }

// pipeBody ends the handler when the reader has had enough.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipeBody) Close() error {
	err := b.PipeReader.Close()
	b.cancel()
	return err
}
