// Package azuresim is an Azure that runs inside this process: Entra's token
// endpoint, the part of Azure Resource Manager that knows Key Vault, and the
// vaults themselves, with real keys, secrets and certificates. It keeps its
// state in memory and forgets it on Close.
//
// It exists so that the Key Vault integration can be tried and tested without
// an account, therefore it refuses what Azure refuses: every request must bear
// a token signed by this simulator for the right audience and tenant, and every
// operation is checked against role assignments, access policies and the
// vault's firewall. Error bodies have Azure's codes and texts.
//
// Everything is served over TLS on one loopback listener, told apart by host:
//
//	login.sandbox.localhost           Entra
//	management.sandbox.localhost      Azure Resource Manager
//	<vault>.vault.sandbox.localhost   the data plane of one vault
//	127.0.0.1, localhost              Entra and ARM, told apart by path
//
// A client needs two things: the certificate authority of [Server.CAPEM], and a
// dialer that sends names below localhost to the loopback interface (RFC 6761;
// Go's resolver does not always do so) or asks [Server.Resolve].
package azuresim
