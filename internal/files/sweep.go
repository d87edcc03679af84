package files

import (
	"context"
	"errors"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
)

const sweepPage = 100

// SweepExpired deletes the files of all tenants whose time is over and tells
// how many. A file that cannot be deleted does not keep the others.
func (s *Service) SweepExpired(ctx context.Context) (int, error) {
	n := 0
	for {
		due, err := s.Records.ExpiredFiles(ctx, store.Micros(s.Now()), sweepPage)
		if err != nil {
			return n, recordError(err, 0)
		}
		done, err := s.RemoveAll(ctx, due, audit.KindFileExpired)
		n += done
		// Without progress the same files would come again and again.
		if err != nil && done == 0 || len(due) < sweepPage {
			return n, err
		}
	}
}

// RemoveAll deletes files in the name of the program, each with an audit entry
// of a kind, and tells how many. A file that cannot be deleted does not keep the
// others; one that is gone already is no error.
func (s *Service) RemoveAll(ctx context.Context, due []store.File, kind string) (int, error) {
	n, failed := 0, error(nil)
	for _, rec := range due {
		switch err := s.remove(ctx, rec, kind, authz.System(rec.Tenant).ID); {
		case err == nil:
			n++
		case connector.AsError(err).Kind == connector.NotFound:
		case ctx.Err() != nil:
			return n, err
		default:
			failed = errors.Join(failed, err)
		}
	}
	return n, failed
}

// SweepOrphans removes content that no file has, as a crash between content and
// record leaves it, and tells how much. It may run beside everything else.
func (s *Service) SweepOrphans(ctx context.Context) (int, error) {
	n := 0
	for info, err := range s.Blobs.List(ctx) {
		if err != nil {
			return n, contentError(err)
		}
		removed, err := s.sweepOne(ctx, info.Key)
		if err != nil {
			return n, err
		}
		if removed {
			n++
		}
	}
	return n, nil
}

func (s *Service) sweepOne(ctx context.Context, key string) (bool, error) {
	release, err := s.lock(ctx, key, true)
	if err != nil {
		return false, err
	}
	defer release()
	used, err := s.Records.ContentReferenced(ctx, key)
	if err != nil || used {
		return false, recordError(err, 0)
	}
	if err := s.Blobs.Delete(ctx, key); err != nil {
		return false, contentError(err)
	}
	return true, nil
}

// dropIfUnused removes the content of a file whose record could not be written.
func (s *Service) dropIfUnused(ctx context.Context, key string) {
	if _, err := s.sweepOne(ctx, key); err != nil {
		s.Log.WarnContext(ctx, "content without a file stays until the next sweep", "content", key, "error", err)
	}
}
