package awsconn

import "github.com/fairlead-io/fairlead/connector"

// known is what AWS documents of an error code. The status matters for errors
// inside an answer of 200, the message for services that send none.
type known struct {
	status  int
	kind    connector.Kind // empty: by status
	message string
	fix     string
}

func knownFault(code string) known {
	if k, ok := deniedFaults[code]; ok {
		k.kind = connector.Denied
		return k
	}
	return otherFaults[code]
}

var deniedFaults = map[string]known{
	"AccessDenied":          {status: 403, message: "Access Denied"},
	"403":                   {status: 403, message: "Forbidden"},
	"InvalidAccessKeyId":    {status: 403, message: "The AWS Access Key Id you provided does not exist in our records.", fix: "Check Access Key; keys are deleted or deactivated in IAM, and keys of temporary credentials also need Session Token."},
	"InvalidClientTokenId":  {status: 403, message: "The security token included in the request is invalid.", fix: "Check Access Key; keys of temporary credentials also need Session Token."},
	"SignatureDoesNotMatch": {status: 403, message: "The request signature we calculated does not match the signature you provided. Check your key and signing method.", fix: "Check Secret Key: the access key is known, but the secret does not belong to it."},
	"ExpiredToken":          {status: 400, message: "The provided token has expired.", fix: "Get new temporary credentials, and put them into the connection."},
	"InvalidToken":          {status: 400, message: "The provided token is malformed or otherwise invalid.", fix: "Check Session Token: it must belong to the same access key."},
	"RequestTimeTooSkewed":  {status: 403, message: "The difference between the request time and the current time is too large.", fix: "Set the clock of the machine that runs Fairlead (NTP)."},
	"XAdminUserNotFound":    {status: 403, message: "The access key is not known.", fix: "Check Access Key: this gateway does not know it."},
	"AllAccessDisabled":     {status: 403, message: "All access to this object has been disabled.", fix: "Ask AWS Support why the bucket is disabled."},
}

var otherFaults = map[string]known{
	"NoSuchBucket":  {404, "", "The specified bucket does not exist", "Check the bucket's name with List Buckets; names are case sensitive."},
	"NoSuchKey":     {404, "", "The specified key does not exist.", "Check the path with List Bucket Objects; paths are case sensitive and do not begin with /."},
	"NoSuchVersion": {404, "", "The specified version does not exist.", ""},
	"NoSuchUpload":  {404, "", "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.", "Run the command again."},
	"404":           {404, "", "Not Found", "Check the names of the bucket and the path; both are case sensitive."},

	"BucketAlreadyExists":        {409, "", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.", "Choose another name: bucket names are shared by all AWS accounts."},
	"BucketAlreadyOwnedByYou":    {409, "", "Your previous request to create the named bucket succeeded and you already own it.", "Use the bucket as it is, or choose another name."},
	"BucketNotEmpty":             {409, "", "The bucket you tried to delete is not empty", ""},
	"OperationAborted":           {409, "", "A conflicting conditional operation is currently in progress against this resource. Please try again.", "Try again in a minute."},
	"ConditionalRequestConflict": {409, "", "The conditional request cannot succeed due to a conflicting operation against this resource.", "Try again."},
	"PreconditionFailed":         {412, "", "At least one of the preconditions you specified did not hold.", "The object changed meanwhile; look at it and try again."},
	"InvalidObjectState":         {403, connector.Conflict, "The operation is not valid for the object's storage class", "The object is archived: restore it first, then try again."},
	"ObjectNotInActiveTierError": {403, connector.Conflict, "The source object of the COPY operation is not in the active tier.", "The object is archived: restore it first, then try again."},

	"TooManyBuckets":     {400, connector.Limited, "You have attempted to create more buckets than allowed", "Delete buckets that are not needed, or request a higher quota (10,000 for an account by default)."},
	"SlowDown":           {503, connector.Limited, "Please reduce your request rate.", "Try again later, or lower Concurrency in the connection."},
	"Throttling":         {400, connector.Limited, "Rate exceeded", "Try again later, or lower Concurrency in the connection."},
	"ServiceUnavailable": {503, "", "Service is unable to handle request.", "Try again later."},
	"InternalError":      {500, "", "We encountered an internal error. Please try again.", "Try again."},
	"RequestTimeout":     {400, connector.Timeout, "Your socket connection to the server was not read from or written to within the timeout period.", "Try again."},

	"InvalidBucketName":                  {400, "", "The specified bucket is not valid.", "Use 3 to 63 lower-case letters, digits, dots and hyphens."},
	"InvalidLocationConstraint":          {400, "", "The specified location-constraint is not valid", "Choose another Region Name: this endpoint or account does not offer it."},
	"IllegalLocationConstraintException": {400, "", "The location constraint is incompatible for the region specific endpoint this request was sent to.", "Set Region Name to the region that the endpoint serves."},
	"PermanentRedirect":                  {301, connector.Invalid, "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.", "Set Region Name to the bucket's region."},
	"AuthorizationHeaderMalformed":       {400, "", "The authorization header is malformed", "Set Region Name to the region of the bucket or endpoint."},
	"EntityTooLarge":                     {400, "", "Your proposed upload exceeds the maximum allowed size", ""},
	"InvalidRequest":                     {400, "", "Invalid Request", ""},
	"BadDigest":                          {400, connector.Unavailable, "The Content-MD5 you specified did not match what we received.", "The content was damaged on its way; try again."},
	"NotImplemented":                     {501, connector.Invalid, "A header you provided implies functionality that is not implemented", "This endpoint does not support the operation."},
	"MethodNotAllowed":                   {405, connector.Invalid, "The specified method is not allowed against this resource.", "This endpoint does not support the operation."},
}
