package s3sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/s3err"
)

const (
	sessionKeyPrefix = "ASIA"
	accountRoot      = "arn:aws:iam::" + AccountID + ":root"
)

// principal is whoever signs: an IAM user, or a session of a role.
type principal struct {
	accessKey, secret string
	arn, userID       string
	allow             []Allow

	// of sessions only
	token   string
	roleARN string
	expires time.Time
}

func (p *principal) isSession() bool { return p.roleARN != "" }

// identities is the sandbox's IAM. To versitygw it is the kind of service that has policies, principal ARNs and
// sessions. The root account, which passes every check, is never handed out: the main identity is an ordinary
// user who may do everything, so that a Deny in a bucket policy binds it as it would in AWS.
type identities struct {
	clock func() time.Time
	roles map[string]Role

	mu       sync.RWMutex
	users    map[string]*principal // by access key; fixed after start
	sessions map[string]*principal // by access key
}

var (
	_ auth.IAMService         = (*identities)(nil)
	_ auth.SigningKeyProvider = (*identities)(nil)
	_ auth.PolicyEvaluator    = (*identities)(nil)
	_ auth.PrincipalResolver  = (*identities)(nil)
	_ auth.FixedBucketOwner   = (*identities)(nil)
)

func newIdentities(o Options) *identities {
	iam := &identities{clock: o.Clock, roles: map[string]Role{}, users: map[string]*principal{}, sessions: map[string]*principal{}}
	all := append([]Identity{{Name: "sandbox", AccessKey: o.AccessKey, SecretKey: o.SecretKey, Allow: AllowActions("*")}}, o.Identities...)
	for _, id := range all {
		name := id.Name
		if name == "" {
			name = id.AccessKey
		}
		iam.users[id.AccessKey] = &principal{
			accessKey: id.AccessKey, secret: id.SecretKey, allow: id.Allow,
			arn: "arn:aws:iam::" + AccountID + ":user/" + name, userID: stableID("AIDA", name),
		}
	}
	for _, r := range o.Roles {
		if r.MaxSessionDuration == 0 {
			r.MaxSessionDuration = defaultMaxSession
		}
		iam.roles[r.ARN] = r
	}
	return iam
}

// stableID makes the unique ID AWS shows beside a name; here it follows from the name.
func stableID(kind, name string) string {
	sum := sha256.Sum256([]byte(name))
	id := make([]byte, 16)
	for i := range id {
		id[i] = keyAlphabet[int(sum[i])%len(keyAlphabet)]
	}
	return kind + string(id)
}

// lookup finds the owner of an access key and checks the session token that came with it. Errors are
// auth.ErrNoSuchUser, auth.ErrInvalidSessionToken and errExpiredToken.
func (iam *identities) lookup(accessKey, token string) (*principal, error) {
	iam.mu.RLock()
	defer iam.mu.RUnlock()
	if p := iam.users[accessKey]; p != nil {
		if token != "" {
			return nil, auth.ErrInvalidSessionToken
		}
		return p, nil
	}
	p := iam.sessions[accessKey]
	switch {
	case p == nil, token == "": // AWS does not know a temporary key without its token
		return nil, auth.ErrNoSuchUser
	case subtle.ConstantTimeCompare([]byte(p.token), []byte(token)) != 1:
		return nil, auth.ErrInvalidSessionToken
	case !iam.clock().Before(p.expires):
		return nil, errExpiredToken
	}
	return p, nil
}

// expiredKept is how long an expired session is remembered, so that its owner is told why.
const expiredKept = 24 * time.Hour

func (iam *identities) addSession(p *principal) {
	iam.mu.Lock()
	defer iam.mu.Unlock()
	for key, old := range iam.sessions {
		if iam.clock().Sub(old.expires) > expiredKept {
			delete(iam.sessions, key)
		}
	}
	iam.sessions[p.accessKey] = p
}

// DeriveSigningKey implements auth.SigningKeyProvider.
func (iam *identities) DeriveSigningKey(access, token, date, region, service string) ([]byte, auth.Account, error) {
	p, err := iam.lookup(access, token)
	if err != nil {
		return nil, auth.Account{}, err
	}
	return signingKey(p.secret, date, region, service), p.account(), nil
}

func (p *principal) account() auth.Account {
	return auth.Account{
		Access: p.accessKey, Role: auth.RoleUser, Arn: p.arn, RoleArn: p.roleARN,
		SessionToken: p.token, IsSession: p.isSession(),
	}
}

