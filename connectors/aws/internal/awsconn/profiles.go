package awsconn

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/fairlead-io/fairlead/connector"
)

// Profile is what a profile of the shared AWS files says.
type Profile struct {
	Name         string
	Region       string
	EndpointURL  string
	AccessKey    string // empty when the profile gets its credentials in another way
	SecretKey    string
	SessionToken string
}

// Profiles reads the shared AWS files that the environment names, or the usual
// ones. Files that are not there hold no profiles.
func Profiles(ctx context.Context, lookup func(string) (string, bool)) ([]Profile, error) {
	c := &chain{conn: &Conn{lookup: lookup}}
	names, err := c.profileNames()
	if err != nil {
		return nil, err
	}
	var out []Profile
	for _, n := range names {
		sc, err := config.LoadSharedConfigProfile(ctx, n, c.sharedFiles)
		if err != nil {
			return nil, &connector.Error{Kind: connector.Invalid, Item: n, Message: "The AWS profile " + n + " cannot be read: " + innermost(err) + ".", Fix: "Mend it in the shared AWS files, or leave it out with --profile.", Err: err}
		}
		out = append(out, profileOf(n, sc))
	}
	return out, nil
}

func profileOf(name string, sc config.SharedConfig) Profile {
	p := Profile{Name: name, Region: sc.Region, EndpointURL: sc.BaseEndpoint}
	if sc.RoleARN == "" && sc.Credentials.HasKeys() {
		p.AccessKey, p.SecretKey, p.SessionToken = sc.Credentials.AccessKeyID, sc.Credentials.SecretAccessKey, sc.Credentials.SessionToken
	}
	return p
}

func (c *chain) profileNames() ([]string, error) {
	var o config.LoadSharedConfigOptions
	c.sharedFiles(&o)
	var names []string
	for _, f := range slices.Concat(o.ConfigFiles, o.CredentialsFiles) {
		found, err := sections(f)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// sections are the profiles that a shared file has: [default], [profile NAME]
// in the config file, [NAME] in the credentials file. Sections of other kinds,
// such as [sso-session NAME], have a word in front.
func sections(path string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &connector.Error{Kind: connector.Unavailable, Message: "The shared AWS file " + path + " cannot be read.", Fix: "Check its permissions.", Err: err}
	}
	defer func() { _ = f.Close() }()
	var names []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		end := strings.IndexByte(line, ']')
		if !strings.HasPrefix(line, "[") || end < 0 {
			continue
		}
		words := strings.Fields(line[1:end])
		switch {
		case len(words) == 1:
			names = append(names, words[0])
		case len(words) > 1 && words[0] == "profile":
			names = append(names, strings.Trim(strings.Join(words[1:], " "), `"'`))
		}
	}
	return names, lines.Err()
}
