package s3wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers are what is kept of an object besides its bytes.
type Headers struct {
	ContentType, ContentEncoding, ContentDisposition, ContentLanguage, CacheControl string
	StorageClass                                                                    string
	Metadata                                                                        map[string]string
	Tagging                                                                         string // URL-encoded: "a=b&c=d"
	Expires                                                                         *time.Time
}

const metadataPrefix = "X-Amz-Meta-"

func (h *Headers) fields() []field {
	list := make([]field, 0, 8+len(h.Metadata))
	list = with(list, "Content-Type", h.ContentType)
	list = with(list, "Content-Encoding", h.ContentEncoding)
	list = with(list, "Content-Disposition", h.ContentDisposition)
	list = with(list, "Content-Language", h.ContentLanguage)
	list = with(list, "Cache-Control", h.CacheControl)
	list = with(list, "X-Amz-Storage-Class", h.StorageClass)
	list = with(list, "X-Amz-Tagging", h.Tagging)
	if h.Expires != nil {
		list = append(list, field{"Expires", h.Expires.UTC().Format(http.TimeFormat)})
	}
	for k, v := range h.Metadata {
		list = append(list, field{http.CanonicalHeaderKey(metadataPrefix + k), v})
	}
	return list
}

// with adds a header that has a value.
func with(list []field, name, value string) []field {
	if value == "" {
		return list
	}
	return append(list, field{name, value})
}

func withParam(list []param, name, value string) []param {
	if value == "" {
		return list
	}
	return append(list, param{name, value})
}

// readHeaders takes an object's headers from an answer.
func readHeaders(h http.Header) Headers {
	out := Headers{
		ContentType: h.Get("Content-Type"), ContentEncoding: h.Get("Content-Encoding"), ContentDisposition: h.Get("Content-Disposition"),
		ContentLanguage: h.Get("Content-Language"), CacheControl: h.Get("Cache-Control"), StorageClass: h.Get("X-Amz-Storage-Class"),
	}
	for name, values := range h {
		if rest, ok := strings.CutPrefix(name, metadataPrefix); ok {
			if out.Metadata == nil {
				out.Metadata = map[string]string{}
			}
			out.Metadata[strings.ToLower(rest)] = values[0]
		}
	}
	if t, err := http.ParseTime(h.Get("Expires")); err == nil {
		out.Expires = &t
	}
	return out
}

// checksums gives the checksums of the whole object that an answer states, by
// algorithm, in base64; nil where they are of the parts.
func checksums(h http.Header) map[string]string {
	if h.Get("X-Amz-Checksum-Type") == "COMPOSITE" {
		return nil // a checksum of checksums says nothing of the whole
	}
	m := map[string]string{}
	for name, values := range h {
		algorithm, ok := strings.CutPrefix(name, "X-Amz-Checksum-")
		if !ok || values[0] == "" || strings.Contains(values[0], "-") {
			continue
		}
		switch a := strings.ToUpper(algorithm); a {
		case "CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME":
			m[a] = values[0]
		}
	}
	return m
}

// number reads a header that holds one; 0 where it does not.
func number(h http.Header, name string) int64 {
	n, err := strconv.ParseInt(h.Get(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func date(h http.Header, name string) time.Time {
	t, err := http.ParseTime(h.Get(name))
	if err != nil {
		return time.Time{}
	}
	return t
}
