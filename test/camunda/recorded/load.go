package recorded

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// S3JobType is the job type that the replay plays; the recordings hold others.
const S3JobType = "io.camunda:aws-s3:1"

// Version is a recorded runtime, and what ours is told to be compatible with.
type Version struct {
	Compat   string // of --compat
	Recorded string // in Observation.Versions
}

// Versions are the recorded runtimes, oldest first. There is none of 8.7.
func Versions() []Version {
	return []Version{{"8.8", "8.8.7"}, {"8.9", "8.9.7"}, {"8.10", "8.10-dev"}}
}

// Load reads recordings, compressed by gzip or not.
func Load(file string) ([]Case, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	var cases []Case
	if err := json.NewDecoder(r).Decode(&cases); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return cases, nil
}

// Of gives what a version did; false when that version was not recorded.
func (c Case) Of(v Version) (Observation, bool) {
	for _, o := range c.Observed {
		if slices.Contains(o.Versions, v.Recorded) {
			return o, true
		}
	}
	return Observation{}, false
}

// Where selects cases.
func Where(cases []Case, keep func(Case) bool) []Case {
	var out []Case
	for _, c := range cases {
		if keep(c) {
			out = append(out, c)
		}
	}
	return out
}
