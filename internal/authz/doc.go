// Package authz says who acts and what they may do: scopes, actors and the
// tokens that stand for them. It holds no state and reads no clock; callers
// keep token records and pass the time in.
package authz
