// Package obs sets up logging.
package obs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/redact"
)

// Options of a logger.
type Options struct {
	Level  string // debug, info, warn, error
	Format string // text, json
}

// Log makes a logger that writes to w. Values given to the Secrets never reach
// it, in any encoding.
func Log(w io.Writer, o Options, s *Secrets) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		return nil, connector.InvalidField("/log-level", "The log level is not known.", "Use debug, info, warn or error.")
	}
	opts := &slog.HandlerOptions{Level: level}
	w = &writer{w, s} // what was attached to a logger before its secret was known
	var h slog.Handler = slog.NewTextHandler(w, opts)
	switch strings.ToLower(o.Format) {
	case "json":
		h = slog.NewJSONHandler(w, opts)
	case "text", "":
	default:
		return nil, connector.InvalidField("/log-format", "The log format is not known.", "Use text or json.")
	}
	return slog.New(NewHandler(h, s)), nil
}

// Secrets are values that must not be logged. It is safe for concurrent use.
type Secrets struct {
	mu     sync.RWMutex
	values []string
	red    *redact.Redactor
}

// Add makes values known; short ones (see redact.MinLength) are not looked for.
func (s *Secrets) Add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		s.values = append(s.values, v, quoted(v), unescapedHTML(v))
	}
	s.red = redact.New(s.values...)
}

// quoted and unescapedHTML are how slog's two handlers write a text.
func quoted(v string) string {
	q := strconv.Quote(v)
	return q[1 : len(q)-1]
}

func unescapedHTML(v string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return v
	}
	q := strings.TrimSuffix(b.String(), "\n")
	return q[1 : len(q)-1]
}

func (s *Secrets) redactor() *redact.Redactor {
	if s == nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.red
}

// writer keeps secrets out of finished lines.
type writer struct {
	next    io.Writer
	secrets *Secrets
}

// Write tells of the line as it was given, because callers compare lengths.
func (w *writer) Write(line []byte) (int, error) {
	if _, err := w.next.Write(w.secrets.redactor().Bytes(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// handler keeps secrets out of messages and attributes.
type handler struct {
	next    slog.Handler
	secrets *Secrets
}

// NewHandler wraps a handler so that it gets no secrets.
func NewHandler(next slog.Handler, s *Secrets) slog.Handler { return &handler{next, s} }

// Cleaned gives a logger that says nothing of what a redactor knows.
func Cleaned(l *slog.Logger, r *redact.Redactor) *slog.Logger {
	if r == nil {
		return l
	}
	return slog.New(NewHandler(l.Handler(), &Secrets{red: r}))
}

// Enabled asks the wrapped handler.
func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// Handle passes a redacted copy of the record on.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	red := h.secrets.redactor()
	if red == nil {
		return h.next.Handle(ctx, r)
	}
	out := slog.NewRecord(r.Time, r.Level, red.String(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(clean(red, a))
		return true
	})
	return h.next.Handle(ctx, out)
}

// WithAttrs keeps the attributes of a derived logger clean too.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = clean(h.secrets.redactor(), a)
	}
	return &handler{h.next.WithAttrs(out), h.secrets}
}

// WithGroup opens a group.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.next.WithGroup(name), h.secrets}
}

// clean redacts a value as it would be printed: an error or a struct becomes
// text when it holds a secret, and stays what it is when it does not.
func clean(red *redact.Redactor, a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, red.String(v.String()))
	case slog.KindGroup:
		group := v.Group()
		out := make([]slog.Attr, len(group))
		for i := range group {
			out[i] = clean(red, group[i])
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(out...)}
	case slog.KindAny:
		if text := fmt.Sprintf("%+v", v.Any()); red.String(text) != text {
			return slog.String(a.Key, red.String(text))
		}
		if text, err := json.Marshal(v.Any()); err == nil && !bytes.Equal(red.Bytes(text), text) {
			return slog.String(a.Key, string(red.Bytes(text)))
		}
	}
	return slog.Attr{Key: a.Key, Value: v}
}
