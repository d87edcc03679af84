package e2e

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
)

func uploadScenes() []scene {
	return []scene{
		{
			command: "Upload Files", about: "two into a folder", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "upload")
				a := st.api.AddFile(st, "a.txt", strings.NewReader("first"))
				b := st.api.AddFile(st, "b.json", strings.NewReader(`{"second":true}`))
				rec := st.run(owner, in{"d3FileIds": []any{a.ID, b.ID}, "d3FileSource": "Playbook File", "bucketName": name, "bucketFolder": "temp/sub"})
				content, kind := st.get(st, name, "temp/sub/b.json")
				if content != `{"second":true}` || kind != "application/json" {
					st.Errorf("the object is %q of type %q", content, kind)
				}
				if got := st.keys(st, name); !slices.Equal(got, []string{"temp/sub/a.txt", "temp/sub/b.json"}) {
					st.Errorf("the bucket holds %v", got)
				}
				wantItems(st, rec, "done", "done")
				return rec
			},
		},
		{command: "Upload Files", about: "17 MiB in parts, and back", want: successful, play: inParts},
		{
			command: "Upload Files", about: "file ID that is no number", seed: true,
			want: `Upload Files failed. Status Code: 400. Message: Upload file with ID "abc" to bucket "upload-bad" failed: Download file failed:"Error converting data type nvarchar to bigint.`,
			play: func(st *stage) *run.Record {
				return st.run(owner, in{"fileIds": []string{"abc"}, "bucketName": st.bucket(st, "upload-bad")})
			},
		},
		{
			command: "Upload Files", about: "one that exists, one that does not",
			want: `Upload Files failed. Status Code: 404. Message: Upload file with ID "999999999" to bucket "upload-some" failed: Download file failed:"There is no file with ID 999999999.`,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "upload-some")
				a := st.api.AddFile(st, "a.txt", strings.NewReader("first"))
				rec := st.run(owner, in{"fileIds": []any{a.ID, 999999999}, "bucketName": name})
				wantVerdict(st, rec, run.PartiallySuccessful)
				wantItems(st, rec, "done", "failed")
				return rec
			},
		},
		{
			command: "Upload Files", about: "no such bucket",
			want: `Upload Files failed. Status Code: 404. Message: Upload file with ID "ID" to bucket "missing" failed: An error occurred (NoSuchBucket) when calling the PutObject operation: The specified bucket does not exist.`,
			play: func(st *stage) *run.Record {
				a := st.api.AddFile(st, "a.txt", strings.NewReader("first"))
				rec := st.run(owner, in{"fileIds": []any{a.ID}, "bucketName": st.prefix + "missing"})
				rec.Error.Message = strings.Replace(rec.Error.Message, `"`+rec.Items[0].Item+`"`, `"ID"`, 1)
				return rec
			},
		},
	}
}

// downloaded is Download Files' raw data.
type downloaded struct {
	Files []struct {
		FileID                                  int64
		FileName, Key, MD5, SHA256, ContentType string
		ContentLength                           int64
	}
}

// inParts sends an object above the multipart threshold up and down again.
func inParts(st *stage) *run.Record {
	content := make([]byte, 17<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(content) // never fails
	name := st.bucket(st, "parts")
	f := st.api.AddFile(st, "large.bin", bytes.NewReader(content))
	rec := st.run(owner, in{"fileIds": []any{f.ID}, "bucketName": name})
	wantVerdict(st, rec, run.Successful)
	back := st.api.Run(st.T, "aws-s3", "download-files", apptest.Order{Connection: st.connection(owner), Input: in{"bucketName": name, "filePaths": []string{"large.bin"}}})
	wantVerdict(st, back, run.Successful)
	out := apptest.Raw[downloaded](st, back)
	if len(out.Files) != 1 || out.Files[0].SHA256 != f.SHA256 || !bytes.Equal(st.api.Content(st, out.Files[0].FileID), content) {
		st.Errorf("other content came back: %+v", out)
	}
	if rec.Items[0].Bytes != int64(len(content)) || back.Items[0].Bytes != int64(len(content)) {
		st.Errorf("recorded %d bytes up, %d down", rec.Items[0].Bytes, back.Items[0].Bytes)
	}
	return rec
}

func downloadScenes() []scene {
	return []scene{
		{
			command: "Download Files", about: "two of one name", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "download")
				st.put(st, name, "temp/same.txt", "other/same.txt")
				rec := st.run(owner, in{"bucketName": name, "filePaths": []string{"temp/same.txt", "other/same.txt"}})
				out := apptest.Raw[downloaded](st, rec)
				if len(out.Files) != 2 || out.Files[0].FileName == out.Files[1].FileName {
					st.Fatalf("got %+v", out)
				}
				for _, f := range out.Files {
					want := textOf(f.Key)
					sum, sha := md5.Sum([]byte(want)), sha256.Sum256([]byte(want))
					if string(st.api.Content(st, f.FileID)) != want || f.MD5 != hex.EncodeToString(sum[:]) || f.SHA256 != hex.EncodeToString(sha[:]) {
						st.Errorf("%s came as %+v", f.Key, f)
					}
				}
				return rec
			},
		},
		{
			command: "Download Files", about: "no such bucket", seed: true,
			want: `Download Files failed. Status Code: 404. Message: Download file "temp/tests3.txt" in bucket "missing" failed: An error occurred (NoSuchBucket) when calling the GetObject operation: The specified bucket does not exist.`,
			play: func(st *stage) *run.Record {
				return st.run(owner, in{"bucketName": st.prefix + "missing", "filePaths": []string{"temp/tests3.txt"}})
			},
		},
		{
			command: "Download Files", about: "one that exists, one that does not",
			want: `Download Files failed. Status Code: 404. Message: Download file "gone.txt" in bucket "download-some" failed: An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.`,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "download-some")
				st.put(st, name, "here.txt")
				rec := st.run(owner, in{"bucketName": name, "filePaths": []string{"gone.txt", "here.txt"}})
				wantVerdict(st, rec, run.PartiallySuccessful)
				wantItems(st, rec, "failed", "done")
				return rec
			},
		},
	}
}

