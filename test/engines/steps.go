package engines

// Names of what the scenario makes.
const (
	Bucket  = "engine-of-commands"
	Other   = "engine-of-others"
	Vault   = "engine-vault"
	Harbour = "harbour-vault" // of the sandbox, with an access policy
)

const policy = `{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::` + Bucket + `/*"}]}`

// Steps are all commands, in an order in which each has what it needs.
func Steps() []Step {
	var out []Step
	for _, part := range [][]Step{utilitySteps(), bucketSteps(), objectSteps(), camundaSteps(), lastBucketSteps(), vaultSteps(), certificateSteps(), lastVaultSteps(), lastSteps()} {
		out = append(out, part...)
	}
	return out
}

func utilitySteps() []Step {
	const u = "utilities"
	return []Step{
		{Integration: u, Command: "create-a-file-from-input-text-array", Params: fixed(map[string]any{"fileName": "first.csv", "inputTextArray": []any{"a,b", "1,2"}}), Keep: pick("file", "FileID")},
		{Integration: u, Command: "get-file-text", Params: known("fileId", "file", nil)},
		{Integration: u, Command: "convert-file-format", Params: known("fileId", "file", map[string]any{"outputFormat": "JSON"})},
		{Integration: u, Command: "list-files", Params: none},
		{Integration: u, Command: "unzip-files-and-save", Params: func(s *Scenario) map[string]any { return map[string]any{"fileIds": []any{s.Known["zip"]}} }},
	}
}

func s3(command string, params map[string]any) Step {
	return Step{Integration: "aws-s3", Command: command, Params: fixed(params)}
}

func in(bucket string, more ...any) map[string]any {
	out := map[string]any{"bucketName": bucket}
	for i := 0; i+1 < len(more); i += 2 {
		name, _ := more[i].(string)
		out[name] = more[i+1]
	}
	return out
}

func bucketSteps() []Step {
	return []Step{
		s3("test-connection", nil),
		s3("create-buckets", map[string]any{"bucketNames": []any{Bucket, Other}}),
		s3("list-buckets", nil),
		s3("put-bucket-versioning", in(Bucket, "status", "Enabled")),
		s3("get-bucket-versioning", in(Bucket)),
		s3("put-bucket-public-access-block", in(Bucket, "blockPublicAcls", true, "ignorePublicAcls", true, "blockPublicPolicy", true, "restrictPublicBuckets", true)),
		s3("get-bucket-public-access-block", in(Bucket)),
		s3("put-bucket-policy", in(Bucket, "policy", policy)),
		s3("get-bucket-policy", in(Bucket)),
		s3("delete-bucket-policy", in(Bucket)),
		s3("delete-public-access-block", in(Bucket)),
	}
}

func objectSteps() []Step {
	upload := Step{Integration: "aws-s3", Command: "upload-files", Params: func(s *Scenario) map[string]any {
		return in(Bucket, "fileIds", []any{s.Known["file"]}, "bucketFolder", "in")
	}}
	return []Step{
		upload, upload, // two versions
		s3("list-bucket-objects", in(Bucket)),
		s3("get-object-details", in(Bucket, "key", "in/first.csv")),
		{Integration: "aws-s3", Command: "list-object-versions", Params: fixed(in(Bucket)), Keep: pick("version", "Versions.last.VersionId")},
		{Integration: "aws-s3", Command: "restore-object-version", Params: known("versionId", "version", in(Bucket, "key", "in/first.csv"))},
		s3("generate-presigned-url", in(Bucket, "key", "in/first.csv")),
		s3("download-files", in(Bucket, "filePaths", []any{"in/first.csv"})),
		s3("copy-files", map[string]any{"sourceBucketName": Bucket, "sourceFilePaths": []any{"in/first.csv"}, "destinationBucketName": Other}),
		s3("move-files", map[string]any{"sourceBucketName": Other, "sourceFilePaths": []any{"first.csv"}, "destinationBucketName": Other, "destinationPath": "moved"}),
		s3("delete-bucket-objects", in(Other, "filePaths", []any{"moved/first.csv"})),
	}
}

