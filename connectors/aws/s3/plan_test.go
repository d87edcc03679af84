package s3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// planned is a command whose plan is held against what the run does. look says
// what there is of an item, before and after: empty for nothing.
type planned struct {
	command string
	about   string
	setUp   func(t *testing.T, b *bench) in
	look    func(t *testing.T, b *bench, item string) string
}

func (b *bench) etag(t *testing.T, bucket, key string) string {
	t.Helper()
	o, err := b.raw.Head(t.Context(), ref{Bucket: bucket, Key: key})
	if notFound(err) {
		return ""
	}
	must(t, err)
	return o.ETag
}

func (b *bench) exists(t *testing.T, bucket string) string {
	t.Helper()
	_, err := b.raw.headBucket(t.Context(), bucket)
	if notFound(err) {
		return ""
	}
	must(t, err)
	return "there"
}

func inBucket(bucket, folder string) func(*testing.T, *bench, string) string {
	return func(t *testing.T, b *bench, item string) string {
		return b.etag(t, bucket, join(folder, baseName(item)))
	}
}

func ofPolicy(t *testing.T, b *bench, bucket string) string { return b.policy(t, bucket) }

func ofBlock(t *testing.T, b *bench, bucket string) string {
	return strings.Join(b.block(t, bucket).lines(), " ")
}

func ofVersioning(t *testing.T, b *bench, bucket string) string {
	out, err := b.raw.getVersioning(t.Context(), bucket)
	must(t, err)
	return string(out.Status)
}

func transfer(t *testing.T, b *bench) in {
	b.bucket(t, "from-here")
	b.bucket(t, "to-there")
	b.put(t, "from-here", "new", "1")
	b.put(t, "from-here", "x/taken", "2")
	b.put(t, "to-there", "in/taken", "old")
	return in{"sourceBucketName": "from-here", "sourceFilePaths": []string{"new", "x/taken", "missing"}, "destinationBucketName": "to-there", "destinationPath": "in"}
}

