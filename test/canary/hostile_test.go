package canary

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"
)

// hostile is a cloud, and a proxy, that knows all secrets and answers every
// request with a refusal that holds them all, and the request besides: in the
// body, in the shapes that clouds give refusals, and in headers.
type hostile struct {
	*httptest.Server
	mu    sync.Mutex
	said  string
	count int
}

func startHostile(t *testing.T) *hostile {
	t.Helper()
	h := &hostile{}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hostile) tell(said string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said = said
}

// refusal fits what reads XML as S3 sends it; what reads JSON finds its fields
// in the same words behind it.
type refusal struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := httputil.DumpRequest(r, true)
	if err != nil {
		request = []byte(err.Error())
	}
	user, password, _ := r.BasicAuth()
	h.mu.Lock()
	h.count++
	n, text := h.count, h.said+string(request)+" "+user+":"+password
	h.mu.Unlock()
	line := strings.Join(strings.Fields(text), " ")
	w.Header().Set("X-Amz-Request-Id", line)
	w.Header().Set("X-Ms-Request-Id", line)
	w.Header().Set("Location", "http://elsewhere.invalid/?"+line)
	w.Header().Set("Www-Authenticate", `Bearer realm="`+line+`"`)
	// In turn; the last is tried again by clients, which takes its time.
	status := []int{http.StatusForbidden, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict}[n%4]
	if n%17 == 0 {
		status = http.StatusInternalServerError
	}
	if strings.Contains(r.Header.Get("Accept"), "json") {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"code":%q,"message":%q},"error_description":%q}`, "Refused", line, line)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(refusal{Code: "Refused", Message: text, RequestID: line}) // a client that went away
}
