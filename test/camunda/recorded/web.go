package recorded

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// web is where external documents are. Every answer is constant.
func web(w http.ResponseWriter, r *http.Request) {
	w.Header()["Date"] = nil
	say := func(code int, contentType, body string) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch parts[0] {
	case "json":
		say(200, "application/json", `{"a":1,"b":"two","c":[1,2,3],"d":{"e":null,"f":true},"g":12345678901234567890,"h":1.50}`)
	case "list":
		say(200, "application/json", `[1,2,3]`)
	case "text":
		say(200, "text/plain", `just text`)
	case "empty":
		w.WriteHeader(http.StatusNoContent)
	case "status":
		n, err := strconv.Atoi(parts[len(parts)-1])
		if err != nil {
			n = http.StatusBadRequest
		}
		say(n, "application/json", fmt.Sprintf(`{"reason":"status %d","detail":{"n":%d}}`, n, n))
	case "echo":
		say(200, "application/json", echo(r))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func echo(r *http.Request) string {
	b, _ := io.ReadAll(r.Body)
	var body any
	if json.Unmarshal(b, &body) != nil {
		body = string(b)
	}
	var headers []string
	for k, v := range r.Header {
		if strings.HasPrefix(k, "X-") {
			headers = append(headers, k+": "+strings.Join(v, ","))
		}
	}
	slices.Sort(headers)
	return print(map[string]any{"method": r.Method, "path": r.URL.Path, "body": body, "headers": headers})
}
