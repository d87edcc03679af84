package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store/lock"
)

// Verdicts of a Finding.
const (
	Good    = "ok"
	Warning = "warning"
	Bad     = "failed"
)

// Finding is what one check of Doctor found.
type Finding struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// examination gathers findings.
type examination struct {
	cfg      config.Config
	opts     []Option
	now      func() time.Time
	findings []Finding
}

// Doctor looks at everything that this program needs and says what to do about
// what is wrong. It changes nothing, but it opens the data folder as every
// command does. Connections are tested only where the folder is not in use.
func Doctor(ctx context.Context, cfg config.Config, opts ...Option) []Finding {
	o := options{now: time.Now}
	for _, opt := range opts {
		opt(&o)
	}
	e := &examination{cfg: cfg, opts: opts, now: o.now}
	e.clock()
	usable := e.folder()
	e.keyFile()
	e.disk()
	e.certificate()
	if usable {
		e.inside(ctx)
	}
	return e.findings
}

func (e *examination) say(check, verdict, message, fix string) {
	e.findings = append(e.findings, Finding{check, verdict, message, fix})
}

func (e *examination) failed(check string, err error) {
	ce := connector.AsError(explain(err))
	e.say(check, Bad, ce.Message, ce.Fix)
}

// released is a time that no clock which is right can be before.
var released = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (e *examination) clock() {
	now := e.now()
	if now.Before(released) {
		e.say("clock", Bad, "The clock says "+now.UTC().Format(time.RFC3339)+", which is over.", "Set the clock, and let a time service keep it: signatures to clouds depend on it.")
		return
	}
	e.say("clock", Good, "The clock says "+now.UTC().Format(time.RFC3339)+".", "")
}

// folder tells whether the data folder can be used.
func (e *examination) folder() bool {
	dir := e.cfg.Data
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.say("data folder", Warning, "There is no folder "+dir+" yet.", "The first command that needs it makes it; or name another with --data.")
		return false
	case err != nil:
		e.say("data folder", Bad, "The folder "+dir+" cannot be looked at: "+err.Error()+".", "Run this as the user that runs the server.")
		return false
	case !info.IsDir():
		e.say("data folder", Bad, dir+" is not a folder.", "Name another with --data.")
		return false
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		e.say("data folder", Bad, "Nothing can be written into "+dir+": "+err.Error()+".", "Give it to the user that runs the server: chown -R USER "+dir)
		return false
	}
	_, _ = probe.Close(), os.Remove(probe.Name())
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		e.say("data folder", Warning, fmt.Sprintf("Other users may look into %s (mode %04o).", dir, info.Mode().Perm()), "chmod 700 "+dir)
		return true
	}
	e.say("data folder", Good, dir+" can be written, and by its owner only.", "")
	return true
}

func (e *examination) keyFile() {
	if e.cfg.KEK != "" && !strings.HasPrefix(e.cfg.KEK, "file:") {
		e.say("key", Good, "The key-encryption key is kept elsewhere; opening the store will show whether it can be used.", "")
		return
	}
	path := filepath.Join(e.cfg.Data, keys.FileName)
	if e.cfg.KEK != "" {
		path = strings.TrimPrefix(e.cfg.KEK, "file:")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.say("key", Warning, "There is no key file "+path+".", "The first start makes it. If secrets are stored already, put it back from a backup: without it they are lost.")
	case err != nil:
		e.say("key", Bad, "The key file cannot be looked at: "+err.Error()+".", "Run this as the user that runs the server.")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		e.say("key", Bad, fmt.Sprintf("Other users may read the key file (mode %04o).", info.Mode().Perm()), "chmod 600 "+path+", and consider the secrets known: fairlead keys rotate --new-kek")
	default:
		e.say("key", Good, path+" is there, for its owner only.", "")
	}
}

