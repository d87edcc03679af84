package app

import (
	"errors"
	"runtime"
	"runtime/debug"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/lock"
)

// explain gives what can go wrong with a data folder a kind and a fix.
func explain(err error) error {
	if _, told := errors.AsType[*connector.Error](err); told {
		return err
	}
	if held, ok := errors.AsType[*lock.HeldError](err); ok {
		e := &connector.Error{Kind: connector.Conflict, Message: "The data folder cannot be opened: " + held.Error() + ".", Err: err, Fix: "Wait until that process has ended, or name another folder with --data."}
		if held.URL != "" {
			e.Fix = "Use the running server: --server " + held.URL + " with its token in FAIRLEAD_TOKEN."
		}
		return e
	}
	if ke, ok := errors.AsType[*keys.Error](err); ok {
		return &connector.Error{Kind: kindOfKeys(ke.Kind), Message: "The secrets of the data folder cannot be opened: " + ke.Error() + ".", Fix: fixOfKeys(ke.Kind), Err: err}
	}
	return store.AsConnectorError(err)
}

// noDatabase is said of a file that is damaged or something else.
func noDatabase(path string, err error) error {
	e := connector.AsError(store.AsConnectorError(err))
	if e.Kind != connector.Internal {
		return e
	}
	return &connector.Error{Kind: connector.Unavailable, Message: "The database " + path + " cannot be opened: " + e.Error() + ".", Fix: "Restore the data folder from a backup, or name another with --data.", Err: err}
}

func fixOfKeys(k keys.Kind) string {
	switch k {
	case keys.LostKey, keys.WrongKey, keys.Tampered:
		return "Restore " + keys.FileName + " from a backup, or let the setting kek name the key that the secrets were sealed under; without it they are lost."
	case keys.Exposed:
		return "Make the key file readable for its owner only."
	}
	return "Check the setting kek, and that the key service can be reached."
}

func kindOfKeys(k keys.Kind) connector.Kind {
	switch k {
	case keys.Unavailable:
		return connector.Unavailable
	case keys.Internal:
		return connector.Internal
	case keys.Exposed:
		return connector.Denied
	}
	return connector.Invalid
}

// BuildVersion reads from the binary what it is.
func BuildVersion() api.Version {
	v := api.Version{Version: "devel", Go: runtime.Version(), API: "v1"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}
