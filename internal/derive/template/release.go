package template

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// released holds every version of every template that was ever given out,
// below released/<id>/<version>.json. A version is never changed: diagrams name
// it.
//
//go:embed all:released
var released embed.FS

// Dir is the folder of the released versions, relative to the module.
const Dir = "internal/derive/template/released"

// Sums is the file in Dir with the checksum of every version, so that one which
// was changed is noticed.
const Sums = "SHA256SUMS"

// Version is a released version of a template.
type Version struct {
	ID      string
	Version int
	Engine  Engine // the oldest that takes it
	JSON    []byte
}

// tracks are the engines for which a template has a version of its own.
var tracks = []Engine{V87, V810}

// All are the templates as the declarations are now, for one of the tracks.
func All(integrations []*connector.Integration, track Engine) []Template {
	out := []Template{S3(track)}
	for _, i := range integrations {
		for _, c := range i.Commands {
			out = append(out, Command(i, c))
		}
	}
	return out
}

// Released are the versions of this program, by id and version.
func Released() ([]Version, error) { return readReleased(released, "released") }

func readReleased(files fs.FS, dir string) ([]Version, error) {
	var out []Version
	err := fs.WalkDir(files, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".json" {
			return err
		}
		raw, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		v, err := readVersion(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		out = append(out, v)
		return nil
	})
	slices.SortFunc(out, func(a, b Version) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	return out, err
}

func readVersion(raw []byte) (Version, error) {
	var head struct {
		ID      string
		Version int
		Engines struct{ Camunda string }
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Version{}, err
	}
	e, err := ParseEngine(strings.TrimPrefix(head.Engines.Camunda, "^"))
	return Version{ID: head.ID, Version: head.Version, Engine: e, JSON: raw}, err
}

// newest is the highest version of a template for a track; nil when there is
// none.
func newest(all []Version, id string, track Engine) *Version {
	var found *Version
	for i := range all {
		if all[i].ID == id && all[i].Engine == track {
			found = &all[i]
		}
	}
	return found
}

// Files gives what the folder of released versions has to hold now, by path
// below it: all that is released, and a new version of each template that has
// changed since.
func Files(integrations []*connector.Integration, have []Version) (map[string][]byte, error) {
	out := map[string][]byte{}
	last := map[string]int{}
	for _, v := range have {
		out[v.path()] = v.JSON
		last[v.ID] = max(last[v.ID], v.Version)
	}
	for _, track := range tracks {
		for _, t := range All(integrations, track) {
			if err := addVersion(out, last, t, newest(have, t.ID, track), track); err != nil {
				return nil, err
			}
		}
	}
	out[Sums] = sums(out)
	return out, nil
}

func addVersion(out map[string][]byte, last map[string]int, t Template, before *Version, track Engine) error {
	if before != nil {
		same, err := t.JSON(before.Version, track)
		if err != nil || bytes.Equal(same, before.JSON) {
			return err
		}
	}
	last[t.ID]++
	raw, err := t.JSON(last[t.ID], track)
	if err != nil {
		return err
	}
	v := Version{ID: t.ID, Version: last[t.ID]}
	out[v.path()] = raw
	return nil
}

func (v Version) path() string { return path.Join(v.ID, strconv.Itoa(v.Version)+".json") }

func sums(files map[string][]byte) []byte {
	var names []string
	for name := range files {
		if name != Sums {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b bytes.Buffer
	for _, name := range names {
		sum := sha256.Sum256(files[name])
		fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	return b.Bytes()
}
