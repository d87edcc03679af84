// Package schemathesis lets a program of others read our OpenAPI document and
// ask whatever it allows, and what it does not: nothing may be answered with a
// status of 500 or above.
package schemathesis
