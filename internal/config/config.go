// Package config reads the settings of this program from a file, the
// environment and flags, in rising precedence. One name is used everywhere:
// tls-cert in the file and as a flag is FAIRLEAD_TLS_CERT in the environment.
package config

import (
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Config are the settings of this program.
type Config struct {
	Data        string           // folder of the embedded state
	Listen      string           // host:port; port 0 takes a free one
	ReadyFile   string           // written when a server is ready; empty: none
	TLSCert     string           // PEM file; read again when it changes
	TLSKey      string           // PEM file
	BehindProxy []netip.Prefix   // proxies whose forwarded headers are believed
	Server      string           // base address of a server to use instead of the data folder
	Token       connector.Secret // for that server
	LogLevel    string           // debug, info, warn, error
	LogFormat   string           // text, json
	RunTimeout  time.Duration    // limit of a run that names none; 0: the built-in one
	Drain       time.Duration    // how long runs may go on after a signal to end
	MaxUpload   int64            // bytes of one uploaded file
	Limits
	Worker Worker

	DatabaseURL connector.Secret // of PostgreSQL; empty: a SQLite file in the data folder
	KEK         string           // where the key-encryption key is: file:PATH, awskms://, azurekeyvault://; empty: a file in the data folder
	ContentDir  string           // folder of the content of larger files, which nodes share; empty: in the data folder

	RetainRuns      time.Duration // age at which ended runs are deleted; 0: never
	RetainRunsSize  int64         // bytes of ended runs above which the oldest are deleted; 0: no limit
	RetainDetails   time.Duration // age at which the items and sealed input of ended runs are deleted; 0: with the run
	RetainFiles     time.Duration // age at which stored files are deleted; 0: never
	RetainFilesSize int64         // bytes of stored files above which the oldest are deleted; 0: no limit
}

// Defaults of the settings that have one besides Data.
const (
	DefaultListen    = "127.0.0.1:8480"
	DefaultLogLevel  = "info"
	DefaultLogFormat = "text"
	DefaultDrain     = 30 * time.Second
	DefaultMaxUpload = 5 << 40 // the largest object S3 stores
)

// Source is where settings come from.
type Source struct {
	File  string            // empty: config.yaml in the user's configuration folder, if there is one
	Env   []string          // "NAME=VALUE", as os.Environ gives it
	Flags map[string]string // only those that were given, by name without dashes
	Home  string            // the user's home folder, for the default folders
}

// Load reads the settings. Errors are Invalid and name the setting, where it
// came from and what would be right.
func Load(src Source) (Config, error) {
	env := environment(src.Env)
	k, from, err := layers(src, env)
	if err != nil {
		return Config{}, err
	}
	r := &reader{k: k, from: from}
	c := Config{
		Data:        r.text("data", filepath.Join(dataHome(env, src.Home), "fairlead")),
		Listen:      r.text("listen", DefaultListen),
		ReadyFile:   r.text("ready-file", ""),
		TLSCert:     r.text("tls-cert", ""),
		TLSKey:      r.text("tls-key", ""),
		BehindProxy: r.prefixes("behind-proxy"),
		Server:      strings.TrimRight(r.address("server"), "/"),
		Token:       connector.NewSecret(r.text("token", "")),
		LogLevel:    r.choice("log-level", DefaultLogLevel, "debug", "info", "warn", "error"),
		LogFormat:   r.choice("log-format", DefaultLogFormat, "text", "json"),
		RunTimeout:  r.duration("run-timeout", 0),
		Drain:       r.duration("drain", DefaultDrain),
		MaxUpload:   r.size("max-upload", DefaultMaxUpload),
		Limits:      r.limits(),
		Worker:      r.worker(),
		DatabaseURL: connector.NewSecret(r.text("database-url", "")),
		KEK:         r.text("kek", ""),
		ContentDir:  r.text("content-dir", ""),

		RetainRuns: r.age("retain-runs"), RetainRunsSize: r.size("retain-runs-size", 0), RetainDetails: r.age("retain-details"),
		RetainFiles: r.age("retain-files"), RetainFilesSize: r.size("retain-files-size", 0),
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		r.problem("tls-cert", "and tls-key go together, but one of them is missing", "Give both, or none.")
	}
	if e := connector.Join(r.errs); e != nil {
		return Config{}, e
	}
	return c, nil
}

func environment(env []string) map[string]string {
	out := make(map[string]string, len(env))
	for _, kv := range env {
		if name, v, ok := strings.Cut(kv, "="); ok {
			out[name] = v
		}
	}
	return out
}

// dataHome follows the XDG base directory specification: a value that is not
// absolute does not count.
func dataHome(env map[string]string, home string) string {
	return xdg(env["XDG_DATA_HOME"], filepath.Join(home, ".local", "share"))
}

func configHome(env map[string]string, home string) string {
	return xdg(env["XDG_CONFIG_HOME"], filepath.Join(home, ".config"))
}

func xdg(value, fallback string) string {
	if filepath.IsAbs(value) {
		return value
	}
	return fallback
}
