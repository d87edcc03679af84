package feel

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

// Limits bound what one evaluation may use, so that no expression can hurt a server.
type Limits struct {
	Source     int   // bytes of an expression's text
	Steps      int64 // items, calls and entries
	Depth      int   // of nested calls, counted in levels of the called expressions
	ListSize   int   // items of one list
	StringSize int   // bytes of one string
	Memory     int64 // bytes of all values made, about
	RegexSteps int   // of one match of a pattern that needs backtracking
}

// DefaultLimits allow everything that processes and connectors do.
var DefaultLimits = Limits{
	Source:     1 << 20,
	Steps:      10_000_000,
	Depth:      50_000,
	ListSize:   2_000_000,
	StringSize: 16 << 20,
	Memory:     256 << 20,
	RegexSteps: 5_000_000,
}

// Engine holds what expressions need from outside. It is safe for concurrent use and
// does not change after New.
type Engine struct {
	clock     func() time.Time
	random    func() float64
	uuid      func() string
	limits    Limits
	zones     zones
	patterns  patterns
	builtins  map[string][]*Function
	functions map[string][]*Function // of the host, behind the built-in ones
}

// Option sets up an Engine.
type Option func(*Engine)

// WithClock sets the source of now() and today(), and with the location of its times
// the zone. Without it the system's clock and zone are used.
func WithClock(clock func() time.Time) Option { return func(e *Engine) { e.clock = clock } }

// WithRandom sets the source of random number(): numbers from 0 up to, not including, 1.
func WithRandom(random func() float64) Option { return func(e *Engine) { e.random = random } }

// WithUUID sets the source of uuid().
func WithUUID(uuid func() string) Option { return func(e *Engine) { e.uuid = uuid } }

// WithLimits sets the limits; fields that are 0 keep their default.
func WithLimits(l Limits) Option {
	return func(e *Engine) {
		set(&e.limits.Source, l.Source)
		set(&e.limits.Steps, l.Steps)
		set(&e.limits.Depth, l.Depth)
		set(&e.limits.ListSize, l.ListSize)
		set(&e.limits.StringSize, l.StringSize)
		set(&e.limits.Memory, l.Memory)
		set(&e.limits.RegexSteps, l.RegexSteps)
	}
}

func set[T int | int64](to *T, v T) {
	if v != 0 {
		*to = v
	}
}

// New returns an engine.
func New(options ...Option) *Engine {
	//nolint:forbidigo // a host injects its own clock; a program without one has the system's
	e := &Engine{clock: time.Now, random: mathrand.Float64, limits: DefaultLimits, functions: map[string][]*Function{}}
	for _, o := range options {
		o(e)
	}
	if e.uuid == nil {
		e.uuid = func() string { return newUUID(e.clock()) }
	}
	e.zones.now = e.clock
	e.builtins = library(e)
	return e
}

func (e *Engine) now() time.Time { return e.clock() }

// find returns the built-in or host function that fits.
func (e *Engine) find(name string, match func(*Function) bool) *Function {
	for _, f := range e.builtins[name] {
		if match(f) {
			return f
		}
	}
	for _, f := range e.functions[name] {
		if match(f) {
			return f
		}
	}
	return nil
}

// newUUID returns a version 7 UUID: it starts with the time.
func newUUID(now time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[6:]) // never fails
	ms := uint64(now.UnixMilli())
	binary.BigEndian.PutUint16(b[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(ms))
	b[6] = b[6]&0x0F | 0x70
	b[8] = b[8]&0x3F | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// Parse parses an expression.
func (e *Engine) Parse(text string) (*Expression, error) {
	return e.parse(text, (*parser).expression)
}

// ParseUnaryTests parses unary tests, such as < 3 or "a","b". Their input is the
// variable cellInput.
func (e *Engine) ParseUnaryTests(text string) (*Expression, error) {
	return e.parse(text, (*parser).unaryTestsText)
}

func (e *Engine) parse(text string, rule func(*parser) *node) (x *Expression, err error) {
	if len(text) > e.limits.Source {
		return nil, &Error{Kind: ErrParse, Message: fmt.Sprintf("the expression has more than %d bytes", e.limits.Source)}
	}
	p := newParser(text, &e.zones)
	defer func() {
		if failed := recover(); failed != nil {
			x, err = nil, asFailure(failed)
			return
		}
		p.release()
	}()
	n, err := p.parseText(rule)
	if err != nil {
		return nil, err
	}
	c := compiler{engine: e}
	return &Expression{engine: e, text: text, eval: c.compile(n), keepsScope: n.captures}, nil
}
