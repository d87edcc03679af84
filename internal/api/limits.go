package api

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// Limits are what one client may ask for. The zero value of each means its
// default; callers of this process itself are held to the sizes only.
type Limits struct {
	Body     int64         // bytes of a JSON body
	Depth    int           // of lists and objects within each other in a JSON body
	Rate     float64       // requests of a token a second, over some time; negative: no limit
	Burst    int           // requests of a token at once
	Patience time.Duration // how long a client may take for a body, and pause in a stream
}

// Defaults of the Limits.
const (
	DefaultBody     = 16 << 20
	DefaultDepth    = 100
	DefaultRate     = 1000
	DefaultBurst    = 2000
	DefaultPatience = time.Minute
)

// Of somebody without a valid token, by address: enough for a mistake in a
// script, too little to keep the store and the log busy.
const (
	strangerRate  = 20
	strangerBurst = 200
)

func (l Limits) orDefaults() Limits {
	if l.Body == 0 {
		l.Body = DefaultBody
	}
	if l.Depth == 0 {
		l.Depth = DefaultDepth
	}
	if l.Rate == 0 {
		l.Rate = DefaultRate
	}
	if l.Burst == 0 {
		l.Burst = DefaultBurst
	}
	if l.Patience == 0 {
		l.Patience = DefaultPatience
	}
	return l
}

// throttle holds callers to a rate, each by a name.
type throttle struct {
	mu    sync.Mutex
	rate  rate.Limit
	burst int
	now   func() time.Time
	known map[string]*rate.Limiter
}

// maxCallers bounds memory; a full table is emptied, which favours callers.
const maxCallers = 10_000

func newThrottle(perSecond float64, burst int, now func() time.Time) *throttle {
	return &throttle{rate: rate.Limit(perSecond), burst: burst, now: now, known: map[string]*rate.Limiter{}}
}

// take uses up one request. When none is left it tells how long to wait.
func (t *throttle) take(name string) (wait time.Duration, ok bool) {
	if t.rate < 0 {
		return 0, true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.known[name]
	if l == nil {
		if len(t.known) >= maxCallers {
			clear(t.known)
		}
		l = rate.NewLimiter(t.rate, t.burst)
		t.known[name] = l
	}
	r := l.ReserveN(t.now(), 1)
	if wait = r.DelayFrom(t.now()); wait > 0 {
		r.CancelAt(t.now())
		return wait, false
	}
	return 0, true
}

// admit holds a known caller to the rate of its token, and a stranger to that
// of its address.
func (a *API) admit(r *http.Request, actor authz.Actor, why error) error {
	if _, inProcess := actorOf(r.Context()); inProcess {
		return why
	}
	if why == nil {
		wait, ok := a.callers.take(actor.Tenant + "|" + actor.ID)
		if ok {
			return nil
		}
		return a.limited("rate", wait, "This token has used up its rate of requests.", "Send fewer requests a second, or have the server's setting rate raised.")
	}
	peer, _ := addrOf(r.RemoteAddr)
	if e := connector.AsError(why); e.Status == http.StatusUnauthorized {
		if wait, ok := a.strangers.take(peer.String()); !ok {
			return a.limited("strangers", wait, "Too many requests without a valid token came from this address.", "Check the token, then try again.")
		}
	}
	return why
}

// tooMany is an error that tells when to come back.
type tooMany struct {
	error
	wait time.Duration
}

// Unwrap gives the error.
func (t *tooMany) Unwrap() error { return t.error }

func (a *API) limited(limit string, wait time.Duration, message, fix string) error {
	a.Telemetry.Limited(limit)
	return &tooMany{&connector.Error{Kind: connector.Limited, Message: message, Fix: fix}, wait}
}

// retryAfter is in whole seconds, at least one.
func retryAfter(err error) string {
	wait := time.Second
	if t, ok := errors.AsType[*tooMany](err); ok {
		wait = t.wait
	}
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}

// checkDepth refuses JSON whose parts lie too deep in each other, before
// anything reads it. Text that is not JSON is left to the reader.
func checkDepth(raw []byte, limit int) error {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return invalid("", fmt.Sprintf("The body has more than %d lists and objects within each other.", limit), "Send it flatter, or store it as a file and pass its ID.")
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
