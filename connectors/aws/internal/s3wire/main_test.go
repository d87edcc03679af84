package s3wire

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// nullEnv makes the test binary a server that answers without doing anything,
// so that its CPU time is not the client's.
const nullEnv = "FAIRLEAD_NULL_S3"

func TestMain(m *testing.M) {
	if scheme := os.Getenv(nullEnv); scheme != "" {
		serveNull(scheme)
		return
	}
	code := m.Run()
	if code == 0 {
		// What the sandbox's server leaves behind for a while.
		left := []goleak.Option{
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
			goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		}
		if err := goleak.Find(left...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// serveNull writes its address and certificate to stdout and serves until
// stdin ends.
func serveNull(scheme string) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(null))
	cert := ""
	if scheme == "https" {
		srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
		srv.StartTLS()
		cert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	} else {
		srv.Start()
	}
	defer srv.Close()
	fmt.Fprintf(os.Stdout, "%s\n%s\n", srv.URL, cert)
	_ = os.Stdout.Close()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// The null server's objects.
const nullSize = 4 << 10

func nullKey(i int) string { return fmt.Sprintf("some/folder/object-%06d.bin", i) }

var (
	nullBody = make([]byte, nullSize)
	nullList = thousand("ListBucketResult", `<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><KeyCount>1000</KeyCount>`,
		`<Contents><Key>%s</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><Size>4096</Size><StorageClass>STANDARD</StorageClass></Contents>`)
	nullDeleted = thousand("DeleteResult", "", "<Deleted><Key>%s</Key></Deleted>")
)

func thousand(root, head, each string) string {
	var w strings.Builder
	w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + root + ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + head)
	for i := range 1000 {
		fmt.Fprintf(&w, each, nullKey(i))
	}
	w.WriteString("</" + root + ">")
	return w.String()
}

func null(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	h := w.Header()
	h["X-Amz-Request-Id"] = []string{"R1"}
	switch {
	case r.Method == http.MethodPut:
		h["Etag"] = []string{`"5d41402abc4b2a76b9719d911017c592"`}
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPost:
		_, _ = io.WriteString(w, nullDeleted)
	case strings.Contains(r.URL.RawQuery, "list-type"):
		_, _ = io.WriteString(w, nullList)
	default:
		h["Etag"], h["Last-Modified"], h["Content-Type"] = []string{`"5d41402abc4b2a76b9719d911017c592"`}, []string{"Fri, 02 Jan 2026 03:04:05 GMT"}, []string{"application/octet-stream"}
		_, _ = w.Write(nullBody)
	}
}
