package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/config"
)

const demoText = `Starts a server together with simulated clouds inside this process, takes a short tour
through real commands, and stays up for you to try more. Nothing has to be configured, and
nothing leaves this machine. Without --data the state lives in a temporary folder, which is
removed at the end.`

func (p *program) demoCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "demo", Short: "Try everything on a cloud inside this process", Long: demoText, Args: words()}
	exit := cmd.Flags().Bool("exit", false, "end after the tour")
	declareServerFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d := &demo{program: p, exit: *exit}
		return errors.Join(d.run(cmd.Context(), serverSettings(cmd.Flags())), d.cleanUp())
	}
	return cmd
}

// demo is a server with sandboxes.
type demo struct {
	*program
	exit      bool
	cfg       config.Config
	app       *app.App
	client    *client // of the server in this process
	sandboxes []*sandbox
	buckets   [2]string // of the tour: inbox and archive
	temporary string    // folder to remove at the end
	written   []string  // files to remove at the end
}

// gcPercent keeps the garbage of a demo small: it idles most of the time.
const gcPercent = 40

func (d *demo) run(ctx context.Context, flags map[string]string) error {
	thrifty(gcPercent)
	if err := d.settle(ctx, flags); err != nil {
		return err
	}
	var err error
	if d.app, err = d.openServer(ctx, d.cfg); err != nil { // first: the folder may be another's
		return err
	}
	d.client = &client{http: d.app.Client(d.user, "demo"), base: app.EmbeddedURL}
	if err := d.startSandboxes(ctx); err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	return d.app.Serve(ctx, app.Serving{Name: "demo", Fill: d.fill, Ready: func(url string) error {
		err := d.ready(ctx, url)
		if d.exit {
			end()
		}
		return err
	}})
}

func (d *demo) startSandboxes(ctx context.Context) error {
	for _, start := range sandboxes(d.now) {
		s, err := start(context.WithoutCancel(ctx), filepath.Join(d.cfg.Data, "sandbox"))
		if err != nil {
			return fmt.Errorf("the sandbox cannot be started: %w", err)
		}
		d.sandboxes = append(d.sandboxes, s)
		if err := s.connect(ctx, d.client); err != nil {
			return err
		}
	}
	return nil
}

// settle decides on folder and address.
func (d *demo) settle(ctx context.Context, flags map[string]string) error {
	if d.global.data == "" {
		flags["data"] = d.getenv(config.EnvName("data"))
	}
	if flags["data"] == "" && d.global.data == "" {
		dir, err := os.MkdirTemp("", "fairlead-demo-")
		if err != nil {
			return localError("temporary folder", err)
		}
		d.temporary, flags["data"] = dir, dir
	}
	if flags["listen"] == "" && d.getenv(config.EnvName("listen")) == "" {
		flags["listen"] = freeAddress(ctx)
	}
	cfg, err := d.settings(flags)
	if err != nil {
		return err
	}
	cfg.Data, err = filepath.Abs(cfg.Data) // what is printed must work elsewhere
	d.cfg = cfg
	return err
}

// freeAddress is the usual one, unless another server has it.
func freeAddress(ctx context.Context) string {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", config.DefaultListen)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // nothing was accepted
	return config.DefaultListen
}

func (d *demo) fill(r *app.Ready) {
	for _, s := range d.sandboxes {
		s.fill(r)
	}
}

func (d *demo) ready(ctx context.Context, url string) error {
	if err := d.tour(ctx); err != nil {
		return err
	}
	return d.farewell(ctx, url)
}

// cleanUp closes the server first: it still writes to its folder.
func (d *demo) cleanUp() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := d.close(ctx)
	for _, s := range d.sandboxes {
		err = errors.Join(err, s.close())
	}
	for _, f := range d.written {
		err = errors.Join(err, os.Remove(f))
	}
	if d.temporary != "" {
		err = errors.Join(err, os.RemoveAll(d.temporary))
	}
	return err
}

// farewell says what there is and what to try.
func (d *demo) farewell(ctx context.Context, url string) error {
	fmt.Fprintln(d.out)
	kept := d.cfg.Data
	if d.temporary != "" {
		kept += " (temporary)"
	}
	pairs := []string{"Server", url + ", described at " + url + "/openapi.json"}
	for _, s := range d.sandboxes {
		pairs = append(pairs, "Sandbox", s.about)
	}
	d.facts(append(pairs, "Data", kept, "Memory", settledMemory())...)
	if d.exit {
		return nil
	}
	env, err := d.writeEnv(ctx, url)
	if err != nil {
		return err
	}
	fmt.Fprint(d.out, "\nTry it from another terminal. The first line gives that shell the address, a token and the program:\n\n")
	for _, line := range d.tryThis(env) {
		fmt.Fprintln(d.out, "  "+d.onOut(cyan, line))
	}
	fmt.Fprint(d.out, "\nCtrl-C ends the demo.\n")
	return nil
}

func (d *demo) tryThis(env string) []string {
	return []string{
		". " + shellWord(env),
		"fairlead connections list",
		"fairlead run aws-s3 list-buckets --connection sandbox",
		"echo 'Hello, harbour' | fairlead files add - --name hello.txt",
		"fairlead run aws-s3 create-buckets --connection sandbox --bucket-names my-first-bucket --dry-run",
		"fairlead run aws-s3 list-bucket-objects --connection sandbox --bucket-name " + d.buckets[0] + " --query '$.rawData.Contents[*].Key'",
		"fairlead run azure-key-vault list-secrets --connection " + azureConnection + " --key-vault-name " + azureVault,
		"fairlead runs list --limit 5",
		`curl -s -H "Authorization: Bearer $FAIRLEAD_TOKEN" "$FAIRLEAD_SERVER/api/v1/connections"`,
	}
}

// writeEnv writes what another shell needs. The token is in a file that only
// its owner reads, not on the screen, and ends with this process.
func (d *demo) writeEnv(ctx context.Context, url string) (string, error) {
	token, err := d.app.SessionToken(ctx, "demo shell")
	if err != nil {
		return "", err
	}
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(d.cfg.Data, "demo.env")
	_ = os.Remove(path) // of a demo that was killed; another's rights must not be kept
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", localError("demo", err)
	}
	d.written = append(d.written, path)
	_, err = fmt.Fprintf(f, "export FAIRLEAD_SERVER=%s\nexport FAIRLEAD_TOKEN=%s\nfairlead() { %s \"$@\"; }\n", shellWord(url), shellWord(token.Reveal()), shellWord(program))
	return path, errors.Join(err, f.Close())
}

// shellWord quotes text for a shell where it needs that.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=@%+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