func (e *examination) disk() {
	dir := e.cfg.Data
	if e.cfg.ContentDir != "" {
		dir = e.cfg.ContentDir
	}
	for dir != filepath.Dir(dir) { // the folder need not be there yet
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	free, known := diskFree(dir)
	const mib = 1 << 20
	switch {
	case !known:
		e.say("disk", Warning, "It cannot be told how much space is left at "+dir+".", "Look yourself.")
	case int64(min(free, 1<<62)) < e.cfg.MinFree:
		e.say("disk", Bad, fmt.Sprintf("%d MiB are free at %s; files are refused below %d MiB.", free/mib, dir, e.cfg.MinFree/mib), "Free some space, or lower the setting min-free.")
	case int64(min(free, 1<<62)) < 4*e.cfg.MinFree:
		e.say("disk", Warning, fmt.Sprintf("Only %d MiB are free at %s.", free/mib, dir), "Free some space soon.")
	default:
		e.say("disk", Good, fmt.Sprintf("%d MiB are free at %s.", free/mib, dir), "")
	}
}

// soon is how long before its end a certificate is worth a word.
const soon = 14 * 24 * time.Hour

func (e *examination) certificate() {
	if e.cfg.TLSCert == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(e.cfg.TLSCert, e.cfg.TLSKey)
	if err != nil {
		e.say("certificate", Bad, "The server's certificate cannot be used: "+err.Error()+".", "Check the settings tls-cert and tls-key.")
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	switch now := e.now(); {
	case err != nil:
		e.say("certificate", Bad, "The server's certificate cannot be read: "+err.Error()+".", "Check the setting tls-cert.")
	case now.After(leaf.NotAfter):
		e.say("certificate", Bad, "The server's certificate ended on "+leaf.NotAfter.UTC().Format(time.DateOnly)+".", "Renew it; the server reads the file again by itself.")
	case now.Add(soon).After(leaf.NotAfter):
		e.say("certificate", Warning, "The server's certificate ends on "+leaf.NotAfter.UTC().Format(time.DateOnly)+".", "Renew it.")
	default:
		e.say("certificate", Good, "The server's certificate is good until "+leaf.NotAfter.UTC().Format(time.DateOnly)+".", "")
	}
}

// inside opens the folder, or asks the server that has it.
func (e *examination) inside(ctx context.Context) {
	a, err := Open(ctx, e.cfg, e.opts...)
	if held, ok := errors.AsType[*lock.HeldError](err); ok {
		e.served(ctx, held)
		return
	}
	if err != nil {
		e.failed("database", err)
		return
	}
	defer func() { _ = a.Close(context.WithoutCancel(ctx)) }() // it was opened to be looked at
	e.say("database", Good, "It opens, its schema is current, and its keys fit.", "")
	if err := a.checkHealth(ctx); err != nil {
		e.failed("database writes", err)
	} else {
		e.say("database writes", Good, "It can be written.", "")
	}
	e.newest(ctx, a)
	e.address(ctx)
	e.connections(ctx, a)
}

// newest compares the clock with what was recorded last.
func (e *examination) newest(ctx context.Context, a *App) {
	page, err := a.Runs.List(ctx, authz.Local(""), run.Filter{Limit: 1})
	if err != nil {
		e.failed("runs", err)
		return
	}
	if len(page.Runs) > 0 && page.Runs[0].CreatedAt.After(e.now().Add(time.Minute)) {
		e.say("clock", Bad, "The newest run is of "+page.Runs[0].CreatedAt.UTC().Format(time.RFC3339)+", which is in the future: the clock was put back.", "Set the clock, and let a time service keep it.")
	}
}

func (e *examination) served(ctx context.Context, held *lock.HeldError) {
	e.say("lock", Good, "A running process has the folder"+at(held.URL)+".", "")
	if held.URL == "" {
		return
	}
	out := egress.New(egress.Policy{}) // the server is on this machine
	defer out.Close()
	if u, err := url.Parse(held.URL); err == nil && u.Scheme == "https" { // its certificate is for another name than this machine's
		conn, err := out.DialContext(ctx, "tcp", u.Host)
		if err != nil {
			e.failed("server", err)
			return
		}
		_ = conn.Close()
		e.say("server", Good, "It takes connections.", "")
		return
	}
	client, err := out.Client(connector.HTTPOptions{ConnectTimeout: 5 * time.Second})
	if err != nil {
		e.failed("server", err)
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, held.URL+"/readyz", nil)
	if err == nil {
		var res *http.Response
		if res, err = client.Do(req); err == nil {
			raw, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				e.say("server", Good, "It is ready.", "")
				return
			}
			err = fmt.Errorf("it answers %d: %s", res.StatusCode, strings.TrimSpace(string(raw)))
		}
	}
	e.say("server", Bad, "The server is not ready: "+err.Error()+".", "Look into its log.")
}

func at(u string) string {
	if u == "" {
		return ""
	}
	return ", and serves " + u
}

func (e *examination) address(ctx context.Context) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", e.cfg.Listen)
	if err != nil {
		e.say("listen address", Warning, "Nothing can listen on "+e.cfg.Listen+": "+err.Error()+".", "End what uses it, or choose another with --listen.")
		return
	}
	_ = l.Close()
	e.say("listen address", Good, e.cfg.Listen+" is free.", "")
}

// testLimit is how long the test of one connection may take.
const testLimit = 15 * time.Second

func (e *examination) connections(ctx context.Context, a *App) {
	list, err := a.Connections.List(ctx, authz.Local(""), "")
	if err != nil {
		e.failed("connections", err)
		return
	}
	for _, c := range list {
		check := "connection " + c.Name
		if !c.Active {
			e.say(check, Good, "It is not active, so it was not tested.", "")
			continue
		}
		rec, err := a.Runs.Run(ctx, authz.Local("doctor"), run.Request{Integration: c.Integration, Command: connector.TestConnectionID, Connection: c.ID, Timeout: testLimit, Origin: "cli"})
		switch {
		case err != nil:
			e.failed(check, err)
		case rec.Error != nil:
			e.say(check, Bad, rec.Error.Message, rec.Error.Fix)
		default:
			e.say(check, Good, "Test Connection passed"+hostOf(c.Settings)+".", "")
		}
	}
}

// hostOf is the host of an endpoint that was given.
func hostOf(settings map[string]any) string {
	for _, v := range settings {
		if s, ok := v.(string); ok && strings.Contains(s, "://") {
			if u, err := url.Parse(s); err == nil && u.Hostname() != "" {
				return " at " + u.Host
			}
		}
	}
	return ""
}
