package camunda

// Places that may differ.
var (
	outcome  = []string{"/outcome/*"}
	commands = []string{"/allCommands"}
	requests = []string{"/s3Exchanges"}
	asked    = []string{"/documentExchanges"}
)

// differences lists where the worker does not do what a recorded runtime did, and
// why that is meant. docs/camunda/differences.md tells the same to people.
func differences() []listed {
	return append(append(onward(), lessDone()...), acknowledgements()...)
}

// onward is where Camunda's runtime hangs, gives up or shows secrets.
func onward() []listed {
	return []listed{
		{
			cases: []string{"upload.six-mib"}, versions: []string{"8.8", "8.9"}, ours: "complete",
			reason: "Camunda's client hangs on documents over 5 MiB; ours are stored",
		},
		{
			cases: []string{"s3-answer.put-500", "s3-answer.put-503"}, paths: append(outcome, requests...), ours: "fail", says: "(SDK Attempt Count: 4)",
			reason: "an upload is sent again, four times in all, and the failure is S3's and not that of a stream which was read",
		},
		{
			cases: []string{"s3-answer.refused-put"}, paths: outcome, ours: "fail", says: "Connection refused (SDK Attempt Count: 4)",
			reason: "as above, where S3 cannot be reached",
		},
		{
			cases: []string{"s3-answer.put-503-once"}, paths: append(append(outcome, requests...), "/s3After/0/objects"), ours: "complete",
			reason: "as above, and the second attempt succeeds",
		},
		{
			cases: []string{"s3-answer.get-short-body"}, paths: append(outcome, requests...), ours: "complete",
			reason: "a download that was cut is asked for again, and succeeds",
		},
		{
			cases: []string{"s3-answer.get-cut"}, paths: requests, ours: "fail", says: "(SDK Attempt Count: 4)", sometimes: true,
			reason: "a connection that was kept from before and is found dead is replaced without counting as an attempt",
		},
		{
			cases: []string{"s3-answer.get-no-type"}, paths: outcome, ours: "complete",
			reason: "an object without a content type is answered as Base64, as of any type that is not known, instead of a NullPointerException",
		},
		{
			cases: []string{"result.raw-headers-null"}, ours: "complete",
			reason: "headers that are null are no headers; there is nothing wrong with the job",
		},
		{
			cases: []string{"result.raw-headers-list"}, paths: outcome, ours: "fail",
			reason: "Camunda's runtime says nothing, and the job comes again for ever; a job that can never be done becomes an incident",
		},
		{
			cases: []string{"secret.key-unclosed"}, ours: "complete",
			reason: "an unclosed reference takes nothing of its surroundings for a name; Camunda's failure shows other fields and the job's keys",
		},
		{
			cases: []string{"secret.key-dollar"}, ours: "complete",
			reason: "a secret's value is text, ${} in it too; Camunda's failure shows the value",
		},
		{
			cases: []string{"v810.endpoint-field-host-name"}, versions: []string{"8.10"}, paths: outcome, ours: "fail", says: "http://bkt.localhost:9199 failed: Connection refused",
			reason: "names below localhost are this machine, whatever its resolver says",
		},
		{
			cases: []string{"error.fail-error-string"}, versions: []string{"8.9"}, paths: []string{"/outcome/errorMessage"}, ours: "throw",
			reason: "the order of a map's keys, which in 8.9 changes from process to process",
		},
	}
}

// lessDone is where the outcome is the same and less is asked of others.
func lessDone() []listed {
	return []listed{
		{
			cases: []string{"upload.key-empty", "upload.meta-no-name-no-key", "upload.meta-empty", "upload.bucket-name-arn"}, paths: asked, ours: "fail",
			reason: "what cannot be sent is not read before",
		},
		{
			cases: []string{"function.get-text-bad-charset"}, paths: asked, ours: "fail",
			reason: "as above, for a document that could not be decoded",
		},
		{
			cases: []string{"upload.meta-size-too-big"}, paths: requests, ours: "fail",
			reason: "what is known to be too short is not sent",
		},
		{
			cases: []string{"upload.document-id-special"}, versions: []string{"8.9", "8.10"}, paths: asked, ours: "fail",
			reason: "Camunda's client asks twice because it fails to read the answer",
		},
	}
}

// acknowledgements: Camunda's runtimes send each command once, though they mean to
// repeat it; a job then waits for its timeout and is done twice.
func acknowledgements() []listed {
	return []listed{
		{
			cases: []string{
				"gateway.complete-resource_exhausted", "gateway.complete-deadline_exceeded", "gateway.complete-aborted", "gateway.complete-cancelled",
				"gateway.complete-internal", "gateway.complete-permission_denied", "gateway.complete-unauthenticated", "gateway.complete-unavailable-*",
			}, paths: commands, ours: "complete", taken: true,
			reason: "a command that may still be taken is sent again, with pauses, until it is or the job is no longer ours",
		},
		{
			cases: []string{"gateway.throw-unavailable"}, paths: commands, ours: "throw", taken: true,
			reason: "as above",
		},
		{
			cases: []string{"v810.timeout-unavailable"}, versions: []string{"8.8", "8.9"}, paths: commands, ours: "complete", taken: true,
			reason: "as above: these versions do not know the header jobTimeout, and the scripted refusal meets the completion",
		},
	}
}
