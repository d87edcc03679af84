package s3

import (
	"context"
	"fmt"

	"github.com/fairlead-io/fairlead/connector"
)

// move is what all files of one Move Files share.
type move struct {
	c         *client
	in        *MoveFilesIn
	targets   []string
	versioned bool
}

func (m *move) source(key string) ref { return ref{Bucket: m.in.SourceBucket, Key: key} }
func (m *move) target(key string) ref { return ref{Bucket: m.in.DestinationBucket, Key: key} }

// one copies, verifies and only then deletes. A failure leaves the source as
// it was.
func (m *move) one(ctx context.Context, src, dst string, it *connector.Item) (*MovedFile, error) {
	if m.source(src) == m.target(dst) {
		return nil, ontoItself(src)
	}
	o, err := m.c.Head(ctx, m.source(src))
	if err != nil {
		return nil, m.missing(err, src)
	}
	w, err := m.copy(ctx, src, dst, o)
	if err != nil {
		return nil, err
	}
	if err := m.verify(ctx, dst, o, w); err != nil {
		return nil, err
	}
	it.AddBytes(o.Size)
	f := &MovedFile{
		SourceKey: src, DestinationKey: dst, Size: o.Size, CopySourceVersionID: first(w.SourceVersion, o.Version), VersionID: w.Version,
		CopyObjectResult: CopyResult{ETag: withQuotes(w.ETag), LastModified: iso(w.Modified), Checksums: w.Checksum},
	}
	if err := m.remove(ctx, src, o, f); err != nil {
		return nil, prefixed(err, `The file was copied to "`+dst+`", but the source was not deleted: `)
	}
	return f, nil
}

func ontoItself(key string) error {
	return &connector.Error{
		Kind: connector.Invalid, Code: "InvalidRequest", Item: key,
		Message: `The file "` + key + `" cannot be moved onto itself.`,
		Fix:     "Choose another Destination Path or Destination Bucket Name.",
	}
}

// missing says of a HEAD's bare 404 what is missing.
func (m *move) missing(err error, src string) error {
	if !notFound(err) {
		return err
	}
	e := *connector.AsError(err)
	e.Fix = `Check the path "` + src + `" with List Bucket Objects of bucket "` + m.in.SourceBucket + `".`
	return &e
}

func (m *move) copy(ctx context.Context, src, dst string, o *object) (*written, error) {
	req := copyRequest{From: m.source(src), To: m.target(dst), ETag: o.ETag, headers: o.headers}
	if m.versioned {
		req.From.Version = o.Version // exactly what was looked at
	}
	if o.Size <= m.c.s.limits.copyMax {
		return m.c.Copy(ctx, req)
	}
	h := o.headers
	if o.Tags > 0 {
		tags, err := m.c.tagging(ctx, req.From)
		if err != nil {
			return nil, err
		}
		h.Tagging = tags
	}
	step := partSize(max(m.c.s.limits.part, m.c.s.limits.copyMax/16), o.Size)
	return multipart(ctx, m.c, req.To, h, multipartPlan{
		count: int((o.Size + step - 1) / step), workers: m.c.s.concurrency,
		part: func(ctx context.Context, id string, i int) (string, error) {
			from := int64(i) * step
			return m.c.CopyPart(ctx, req, id, int32(i+1), from, min(from+step, o.Size)-1) // at most 10,000
		},
	})
}

// verify makes sure of the copy before the source is deleted: by ETag or
// checksum where both sides state one of the whole object, and by size.
func (m *move) verify(ctx context.Context, dst string, o *object, w *written) error {
	if plainMD5.MatchString(o.ETag) && o.ETag == w.ETag {
		return nil
	}
	n, err := m.c.Head(ctx, m.target(dst))
	if err != nil {
		return prefixed(err, "The copy cannot be verified, the source was kept: ")
	}
	problem := ""
	if n.Size != o.Size {
		problem = fmt.Sprintf("it has %d bytes, the source %d", n.Size, o.Size)
	}
	for algorithm, sum := range o.Checksum {
		if other, both := n.Checksum[algorithm]; both && other != sum && problem == "" {
			problem = "its " + algorithm + " differs from the source's"
		}
	}
	if problem == "" {
		return nil
	}
	return &connector.Error{
		Kind: connector.Unavailable, Operation: "CopyObject",
		Message: `The copy "` + dst + `" is not like the source: ` + problem + ". The source was kept.",
		Fix:     "Delete the copy and try again.",
	}
}

func (m *move) remove(ctx context.Context, src string, o *object, f *MovedFile) error {
	if m.versioned && m.in.RemoveAllVersions {
		return m.removeVersions(ctx, src, f)
	}
	d, err := m.c.DeleteIf(ctx, m.source(src), o.ETag)
	if err != nil {
		return err
	}
	f.DeleteMarker, f.DeleteMarkerVersionID = d.DeleteMarker, d.DeleteMarkerVersionID
	return nil
}

func (m *move) removeVersions(ctx context.Context, src string, f *MovedFile) error {
	refs, _, err := m.c.versionsOf(ctx, m.in.SourceBucket, src)
	if err != nil {
		return err
	}
	for len(refs) > 0 {
		n := min(pageSize, len(refs))
		a, err := m.c.DeleteMany(ctx, m.in.SourceBucket, refs[:n])
		if err != nil {
			return err
		}
		if len(a.Errors) > 0 {
			return a.Errors[0].explain()
		}
		f.RemovedVersions += n
		refs = refs[n:]
	}
	return nil
}

// plan tells whether the destination would be new or replaced; the source is
// deleted afterwards in both cases.
func (m *move) plan(ctx context.Context, src, dst string) (connector.PlanStep, error) {
	step := connector.PlanStep{Item: src, Action: connector.PlanNone}
	if m.source(src) == m.target(dst) {
		return step, nil
	}
	o, err := m.c.Head(ctx, m.source(src))
	if notFound(err) {
		return step, nil
	}
	if err != nil {
		return step, err
	}
	step.Size = o.Size
	_, err = m.c.Head(ctx, m.target(dst))
	switch {
	case err == nil:
		step.Action = connector.PlanReplace
	case notFound(err):
		step.Action = connector.PlanCreate
	default:
		return step, err
	}
	return step, nil
}