var plannedRuns = []planned{
	{"create-buckets", "one new, one there", func(t *testing.T, b *bench) in {
		b.bucket(t, "there-already")
		return in{"bucketNames": []string{"brand-new", "there-already"}}
	}, func(t *testing.T, b *bench, item string) string { return b.exists(t, item) }},
	{"delete-buckets", "one empty, one full, one missing", func(t *testing.T, b *bench) in {
		b.bucket(t, "empty-one")
		b.bucket(t, "full-one")
		b.put(t, "full-one", "k", "x")
		return in{"bucketNames": []string{"empty-one", "full-one", "no-such-bucket"}}
	}, func(t *testing.T, b *bench, item string) string { return b.exists(t, item) }},
	{"delete-bucket-objects", "one there, one missing", func(t *testing.T, b *bench) in {
		b.bucket(t, "bucket")
		b.put(t, "bucket", "k", "x")
		return in{"bucketName": "bucket", "filePaths": []string{"k", "missing"}}
	}, inBucket("bucket", "")},
	{"delete-bucket-objects", "all versions, one only a marker", func(t *testing.T, b *bench) in {
		b.versionedBucket(t, "bucket")
		b.put(t, "bucket", "k", "x")
		b.put(t, "bucket", "k", "y")
		b.put(t, "bucket", "hidden", "y")
		_, err := b.raw.DeleteMany(t.Context(), "bucket", []ref{{Key: "hidden"}})
		must(t, err)
		return in{"bucketName": "bucket", "filePaths": []string{"k", "hidden", "missing"}, "enableAllVersionsDeletion": true}
	}, func(t *testing.T, b *bench, item string) string {
		refs, _, err := b.raw.versionsOf(t.Context(), "bucket", item)
		must(t, err)
		if len(refs) == 0 {
			return ""
		}
		return fmt.Sprint(refs)
	}},
	{"upload-files", "one new, one taken", func(t *testing.T, b *bench) in {
		b.bucket(t, "bucket")
		b.put(t, "bucket", "in/2.txt", "old")
		return in{"bucketName": "bucket", "bucketFolder": "in", "fileIds": []string{b.store(t, "1.txt", "a"), b.store(t, "2.txt", "b")}}
	}, uploaded},
	{"upload-files", "one taken, which is skipped", func(t *testing.T, b *bench) in {
		b.bucket(t, "bucket")
		b.put(t, "bucket", "in/2.txt", "old")
		return in{"bucketName": "bucket", "bucketFolder": "in", "ifExists": "Skip", "fileIds": []string{b.store(t, "1.txt", "a"), b.store(t, "2.txt", "b")}}
	}, uploaded},
	{"move-files", "one new, one taken, one missing", transfer, inBucket("to-there", "in")},
	{"copy-files", "one new, one taken, one missing", transfer, inBucket("to-there", "in")},
	{"copy-files", "one taken, which is skipped", func(t *testing.T, b *bench) in { return with(transfer(t, b), in{"ifExists": "Skip"}) }, inBucket("to-there", "in")},
	{"put-bucket-policy", "the first", func(t *testing.T, b *bench) in {
		return in{"bucketName": b.bucket(t, "bucket"), "policy": accountPolicy("bucket")}
	}, ofPolicy},
	{"put-bucket-policy", "another", func(t *testing.T, b *bench) in {
		b.setPolicy(t, b.bucket(t, "bucket"), strings.Replace(accountPolicy("bucket"), "GetObject", "PutObject", 1))
		return in{"bucketName": "bucket", "policy": accountPolicy("bucket")}
	}, ofPolicy},
	{"put-bucket-policy", "the same", func(t *testing.T, b *bench) in {
		b.setPolicy(t, b.bucket(t, "bucket"), accountPolicy("bucket"))
		return in{"bucketName": "bucket", "policy": accountPolicy("bucket")}
	}, ofPolicy},
	{"delete-bucket-policy", "there", func(t *testing.T, b *bench) in {
		b.setPolicy(t, b.bucket(t, "bucket"), accountPolicy("bucket"))
		return in{"bucketName": "bucket"}
	}, ofPolicy},
	{"delete-bucket-policy", "none", func(t *testing.T, b *bench) in { return in{"bucketName": b.bucket(t, "bucket")} }, ofPolicy},
	{"put-bucket-public-access-block", "the first", func(t *testing.T, b *bench) in {
		return with(in{"bucketName": b.bucket(t, "bucket")}, switches(true, false, true, false))
	}, ofBlock},
	{"put-bucket-public-access-block", "another", func(t *testing.T, b *bench) in {
		b.setBlock(t, b.bucket(t, "bucket"), AccessBlock{})
		return with(in{"bucketName": "bucket"}, switches(true, false, true, false))
	}, ofBlock},
	{"put-bucket-public-access-block", "merged, which changes nothing", func(t *testing.T, b *bench) in {
		b.setBlock(t, b.bucket(t, "bucket"), AccessBlock{BlockPublicAcls: true})
		return with(in{"bucketName": "bucket", "mergeWithCurrent": true}, switches(false, false, false, false))
	}, ofBlock},
	{"delete-public-access-block", "there", func(t *testing.T, b *bench) in {
		b.setBlock(t, b.bucket(t, "bucket"), AccessBlock{})
		return in{"bucketName": "bucket"}
	}, ofBlock},
	{"delete-public-access-block", "none", func(t *testing.T, b *bench) in { return in{"bucketName": b.bucket(t, "bucket")} }, ofBlock},
	{"put-bucket-versioning", "for the first time", func(t *testing.T, b *bench) in { return in{"bucketName": b.bucket(t, "bucket"), "status": "Enabled"} }, ofVersioning},
	{"put-bucket-versioning", "suspended", func(t *testing.T, b *bench) in {
		return in{"bucketName": b.versionedBucket(t, "bucket"), "status": "Suspended"}
	}, ofVersioning},
	{"restore-object-version", "an old one", func(t *testing.T, b *bench) in {
		b.versionedBucket(t, "bucket")
		b.put(t, "bucket", "k", "old")
		b.put(t, "bucket", "k", "new")
		return in{"bucketName": "bucket", "key": "k", "versionId": b.versions(t, "bucket")[1].Version}
	}, inBucket("bucket", "")},
	{"restore-object-version", "the current one", func(t *testing.T, b *bench) in {
		b.versionedBucket(t, "bucket")
		b.put(t, "bucket", "k", "old")
		return in{"bucketName": "bucket", "key": "k", "versionId": b.versions(t, "bucket")[0].Version}
	}, inBucket("bucket", "")},
	{"empty-bucket", "objects, versions and markers", func(t *testing.T, b *bench) in {
		b.versionedBucket(t, "bucket")
		for _, k := range []string{"a", "a", "b/c", "d"} {
			b.put(t, "bucket", k, k)
		}
		_, err := b.raw.DeleteMany(t.Context(), "bucket", []ref{{Key: "d"}})
		must(t, err)
		return in{"bucketName": "bucket", "confirmation": "bucket"}
	}, func(t *testing.T, b *bench, item string) string {
		if slices.ContainsFunc(b.versions(t, "bucket"), func(v version) bool { return v.label() == item }) {
			return "there"
		}
		return ""
	}},
	{"generate-presigned-url", "which changes nothing", func(t *testing.T, b *bench) in {
		b.put(t, b.bucket(t, "bucket"), "k", "x")
		return in{"bucketName": "bucket", "key": "k"}
	}, inBucket("bucket", "")},
}

