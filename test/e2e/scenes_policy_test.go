package e2e

import (
	"strings"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// openPolicy lets everybody read a bucket.
func openPolicy(bucket string) map[string]any {
	return in{"Version": "2012-10-17", "Statement": []any{in{
		"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + bucket + "/*",
	}}}
}

// also runs another command than the scene's, as the owner, and must succeed.
func (st *stage) also(command string, input map[string]any) *run.Record {
	st.Helper()
	rec := st.api.Run(st.T, "aws-s3", command, apptest.Order{Connection: st.connection(owner), Input: input})
	wantVerdict(st, rec, run.Successful)
	return rec
}

// as plays a command on a new bucket as an identity.
func as(identity, bucket string, input func(name string) map[string]any) func(*stage) *run.Record {
	return func(st *stage) *run.Record {
		name := st.bucket(st, bucket)
		return st.run(identity, input(name))
	}
}

func named(name string) map[string]any { return in{"bucketName": name} }

// checkBucket ends a denial of policies, as the documentation has it.
const checkBucket = " The access to the specified bucket is denied, please check bucket permission setting."

func policyDenied(indicator, operation, bucket string, moto other) map[string]other {
	m := denied(indicator, operation, "s3:"+operation, bucket)
	for _, server := range []string{sandboxName, "versitygw-iam"} {
		m[server] = other{m[server].line + checkBucket, whyWords}
	}
	// The present policy is asked for first, to show the difference.
	m["versitygw"] = other{indicator + " Status Code: 404. Message: An error occurred (XAdminUserNotFound) when calling the GetBucketPolicy operation: No user exists with the provided access key ID.", whyOneUser}
	m["moto"] = moto
	return m
}

const (
	whyNoBlock    = "knows no access block: the command sends nothing that could be misread"
	whyAsksBefore = "is no AWS, so that the command first asks whether it knows access blocks, and is denied that"
)

// noBlock is what versitygw is known to lack.
func noBlock(indicator string) map[string]other {
	o := other{
		indicator + " Status Code: 501. Message: Public access blocks are not supported by this endpoint (ENDPOINT). " +
			"It answered: An error occurred (NotImplemented) when calling the GetPublicAccessBlock operation: A header you provided implies functionality that is not implemented.",
		whyNoBlock,
	}
	return map[string]other{"versitygw": o, "versitygw-iam": o}
}

func blockDenied(indicator, bucket string, moto other) map[string]other {
	m := denied(indicator, "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", bucket)
	m["versitygw-iam"] = noBlock(indicator)["versitygw-iam"]
	m["moto"] = moto
	return m
}

func policyScenes() []scene {
	return []scene{
		{
			command: "Put Bucket Policy", about: "one that opens the bucket, wanted so", want: successful,
			play: as(owner, "policy-put", func(name string) map[string]any {
				return in{"bucketName": name, "policy": openPolicy(name), "allowPublicAccess": true}
			}),
		},
		{
			command: "Put Bucket Policy", about: "no right", seed: true,
			want:   `Put Bucket Policy failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the PutBucketPolicy operation: Access Denied.` + checkBucket,
			unlike: policyDenied("Put Bucket Policy failed.", "PutBucketPolicy", "policy-denied", other{successful, whyAnyone}),
			play: as(nobody, "policy-denied", func(name string) map[string]any {
				return in{"bucketName": name, "policy": openPolicy(name), "allowPublicAccess": true}
			}),
		},
		{
			command: "Get Bucket Policy", about: "what was put", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "policy-get")
				st.also("put-bucket-policy", in{"bucketName": name, "policy": openPolicy(name), "allowPublicAccess": true})
				rec := st.run(owner, named(name))
				out := apptest.Raw[struct {
					Policy   string
					IsPublic bool
				}](st, rec)
				if !strings.Contains(out.Policy, `"Open"`) || !out.IsPublic {
					st.Errorf("got %+v", out)
				}
				return rec
			},
		},
		{
			command: "Get Bucket Policy", about: "no right", seed: true, play: as(nobody, "policy-secret", named),
			want: "Get Bucket Policy failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the GetBucketPolicy operation: Access Denied." + checkBucket,
			unlike: policyDenied("Get Bucket Policy failed.", "GetBucketPolicy", "policy-secret", other{
				"Get Bucket Policy failed. Status Code: 404. Message: An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist.", whyAnyone,
			}),
		},
		{
			command: "Get Bucket Policy", about: "there is none", play: as(owner, "policy-none", named),
			want: "Get Bucket Policy failed. Status Code: 404. Message: An error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does not exist.",
		},
		{
			command: "Delete Bucket Policy", about: "what was put", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "policy-delete")
				st.also("put-bucket-policy", in{"bucketName": name, "policy": openPolicy(name), "allowPublicAccess": true})
				return st.run(owner, named(name))
			},
		},
		{
			command: "Delete Bucket Policy", about: "no such bucket", play: func(st *stage) *run.Record { return st.run(owner, named(st.prefix+"missing")) },
			want: `Delete Bucket Policy failed. Status Code: 404. Message: An error occurred (NoSuchBucket) when calling the GetBucketPolicy operation: The specified bucket does not exist.`,
		},
	}
}

func blockScenes() []scene {
	on := func(name string) map[string]any {
		return in{"bucketName": name, "blockPublicAcls": true, "ignorePublicAcls": true, "blockPublicPolicy": true, "restrictPublicBuckets": false}
	}
	const denial = " Status Code: 403. Message: An error occurred (AccessDenied) when calling the "
	putDenied := blockDenied("Put Bucket Public Access Block failed.", "block-denied", other{successful, whyAnyone})
	putDenied["ceph"] = other{"Put Bucket Public Access Block failed." + denial + "GetPublicAccessBlock operation: Access Denied.", whyAsksBefore}
	return []scene{
		{command: "Put Bucket Public Access Block", about: "three of four", want: successful, play: as(owner, "block-put", on), unlike: noBlock("Put Bucket Public Access Block failed.")},
		{
			command: "Put Bucket Public Access Block", about: "no right", seed: true, play: as(nobody, "block-denied", on),
			want:   "Put Bucket Public Access Block failed." + denial + "PutPublicAccessBlock operation: Access Denied.",
			unlike: putDenied,
		},
		{
			command: "Get Bucket Public Access Block", about: "what was put", want: successful, unlike: noBlock("Get Bucket Public Access Block failed."),
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "block-get")
				st.api.Run(st.T, "aws-s3", "put-bucket-public-access-block", apptest.Order{Connection: st.connection(owner), Input: on(name)})
				rec := st.run(owner, named(name))
				out := apptest.Raw[struct{ PublicAccessBlockConfiguration map[string]bool }](st, rec)
				if c := out.PublicAccessBlockConfiguration; rec.Error == nil && (!c["BlockPublicPolicy"] || c["RestrictPublicBuckets"]) {
					st.Errorf("got %v", c)
				}
				return rec
			},
		},
		{
			command: "Get Bucket Public Access Block", about: "no right", seed: true, play: as(nobody, "block-secret", named),
			want: "Get Bucket Public Access Block failed." + denial + "GetPublicAccessBlock operation: Access Denied.",
			unlike: blockDenied("Get Bucket Public Access Block failed.", "block-secret", other{
				"Get Bucket Public Access Block failed. Status Code: 404. Message: An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock operation: The public access block configuration was not found.", whyAnyone,
			}),
		},
		{
			command: "Delete Public Access Block", about: "what was put", want: successful, unlike: noBlock("Delete Public Access Block failed."),
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "block-delete")
				st.api.Run(st.T, "aws-s3", "put-bucket-public-access-block", apptest.Order{Connection: st.connection(owner), Input: on(name)})
				rec := st.run(owner, named(name))
				if !st.has(st, name) {
					st.Error("the bucket is gone")
				}
				return rec
			},
		},
		{
			command: "Delete Public Access Block", about: "no such bucket", play: func(st *stage) *run.Record { return st.run(owner, named(st.prefix+"missing")) },
			want: `Delete Public Access Block failed. Status Code: 404. Message: An error occurred (NoSuchBucket) when calling the GetPublicAccessBlock operation: The specified bucket does not exist.`,
		},
	}
}

func versionScenes() []scene {
	return []scene{
		{
			command: "Put Bucket Versioning", about: "on", want: successful,
			play: as(owner, "versioning", func(name string) map[string]any { return in{"bucketName": name, "status": "Enabled"} }),
		},
		{
			command: "Put Bucket Versioning", about: "no such status",
			want: `Put Bucket Versioning failed. Status Code: 400. Message: Invalid value for parameter Status, value: Off, valid values: Enabled, Suspended.`,
			play: func(st *stage) *run.Record { return st.run(owner, in{"bucketName": "any-bucket", "status": "Off"}) },
		},
		{
			command: "Get Bucket Versioning", about: "what was put", want: successful,
			play: func(st *stage) *run.Record {
				rec := st.run(owner, named(st.versioned(st, "versioning-get")))
				if out := apptest.Raw[struct{ Status string }](st, rec); out.Status != "Enabled" {
					st.Errorf("got %+v", out)
				}
				return rec
			},
		},
		{
			command: "Get Bucket Versioning", about: "no such bucket", play: func(st *stage) *run.Record { return st.run(owner, named(st.prefix+"missing")) },
			want: `Get Bucket Versioning failed. Status Code: 404. Message: An error occurred (NoSuchBucket) when calling the GetBucketVersioning operation: The specified bucket does not exist.`,
		},
		{command: "List Object Versions", about: "two and a marker", want: successful, play: listVersions},
		{
			command: "List Object Versions", about: "no such bucket", play: func(st *stage) *run.Record { return st.run(owner, named(st.prefix+"missing")) },
			want: `List Object Versions failed. Status Code: 404. Message: An error occurred (NoSuchBucket) when calling the ListObjectVersions operation: The specified bucket does not exist.`,
		},
		{
			command: "Restore Object Version", about: "of a deleted object", want: successful,
			play: func(st *stage) *run.Record {
				name := st.versioned(st, "restore")
				st.put(st, name, "a.txt")
				st.also("delete-bucket-objects", in{"bucketName": name, "filePaths": []string{"a.txt"}})
				old := apptest.Raw[versionList](st, st.also("list-object-versions", named(name)))
				rec := st.run(owner, in{"bucketName": name, "key": "a.txt", "versionId": old.Versions[0].VersionID})
				if content, _ := st.get(st, name, "a.txt"); content != textOf("a.txt") {
					st.Errorf("restored %q", content)
				}
				return rec
			},
		},
		{
			command: "Restore Object Version", about: "of an object that never was",
			want: `Restore Object Version failed. Status Code: 404. Message: There is no version "ID" of "b.txt" in bucket "restore-none": An error occurred (404) when calling the HeadObject operation: Not Found.`,
			play: func(st *stage) *run.Record {
				name := st.versioned(st, "restore-none")
				st.put(st, name, "a.txt")
				old := apptest.Raw[versionList](st, st.also("list-object-versions", named(name)))
				id := old.Versions[0].VersionID
				rec := st.run(owner, in{"bucketName": name, "key": "b.txt", "versionId": id})
				if rec.Error != nil {
					rec.Error.Message = strings.Replace(rec.Error.Message, `"`+id+`"`, `"ID"`, 1)
				}
				return rec
			},
		},
	}
}

type versionList struct {
	Versions []struct {
		Key       string
		VersionID string `json:"VersionId"`
	}
	DeleteMarkers []struct{ Key string }
}

func listVersions(st *stage) *run.Record {
	name := st.versioned(st, "list-versions")
	st.put(st, name, "a.txt", "a.txt")
	st.also("delete-bucket-objects", in{"bucketName": name, "filePaths": []string{"a.txt"}})
	rec := st.run(owner, named(name))
	if out := apptest.Raw[versionList](st, rec); len(out.Versions) != 2 || len(out.DeleteMarkers) != 1 {
		st.Errorf("got %+v", out)
	}
	return rec
}
