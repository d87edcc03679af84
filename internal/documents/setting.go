package documents

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// Kind is where new documents are kept.
type Kind string

// The kinds.
const (
	KindCluster Kind = "cluster"  // the document API of a Camunda cluster
	KindFiles   Kind = "fairlead" // Fairlead's stored files
	KindMemory  Kind = "memory"   // this process, and no longer than it lives
	KindFolder  Kind = "folder"   // a folder of documents only
	KindS3      Kind = "s3"       // a bucket
)

// The storeId of documents in stores of our own. None is a name that a cluster
// gives its stores by itself.
const (
	FilesStore  = "fairlead"
	MemoryStore = "fairlead-memory"
	FolderStore = "fairlead-folder"
	BucketStore = "fairlead-s3"
)

// DefaultMemory is how much a store in memory holds unless told otherwise, in
// bytes.
const DefaultMemory = 256 << 20

// Setting is the value of FAIRLEAD_DOCUMENTS, taken apart.
type Setting struct {
	Kind   Kind   // empty: cluster where there is one, else fairlead
	Limit  int64  // of memory: bytes it holds at most; 0 means DefaultMemory
	Folder string // of folder
	Bucket string // of s3
	Prefix string // of s3: begins the keys; empty, or ends with a slash
}

const settingFix = "Use cluster, fairlead, memory, memory:SIZE (such as memory:512MiB), folder:DIR or s3:BUCKET[/PREFIX]."

func badSetting(what, fix string) *connector.Error {
	return connector.InvalidField("/documents", "The setting documents (FAIRLEAD_DOCUMENTS) "+what+".", fix)
}

// ParseSetting reads the setting. Errors are Invalid.
func ParseSetting(text string) (Setting, error) {
	kind, rest, has := strings.Cut(strings.TrimSpace(text), ":")
	s := Setting{Kind: Kind(strings.ToLower(kind))}
	switch {
	case s.Kind == "" && !has:
		return s, nil
	case (s.Kind == KindCluster || s.Kind == KindFiles) && !has:
		return s, nil
	case s.Kind == KindMemory:
		return withLimit(s, rest, has)
	case s.Kind == KindFolder && rest != "":
		s.Folder = filepath.Clean(rest)
		return s, nil
	case s.Kind == KindS3:
		return withBucket(s, rest)
	}
	return Setting{}, badSetting("is none of the choices", settingFix)
}

func withLimit(s Setting, size string, has bool) (Setting, error) {
	if !has {
		return s, nil
	}
	digits := strings.TrimRight(size, "kKmMgGiIbB")
	n, err := strconv.ParseInt(digits, 10, 64)
	unit, ok := map[string]int64{"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}[strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(size[len(digits):]), "b"), "i")]
	if err != nil || !ok || n <= 0 || n > (1<<50)/unit {
		return Setting{}, badSetting("gives the memory a size that cannot be used", "Write it like memory:512MiB.")
	}
	s.Limit = n * unit
	return s, nil
}

func withBucket(s Setting, rest string) (Setting, error) {
	s.Bucket, s.Prefix, _ = strings.Cut(rest, "/")
	if s.Bucket == "" {
		return Setting{}, badSetting("names no bucket", "Write it like s3:BUCKET or s3:BUCKET/PREFIX.")
	}
	if s.Prefix != "" && !strings.HasSuffix(s.Prefix, "/") {
		s.Prefix += "/"
	}
	return s, nil
}
