// Package egress attacks the way out: addresses that no request may reach, in
// every way in which one can be brought in, against listeners that would see it.
package egress
