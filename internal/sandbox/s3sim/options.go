package s3sim

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	// AccountID is the one AWS account of the sandbox. It owns every bucket, whoever created it.
	AccountID = "123456789012"

	// DefaultRegion is what Region answers, and where requests without a region of their own are served.
	DefaultRegion = "us-east-1"

	defaultRequestLog = 4096
	defaultMaxSession = time.Hour
)

// Options configures Start. Only Dir is required.
type Options struct {
	// Dir holds all state; it is made when missing and never removed by this package. It must not be moved
	// once it holds versioned objects: their path contains the absolute path of the bucket.
	Dir string
	// Listen is a loopback address; "127.0.0.1:0" when empty.
	Listen string
	// AccessKey and SecretKey belong to the IAM user "sandbox", who may do everything; generated when empty.
	AccessKey, SecretKey string
	// Log receives internal failures; discarded when nil.
	Log *slog.Logger
	// Clock decides when sessions expire and stamps the request log; time.Now when nil.
	Clock func() time.Time
	// Identities are further IAM users.
	Identities []Identity
	// Roles can be assumed through STS.
	Roles []Role
	// MaxBuckets refuses CreateBucket beyond this count with TooManyBuckets; 0 sets no limit.
	MaxBuckets int
	// ForeignBuckets are names another account holds: creating one answers BucketAlreadyExists, using one AccessDenied.
	ForeignBuckets []string
	// RequestLog bounds Requests; 4096 when 0.
	RequestLog int
}

// Identity is an IAM user of the sandbox account.
type Identity struct {
	// Name is the last part of its ARN, arn:aws:iam::<AccountID>:user/<Name>; the access key when empty.
	Name string
	// AccessKey and SecretKey sign its requests; both are required.
	AccessKey, SecretKey string
	// Allow is its identity policy; nothing is allowed when empty (a bucket policy may still allow).
	Allow []Allow
}

// Role is an IAM role of the sandbox account.
type Role struct {
	// ARN has the form arn:aws:iam::<AccountID>:role/<path and name>.
	ARN string
	// Trusted are the access keys that may assume it; "*" trusts every identity and session.
	Trusted []string
	// ExternalID must be sent by the caller when not empty.
	ExternalID string
	// MaxSessionDuration bounds DurationSeconds; one hour, as in AWS, when 0.
	MaxSessionDuration time.Duration
	// Allow is the role's identity policy; nothing is allowed when empty.
	Allow []Allow
}

// Allow grants S3 actions on resources. Both are patterns with * and ?, and actions match in any case.
type Allow struct {
	// Actions such as "s3:GetObject", "s3:List*" or "*".
	Actions []string
	// Resources such as "arn:aws:s3:::bucket/*"; every resource when empty.
	Resources []string
}

// AllowActions is the common case of one Allow on every resource.
func AllowActions(actions ...string) []Allow { return []Allow{{Actions: actions}} }

var (
	roleARN    = regexp.MustCompile(`^arn:aws:iam::` + AccountID + `:role/(?:[\x21-\x7e]+/)?[\w+=,.@-]{1,64}$`)
	keyPattern = regexp.MustCompile(`^\w{3,128}$`)
)

// withDefaults fills what was left out and reports what cannot work.
func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, errors.New("sandbox S3: Dir is empty; name the folder that shall hold the state")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, fmt.Errorf("sandbox S3: Dir %q: %w", o.Dir, err)
	}
	o.Dir = dir
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.AccessKey == "" {
		o.AccessKey = newKeyID("AKIA")
	}
	if o.SecretKey == "" {
		o.SecretKey = newSecret()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.RequestLog <= 0 {
		o.RequestLog = defaultRequestLog
	}
	return o, errors.Join(checkListen(o.Listen), o.checkIdentities(), o.checkRoles())
}

// checkListen keeps the sandbox on this machine: it speaks plain HTTP and its keys are printed for people.
func checkListen(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("sandbox S3: Listen %q: %w; use host:port, such as 127.0.0.1:0", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("sandbox S3: Listen %q is not a loopback address; use 127.0.0.1:0", addr)
	}
	return nil
}

func (o Options) checkIdentities() error {
	seen := map[string]bool{o.AccessKey: true, AccountID: true}
	if !keyPattern.MatchString(o.AccessKey) {
		return fmt.Errorf("sandbox S3: AccessKey %q is not 3 to 128 letters, digits or underscores", o.AccessKey)
	}
	for i, id := range o.Identities {
		switch {
		case !keyPattern.MatchString(id.AccessKey):
			return fmt.Errorf("sandbox S3: Identities[%d].AccessKey %q is not 3 to 128 letters, digits or underscores", i, id.AccessKey)
		case strings.HasPrefix(id.AccessKey, sessionKeyPrefix):
			return fmt.Errorf("sandbox S3: Identities[%d].AccessKey %q begins with %s, which marks temporary keys; use AKIA", i, id.AccessKey, sessionKeyPrefix)
		case id.SecretKey == "":
			return fmt.Errorf("sandbox S3: Identities[%d].SecretKey is empty", i)
		case seen[id.AccessKey]:
			return fmt.Errorf("sandbox S3: Identities[%d].AccessKey %q is given twice", i, id.AccessKey)
		}
		seen[id.AccessKey] = true
	}
	return nil
}

func (o Options) checkRoles() error {
	for i, r := range o.Roles {
		if !roleARN.MatchString(r.ARN) {
			return fmt.Errorf("sandbox S3: Roles[%d].ARN %q does not have the form arn:aws:iam::%s:role/NAME", i, r.ARN, AccountID)
		}
		if d := r.MaxSessionDuration; d != 0 && (d < time.Hour || d > 12*time.Hour) {
			return fmt.Errorf("sandbox S3: Roles[%d].MaxSessionDuration %s is not between 1h and 12h", i, d)
		}
	}
	return nil
}

// paths of the state below Dir. The object root must not contain the others.
func (o Options) bucketRoot() string  { return filepath.Join(o.Dir, "buckets") }
func (o Options) versionRoot() string { return filepath.Join(o.Dir, "versions") }
func (o Options) sidecarRoot() string { return filepath.Join(o.Dir, "metadata") }
func (o Options) stateFile() string   { return filepath.Join(o.Dir, "buckets.json") }

func (o Options) makeDirs() error {
	for _, d := range []string{o.bucketRoot(), o.versionRoot()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("sandbox S3: Dir: %w", err)
		}
	}
	return nil
}

const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// newKeyID makes an identifier in the shape of AWS's: a four-letter kind and 16 characters.
func newKeyID(kind string) string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	for i := range b {
		b[i] = keyAlphabet[int(b[i])%len(keyAlphabet)]
	}
	return kind + string(b)
}

func newSecret() string { return rand.Text() + rand.Text()[:14] }
