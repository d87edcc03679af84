// Package kms opens key-encryption keys that a cloud's key service keeps: AWS KMS and Azure Key Vault.
package kms

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/keys"
)

// Deps are what a remote key needs of the program.
type Deps struct {
	HTTP func(connector.HTTPOptions) (*http.Client, error)
	Now  func() time.Time
}

// Remote tells whether a setting names a key of a key service, rather than a file.
func Remote(setting string) bool { return strings.Contains(setting, "://") }

// Open opens the key that a setting names:
//
//	awskms://KEY?region=R&endpoint=URL            KEY is a key's id, ARN or alias/NAME
//	azurekeyvault://VAULT-HOST/keys/NAME?authority=URL
//
// Both take ca=FILE, certificates trusted besides the system's. Credentials come from the environment, as the cloud's own
// tools find them. Nothing is sent until the key is used.
func Open(ctx context.Context, setting string, d Deps) (keys.KEK, error) {
	// Not url.Parse: an ARN is no host.
	scheme, rest, _ := strings.Cut(setting, "://")
	name, text, _ := strings.Cut(rest, "?")
	query, err := url.ParseQuery(text)
	if err != nil || strings.ContainsAny(name, "@#") {
		return nil, invalid("it cannot be read as a URL without user and password")
	}
	if scheme != "awskms" && scheme != "azurekeyvault" {
		return nil, invalid("it begins with neither awskms:// nor azurekeyvault://")
	}
	options := connector.HTTPOptions{Metadata: true} // credentials of a machine come from there
	if file := query.Get("ca"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, &keys.Error{Kind: keys.Invalid, Message: "the certificates that the setting kek names cannot be read", Err: err}
		}
		options.CABundle = string(pem)
	}
	client, err := d.HTTP(options)
	if err != nil {
		return nil, err
	}
	var remote keys.Remote
	if scheme == "awskms" {
		remote, err = openAWS(ctx, name, query, client, d.Now)
	} else {
		remote, err = openAzure(name, query, client)
	}
	if err != nil {
		return nil, err
	}
	return keys.Enveloped(remote), nil
}

func invalid(what string) error {
	return &keys.Error{Kind: keys.Invalid, Message: "the setting kek is not right: " + what +
		". Write it like awskms://alias/fairlead?region=eu-central-1 or azurekeyvault://myvault.vault.azure.net/keys/fairlead"}
}

// refusal explains an answer that says no. lost says that the key is gone or may not be used any more.
func refusal(id, code, message string, lost, wrong bool) error {
	e := &keys.Error{Kind: keys.Unavailable, Message: "the key service refused " + id + " (" + code + "): " + message}
	switch {
	case lost:
		e.Kind = keys.LostKey
		e.Message += ". The key is disabled, deleted or not there: enable or recover it in the key service; without it the stored secrets cannot be read"
	case wrong:
		e.Kind = keys.WrongKey
		e.Message += ". The secrets were sealed under another key"
	}
	return e
}

func unreachable(id string, err error) error {
	return &keys.Error{Kind: keys.Unavailable, Message: "the key service of " + id + " cannot be reached", Err: err}
}
