// Package recorded plays the jobs that were once given to Camunda's connector
// runtimes to another runtime, and compares what comes out.
//
// It holds the recordings' form, the servers that stand around a runtime (job
// gateway, document store, web server, and a proxy before the S3 server), the
// process that is tested, and the comparison. README.md of test/camunda gives the
// rules of the comparison.
package recorded
