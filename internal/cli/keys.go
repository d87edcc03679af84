package cli

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/keys/care"
)

func (p *program) keysCmd() *cobra.Command {
	return group("keys", "List and rotate the keys that seal secrets", p.keysListCmd(), p.keysRotateCmd())
}

func (p *program) keysListCmd() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the keysets, without their keys", Args: words(), RunE: func(cmd *cobra.Command, _ []string) error {
		return fetch(cmd.Context(), p, apiRequest{path: "/keys"}, func(v struct {
			Keysets []keys.Info `json:"keysets"`
		},
		) error {
			p.keysTable(v.Keysets)
			return nil
		})
	}}
}

func (p *program) keysTable(list []keys.Info) {
	t := newTable("Tenant", "Purpose", "Keys", "In use", "Wrapped by").numbers(2)
	for _, k := range list {
		t.add(k.Tenant, k.Purpose, cell(k.Keys), k.Current, k.KEK)
	}
	p.list(t, "No keysets yet: the first secret makes them.", "", "")
}

func (p *program) keysRotateCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "rotate", Short: "Give every keyset a new key, while everything goes on", Args: words(), DisableFlagsInUseLine: true,
		Long: "What is sealed from now on is sealed with the new keys; whatever was sealed before still opens. With --kek, the keysets move under another key-encryption key, " +
			"which the setting kek has to name from the next start on. Backups made before need the key-encryption key of then.",
		Example: "  fairlead keys rotate\n  fairlead keys rotate --new-kek\n  fairlead keys rotate --kek awskms://alias/fairlead?region=eu-central-1",
	}
	kek := cmd.Flags().String("kek", "", "move under this `KEY`: file:PATH, awskms://KEY?region=R or azurekeyvault://HOST/keys/NAME")
	fresh := cmd.Flags().Bool("new-kek", false, "make a new key file in place of the present one")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		body := map[string]any{"newKek": *fresh}
		if *kek != "" {
			body["kek"] = *kek
		}
		return fetch(cmd.Context(), p, apiRequest{method: http.MethodPost, path: "/keys/rotate", body: body}, func(r care.Rotation) error {
			p.keysTable(r.Keysets)
			if r.NextStep != "" {
				fmt.Fprintln(p.err, p.onErr(yellow, r.NextStep))
			}
			return nil
		})
	}
	return cmd
}
