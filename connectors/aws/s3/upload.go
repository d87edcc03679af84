package s3

import (
	"context"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// upload is one stored file on its way into a bucket.
type upload struct {
	id       string
	words    string // what its error begins with
	ifExists string
	blob     connector.Blob
	to       ref
	err      error
	again    bool // the same file came before

	plane   plane
	item    *connector.Item
	limits  transferLimits
	workers int // parts at the same time
}

func (u *upload) run(ctx context.Context) (*written, outcome, error) {
	onlyNew := u.ifExists != ifExistsOverwrite
	if onlyNew {
		_, err := u.plane.Head(ctx, u.to)
		if err == nil {
			return u.taken()
		}
		if !notFound(err) {
			return nil, outcome{}, err
		}
	}
	w, err := u.send(ctx, onlyNew)
	if onlyNew && unsupported(err) { // no conditional writes here; the look before has to do
		w, err = u.send(ctx, false)
	}
	if onlyNew && err != nil && connector.AsError(err).Status == http.StatusPreconditionFailed {
		return u.taken()
	}
	return w, outcome{}, err
}

// taken ends an item whose path has an object already.
func (u *upload) taken() (*written, outcome, error) {
	if u.ifExists == ifExistsSkip {
		return nil, outcome{skipped: true, message: `The path "` + u.to.Key + `" exists.`}, nil
	}
	return nil, outcome{}, &connector.Error{
		Kind: connector.Conflict, Operation: "PutObject",
		Message: `The path "` + u.to.Key + `" exists already in bucket "` + u.to.Bucket + `".`,
		Fix:     "Set If Exists to Overwrite or Skip, or choose another Bucket Folder.",
	}
}

func (u *upload) send(ctx context.Context, onlyNew bool) (*written, error) {
	info := u.blob.Info()
	h := headers{ContentType: u.contentType()}
	if info.Size >= u.limits.threshold {
		return u.inParts(ctx, h, onlyNew)
	}
	body := newSection(ctx, u.blob, 0, info.Size, u.item.AddBytes)
	return u.plane.Put(ctx, u.to, putRequest{headers: h, Body: body, SHA256: info.SHA256, MD5: info.MD5, OnlyNew: onlyNew})
}

func (u *upload) contentType() string {
	info := u.blob.Info()
	return first(info.ContentType, mime.TypeByExtension(path.Ext(info.Name)), "application/octet-stream")
}

// maxParts is the most parts that S3 takes for one object.
const maxParts = 10000

// partSize is the part size for an object: the usual one, or larger in whole
// MiB where it would take too many.
func partSize(usual, size int64) int64 {
	if least := (size + maxParts - 1) / maxParts; least > usual {
		const mib = 1 << 20
		return (least + mib - 1) / mib * mib
	}
	return usual
}

func (u *upload) inParts(ctx context.Context, h headers, onlyNew bool) (*written, error) {
	size := u.blob.Info().Size
	step := partSize(u.limits.part, size)
	return multipart(ctx, u.plane, u.to, h, multipartPlan{
		count: int((size + step - 1) / step), workers: u.workers, onlyNew: onlyNew,
		part: func(ctx context.Context, id string, i int) (string, error) {
			from := int64(i) * step
			return u.plane.Part(ctx, u.to, id, int32(i+1), newSection(ctx, u.blob, from, min(step, size-from), u.item.AddBytes)) // at most 10,000
		},
	})
}

type multipartPlan struct {
	count   int
	workers int
	onlyNew bool
	part    func(ctx context.Context, id string, i int) (etag string, err error)
}

// multipart makes an object of parts; when one fails, or the caller gives up,
// the others are stopped and the upload is aborted, so that nothing stays that
// costs storage.
func multipart(ctx context.Context, p plane, to ref, h headers, plan multipartPlan) (*written, error) {
	id, err := p.Begin(ctx, to, h)
	if err != nil {
		return nil, err
	}
	w, err := sendParts(ctx, p, to, id, plan)
	if err == nil {
		return w, nil
	}
	if left := abort(context.WithoutCancel(ctx), p, to, id); left != nil {
		e := *connector.AsError(err)
		e.Fix = "Parts of the upload may remain and cost storage: " + connector.AsError(left).Message + " Remove them with a lifecycle rule (AbortIncompleteMultipartUpload). " + e.Fix
		return nil, &e
	}
	return nil, err
}

const (
	abortTimeout = 30 * time.Second
	abortTries   = 4
	abortPause   = 50 * time.Millisecond
)

// abort drops an upload until the service no longer knows it: a part that was
// still on its way may otherwise outlive the first try.
func abort(ctx context.Context, p plane, to ref, id string) error {
	ctx, cancel := context.WithTimeout(ctx, abortTimeout)
	defer cancel()
	for try := range abortTries {
		err := p.Abort(ctx, to, id)
		if notFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		pause(ctx, abortPause<<try)
	}
	return nil // it was accepted each time; some services never say that it is gone
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func sendParts(ctx context.Context, p plane, to ref, id string, plan multipartPlan) (*written, error) {
	parts, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	etags := make([]string, plan.count)
	_ = connector.Each(parts, plan.workers, plan.count, func(i int) { // its error is the cause below
		etag, err := plan.part(parts, id, i)
		if err != nil {
			stop(err)
		}
		etags[i] = etag
	})
	if err := context.Cause(parts); err != nil {
		return nil, err
	}
	return p.Complete(ctx, to, id, etags, plan.onlyNew)
}

func (u *upload) report(w *written) *UploadedFile {
	info := u.blob.Info()
	return &UploadedFile{
		FileID: u.id, FileName: info.Name, Key: u.to.Key, Size: info.Size, ETag: withQuotes(w.ETag), VersionID: w.Version,
		SSE: w.SSE, Checksums: w.Checksum, Type: u.contentType(), SHA256: info.SHA256,
	}
}
