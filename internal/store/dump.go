package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A dump is lines of JSON: the format, then for each table its columns and its rows, and last how many rows there were.
// Bytes are {"b":"base64"}. It is the same for every database, and holds secrets only as they are stored: sealed.
const dumpFormat = 1

// dumped are the tables in an order in which their rows can be written, each sorted by its key. Nodes are left out: they
// are processes.
var dumped = []struct{ name, key string }{
	{"connections", "tenant_id, id"},
	{"tokens", "tenant_id, id"},
	{"runs", "tenant_id, id"},
	{"items", "tenant_id, run_id, seq"},
	{"run_undo", "tenant_id, run_id, seq"},
	{"run_cancels", "tenant_id, run_id"},
	{"audit_heads", "tenant_id"},
	{"audit_entries", "tenant_id, seq"},
	{"audit_checkpoints", "tenant_id, seq"},
	{"contents", "tenant_id, content_key"},
	{"files", "id"},
	{"keysets", "tenant_id, purpose"},
	{"settings", "tenant_id, name"},
	{"secrets", "tenant_id, id"},
}

// truths are the columns that one database calls boolean and another integer.
var truths = []string{"active", "inline", "dry_run"}

// Counts are rows by table.
type Counts map[string]int64

type dumpLine struct {
	Format  int      `json:"format,omitempty"`
	Table   string   `json:"table,omitempty"`
	Columns []string `json:"columns,omitempty"`
	FileID  int64    `json:"fileId,omitempty"` // the highest id that a file ever had
	End     Counts   `json:"end,omitempty"`
}

// Dump writes all records as they are at one moment, while others write on.
func (s *Store) Dump(ctx context.Context, to io.Writer) (Counts, error) {
	tx, err := s.cfg.Read.BeginTx(ctx, s.cfg.Snapshot)
	if err != nil {
		return nil, s.readFailed(ctx, "dump", "", "record", err)
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	w := bufio.NewWriterSize(to, 1<<16)
	d := &dumper{ctx: ctx, tx: tx, out: json.NewEncoder(w), counts: Counts{}}
	if err := d.all(s.cfg.FileID); err != nil {
		return nil, s.readFailed(ctx, "dump", "", "record", err)
	}
	return d.counts, w.Flush()
}

type dumper struct {
	ctx    context.Context
	tx     *sql.Tx
	out    *json.Encoder
	counts Counts
}

func (d *dumper) all(fileID string) error {
	var highest sql.NullInt64
	if err := d.tx.QueryRowContext(d.ctx, fileID).Scan(&highest); err != nil && !noRows(err) {
		return err
	}
	if err := d.out.Encode(dumpLine{Format: dumpFormat, FileID: highest.Int64}); err != nil {
		return err
	}
	for _, t := range dumped {
		if err := d.table(t.name, t.key); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return d.out.Encode(dumpLine{End: d.counts})
}

func (d *dumper) table(name, key string) error {
	rows, err := d.tx.QueryContext(d.ctx, "SELECT * FROM "+name+" ORDER BY "+key)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err == nil {
		err = d.out.Encode(dumpLine{Table: name, Columns: columns})
	}
	if err != nil {
		return err
	}
	d.counts[name] = 0
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			values[i] = outward(columns[i], v)
		}
		if err := d.out.Encode(values); err != nil {
			return err
		}
		d.counts[name]++
	}
	return rows.Err()
}

func outward(column string, v any) any {
	switch x := v.(type) {
	case []byte:
		return map[string]string{"b": base64.StdEncoding.EncodeToString(x)}
	case int64:
		if slices.Contains(truths, column) {
			return x != 0
		}
	}
	return v
}

// inward is the inverse. It gives nil for what no dump holds.
func inward(v any) (any, error) {
	switch x := v.(type) {
	case nil, bool, string:
		return x, nil
	case json.Number:
		return x.Int64()
	case map[string]any:
		text, ok := x["b"].(string)
		if ok && len(x) == 1 {
			b, err := base64.StdEncoding.DecodeString(text)
			return notNil(b), err
		}
	}
	return nil, errors.New("a value of a kind that no dump holds")
}

