// Package cli is the command line. Every command is a request to the HTTP API,
// of a server or of this process itself, so that both behave alike.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"os/user"
	"syscall"
	"time"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/app"
)

// closeTimeout is how long runs of this process may go on after its command
// has ended; they are canceled then.
const closeTimeout = 10 * time.Second

// Main is the program: it runs the command line that the process was given and
// gives the exit status. version is empty where the binary itself tells.
func Main(version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	home, _ := os.UserHomeDir()  // without one, --data has to be given
	return Run(ctx, Process{
		Args: os.Args[1:], Env: os.Environ(), Home: home, User: userName(), Version: version,
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now,
	})
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// Process is what the command line takes from the process it runs in.
type Process struct {
	Args    []string
	Env     []string // NAME=VALUE
	Home    string   // the user's home folder
	User    string   // for records; may be empty
	Version string   // empty: what the binary says
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Now     func() time.Time
}

// Run runs one command line and gives the exit status.
func Run(ctx context.Context, proc Process) int {
	p := newProgram(proc)
	status := p.execute(ctx, proc.Args)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if err := p.close(closing); err != nil && status == 0 {
		return p.fail(err)
	}
	return status
}

// program is one command line while it runs.
type program struct {
	streams
	env     []string
	home    string
	user    string
	version api.Version
	now     func() time.Time
	origin  string // recorded with runs
	global  globals
	conn    *client // opened at first use
	closers []func(context.Context) error
}

// globals are the flags of every command.
type globals struct {
	config string
	data   string
	server string
	format format
	query  query
}

func newProgram(proc Process) *program {
	v := app.BuildVersion()
	if proc.Version != "" {
		v.Version = proc.Version
	}
	return &program{
		streams: newStreams(proc), env: proc.Env, home: proc.Home, user: proc.User, version: v, now: proc.Now, origin: "cli",
		global: globals{format: formatTable},
	}
}

// execute runs one command line and says on standard error what went wrong.
func (p *program) execute(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		return p.fail(err)
	}
	return 0
}

func (p *program) onClose(f func(context.Context) error) { p.closers = append(p.closers, f) }

func (p *program) close(ctx context.Context) error {
	var first error
	for len(p.closers) > 0 {
		last := len(p.closers) - 1
		if err := p.closers[last](ctx); err != nil && first == nil {
			first = err
		}
		p.closers = p.closers[:last]
	}
	return first
}
