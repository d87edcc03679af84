package s3sim

import (
	"crypto/rand"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
)

const (
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
	stsVersion   = "2011-06-15"

	minSession     = 900
	maxSession     = 43200
	defaultSession = 3600
	// maxChained bounds sessions that a session obtained.
	maxChained = 3600
)

// tokenService serves AWS's query protocol at POST /.
type tokenService struct{ iam *identities }

// stsError is an error in the shape of the query protocol.
type stsError struct {
	status        int
	code, message string
}

func (e stsError) Error() string { return e.code + ": " + e.message }

// serve answers form posts and leaves everything else at POST / to versitygw.
func (s *tokenService) serve(ctx fiber.Ctx) error {
	req := ctx.Request()
	if !strings.HasPrefix(string(req.Header.ContentType()), fiber.MIMEApplicationForm) {
		return ctx.Next()
	}
	requestID := uuid.NewString()
	ctx.Response().Header.Set("x-amzn-RequestId", requestID)
	form, err := url.ParseQuery(string(req.Body()))
	if err != nil {
		return sendSTSError(ctx, requestID, stsError{http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error"})
	}
	action := form.Get("Action")
	ctx.RequestCtx().SetUserValue(operationKey, action)
	res, err := s.call(req, action, form, requestID)
	if err != nil {
		return sendSTSError(ctx, requestID, err)
	}
	ctx.Response().Header.SetContentType("text/xml")
	return ctx.Send(mustXML(res))
}

func (s *tokenService) call(req *fasthttp.Request, action string, form url.Values, requestID string) (any, error) {
	if action != "AssumeRole" && action != "GetCallerIdentity" || form.Get("Version") != stsVersion {
		return nil, stsError{http.StatusBadRequest, "InvalidAction", "Could not find operation " + action + " for version " + form.Get("Version")}
	}
	caller, err := s.authenticate(req)
	if err != nil {
		return nil, err
	}
	if action == "GetCallerIdentity" {
		return callerIdentity(caller, requestID), nil
	}
	return s.assumeRole(caller, form, requestID)
}

// authenticate verifies the signature. How old it may be is not checked: S3 does that on the same clock.
func (s *tokenService) authenticate(req *fasthttp.Request) (*principal, error) {
	sig, ok := parseSignature(req)
	if !ok {
		return nil, stsError{http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"}
	}
	p, err := s.iam.lookup(sig.scope.accessKey, string(req.Header.Peek("X-Amz-Security-Token")))
	switch {
	case errors.Is(err, errExpiredToken):
		return nil, stsError{http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired"}
	case errors.Is(err, auth.ErrNoSuchUser), errors.Is(err, auth.ErrInvalidSessionToken):
		return nil, stsError{http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid."}
	case err != nil:
		return nil, err
	}
	if sig.scope.service != "sts" {
		return nil, stsError{http.StatusForbidden, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'. "}
	}
	if !sig.matches(req, p.secret) {
		return nil, stsError{
			http.StatusForbidden, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
		}
	}
	return p, nil
}

func sendSTSError(ctx fiber.Ctx, requestID string, err error) error {
	e := stsError{http.StatusInternalServerError, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."}
	errors.As(err, &e)
	type detail struct{ Type, Code, Message string }
	ctx.Response().Header.SetContentType("text/xml")
	return ctx.Status(e.status).Send(mustXML(struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Xmlns     string   `xml:"xmlns,attr"`
		Error     detail
		RequestID string `xml:"RequestId"`
	}{Xmlns: stsNamespace, Error: detail{"Sender", e.code, e.message}, RequestID: requestID}))
}

type responseMetadata struct {
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

type callerIdentityResponse struct {
	XMLName xml.Name `xml:"GetCallerIdentityResponse"`
	Xmlns   string   `xml:"xmlns,attr"`
	Arn     string   `xml:"GetCallerIdentityResult>Arn"`
	UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	Account string   `xml:"GetCallerIdentityResult>Account"`
	responseMetadata
}

func callerIdentity(p *principal, requestID string) callerIdentityResponse {
	return callerIdentityResponse{
		Xmlns: stsNamespace, Arn: p.arn, UserID: p.userID, Account: AccountID, responseMetadata: responseMetadata{requestID},
	}
}

type assumeRoleResponse struct {
	XMLName      xml.Name `xml:"AssumeRoleResponse"`
	Xmlns        string   `xml:"xmlns,attr"`
	RoleID       string   `xml:"AssumeRoleResult>AssumedRoleUser>AssumedRoleId"`
	Arn          string   `xml:"AssumeRoleResult>AssumedRoleUser>Arn"`
	AccessKeyID  string   `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	SecretKey    string   `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
	SessionToken string   `xml:"AssumeRoleResult>Credentials>SessionToken"`
	Expiration   string   `xml:"AssumeRoleResult>Credentials>Expiration"`
	responseMetadata
}

// assumeRole checks the parameters first, as AWS does, then whether the role trusts the caller.
func (s *tokenService) assumeRole(caller *principal, form url.Values, requestID string) (any, error) {
	arn, name := form.Get("RoleArn"), form.Get("RoleSessionName")
	seconds, err := checkAssumeRole(form)
	if err != nil {
		return nil, err
	}
	role, known := s.iam.roles[arn]
	trusted := known && (slices.Contains(role.Trusted, caller.accessKey) || slices.Contains(role.Trusted, "*"))
	if !trusted || (role.ExternalID != "" && role.ExternalID != form.Get("ExternalId")) {
		return nil, stsError{
			http.StatusForbidden, "AccessDenied",
			"User: " + caller.arn + " is not authorized to perform: sts:AssumeRole on resource: " + arn,
		}
	}
	switch length := time.Duration(seconds) * time.Second; {
	case caller.isSession() && seconds > maxChained:
		return nil, validationError("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case length > role.MaxSessionDuration:
		return nil, validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	session := s.newSession(role, name, seconds)
	return assumeRoleResponse{
		Xmlns: stsNamespace, RoleID: session.userID, Arn: session.arn, AccessKeyID: session.accessKey,
		SecretKey: session.secret, SessionToken: session.token, Expiration: session.expires.Format(time.RFC3339),
		responseMetadata: responseMetadata{requestID},
	}, nil
}

func (s *tokenService) newSession(role Role, name string, seconds int) *principal {
	p := &principal{
		accessKey: newKeyID(sessionKeyPrefix), secret: newSecret(), token: newSessionToken(), allow: role.Allow,
		roleARN: role.ARN, arn: "arn:aws:sts::" + AccountID + ":assumed-role/" + roleName(role.ARN) + "/" + name,
		userID:  stableID("AROA", role.ARN) + ":" + name,
		expires: s.iam.clock().UTC().Truncate(time.Second).Add(time.Duration(seconds) * time.Second),
	}
	s.iam.addSession(p)
	return p
}

// newSessionToken is opaque, and long like AWS's, so that clients meet one of real size.
func newSessionToken() string {
	var b strings.Builder
	b.WriteString("FwoGZXIvYXdzE")
	for range 12 {
		b.WriteString(rand.Text())
	}
	return b.String() + "=="
}

// checkAssumeRole validates the parameters and returns the duration.
func checkAssumeRole(form url.Values) (int, error) {
	seconds := defaultSession
	var faults []string
	if v := form.Get("DurationSeconds"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return 0, stsError{http.StatusBadRequest, "MalformedInput", "Invalid Argument"}
		}
		seconds = n
		if n < minSession {
			faults = append(faults, fault(v, "durationSeconds", "Member must have value greater than or equal to 900"))
		} else if n > maxSession {
			faults = append(faults, fault(v, "durationSeconds", "Member must have value less than or equal to 43200"))
		}
	}
	faults = append(faults, textFaults(form, "RoleSessionName", "roleSessionName", 2, 64, sessionName, `[\w+=,.@-]*`)...)
	faults = append(faults, textFaults(form, "RoleArn", "roleArn", 20, 2048, arnText, `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`)...)
	if form.Has("ExternalId") {
		faults = append(faults, textFaults(form, "ExternalId", "externalId", 2, 1224, externalID, `[\w+=,.@:\/-]*`)...)
	}
	switch {
	case len(faults) > 0:
		return 0, validationFaults(faults)
	case !strings.HasPrefix(form.Get("RoleArn"), "arn:"):
		return 0, validationError(form.Get("RoleArn") + " is invalid")
	case form.Has("Policy"), form.Has("PolicyArns.member.1.arn"):
		return 0, validationError("Session policies are not supported by the sandbox; leave Policy and PolicyArns out.")
	}
	return seconds, nil
}
