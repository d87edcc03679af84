// Package derive turns declarations of integrations into everything that is
// shown of them: OpenAPI operations, command line flags and reference pages.
// Its functions are pure: the same declaration gives the same bytes.
package derive

//go:generate go run ./gen
