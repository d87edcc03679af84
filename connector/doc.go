// Package connector is the vocabulary in which integrations are written: an
// Integration has a Connection and Commands, a command has an Effect, takes a
// typed input and gives a typed output, reports Items and fails with an Error
// of a Kind. It does no I/O of its own.
//
// A command is declared once: struct tags on its input and output are the only
// declaration, and everything else (validation, OpenAPI, CLI flags, forms,
// reference pages) is derived from the schema read from them. See package
// schema for the tags.
package connector