// signingKey is the key derivation of Signature Version 4.
func signingKey(secret, date, region, service string) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{date, region, service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	return key
}

func hmacSHA256(key []byte, data string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(data))
	return h.Sum(nil)
}

// EvaluatePolicy implements auth.PolicyEvaluator for lists that can only allow. Its result has an unexported
// element type whose values are 0 (no match) and 1 (allow).
func (iam *identities) EvaluatePolicy(access, token string, actions []auth.Action, resources []string, _ map[string][]string) (auth.PolicyEvaluation, error) {
	p, err := iam.lookup(access, token)
	if err != nil {
		return auth.PolicyEvaluation{}, err
	}
	eval := auth.PolicyEvaluation{PrincipalArn: p.arn}
	for i, res := range resources {
		eval.Decisions = append(eval.Decisions, nil)
		for _, act := range actions {
			if allowed(p.allow, string(act), res) {
				eval.Decisions[i] = append(eval.Decisions[i], 1)
			} else {
				eval.Decisions[i] = append(eval.Decisions[i], 0)
			}
		}
	}
	return eval, nil
}

func allowed(list []Allow, action, resource string) bool {
	for _, a := range list {
		if matchesAny(a.Actions, strings.ToLower(action), true) && (len(a.Resources) == 0 || matchesAny(a.Resources, resource, false)) {
			return true
		}
	}
	return false
}

func matchesAny(patterns []string, s string, lower bool) bool {
	for _, p := range patterns {
		if lower {
			p = strings.ToLower(p)
		}
		if glob(p, s) {
			return true
		}
	}
	return false
}

// glob matches * (any text, slashes included) and ? (one byte).
func glob(pattern, s string) bool {
	star, mark, p, i := -1, 0, 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

var (
	principalARN   = regexp.MustCompile(`^arn:aws:(iam|sts)::(\d{12}):(root|user/\S+|role/\S+|assumed-role/\S+/\S+|federated-user/\S+)$`)
	accountPattern = regexp.MustCompile(`^\d{12}$`)
)

// ResolvePrincipals implements auth.PrincipalResolver: principals of this account must exist, those of other
// accounts only have to look right, because nobody can be asked.
func (iam *identities) ResolvePrincipals(principals []string) ([]string, error) {
	var unknown []string
	for _, p := range principals {
		m := principalARN.FindStringSubmatch(p)
		switch {
		case accountPattern.MatchString(p), m != nil && (m[2] != AccountID || p == accountRoot || m[1] == "sts"):
		case m != nil && iam.exists(p):
		default:
			unknown = append(unknown, p)
		}
	}
	return unknown, nil
}

func (iam *identities) exists(arn string) bool {
	if _, ok := iam.roles[arn]; ok {
		return true
	}
	for _, u := range iam.users {
		if u.arn == arn {
			return true
		}
	}
	return false
}

// BucketOwner implements auth.FixedBucketOwner: the account owns every bucket.
func (iam *identities) BucketOwner() auth.Account {
	return auth.Account{Access: AccountID, Role: auth.RoleAdmin, Arn: accountRoot}
}

// GetUserAccount implements auth.IAMService; ACLs ask it for their grantees.
func (iam *identities) GetUserAccount(access string) (auth.Account, error) {
	if access == AccountID {
		return iam.BucketOwner(), nil
	}
	if p := iam.users[access]; p != nil {
		return p.account(), nil
	}
	return auth.Account{}, auth.ErrNoSuchUser
}

// ResolveAccounts implements auth.IAMService: it returns the unknown ones.
func (iam *identities) ResolveAccounts(keys []string) ([]string, error) {
	missing := []string{}
	for _, k := range keys {
		if _, err := iam.GetUserAccount(k); err != nil {
			missing = append(missing, k)
		}
	}
	return missing, nil
}

// The rest of auth.IAMService belongs to the admin API, which is not served.

func (*identities) CreateAccount(auth.Account) error { return errNotManaged }

func (*identities) UpdateUserAccount(string, auth.MutableProps) error {
	return errNotManaged
}
func (*identities) DeleteUserAccount(string) error            { return errNotManaged }
func (*identities) ListUserAccounts() ([]auth.Account, error) { return nil, errNotManaged }
func (*identities) Shutdown() error                           { return nil }

var errNotManaged = s3err.GetAPIError(s3err.ErrAdminMethodNotSupported)

// roleName is the last part of a role's ARN, which is what a session's ARN shows of it.
func roleName(arn string) string { return path.Base(arn) }
