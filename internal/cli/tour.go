package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
)

// samples are stored before the tour begins.
var samples = []struct{ name, content string }{
	{"harbour-log.csv", "time,ship,line,tension\n06:10,Aurora,fore spring,12.4\n06:40,Aurora,aft spring,11.9\n07:05,Borealis,head line,14.2\n"},
	{"manifest.json", `{"ship": "Aurora", "cargo": [{"what": "rope", "tons": 4}, {"what": "fairleads", "tons": 1}]}` + "\n"},
	{"notes.txt", "A fairlead guides a line so that it runs free and does not chafe.\n"},
}

// step is one command of the tour and the exit status it must have.
type step struct {
	about string
	args  []string
	want  int
}

// tour shows real commands on the sandbox, each as a person would see it.
func (d *demo) tour(ctx context.Context) error {
	ids, err := d.storeSamples(ctx)
	if err != nil {
		return err
	}
	inbox, archive, err := d.freeBuckets(ctx)
	if err != nil {
		return err
	}
	d.buckets = [2]string{inbox, archive}
	fmt.Fprintln(d.out, d.onOut(bold, "A server, an S3 service and an Azure run inside this process. A tour through real commands:"))
	for _, s := range tourSteps(ids, inbox, archive) {
		if err := d.take(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func tourSteps(ids []string, inbox, archive string) []step {
	s3 := func(command string, more ...string) []string {
		return append([]string{"run", "aws-s3", command, "--connection", "sandbox"}, more...)
	}
	vault := func(command string, more ...string) []string {
		return append([]string{"run", "azure-key-vault", command, "--connection", azureConnection}, more...)
	}
	gone := []string{"--bucket-name", inbox, "--file-paths", "incoming/notes.txt,incoming/lost.txt"}
	return []step{
		{about: "Does the connection to the sandbox work?", args: []string{"connections", "test", "sandbox"}},
		{about: "Create two buckets.", args: s3("create-buckets", "--bucket-names", inbox+","+archive)},
		{about: "These files are stored here ...", args: []string{"files", "list"}},
		{about: "... and go into a bucket.", args: s3("upload-files", "--file-ids", strings.Join(ids, ","), "--bucket-name", inbox, "--bucket-folder", "incoming")},
		{about: "See them there.", args: s3("list-bucket-objects", "--bucket-name", inbox)},
		{about: "Move one to the other bucket.", args: s3("move-files", "--source-bucket-name", inbox, "--source-file-paths", "incoming/manifest.json", "--destination-bucket-name", archive, "--destination-path", "2026", "--yes")},
		{about: "Download it; its checksum is verified.", args: s3("download-files", "--bucket-name", archive, "--file-paths", "2026/manifest.json")},
		{about: "What would a deletion do?", args: s3("delete-bucket-objects", append(gone, "--dry-run")...)},
		{about: "One of the two does not exist: each item has its own outcome.", args: s3("delete-bucket-objects", append(gone, "--yes")...), want: exitPartial},
		{about: "A vault runs here, too. Read the versions of a secret: the values stay masked, references stand in their place.", args: vault("get-secret-details", "--key-vault-name", azureVault, "--secret-name", azureSecret, "--query", "$.rawData.value[*]['id','value']")},
		{about: "What expires within 30 days, in all vaults?", args: vault("expiry-report", "--within-days", "30")},
		{about: "Everything was recorded.", args: []string{"runs", "list", "--limit", "4"}},
	}
}

// take shows the command line, runs it, and is not content with another
// outcome than the one the tour is about.
func (d *demo) take(ctx context.Context, s step) error {
	words := make([]string, len(s.args))
	for i, a := range s.args {
		words[i] = shellWord(a)
	}
	fmt.Fprintf(d.out, "\n%s\n%s\n", d.onOut(faint, "# "+s.about), d.onOut(bold, d.onOut(cyan, "$ fairlead "+strings.Join(words, " "))))
	guest := &program{
		streams: streams{in: strings.NewReader(""), out: d.out, err: d.out, outTTY: d.outTTY, errTTY: d.outTTY, plain: d.plain},
		env:     d.env, home: d.home, user: d.user, version: d.version, now: d.now, origin: "demo", global: globals{format: formatTable}, conn: d.client,
	}
	got := guest.execute(ctx, s.args)
	if got != 0 {
		fmt.Fprintln(d.out, d.onOut(faint, "(exit status "+strconv.Itoa(got)+")"))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if got != s.want {
		return &connector.Error{Kind: connector.Internal, Message: fmt.Sprintf("The tour did not go as it should: exit status %d instead of %d.", got, s.want)}
	}
	return nil
}

// storeSamples gives the IDs of the samples; those of an earlier start are
// used again.
func (d *demo) storeSamples(ctx context.Context) ([]string, error) {
	ids := make([]string, len(samples))
	for i, s := range samples {
		id, err := d.storeSample(ctx, s.name, s.content)
		if err != nil {
			return nil, err
		}
		ids[i] = strconv.FormatInt(id, 10)
	}
	return ids, nil
}

func (d *demo) storeSample(ctx context.Context, name, content string) (int64, error) {
	raw, err := d.client.get(ctx, apiRequest{method: http.MethodGet, path: "/files", query: url.Values{"name": {name}, "source": {connector.DefaultSource}}})
	if err != nil {
		return 0, err
	}
	page, err := decodeAs[filePage](raw)
	if err != nil {
		return 0, err
	}
	for _, f := range page.Files {
		if f.Name == name {
			return f.ID, nil
		}
	}
	raw, err = d.client.get(ctx, apiRequest{method: http.MethodPost, path: "/files", query: url.Values{"name": {name}}, stream: io.NopCloser(strings.NewReader(content))})
	if err != nil {
		return 0, err
	}
	f, err := decodeAs[connector.FileInfo](raw)
	return f.ID, err
}

// freeBuckets gives names that an earlier tour has not taken.
func (d *demo) freeBuckets(ctx context.Context) (inbox, archive string, err error) {
	raw, err := d.client.get(ctx, apiRequest{
		method: http.MethodPost, path: at("integrations", "aws-s3", "commands", "list-buckets", "runs"),
		body: runRequest{Connection: "sandbox", Input: map[string]json.RawMessage{}},
	})
	if err != nil {
		return "", "", err
	}
	rec, err := decodeAs[struct {
		KeyFields map[string][]string `json:"keyFields"`
		Error     *run.ErrorView      `json:"error"`
	}](raw)
	if err == nil && rec.Error != nil {
		err = &connector.Error{Kind: rec.Error.Kind, Message: rec.Error.Line(), Fix: rec.Error.Fix}
	}
	taken := rec.KeyFields["BucketNames"]
	inbox, archive = "harbour-inbox", "harbour-archive"
	for n := 2; slices.Contains(taken, inbox) || slices.Contains(taken, archive); n++ {
		inbox, archive = fmt.Sprintf("harbour-inbox-%d", n), fmt.Sprintf("harbour-archive-%d", n)
	}
	return inbox, archive, err
}