// Load writes a dump into databases that hold nothing yet, whole or not at all. The schema must be up to date, and
// nobody else may have the databases open.
func Load(ctx context.Context, cfg Config, from io.Reader) (Counts, error) {
	tx, err := cfg.Write.BeginTx(ctx, nil)
	if err != nil {
		return nil, failed(cfg, "load", "", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	l := &loader{ctx: ctx, tx: tx, counts: Counts{}, in: json.NewDecoder(bufio.NewReaderSize(from, 1<<16))}
	l.in.UseNumber()
	if err := l.empty(); err != nil {
		return nil, failed(cfg, "load", "", err)
	}
	if err := l.all(); err != nil {
		return nil, failed(cfg, "load", "", err)
	}
	for _, statement := range cfg.SetFileID {
		if _, err := tx.ExecContext(ctx, statement, l.fileID); err != nil {
			return nil, failed(cfg, "load", "files", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, failed(cfg, "load", "", err)
	}
	return l.counts, nil
}

type loader struct {
	ctx     context.Context
	tx      *sql.Tx
	in      *json.Decoder
	table   string
	columns int
	insert  *sql.Stmt
	fileID  int64
	counts  Counts
}

func (l *loader) empty() error {
	for _, t := range dumped {
		var n int64
		if err := l.tx.QueryRowContext(l.ctx, "SELECT COUNT(*) FROM "+t.name).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return conflict("load", t.name, "the database is not empty: table %s has %d rows. Name one that has none", t.name, n)
		}
	}
	return nil
}

var errCutOff = invalid("load", "", "the dump ends before its end: it was cut off")

func (l *loader) all() error {
	for {
		var raw json.RawMessage
		err := l.in.Decode(&raw)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errCutOff
		}
		if err != nil {
			return err
		}
		done, err := l.line(raw)
		if done || err != nil {
			return err
		}
	}
}

func (l *loader) line(raw json.RawMessage) (done bool, err error) {
	if len(raw) > 0 && raw[0] == '[' {
		return false, l.row(raw)
	}
	var line dumpLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return false, invalid("load", "", "a line of the dump is damaged")
	}
	switch {
	case line.Format > dumpFormat:
		return false, invalid("load", "", "the dump has format %d, this program knows up to %d: use the newer program that wrote it", line.Format, dumpFormat)
	case line.Format > 0:
		l.fileID = line.FileID
	case line.Table != "":
		return false, l.begin(line)
	case line.End != nil:
		for table, n := range line.End {
			if l.counts[table] != n {
				return true, invalid("load", table, "the dump should hold %d rows of table %s, it holds %d", n, table, l.counts[table])
			}
		}
		return true, nil
	}
	return false, nil
}

// begin prepares for a table's rows. Its names become part of a statement, so only known tables and plain names count.
func (l *loader) begin(line dumpLine) error {
	known := slices.ContainsFunc(dumped, func(t struct{ name, key string }) bool { return t.name == line.Table })
	if !known || len(line.Columns) == 0 || slices.ContainsFunc(line.Columns, func(c string) bool {
		return c == "" || strings.Trim(c, "abcdefghijklmnopqrstuvwxyz_0123456789") != ""
	}) {
		return invalid("load", line.Table, "the dump has a table or column that this program does not know: use the program that wrote it")
	}
	if l.insert != nil {
		if err := l.insert.Close(); err != nil {
			return err
		}
	}
	marks := make([]string, len(line.Columns))
	for i := range marks {
		marks[i] = fmt.Sprint("$", i+1)
	}
	var err error
	l.table, l.columns, l.counts[line.Table] = line.Table, len(line.Columns), 0
	l.insert, err = l.tx.PrepareContext(l.ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", line.Table, strings.Join(line.Columns, ", "), strings.Join(marks, ", ")))
	return err
}

func (l *loader) row(raw json.RawMessage) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var values []any
	if err := d.Decode(&values); err != nil || l.insert == nil || len(values) != l.columns {
		return invalid("load", l.table, "a row of the dump is damaged")
	}
	for i, v := range values {
		var err error
		if values[i], err = inward(v); err != nil {
			return &Error{Kind: Invalid, Op: "load", ID: l.table, Message: "a row of the dump is damaged", Err: err}
		}
	}
	l.counts[l.table]++
	_, err := l.insert.ExecContext(l.ctx, values...)
	return err
}
