package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// actuator is the second port of a worker, where the probes and scrapers of
// Camunda's connector runtime look for it. It answers nothing but them: no token
// crosses it, so that it may listen on all interfaces.
type actuator struct {
	listener net.Listener
	server   *http.Server
}

// listenActuator opens the port that the environment names under Spring's
// names; nil when it names none.
func (a *App) listenActuator(ctx context.Context) (*actuator, error) {
	addr, name, err := actuatorAddress(a.lookupEnv)
	if err != nil || addr == "" {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, &connector.Error{Kind: connector.Unavailable, Message: "Cannot listen on " + addr + ", which " + name + " names: " + err.Error() + ".", Fix: "Choose another port with " + name + ", or leave it out.", Err: err}
	}
	const limit = 10 * time.Second
	return &actuator{l, &http.Server{
		Handler: probesOnly(a.API), ReadHeaderTimeout: limit, ReadTimeout: limit, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}}, nil
}

// actuatorAddress reads where to listen, and under which name that was found.
func actuatorAddress(lookup func(string) (string, bool)) (addr, name string, err error) {
	for _, names := range [][2]string{{"MANAGEMENT_SERVER_PORT", "MANAGEMENT_SERVER_ADDRESS"}, {"SERVER_PORT", "SERVER_ADDRESS"}} {
		port, ok := lookup(names[0])
		if port = strings.TrimSpace(port); !ok || port == "" || port == "-1" { // Spring's word for none
			continue
		}
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return "", "", connector.InvalidField("/"+names[0], "The variable "+names[0]+" is not a port.", "Write a number from 0 to 65535, such as 8080.")
		}
		host, _ := lookup(names[1])
		return net.JoinHostPort(strings.TrimSpace(host), port), names[0], nil
	}
	return "", "", nil
}

// probesOnly lets requests for health and figures through, and needs no token
// for them: who opened the port wants them read.
func probesOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, api.Actuator+"/") || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		r.Header.Del("Authorization")
		next.ServeHTTP(w, r.WithContext(api.WithActor(r.Context(), authz.System(authz.DefaultTenant))))
	})
}

// run serves until ctx ends.
func (s *actuator) run(ctx context.Context, log *slog.Logger) {
	if s == nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { _ = s.server.Close() })
	defer stop()
	log.InfoContext(ctx, "health and figures are served", "address", s.listener.Addr().String())
	if err := s.server.Serve(s.listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		log.ErrorContext(ctx, "health and figures are no longer served", "error", err)
	}
}
