package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// object keeps the order and the repetitions of its members, which a map
// would hide.
type object []member

type member struct {
	name  string
	value any
}

func pointer(at, name string) string {
	return at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func element(at string, i int) string { return at + "/" + strconv.Itoa(i) }

// readJSON reads one value: object, []any, string, json.Number, bool or nil.
func readJSON(text []byte) (any, *Problem) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := readValue(d)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = fmt.Errorf("text follows the document")
		}
	}
	if err != nil {
		return nil, &Problem{"", "The policy is not valid JSON" + position(text, d.InputOffset()) + ": " + err.Error() + ".", "Check quotes, commas and brackets there."}
	}
	return v, nil
}

func position(text []byte, offset int64) string {
	before := text[:min(int(offset), len(text))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf(" at line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

const maxDepth = 16 // a policy needs 6

func readValue(d *json.Decoder) (any, error) { return readNested(d, 0) }

func readNested(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested too deeply")
	}
	switch t {
	case json.Delim('{'):
		return readObject(d, depth)
	case json.Delim('['):
		return readArray(d, depth)
	}
	return t, nil
}

func readObject(d *json.Decoder, depth int) (any, error) {
	out := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := readNested(d, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, member{name.(string), v}) // the decoder takes nothing else there
	}
	_, err := d.Token()
	return out, atEnd(err)
}

func readArray(d *json.Decoder, depth int) (any, error) {
	out := []any{}
	for d.More() {
		v, err := readNested(d, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := d.Token()
	return out, atEnd(err)
}

func atEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
