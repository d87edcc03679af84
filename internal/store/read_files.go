package store

import (
	"context"
	"math"
	"strconv"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// File returns the record of a file.
func (s *Store) File(ctx context.Context, tenant string, id int64) (File, error) {
	r, err := s.read.File(ctx, tenant, id)
	if err != nil {
		return File{}, s.readFailed(ctx, "read file", strconv.FormatInt(id, 10), "file", err)
	}
	return toFile(r), nil
}

// Content returns the content of a tenant's small files; NotFound is that it is stored elsewhere, or nowhere.
func (s *Store) Content(ctx context.Context, tenant, key string) ([]byte, error) {
	raw, err := s.read.Content(ctx, tenant, key)
	if err != nil {
		return nil, s.readFailed(ctx, "read content", key, "content", err)
	}
	return notNil(raw), nil
}

// Files returns a page of a tenant's files, newest first.
func (s *Store) Files(ctx context.Context, tenant string, f FileFilter, p Page) (FilePage, error) {
	size, err := p.size()
	if err != nil {
		return FilePage{}, err
	}
	before, err := parseSeqCursor("f", p.Cursor, math.MaxInt64)
	if err != nil {
		return FilePage{}, err
	}
	rows, err := s.fileRows(ctx, f, db.FilesParams{
		TenantID: tenant, Before: before, Source: optional(f.Source), Pattern: contains(f.NameContains), PageSize: int64(size) + 1,
	})
	if err != nil {
		return FilePage{}, s.readFailed(ctx, "list files", "", "file", err)
	}
	rows, more := cut(rows, size)
	page := FilePage{Files: convert(rows, toFile)}
	if more {
		page.Next = seqCursor("f", rows[size-1].ID)
	}
	return page, nil
}

func (s *Store) fileRows(ctx context.Context, f FileFilter, p db.FilesParams) ([]db.File, error) {
	if f.RunID == "" {
		return s.read.Files(ctx, p)
	}
	return s.read.FilesOfRun(ctx, db.FilesOfRunParams{
		TenantID: p.TenantID, Before: p.Before, Source: p.Source, Pattern: p.Pattern, RunID: f.RunID, PageSize: p.PageSize,
	})
}

// ExpiredFiles returns files of all tenants that expire at or before a time, the longest expired first.
func (s *Store) ExpiredFiles(ctx context.Context, before int64, limit int) ([]File, error) {
	rows, err := s.read.ExpiredFiles(ctx, before, int64(limit))
	if err != nil {
		return nil, s.readFailed(ctx, "list expired files", "", "file", err)
	}
	return convert(rows, toFile), nil
}

// ContentReferenced tells whether a file of any tenant has this content.
func (s *Store) ContentReferenced(ctx context.Context, contentKey string) (bool, error) {
	n, err := s.read.ContentReferences(ctx, contentKey)
	if err != nil {
		return false, s.readFailed(ctx, "count files of content", contentKey, "content", err)
	}
	return n > 0, nil
}
