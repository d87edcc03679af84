package fakegateway

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Guard decides by its Authorization header whether a call is let in. Its errors
// are told to the caller, as those of a cluster that does not know who calls.
type Guard func(authorization string) error

func (g Guard) interceptors() []grpc.ServerOption {
	if g == nil {
		return nil
	}
	return []grpc.ServerOption{
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := g.admit(ctx); err != nil {
				return nil, err
			}
			return next(ctx, req)
		}),
		grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			if err := g.admit(s.Context()); err != nil {
				return err
			}
			return next(srv, s)
		}),
	}
}

func (g Guard) admit(ctx context.Context) error {
	if err := g(strings.Join(metadata.ValueFromIncomingContext(ctx, "authorization"), ", ")); err != nil {
		return status.Error(codes.Unauthenticated, err.Error())
	}
	return nil
}

func (g Guard) before(next http.Handler) http.Handler {
	if g == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g(strings.Join(r.Header.Values("Authorization"), ", ")); err != nil {
			problem(w, http.StatusUnauthorized, "Unauthorized", err.Error())
			return
		}
		next.ServeHTTP(w, r)
	})
}