// camundaSteps run the connector's commands as commands, with a connection of
// their own in their parameters.
func camundaSteps() []Step {
	with := func(more map[string]any) func(*Scenario) map[string]any {
		return func(s *Scenario) map[string]any {
			out := map[string]any{"bucket": Other, "key": "document.txt"}
			for _, m := range []map[string]any{s.S3, more} {
				for k, v := range m {
					out[k] = v
				}
			}
			return out
		}
	}
	const c = "camunda-aws-s3"
	return []Step{
		{Integration: c, Command: "upload-object", Params: with(map[string]any{"document": map[string]any{"camunda.document.type": "inline", "content": "text", "name": "document.txt"}})},
		{Integration: c, Command: "download-object", Params: with(map[string]any{"documentReturnFormat": "TEXT"})},
		{Integration: c, Command: "list-objects", Params: func(s *Scenario) map[string]any { return without("key", with(nil)(s)) }},
		{Integration: c, Command: "delete-object", Params: with(nil)},
	}
}

func lastBucketSteps() []Step {
	return []Step{
		s3("empty-bucket", in(Bucket, "confirmation", Bucket)),
		s3("delete-buckets", map[string]any{"bucketNames": []any{Bucket, Other}}),
	}
}

func kv(command string, params map[string]any) Step {
	return Step{Integration: "azure-key-vault", Command: command, Params: fixed(params)}
}

func of(vault string, more ...any) map[string]any {
	out := in("", more...)
	delete(out, "bucketName")
	out["keyVaultName"] = vault
	return out
}

func vaultSteps() []Step {
	return []Step{
		kv("test-connection", nil),
		kv("list-resource-groups", nil),
		{Integration: "azure-key-vault", Command: "create-key-vault", Params: known("objectId", "objectId", of(Vault, "location", "westeurope", "sku", "Standard",
			"permissionOfKeys", []any{"List"}, "permissionOfSecrets", []any{"List"}, "permissionOfCertificates", []any{"List"}))},
		kv("get-key-vault", of(Vault)),
		kv("list-key-vaults", nil),
		kv("update-key-vault-access-policy", of(Harbour, "operationKind", "Add", "objectId", "11111111-2222-3333-4444-555555555555", "permissionOfSecrets", []any{"Get"})),
		kv("create-key", of(Harbour, "keyName", "engine-key", "keyType", "EC", "ellipticCurveName", "P-256")),
		kv("list-keys", of(Harbour)),
		kv("get-key-details", of(Harbour, "keyName", "engine-key")),
		kv("update-key-attributes", of(Harbour, "keyName", "engine-key", "enabled", "True")),
		kv("create-secret", of(Harbour, "secretName", "engine-secret", "secretValue", "{{secrets.ENGINE_SECRET}}")),
		kv("list-secrets", of(Harbour)),
		kv("get-secret-details", of(Harbour, "secretName", "engine-secret")),
		kv("update-secret-attributes", of(Harbour, "secretName", "engine-secret", "enabled", "True")),
		kv("list-vault-object-versions", of(Harbour, "objectType", "Secrets", "objectName", "engine-secret")),
		kv("expiry-report", nil),
	}
}

func certificateSteps() []Step {
	return []Step{
		{Integration: "azure-key-vault", Command: "import-certificate", Params: func(s *Scenario) map[string]any {
			return of(Harbour, "certificateName", "engine-certificate", "privateKey", s.PEM.Key, "certificate", s.PEM.Certificate)
		}},
		kv("list-certificates", of(Harbour)),
		kv("get-certificate-details", of(Harbour, "certificateName", "engine-certificate")),
		kv("update-certificate-attributes", of(Harbour, "certificateName", "engine-certificate", "enabled", "True")),
	}
}

// lastVaultSteps delete, bring back, delete again and purge.
func lastVaultSteps() []Step {
	var out []Step
	for _, kind := range [][3]string{{"key", "keyName", "engine-key"}, {"secret", "secretName", "engine-secret"}, {"certificate", "certificateName", "engine-certificate"}} {
		at := of(Harbour, kind[1], kind[2])
		out = append(out, kv("delete-"+kind[0], at), kv("recover-deleted-"+kind[0], at), kv("delete-"+kind[0], at))
		if kind[0] == "key" {
			out = append(out, kv("list-deleted-objects", of(Harbour, "objectType", "Keys")))
		}
		out = append(out, kv("purge-deleted-"+kind[0], at))
	}
	return append(out,
		kv("delete-key-vault", of(Vault)),
		kv("list-deleted-key-vaults", nil),
		kv("purge-key-vault", of(Vault)),
	)
}

func lastSteps() []Step {
	return []Step{{Integration: "utilities", Command: "delete-files", Params: func(s *Scenario) map[string]any { return map[string]any{"fileIds": []any{s.Known["file"]}} }}}
}

func without(name string, params map[string]any) map[string]any {
	delete(params, name)
	return params
}
