// Package worker runs the program as a worker of a Camunda 8 cluster that lives
// in the test, beside a cloud that lives there too.
package worker
