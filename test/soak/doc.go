// Package soak puts the program under load for long, and ends it while it works.
package soak
