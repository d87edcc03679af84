// Command sbom writes the bill of materials of a Go binary as CycloneDX JSON,
// out of what the linker put into the binary itself: sbom BINARY >FILE. The same
// binary gives the same text.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sbom BINARY")
		os.Exit(2) //nolint:forbidigo // it is a program
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1) //nolint:forbidigo // likewise
	}
}

type bom struct {
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Purl       string     `json:"purl,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

func write(w io.Writer, path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	sum, err := sumOf(path)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(describe(info, filepath.Base(path), sum))
}

func sumOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

func describe(info *buildinfo.BuildInfo, file string, sum []byte) bom {
	main := component{Type: "application", Ref: info.Main.Path, Name: file, Version: info.Main.Version, Hashes: []hash{{"SHA-256", hex.EncodeToString(sum)}}}
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "GO") || s.Key == "CGO_ENABLED" || s.Key == "-trimpath" {
			main.Properties = append(main.Properties, property{"build:" + s.Key, s.Value})
		}
	}
	b := bom{Format: "CycloneDX", SpecVersion: "1.6", Serial: serial(sum), Version: 1, Metadata: metadata{main}}
	all := []string{}
	for _, c := range append([]component{toolchain(info.GoVersion)}, modules(info.Deps)...) {
		b.Components = append(b.Components, c)
		all = append(all, c.Ref)
	}
	b.Dependencies = []dependency{{main.Ref, all}}
	return b
}

// serial makes a UUID of the binary's own hash, so that it does not change.
func serial(sum []byte) string {
	u := append([]byte(nil), sum[:16]...)
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// toolchain stands for the standard library, which no module lists.
func toolchain(version string) component {
	v := strings.TrimPrefix(version, "go")
	purl := "pkg:golang/stdlib@" + v
	return component{Type: "library", Ref: purl, Name: "stdlib", Version: v, Purl: purl}
}

func modules(list []*debug.Module) []component {
	var out []component
	for _, m := range list {
		if m.Replace != nil {
			m = m.Replace
		}
		purl := "pkg:golang/" + m.Path + "@" + url.PathEscape(m.Version)
		c := component{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, Purl: purl}
		if m.Sum != "" {
			c.Properties = []property{{"go:sum", m.Sum}}
		}
		out = append(out, c)
	}
	return out
}
