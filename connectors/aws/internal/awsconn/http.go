package awsconn

import (
	"fmt"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/stall"
)

// stallClient ends a request on which nothing has moved for a while.
type stallClient struct {
	next  *http.Client
	limit time.Duration
}

// Do sends a request; the answer's body is watched until it is closed. The
// error of a stall is the context's cause, which the client below gives back.
func (c *stallClient) Do(req *http.Request) (*http.Response, error) {
	w := stall.New(req.Context(), c.limit, Stalled)
	req = req.WithContext(w.Context())
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = w.Request(req.Body)
	}
	resp, err := c.next.Do(req)
	if err != nil {
		w.Stop()
		return resp, err
	}
	resp.Body = w.Answer(resp.Body)
	return resp, nil
}

// Stalled is the error of a request that ended because nothing moved on it for
// a while.
func Stalled(limit time.Duration) error {
	return &connector.Error{
		Kind:    connector.Timeout,
		Message: fmt.Sprintf("The service sent or took nothing for %s.", limit),
		Fix:     "Try again; if the network is slow, raise Request Timeout in the connection.",
	}
}