// uploaded looks at the object that a stored file becomes; the plan names files
// by their ID.
func uploaded(t *testing.T, b *bench, item string) string {
	blob, err := b.files.Open(t.Context(), item, "")
	must(t, err)
	return b.etag(t, "bucket", "in/"+blob.Info().Name)
}

// TestPlansComeTrue: a dry run sends only reads, and says of every item what
// the run then does.
func TestPlansComeTrue(t *testing.T) {
	t.Parallel() // it waits more than it works
	covered := map[string]bool{}
	for _, p := range plannedRuns {
		covered[p.command] = true
		t.Run(p.command+"/"+p.about, func(t *testing.T) {
			b := newBench(t, stage{})
			input := p.setUp(t, b)
			plan := b.plan(t, p.command, input) // fails on anything but a read
			before := map[string]string{}
			for _, s := range plan {
				before[s.Item] = p.look(t, b, s.Item)
			}
			rec := b.Do(t, "aws-s3", p.command, input)
			for _, s := range plan {
				if got := change(before[s.Item], p.look(t, b, s.Item)); got != s.Action {
					t.Errorf("%s: planned %s, done %s (%s)", s.Item, s.Action, got, line(rec))
				}
			}
			compareItems(t, plan, rec.Items)
		})
	}
	for _, c := range Integration().Commands {
		if writes := c.Effect.Has(connector.Write) || c.Effect.Has(connector.Delete); writes && !covered[c.ID] {
			t.Errorf("the plan of %s is not held against a run", c.ID)
		}
	}
}

func change(before, after string) string {
	switch {
	case before == after:
		return connector.PlanNone
	case before == "":
		return connector.PlanCreate
	case after == "":
		return connector.PlanDelete
	}
	return connector.PlanReplace
}

// compareItems: a multi-item run reports the items of the plan, in its order,
// and those planned to change are done.
func compareItems(t *testing.T, plan []connector.PlanStep, items []run.ItemView) {
	t.Helper()
	if len(items) != len(plan) {
		return // of commands whose items are not those of the plan
	}
	for i, s := range plan {
		if len(plan) > 1 && items[i].Item != s.Item {
			t.Errorf("item %d is %s, planned was %s", i, items[i].Item, s.Item)
		}
		if s.Action != connector.PlanNone && items[i].State != connector.ItemDone {
			t.Errorf("%s: planned %s, the item is %s", s.Item, s.Action, items[i].State)
		}
	}
}
