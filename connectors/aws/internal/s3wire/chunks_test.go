package s3wire

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// The example of signed chunks in the S3 API reference: 65 KiB of "a".
func TestChunkSignatures(t *testing.T) {
	cr := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	const long, size = "20130524T000000Z", 65 << 10
	s := &signer{}
	sig := signature{long: long, text: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", key: s.signingKey(&cr, "us-east-1", "s3", long)}
	c := newChunks(io.NopCloser(strings.NewReader(strings.Repeat("a", size))), size, sig)
	got, err := io.ReadAll(c)
	must(t, err)
	want := "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + strings.Repeat("a", 64<<10) + "\r\n" +
		"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + strings.Repeat("a", 1<<10) + "\r\n" +
		"0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
	if string(got) != want {
		t.Errorf("%d bytes, want %d; they begin %.120q and end %q", len(got), len(want), got, got[max(0, len(got)-120):])
	}
	if n := chunkedSize(size); n != int64(len(got)) || n != 66824 {
		t.Errorf("announced %d bytes, made %d", n, len(got))
	}
}

func TestChunkedSize(t *testing.T) {
	for _, size := range []int64{0, 1, 15, 16, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 4095} {
		c := newChunks(io.NopCloser(bytes.NewReader(make([]byte, size))), size, signature{key: &signingKey{}})
		n, err := io.Copy(io.Discard, c)
		must(t, err)
		if n != chunkedSize(size) {
			t.Errorf("%d bytes make %d, announced %d", size, n, chunkedSize(size))
		}
	}
}
