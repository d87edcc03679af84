// Package pb is the gRPC API of a Camunda 8 gateway, as far as a worker needs it.
package pb

//go:generate go -C gen run . ../../../../.. internal/worker/gateway/pb/gateway.proto
