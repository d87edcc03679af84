package s3wire

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ListInput asks for one page of a bucket's objects.
type ListInput struct {
	Bucket, Prefix, Delimiter string
	StartAfter                string // a key
	Token                     string // the Next of the page before
	Max                       int    // at most 1,000; 0 is the service's maximum
}

// Item is one object of a page.
type Item struct {
	Key               string
	Modified          time.Time
	ETag              string // as the service gives it, with its quotes
	Size              int64
	StorageClass      string
	ChecksumAlgorithm []string
	ChecksumType      string
	Owner             *Owner
}

// Owner is who an object belongs to.
type Owner struct{ ID, DisplayName string }

// ListPage is a page in the order of the service.
type ListPage struct {
	Items          []Item
	CommonPrefixes []string
	KeyCount       int64 // 0 where the service leaves it out
	Truncated      bool
	Next           string
}

// List gives one page. Keys travel URL-encoded, because XML cannot carry every
// character that a key may have.
func (c *Client) List(ctx context.Context, in *ListInput) (*ListPage, error) {
	const op = "ListObjectsV2"
	if in.Bucket == "" {
		return nil, Ref{Key: "-"}.check(op)
	}
	query := []param{{"list-type", "2"}, {"encoding-type", "url"}}
	query = withParam(query, "prefix", in.Prefix)
	query = withParam(query, "delimiter", in.Delimiter)
	query = withParam(query, "start-after", in.StartAfter)
	query = withParam(query, "continuation-token", in.Token)
	return listed[ListPage](ctx, c, op, in.Bucket, "ListBucketResult", in.Max, query)
}

// page is one of a list of keys, while it is read.
type page[T any] interface {
	*T
	element(s *scanner, name []byte, encoded *bool) error
	decode() // the keys
}

// listed asks for a page of what a bucket holds; root is the element it comes
// in. A try that is repeated begins the page anew.
func listed[T any, P page[T]](ctx context.Context, c *Client, op, bucket, root string, most int, query []param) (*T, error) {
	if most > 0 {
		query = append(query, param{"max-keys", strconv.Itoa(most)})
	}
	var got P
	err := c.do(ctx, &call{op: op, method: http.MethodGet, bucket: bucket, query: query, take: func(a *answer) error {
		got = new(T)
		encoded := false
		err := a.document(root, func(s *scanner, name []byte) error { return got.element(s, name, &encoded) })
		if err == nil && encoded {
			got.decode()
		}
		return err
	}})
	if err != nil {
		return nil, err
	}
	return got, nil
}

func (p *ListPage) element(s *scanner, name []byte, encoded *bool) (err error) {
	switch string(name) {
	case "Contents":
		p.Items = append(p.Items, Item{})
		return s.item(&p.Items[len(p.Items)-1])
	case "CommonPrefixes":
		return s.prefix(&p.CommonPrefixes)
	case "KeyCount":
		return s.number(&p.KeyCount)
	case "IsTruncated":
		return s.boolean(&p.Truncated)
	case "NextContinuationToken":
		p.Next, err = s.text()
		return err
	case "EncodingType":
		return s.isURL(encoded)
	}
	return s.skip()
}

// prefix adds a common prefix.
func (s *scanner) prefix(to *[]string) error {
	return s.each(func(name []byte) error {
		if string(name) != "Prefix" {
			return s.skip()
		}
		prefix, err := s.text()
		*to = append(*to, prefix)
		return err
	})
}

func (s *scanner) isURL(to *bool) error {
	b, err := s.raw()
	*to = string(b) == "url"
	return err
}

func (s *scanner) item(o *Item) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "Key":
			o.Key, err = s.text()
		case "LastModified":
			o.Modified, err = s.time()
		case "ETag":
			o.ETag, err = s.text()
		case "Size":
			err = s.number(&o.Size)
		case "StorageClass":
			o.StorageClass, err = s.word()
		case "ChecksumAlgorithm":
			var a string
			a, err = s.word()
			o.ChecksumAlgorithm = append(o.ChecksumAlgorithm, a)
		case "ChecksumType":
			o.ChecksumType, err = s.word()
		case "Owner":
			o.Owner = &Owner{}
			err = s.owner(o.Owner)
		default:
			err = s.skip()
		}
		return err
	})
}

func (s *scanner) owner(o *Owner) error {
	return s.each(func(name []byte) (err error) {
		switch string(name) {
		case "ID":
			o.ID, err = s.text()
		case "DisplayName":
			o.DisplayName, err = s.text()
		default:
			err = s.skip()
		}
		return err
	})
}

// word is the text of an element that mostly holds one of a few words.
func (s *scanner) word() (string, error) {
	b, err := s.raw()
	switch string(b) {
	case "STANDARD":
		return "STANDARD", err
	case "CRC64NVME":
		return "CRC64NVME", err
	case "FULL_OBJECT":
		return "FULL_OBJECT", err
	}
	return string(b), err
}

// time reads an ISO 8601 time; what is none gives the zero time.
func (s *scanner) time() (time.Time, error) {
	b, err := s.raw()
	if err != nil {
		return time.Time{}, err
	}
	t, bad := time.Parse(time.RFC3339Nano, string(b))
	if bad != nil {
		return time.Time{}, nil
	}
	return t, nil
}

func (p *ListPage) decode() {
	for i := range p.Items {
		p.Items[i].Key = decodeKey(p.Items[i].Key)
	}
	decodeKeys(p.CommonPrefixes)
}

func decodeKeys(keys []string) {
	for i, x := range keys {
		keys[i] = decodeKey(x)
	}
}

// decodeKey undoes the encoding of a key; one that is not encoded after all
// stays.
func decodeKey(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}
