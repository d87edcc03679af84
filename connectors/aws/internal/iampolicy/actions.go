package iampolicy

import "strings"

// Level is what an action works on.
type Level string

// The levels.
const (
	Account Level = "account" // no bucket; its resource is always *
	Bucket  Level = "bucket"  // arn:aws:s3:::BUCKET
	Objects Level = "objects" // arn:aws:s3:::BUCKET/KEY
)

// objectActions are those on objects, in lower case and without s3:.
const objectActions = " abortmultipartupload bypassgovernanceretention deleteobject deleteobjecttagging deleteobjectversion deleteobjectversiontagging" +
	" getobject getobjectacl getobjectattributes getobjectlegalhold getobjectretention getobjecttagging getobjecttorrent getobjectversion" +
	" getobjectversionacl getobjectversionattributes getobjectversionforreplication getobjectversiontagging getobjectversiontorrent" +
	" initiatereplication listmultipartuploadparts objectowneroverridetobucketowner putobject putobjectacl putobjectlegalhold" +
	" putobjectretention putobjecttagging putobjectversionacl putobjectversiontagging replicatedelete replicateobject replicatetags" +
	" restoreobject updateobjectencryption "

const accountActions = " listallmybuckets getaccountpublicaccessblock putaccountpublicaccessblock listaccesspoints "

// LevelOf says what an action of S3 works on.
func LevelOf(action string) Level {
	name := " " + strings.TrimPrefix(strings.ToLower(action), "s3:") + " "
	switch {
	case strings.Contains(objectActions, name):
		return Objects
	case strings.Contains(accountActions, name):
		return Account
	}
	return Bucket
}

func resourceLevel(arn string) Level {
	if strings.Contains(arn, "/") {
		return Objects
	}
	return Bucket
}

// BucketOf names the bucket of an S3 ARN; empty where it names none, or is
// open.
func BucketOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "s3" || parts[3] != "" || parts[4] != "" {
		return ""
	}
	bucket, _, _ := strings.Cut(parts[5], "/")
	if open(bucket) {
		return ""
	}
	return bucket
}

// CheckBucket finds resources that lie in another bucket: S3 refuses them.
func (p *Policy) CheckBucket(bucket string) []Problem {
	var out []Problem
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.NotResource {
			continue
		}
		for _, r := range s.Resources {
			if b := BucketOf(r); b != "" && b != bucket {
				out = append(out, Problem{
					element("/Statement", s.index) + "/Resource",
					"The resource " + r + " is not in bucket " + bucket + ".",
					"Name this bucket: arn:aws:s3:::" + bucket + " and arn:aws:s3:::" + bucket + "/*.",
				})
			}
		}
	}
	return out
}
