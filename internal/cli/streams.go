package cli

import (
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// streams are where a command reads and writes.
type streams struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	outTTY bool
	errTTY bool
	inTTY  bool
	plain  bool // no colour
	// stdinFor is the flag that has read standard input, which is there once.
	stdinFor string
}

func newStreams(proc Process) streams {
	plain := slices.ContainsFunc(proc.Env, func(kv string) bool {
		return strings.HasPrefix(kv, "NO_COLOR=") && kv != "NO_COLOR=" || kv == "TERM=dumb"
	})
	return streams{in: proc.In, out: proc.Out, err: proc.Err, inTTY: isTerminal(proc.In), outTTY: isTerminal(proc.Out), errTTY: isTerminal(proc.Err), plain: plain}
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// interactive tells whether there is a person to ask.
func (s *streams) interactive() bool { return s.inTTY && s.outTTY }

// Colours, as SGR parameters.
const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// paint colours text for one of the streams.
func (s *streams) paint(tty bool, colour, text string) string {
	if !tty || s.plain || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (s *streams) onOut(colour, text string) string { return s.paint(s.outTTY, colour, text) }
func (s *streams) onErr(colour, text string) string { return s.paint(s.errTTY, colour, text) }

// visible makes text from elsewhere safe for a terminal: control characters
// and those that reorder text could hide or forge what is shown.
func visible(s string) string {
	if !strings.ContainsFunc(s, treacherous) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case treacherous(r):
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func treacherous(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
