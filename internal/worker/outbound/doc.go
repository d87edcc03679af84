// Package outbound is the life cycle of one job: its headers, its secrets, the
// function, the result and error expressions, and what the engine is told in
// the end. It also makes a job type of every command.
package outbound
