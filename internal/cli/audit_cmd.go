package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit/syslog"
	"github.com/fairlead-io/fairlead/internal/audit/trail"
	"github.com/fairlead-io/fairlead/internal/egress"
)

func (p *program) auditVerifyCmd() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check the whole audit chain and name the first bad entry", Args: words(),
		Long: "Checks every entry against the one before and against the signed checkpoints, so that changed, removed and cut-off entries are found. Exit status 4 means that the chain is broken.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.client(cmd.Context())
			if err != nil {
				return err
			}
			raw, err := c.get(cmd.Context(), apiRequest{method: http.MethodGet, path: "/audit/verify"})
			if err != nil {
				return err
			}
			r, err := decodeAs[trail.Report](raw)
			if err != nil {
				return err
			}
			if err := p.show(raw, func() error { fmt.Fprintln(p.out, sentence(r.String())); return nil }); err != nil || r.OK {
				return err
			}
			return &connector.Error{Kind: connector.Invalid, Message: fmt.Sprintf("The audit chain is broken at entry %d: %s.", r.BadEntry, r.Problem), Fix: "Keep the database as it is, and compare it with a backup or an export."}
		},
	}
}

func (p *program) auditExportCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Short: "Export the audit chain as lines of JSON", Args: words(), DisableFlagsInUseLine: true,
		Long: "Each line is an entry, with the bytes that its hash covers, or a signed checkpoint. A syslog server gets one message a line (RFC 5424 over TLS, RFC 5425). " +
			"The number of the last entry is printed on standard error; give it to --after the next time.",
		Example: "  fairlead audit export >audit.jsonl\n  fairlead audit export --to syslog+tls://logs.example:6514?ca=ca.pem --after 1200",
	}
	to := cmd.Flags().String("to", "-", "`WHERE`: a file, - for standard output, or syslog+tls://HOST[:PORT][?ca=FILE&cert=FILE&key=FILE]")
	after := cmd.Flags().Int64("after", 0, "only what follows the entry with this `NUMBER`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		sink, err := p.auditSink(cmd.Context(), *to)
		if err != nil {
			return err
		}
		last, err := p.exportAudit(cmd.Context(), *after, sink)
		if err = errors.Join(err, sink.Close()); err != nil {
			return err
		}
		fmt.Fprintf(p.err, "%s\n", p.onErr(faint, fmt.Sprintf("Exported up to entry %d.", max(last, *after))))
		return nil
	}
	return cmd
}

// auditSink takes lines.
type auditSink interface {
	line(raw []byte, v *exported) error
	Close() error
}

// exported is what has to be known of a line.
type exported struct {
	Type  string `json:"type"`
	Entry struct {
		Seq  int64  `json:"seq"`
		At   int64  `json:"at"`
		Kind string `json:"kind"`
	} `json:"entry"`
	Checkpoint struct {
		Seq int64     `json:"seq"`
		At  time.Time `json:"at"`
	} `json:"checkpoint"`
}

func (p *program) exportAudit(ctx context.Context, after int64, sink auditSink) (last int64, err error) {
	c, err := p.client(ctx)
	if err != nil {
		return 0, err
	}
	res, err := c.send(ctx, apiRequest{method: http.MethodGet, path: "/audit/export", query: url.Values{"after": {strconv.FormatInt(after, 10)}}})
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	r := bufio.NewReaderSize(res.Body, 1<<16)
	for {
		raw, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(raw) == 0 {
			return last, nil
		}
		if err != nil {
			return last, c.unreachable(ctx, err)
		}
		var v exported
		if err := json.Unmarshal(raw, &v); err != nil {
			return last, err
		}
		if err := sink.line(raw, &v); err != nil {
			return last, err
		}
		last = max(last, v.Entry.Seq)
	}
}

func (p *program) auditSink(ctx context.Context, to string) (auditSink, error) {
	switch {
	case to == "-":
		return &lineSink{w: bufio.NewWriter(p.out), end: func() error { return nil }}, nil
	case strings.Contains(to, "://"):
		target, err := syslog.Parse(to)
		if err != nil {
			return nil, err
		}
		out := egress.New(egress.Policy{LookupEnv: os.LookupEnv})
		target.Dial = out.DialContext
		target.Host, _ = os.Hostname() // none is no harm
		conn, err := target.Connect(ctx)
		if err != nil {
			return nil, err
		}
		return &syslogSink{conn}, nil
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, localError("--to", err)
	}
	return &lineSink{w: bufio.NewWriter(f), end: func() error { return errors.Join(f.Sync(), f.Close()) }}, nil
}

type lineSink struct {
	w   *bufio.Writer
	end func() error
}

func (s *lineSink) line(raw []byte, _ *exported) error {
	_, err := s.w.Write(raw)
	return err
}

func (s *lineSink) Close() error { return errors.Join(s.w.Flush(), s.end()) }

type syslogSink struct{ *syslog.Conn }

func (s *syslogSink) line(raw []byte, v *exported) error {
	m := syslog.Message{At: time.UnixMicro(v.Entry.At), Kind: v.Entry.Kind, Seq: v.Entry.Seq, Text: strings.TrimSuffix(string(raw), "\n")}
	if v.Type == "checkpoint" {
		m.At, m.Kind, m.Seq = v.Checkpoint.At, "audit.checkpoint", v.Checkpoint.Seq
	}
	return s.Send(m)
}
