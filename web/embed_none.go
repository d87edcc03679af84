//go:build no_web

package web

import "net/http"

// Handler says that this program was built without the console.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "This program was built without its console. Its API is described at /openapi.json.", http.StatusNotFound)
	})
}
