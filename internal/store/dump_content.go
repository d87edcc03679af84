package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// Dumped is what a dump says of the content of files.
type Dumped struct {
	Outside []string // keys of content that its files have and the dump does not hold, each once
	Inside  int      // pieces of content that the dump holds
	Bytes   int64    // of them
	Damaged []string // keys of those that do not have the SHA-256 that is their key
}

// DumpedContent reads what a dump says of the content of files.
func DumpedContent(dump io.Reader) (Dumped, error) {
	r := &contentReader{held: map[string]bool{}, seen: map[string]bool{}}
	in := json.NewDecoder(bufio.NewReaderSize(dump, 1<<16))
	for {
		var raw json.RawMessage
		if err := in.Decode(&raw); errors.Is(err, io.EOF) {
			return r.found, nil
		} else if err != nil {
			return Dumped{}, errCutOff
		}
		if err := r.line(raw); err != nil {
			return Dumped{}, err
		}
	}
}

// contentReader counts on contents coming before the files that have them.
type contentReader struct {
	found              Dumped
	table              string
	tenant, key, bytes int             // columns of the table
	held               map[string]bool // tenant and key of content in the dump
	seen               map[string]bool // keys of content that is not
}

func (r *contentReader) line(raw json.RawMessage) error {
	if raw[0] == '[' {
		return r.row(raw)
	}
	var line dumpLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return invalid("read dump", "", "a line of the dump is damaged")
	}
	at := func(column string) int { return slices.Index(line.Columns, column) }
	r.table, r.tenant, r.key, r.bytes = line.Table, at("tenant_id"), at("content_key"), at("bytes")
	return nil
}

func (r *contentReader) row(raw json.RawMessage) error {
	if r.table != "contents" && r.table != "files" {
		return nil
	}
	var row []any
	err := json.Unmarshal(raw, &row)
	tenant, ok := textAt(row, r.tenant)
	key, hasKey := textAt(row, r.key)
	if err != nil || !ok || !hasKey {
		return r.damaged()
	}
	if r.table == "files" {
		r.file(tenant, key)
		return nil
	}
	return r.content(row, tenant, key)
}

func (r *contentReader) damaged() error {
	return invalid("read dump", r.table, "a row of the dump is damaged")
}

func textAt(row []any, column int) (string, bool) {
	if column < 0 || column >= len(row) {
		return "", false
	}
	text, ok := row[column].(string)
	return text, ok
}

func (r *contentReader) content(row []any, tenant, key string) error {
	if r.bytes < 0 || r.bytes >= len(row) {
		return r.damaged()
	}
	v, err := inward(row[r.bytes])
	b, ok := v.([]byte)
	if err != nil || !ok {
		return r.damaged()
	}
	r.found.Inside++
	r.found.Bytes += int64(len(b))
	r.held[tenant+"\n"+key] = true
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != key {
		r.found.Damaged = append(r.found.Damaged, key)
	}
	return nil
}

func (r *contentReader) file(tenant, key string) {
	if !r.held[tenant+"\n"+key] && !r.seen[key] {
		r.seen[key] = true
		r.found.Outside = append(r.found.Outside, key)
	}
}
