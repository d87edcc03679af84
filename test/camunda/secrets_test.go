package camunda

import "github.com/fairlead-io/fairlead/test/camunda/recorded"

// recordedSecrets are those that the recorded jobs refer to.
var recordedSecrets = []struct{ name, value string }{
	{"FOO", "foo-value"},
	{"BAR", "bar-value"},
	{"S3_KEY", recorded.RootKey},
	{"S3_SECRET", recorded.RootSecret},
	{"REGION", recorded.Region},
	{"DISC", "deleteObject"},
	{"DASH-NAME", "dash-value"},
	{"NAME", "FOO"},
	{"RECURSIVE", "{{secrets.BAR}}"},
	{"QUOTES", `say "hi"`},
	{"BACKSLASH", `a\b`},
	{"NEWLINE", "line1\nline2\ttab"},
	{"UNICODE", "Grüße 日本"},
	{"EMPTY", ""},
	{"NUMBER", "404"},
	{"DOLLAR", `$1 $0 ${nope} \1`},
	{"JSONV", `{"a":1}`},
	{"ÜBER", "uber-value"},
	{"A/B", "slash-value"},
	{"BUCKET", "bkt"},
	{"KEYNAME", "key"},
	{"BOOL", "true"},
	{"BUCKET_UPPER", "My_Secret_Bucket"},
	{"BADREGION", "mars secret"},
	{"SHORT", "e"},
	{"BASIC", "basic"},
	{"STATUSPATH", "status/404"},
	{"BACKOFF", "PT5S"},
}

// secrets puts them where a version looks: from 8.9 on under a prefix.
func secrets(v recorded.Version) []string {
	prefix := "SECRET_"
	if v.Compat == "8.8" {
		prefix = ""
	}
	var env []string
	for _, s := range recordedSecrets {
		env = append(env, prefix+s.name+"="+s.value)
	}
	return env
}
