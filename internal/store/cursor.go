package store

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
)

// runPlace is where a page of runs begins: after this one, going back in time.
type runPlace struct {
	at int64
	id string
}

// firstRun comes after every run: no id sorts after a tilde.
func firstRun() runPlace { return runPlace{math.MaxInt64, "~"} }

func (p runPlace) cursor() string { return encodeCursor("r", strconv.FormatInt(p.at, 10), p.id) }

func parseRunCursor(text string) (runPlace, error) {
	if text == "" {
		return firstRun(), nil
	}
	parts, err := decodeCursor("r", text, 2)
	if err != nil {
		return runPlace{}, err
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return runPlace{}, badCursor(text)
	}
	return runPlace{at, parts[1]}, nil
}

// seqCursor is a place in a list ordered by a number; kind keeps cursors of different lists apart.
func seqCursor(kind string, n int64) string { return encodeCursor(kind, strconv.FormatInt(n, 10)) }

func parseSeqCursor(kind, text string, first int64) (int64, error) {
	if text == "" {
		return first, nil
	}
	parts, err := decodeCursor(kind, text, 1)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return 0, badCursor(text)
	}
	return n, nil
}

func encodeCursor(kind string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(kind + "|" + strings.Join(parts, "|")))
}

func decodeCursor(kind, text string, n int) ([]string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, badCursor(text)
	}
	parts := strings.Split(string(raw), "|")
	if len(parts) != n+1 || parts[0] != kind {
		return nil, badCursor(text)
	}
	return parts[1:], nil
}

func badCursor(text string) error {
	if len(text) > 40 {
		text = text[:40] + "..."
	}
	return invalid("list", "", "cursor %q does not belong to this list: leave it out to begin at the first page", text)
}

// size is how many records to return; one more is read, to see whether the list goes on.
func (p Page) size() (int, error) {
	switch {
	case p.Limit < 0:
		return 0, invalid("list", "", "limit %d is negative", p.Limit)
	case p.Limit == 0:
		return DefaultLimit, nil
	}
	return min(p.Limit, MaxLimit), nil
}

// cut keeps a page of n and tells whether there is more.
func cut[T any](rows []T, n int) ([]T, bool) {
	if len(rows) > n {
		return rows[:n], true
	}
	return rows, false
}
