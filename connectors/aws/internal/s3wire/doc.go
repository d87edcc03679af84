// Package s3wire sends S3 requests about objects over pooled HTTP/1.1
// connections. It does by itself what costs a general client most per request:
// it signs (AWS Signature Version 4), reads the small XML answers, and repeats
// what failed. It opens no connection and reads no clock, file or environment:
// transport, clock and credentials are given to New.
//
// Every failure is an *Error. Where the service answered it carries the
// status, code, message and request IDs, filled from the HTTP answer where the
// body was empty; where it did not, Err says why. Error.Explain gives the
// *connector.Error that people see.
//
// Payloads. A payload whose SHA-256 the caller knows is signed with it. Else,
// over https, payloads travel as UNSIGNED-PAYLOAD; small ones with a checksum
// in a header (CRC32 to AWS, Content-MD5 to others). Over http every payload is
// signed, there being no other integrity: a small one from memory, a large one
// that can be opened again by reading it twice, one that cannot in signed
// chunks. Trailing checksums are never sent: old services refuse them.
package s3wire
