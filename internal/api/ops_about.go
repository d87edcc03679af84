package api

import (
	"context"
	"net/http"
	"runtime/debug"

	"github.com/fairlead-io/fairlead/internal/authz"
)

type aboutView struct {
	Version
	Modules []moduleView `json:"modules" doc:"The Go modules that the program was built from."`
}

type moduleView struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

func (a *API) aboutOps() {
	register(a, operation{id: "about", method: http.MethodGet, path: Base + "/about", tag: "System", summary: "Tell what the program is built from"},
		func(context.Context, authz.Actor, *none) (*answer[aboutView], error) {
			return ok(aboutView{a.Version, modules()})
		})
}

// modules is what the linker wrote into the program.
func modules() []moduleView {
	out := []moduleView{}
	info, found := debug.ReadBuildInfo()
	if !found {
		return out
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		out = append(out, moduleView{m.Path, m.Version})
	}
	return out
}
