package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// A binary of this very test run: what is linked has to be listed.
func TestBillOfABinary(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var one, two bytes.Buffer
	if err := write(&one, exe); err != nil {
		t.Fatal(err)
	}
	if err := write(&two, exe); err != nil || one.String() != two.String() {
		t.Errorf("it differs when made again: %v", err)
	}
	var b bom
	if err := json.Unmarshal(one.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if b.Format != "CycloneDX" || len(b.Metadata.Component.Hashes) != 1 || !strings.HasPrefix(b.Serial, "urn:uuid:") || b.Components[0].Name != "stdlib" {
		t.Errorf("%s", one.String())
	}
}

func TestModulesAreListed(t *testing.T) {
	info := &buildinfo.BuildInfo{GoVersion: "go1.2.3", Main: debug.Module{Path: "example.com/x", Version: "v1"}, Deps: []*debug.Module{
		{Path: "example.com/a", Version: "v1.0.0+incompatible", Sum: "h1:abc="},
		{Path: "example.com/b", Version: "v2.0.0", Replace: &debug.Module{Path: "example.com/c", Version: "v3.0.0"}},
	}}
	b := describe(info, "x", make([]byte, 32))
	if len(b.Components) != 3 || b.Components[1].Purl != "pkg:golang/example.com/a@v1.0.0+incompatible" || b.Components[2].Name != "example.com/c" || len(b.Dependencies[0].DependsOn) != 3 {
		t.Errorf("%+v", b)
	}
}

func TestNotABinary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(&bytes.Buffer{}, path); err == nil {
		t.Error("text was described")
	}
}