func moveScenes() []scene {
	return []scene{
		{
			command: "Move Files", about: "two into a folder of another bucket", want: successful,
			play: func(st *stage) *run.Record {
				from, to := st.bucket(st, "move-from"), st.bucket(st, "move-to")
				st.put(st, from, "a.txt", "temp/b.txt", "stays.txt")
				rec := st.run(owner, in{"sourceBucketName": from, "sourceFilePaths": []string{"a.txt", "temp/b.txt"}, "destinationBucketName": to, "destinationPath": "Temp"})
				if a, b := st.keys(st, from), st.keys(st, to); !slices.Equal(a, []string{"stays.txt"}) || !slices.Equal(b, []string{"Temp/a.txt", "Temp/b.txt"}) {
					st.Fatalf("left %v, moved %v", a, b)
				}
				if content, _ := st.get(st, to, "Temp/b.txt"); content != textOf("temp/b.txt") {
					st.Errorf("moved %q", content)
				}
				return rec
			},
		},
		{
			command: "Move Files", about: "no right", seed: true,
			want: "Move Files failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the GetBucketVersioning operation: Access Denied.",
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "move-denied")
				st.put(st, name, "a.txt")
				return st.run(nobody, in{"sourceBucketName": name, "sourceFilePaths": []string{"a.txt"}, "destinationBucketName": name, "destinationPath": "Temp"})
			},
			unlike: denied("Move Files failed.", "GetBucketVersioning", "s3:GetBucketVersioning", "move-denied"),
		},
		{
			command: "Move Files", about: "one that exists, one that does not",
			want: "Move Files failed. Status Code: 404. Message: An error occurred (404) when calling the HeadObject operation: Not Found.",
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "move-some")
				st.put(st, name, "here.txt")
				rec := st.run(owner, in{"sourceBucketName": name, "sourceFilePaths": []string{"gone.txt", "here.txt"}, "destinationBucketName": name, "destinationPath": "Temp"})
				wantVerdict(st, rec, run.PartiallySuccessful)
				if got := st.keys(st, name); !slices.Equal(got, []string{"Temp/here.txt"}) {
					st.Errorf("the bucket holds %v", got)
				}
				return rec
			},
		},
	}
}

func deleteObjectScenes() []scene {
	return []scene{
		{
			command: "Delete Bucket Objects", about: "two", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "objects")
				st.put(st, name, "a.txt", "temp/b.txt", "temp/b.txt.bak")
				rec := st.run(owner, in{"bucketName": name, "filePaths": []string{"a.txt", "temp/b.txt"}})
				if got := st.keys(st, name); !slices.Equal(got, []string{"temp/b.txt.bak"}) {
					st.Errorf("the bucket holds %v", got)
				}
				wantItems(st, rec, "done", "done")
				return rec
			},
		},
		{
			command: "Delete Bucket Objects", about: "all versions", want: successful,
			play: func(st *stage) *run.Record {
				name := st.versioned(st, "versions")
				st.put(st, name, "a.txt", "a.txt", "b.txt")
				rec := st.run(owner, in{"bucketName": name, "filePaths": []string{"b.txt"}})
				wantVerdict(st, rec, run.Successful)
				if n := st.versions(st, name); n != 4 { // two versions, and one with its marker
					st.Errorf("%d versions and markers after a plain deletion", n)
				}
				rec = st.run(owner, in{"bucketName": name, "filePaths": []string{"a.txt", "b.txt"}, "enableAllVersionsDeletion": true})
				if n := st.versions(st, name); n != 0 {
					st.Errorf("%d versions and markers are left", n)
				}
				return rec
			},
		},
		{
			command: "Delete Bucket Objects", about: "no right", seed: true,
			want: "Delete Bucket Objects failed. Status Code: 403. Message: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied.",
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "objects-denied")
				st.put(st, name, "a.txt")
				return st.run(nobody, in{"bucketName": name, "filePaths": []string{"a.txt"}})
			},
			unlike: denied("Delete Bucket Objects failed.", "ListObjectsV2", "s3:ListBucket", "objects-denied"),
		},
		{
			command: "Delete Bucket Objects", about: "one that exists, one that does not",
			want: `Delete Bucket Objects failed. Status Code: 404. Message: The file "gone.txt" does not exist in bucket "objects-some".`,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "objects-some")
				st.put(st, name, "here.txt")
				rec := st.run(owner, in{"bucketName": name, "filePaths": []string{"gone.txt", "here.txt"}})
				wantVerdict(st, rec, run.PartiallySuccessful)
				wantItems(st, rec, "failed", "done")
				if got := st.keys(st, name); len(got) != 0 {
					st.Errorf("the bucket holds %v", got)
				}
				return rec
			},
		},
	}
}
