package s3wire

import "strings"

const hexUpper = "0123456789ABCDEF"

// unreserved tells the bytes that SigV4 leaves alone.
func unreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.' || b == '~'
}

// escape encodes for a path (slashes stay) or a query as SigV4 wants it; it
// gives s itself where there is nothing to encode.
func escape(s string, path bool) string {
	n := 0
	for i := range len(s) {
		if b := s[i]; !unreserved(b) && (!path || b != '/') {
			n++
		}
	}
	if n == 0 {
		return s
	}
	var w strings.Builder
	w.Grow(len(s) + 2*n)
	for i := range len(s) {
		if b := s[i]; unreserved(b) || path && b == '/' {
			w.WriteByte(b)
		} else {
			w.WriteByte('%')
			w.WriteByte(hexUpper[b>>4])
			w.WriteByte(hexUpper[b&15])
		}
	}
	return w.String()
}

// keepSlashes writes the second of two slashes of an escaped key as %2F, also one
// that follows the bucket's: much that stands between us and a server takes two
// slashes for one, which would name another object. What is signed has the slash.
func keepSlashes(key string) string {
	if !strings.HasPrefix(key, "/") && !strings.Contains(key, "//") {
		return key
	}
	return strings.ReplaceAll("/"+key, "//", "/%2F")[1:]
}

// param is one parameter of a query; without a value it still gets its "=".
type param struct{ name, value string }

// encodeQuery sorts the parameters in place and joins them, which makes the
// query as it is sent and as it is signed.
func encodeQuery(list []param) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return escape(list[0].name, false) + "=" + escape(list[0].value, false)
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && (list[j].name < list[j-1].name || list[j].name == list[j-1].name && list[j].value < list[j-1].value); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	var w strings.Builder
	for i, p := range list {
		if i > 0 {
			w.WriteByte('&')
		}
		w.WriteString(escape(p.name, false))
		w.WriteByte('=')
		w.WriteString(escape(p.value, false))
	}
	return w.String()
}

// CopySource is an object as the header x-amz-copy-source names it.
func CopySource(bucket, key, version string) string {
	src := bucket + "/" + escape(key, true)
	if version != "" {
		src += "?versionId=" + escape(version, false)
	}
	return src
}
