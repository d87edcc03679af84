package e2e

import (
	"io"
	"net/http"
	"slices"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
)

func furtherScenes() []scene {
	return []scene{
		{
			command: "Copy Files", about: "to another bucket", want: successful,
			play: func(st *stage) *run.Record {
				from, to := st.bucket(st, "copy-from"), st.bucket(st, "copy-to")
				st.put(st, from, "a.txt")
				rec := st.run(owner, in{"sourceBucketName": from, "sourceFilePaths": []string{"a.txt"}, "destinationBucketName": to, "destinationPath": "Temp"})
				if a, b := st.keys(st, from), st.keys(st, to); !slices.Equal(a, []string{"a.txt"}) || !slices.Equal(b, []string{"Temp/a.txt"}) {
					st.Errorf("left %v, copied %v", a, b)
				}
				return rec
			},
		},
		{
			command: "Copy Files", about: "one that does not exist",
			want: `Copy Files failed. Status Code: 404. Message: An error occurred (404) when calling the HeadObject operation: Not Found.`,
			play: as(owner, "copy-none", func(name string) map[string]any {
				return in{"sourceBucketName": name, "sourceFilePaths": []string{"gone.txt"}, "destinationBucketName": name, "destinationPath": "Temp"}
			}),
		},
		{
			command: "Empty Bucket", about: "versions too", want: successful,
			play: func(st *stage) *run.Record {
				name := st.versioned(st, "to-empty")
				st.put(st, name, "a.txt", "a.txt", "b.txt")
				st.also("delete-bucket-objects", in{"bucketName": name, "filePaths": []string{"b.txt"}})
				rec := st.run(owner, in{"bucketName": name, "confirmation": name})
				if n := st.versions(st, name); n != 0 {
					st.Errorf("%d versions and markers are left", n)
				}
				return rec
			},
		},
		{command: "Empty Bucket", about: "not confirmed", play: as(owner, "not-emptied", named), want: `Empty Bucket failed. Status Code: 400. Message: Confirmation is not the name of the bucket, "not-emptied".`},
		{
			command: "Get Object Details", about: "one that exists", want: successful,
			play: func(st *stage) *run.Record {
				name := st.bucket(st, "details")
				st.put(st, name, "a.txt")
				rec := st.run(owner, in{"bucketName": name, "key": "a.txt"})
				if out := apptest.Raw[struct{ ContentLength int }](st, rec); out.ContentLength != len(textOf("a.txt")) {
					st.Errorf("got %+v", out)
				}
				return rec
			},
		},
		{
			command: "Get Object Details", about: "one that does not exist",
			want: `Get Object Details failed. Status Code: 404. Message: An error occurred (404) when calling the HeadObject operation: Not Found.`,
			play: as(owner, "details-none", func(name string) map[string]any { return in{"bucketName": name, "key": "gone.txt"} }),
		},
		{command: "Generate Presigned URL", about: "which then works", want: successful, play: presigned},
		{
			command: "Generate Presigned URL", about: "of an object that does not exist",
			want: `Generate Presigned URL failed. Status Code: 404. Message: An error occurred (404) when calling the HeadObject operation: Not Found.`,
			play: as(owner, "presigned-none", func(name string) map[string]any { return in{"bucketName": name, "key": "gone.txt"} }),
		},
	}
}

// presigned takes the secret address by its reference, and uses it.
func presigned(st *stage) *run.Record {
	name := st.bucket(st, "presigned")
	st.put(st, name, "a.txt")
	rec := st.run(owner, in{"bucketName": name, "key": "a.txt", "expiresIn": 60})
	out := apptest.Raw[struct {
		URL struct {
			Ref string `json:"$secret"`
		}
	}](st, rec)
	var secret struct{ Value string }
	st.api.Want(st.T, http.StatusOK, http.MethodPost, "/reveal", in{"ref": out.URL.Ref}, &secret)
	req, err := http.NewRequestWithContext(st.Context(), http.MethodGet, secret.Value, nil)
	apptest.Must(st, err)
	resp, err := http.DefaultClient.Do(req)
	apptest.Must(st, err)
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	apptest.Must(st, err)
	if string(content) != textOf("a.txt") {
		st.Errorf("the address gives %d %q", resp.StatusCode, content)
	}
	return rec
}
