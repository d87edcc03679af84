package s3sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/versity/versitygw/s3api/utils"
)

// bucketRecord is what AWS knows of a bucket and versitygw's posix backend cannot store.
type bucketRecord struct {
	Region  string             `json:"region"`
	Created time.Time          `json:"created"`
	Block   *publicAccessBlock `json:"publicAccessBlock,omitempty"`
}

// publicAccessBlock is both the stored form and the XML form.
type publicAccessBlock struct {
	BlockPublicAcls       bool `json:"blockPublicAcls"`
	IgnorePublicAcls      bool `json:"ignorePublicAcls"`
	BlockPublicPolicy     bool `json:"blockPublicPolicy"`
	RestrictPublicBuckets bool `json:"restrictPublicBuckets"`
}

// registry remembers the region, creation time and public access block of every bucket, in memory and in one
// small file. creating serialises creation and deletion, so that a limit on buckets cannot be overrun.
type registry struct {
	file     string
	creating sync.Mutex

	mu      sync.RWMutex
	buckets map[string]bucketRecord
}

// openRegistry loads the file and brings it in line with the folders that really exist.
func openRegistry(file, root string) (*registry, error) {
	r := &registry{file: file, buckets: map[string]bucketRecord{}}
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sandbox S3: bucket list: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(data, &r.buckets); err != nil {
			return nil, fmt.Errorf("sandbox S3: bucket list %s is damaged: %w; remove it to start with every bucket in %s", file, err, DefaultRegion)
		}
	}
	return r, r.reconcile(root)
}

func (r *registry) reconcile(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("sandbox S3: buckets: %w", err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		if !e.IsDir() || !utils.IsValidBucketName(e.Name()) {
			continue
		}
		found[e.Name()] = true
		if _, known := r.buckets[e.Name()]; known {
			continue
		}
		rec := bucketRecord{Region: DefaultRegion}
		if fi, err := e.Info(); err == nil {
			rec.Created = fi.ModTime().UTC()
		}
		r.buckets[e.Name()] = rec
	}
	for name := range r.buckets {
		if !found[name] {
			delete(r.buckets, name)
		}
	}
	return nil
}

// get returns a bucket's record; ok is false when there is no such bucket.
func (r *registry) get(bucket string) (rec bucketRecord, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rec, ok = r.buckets[bucket]
	return rec, ok
}

// names lists the buckets in byte order.
func (r *registry) names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	names := make([]string, 0, len(r.buckets))
	for n := range r.buckets {
		names = append(names, n)
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

func (r *registry) count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.buckets)
}

// add stores the record of a new bucket and saves the list. The name is copied: fiber's strings live in the
// request's buffer, which the next request overwrites.
func (r *registry) add(bucket string, rec bucketRecord) error {
	bucket = strings.Clone(bucket)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buckets[bucket] = rec
	if err := r.save(); err != nil {
		delete(r.buckets, bucket)
		return err
	}
	return nil
}

// block returns the public access block of a bucket, all false when it has none.
func (r *registry) block(bucket string) publicAccessBlock {
	if rec, ok := r.get(bucket); ok && rec.Block != nil {
		return *rec.Block
	}
	return publicAccessBlock{}
}

// setBlock replaces (or, with nil, removes) a bucket's public access block.
func (r *registry) setBlock(bucket string, b *publicAccessBlock) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, ok := r.buckets[bucket]
	if !ok {
		return nil // deleted in the meantime
	}
	old := rec
	rec.Block = b
	r.buckets[bucket] = rec
	if err := r.save(); err != nil {
		r.buckets[bucket] = old
		return err
	}
	return nil
}

func (r *registry) remove(bucket string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.buckets, bucket)
	return r.save()
}

// save writes beside the file and renames, so that a crash leaves the old list or the new one. Callers hold mu.
func (r *registry) save() error {
	data, err := json.MarshalIndent(r.buckets, "", " ")
	if err != nil {
		return fmt.Errorf("bucket list: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(r.file), ".buckets-*")
	if err != nil {
		return fmt.Errorf("bucket list: %w", err)
	}
	_, werr := tmp.Write(data)
	if err := errors.Join(werr, tmp.Close()); err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("bucket list: %w", err)
	}
	if err := os.Rename(tmp.Name(), r.file); err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("bucket list: %w", err)
	}
	return nil
}
