package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/backup"
	"github.com/fairlead-io/fairlead/internal/egress"
)

// passphraseEnv holds a passphrase: a flag would show in the list of processes.
const passphraseEnv = "FAIRLEAD_BACKUP_PASSPHRASE"

func (p *program) passphrase() string {
	for _, kv := range p.env {
		if v, ok := strings.CutPrefix(kv, passphraseEnv+"="); ok {
			return v
		}
	}
	return ""
}

func (p *program) backupCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup --output FILE", Short: "Back everything up into one encrypted file, while it runs", Args: words(), DisableFlagsInUseLine: true,
		Long: "Writes the records, the content of stored files and the wrapped keysets into one file that only the recipients can open (age). The key file that unwraps the keysets is not in it " +
			"unless --with-key is given: keep it elsewhere. Without --recipient, " + passphraseEnv + " is the passphrase.",
		Example: "  fairlead backup keygen --output backup.key\n  fairlead backup --recipient age1... --output monday.backup.age\n  fairlead backup verify monday.backup.age --identity backup.key",
	}
	output := cmd.Flags().String("output", "", "`FILE` to write, or - for standard output (required)")
	to := cmd.Flags().StringSlice("recipient", nil, "`RECIPIENT` (age1...) who can open it; may be repeated")
	withKey := cmd.Flags().Bool("with-key", false, "put the key file in")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *output == "" {
			return &usageError{message: "--output is needed", hint: seeHelp(cmd)}
		}
		body := map[string]any{"withKey": *withKey}
		if len(*to) > 0 {
			body["recipients"] = *to
		} else if phrase := p.passphrase(); phrase != "" {
			body["passphrase"] = phrase
		}
		return p.backUp(cmd.Context(), *output, body)
	}
	cmd.AddCommand(p.backupVerifyCmd(), p.backupKeygenCmd())
	return cmd
}

// backUp writes beside the file and renames, so that a backup that was cut off never has its name.
func (p *program) backUp(ctx context.Context, path string, body map[string]any) error {
	c, err := p.client(ctx)
	if err != nil {
		return err
	}
	res, err := c.send(ctx, apiRequest{method: http.MethodPost, path: "/backup", body: body})
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if path == "-" {
		_, err := io.Copy(p.out, res.Body)
		return c.cut(ctx, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return localError("--output", err)
	}
	n, err := io.Copy(f, res.Body)
	err = c.cut(ctx, err)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return p.showValue(map[string]any{"file": path, "size": n}, func() error {
		fmt.Fprintf(p.out, "%s, %s. Check it: fairlead backup verify %s\n", visible(path), size(n), visible(path))
		return nil
	})
}

// cut explains an answer that broke off.
func (c *client) cut(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The backup broke off and is of no use.", Fix: "See the log of the server, then try again.", Err: err}
}

func (p *program) identities(file string) ([]age.Identity, error) {
	if file == "" {
		return backup.Identities("", p.passphrase())
	}
	raw, err := p.read("--identity", file)
	if err != nil {
		return nil, err
	}
	return backup.Identities(string(raw), "")
}

func (p *program) backupVerifyCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify FILE", Short: "Read a whole backup and verify its audit chains", Args: words("FILE"), DisableFlagsInUseLine: true,
		Long: "Reads every byte, loads the records into a database that is thrown away, and verifies the audit chains. It needs neither a server nor a data folder.",
	}
	identity := cmd.Flags().String("identity", "", "`FILE` of the age identity, or -; without it "+passphraseEnv+" counts")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.readBackup(args[0], *identity, func(f io.Reader, ids []age.Identity) (backup.Check, error) {
			return backup.Verify(cmd.Context(), f, ids, filepath.Dir(args[0]))
		})
	}
	return cmd
}

func (p *program) restoreCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Make a data folder, or fill a database, from a backup", Args: words("FILE"), DisableFlagsInUseLine: true,
		Long: "Checks the backup as \"backup verify\" does, then makes the data folder (--data), which must not exist or be empty. With the setting database-url, the records go to that database, which must hold nothing. " +
			"Unless the key file is in the backup, put it into the data folder afterwards.",
	}
	identity := cmd.Flags().String("identity", "", "`FILE` of the age identity, or -; without it "+passphraseEnv+" counts")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if p.global.server != "" {
			return &usageError{message: "restore works on this machine and takes no --server", hint: seeHelp(cmd)}
		}
		cfg, err := p.settings(nil)
		if err != nil {
			return err
		}
		out := egress.New(egress.Policy{LookupEnv: os.LookupEnv})
		defer out.Close()
		return p.readBackup(args[0], *identity, func(f io.Reader, ids []age.Identity) (backup.Check, error) {
			c, err := backup.Restore(cmd.Context(), f, ids, app.RestoreTarget(cfg, out))
			if err == nil && !c.HasKey {
				fmt.Fprintln(p.err, p.onErr(yellow, "The key file is not in the backup: the secrets need the key "+c.KEK+"."))
			}
			return c, err
		})
	}
	return cmd
}

func (p *program) readBackup(path, identity string, use func(io.Reader, []age.Identity) (backup.Check, error)) error {
	ids, err := p.identities(identity)
	if err != nil {
		return err
	}
	f, err := openLocal("FILE", path)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := use(f, ids)
	if err != nil {
		return err
	}
	return p.showValue(c, func() error {
		p.facts("Made", moment(&c.CreatedAt), "By", "fairlead "+c.Version, "Key", c.KEK, "Key file inside", cell(c.HasKey), "Runs", cell(c.Rows["runs"]),
			"Files", cell(c.Rows["files"]), "Content", fmt.Sprintf("%d, %s", c.Content, size(c.ContentBytes)),
			"Audit chains", fmt.Sprintf("%d good, %d entries", c.Tenants, c.Entries))
		return nil
	})
}

func (p *program) backupKeygenCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keygen --output FILE", Short: "Make a pair of keys for backups", Args: words(), DisableFlagsInUseLine: true,
		Long: "Writes the identity, which opens backups, into a file that only its owner may read, and prints the recipient. Keep the identity away from the machine that is backed up.",
	}
	output := cmd.Flags().String("output", "", "`FILE` for the identity (required); one that is there stays as it is")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *output == "" {
			return &usageError{message: "--output is needed", hint: seeHelp(cmd)}
		}
		recipient, identity, err := backup.Keygen()
		if err != nil {
			return err
		}
		f, err := os.OpenFile(*output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return localError("--output", err)
		}
		_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", recipient, identity.Reveal())
		if err = errors.Join(err, f.Close()); err != nil {
			return localError("--output", err)
		}
		return p.showValue(map[string]string{"recipient": recipient}, func() error { fmt.Fprintln(p.out, recipient); return nil })
	}
	return cmd
}
