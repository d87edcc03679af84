#!/usr/bin/env bash
# Breaks each rule of .golangci.yml on purpose, in a module of its own, and fails
# unless lint reports exactly that. A second part does what the rules allow at their
# edges, and must stay unreported: a rule that matches nothing, or everything, is
# found here.
set -euo pipefail
cd "$(dirname "$0")/.."

lint=${GOLANGCI_LINT:?path of golangci-lint}
module=$(go list -m)
config=$PWD/.golangci.yml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
expected=()

# plant FILE [MESSAGE...]: writes stdin as FILE; lint must report each MESSAGE in it.
plant() {
  local file=$1
  shift
  mkdir -p "$(dirname "$work/$file")"
  sed "s#@/#$module/#" >"$work/$file"
  for message in "$@"; do expected+=("$file|$message"); done
}

# imports PACKAGE IMPORT...: a file that imports for the import's sake.
imports() {
  printf '// Package %s exists to import.\npackage %s\n\n' "$1" "$1"
  shift
  for path in "$@"; do echo "import _ \"$path\""; done
}

# breaks FILE IMPORT [MESSAGE]: FILE imports what it must not.
breaks() {
  plant "$1" "${3:-import '${2/#@/$module}' is not allowed}" < <(imports broken "$2")
}

# keeps FILE IMPORT...: FILE imports what it may.
keeps() {
  local file=$1
  shift
  plant "$file" < <(imports kept "$@")
}

# Third-party modules that rules name, as empty ones: no network, and the rules see
# only the path.
third_party=(
  github.com/stretchr/testify github.com/tink-crypto/tink-go/v2 github.com/aws/aws-sdk-go-v2
  github.com/Azure/azure-sdk-for-go/sdk/azcore github.com/versity/versitygw modernc.org/sqlite google.golang.org/grpc
)
{
  printf 'module %s\n\ngo %s\n\n' "$module" "$(go list -m -f '{{.GoVersion}}')"
  for path in "${third_party[@]}"; do
    version=v0.0.0
    case $path in */v2) version=v2.0.0 ;; esac
    printf 'require %s %s\nreplace %s => ./third/%s\n' "$path" "$version" "$path" "$path"
    mkdir -p "$work/third/$path"
    printf 'module %s\n\ngo 1.26\n' "$path" >"$work/third/$path/go.mod"
    echo 'package third' >"$work/third/$path/third.go"
  done
} >"$work/go.mod"
cp "$config" "$work/.golangci.yml"

for folder in connector connector/schema connectors/aws/internal/conn connectors/azure/vault feel bpmn \
  internal/api internal/app internal/cli internal/worker internal/worker/fakegateway internal/schedule internal/playbook internal/run internal/egress; do
  keeps "$folder/kept.go" fmt
done

# Who may import whom.
breaks connector/bad1/a.go @/internal/egress
breaks connector/bad2/a.go github.com/aws/aws-sdk-go-v2
breaks connectors/plain/a.go github.com/aws/aws-sdk-go-v2
breaks connectors/plain2/a.go @/internal/egress
breaks connectors/aws/bad/a.go @/internal/egress
breaks connectors/aws/bad2/a.go github.com/Azure/azure-sdk-for-go/sdk/azcore
breaks connectors/azure/bad/a.go github.com/aws/aws-sdk-go-v2
breaks connectors/aws/bad3/a.go @/connectors/azure/vault
breaks feel/bad/a.go @/connector "feel stands alone"
breaks bpmn/bad/a.go @/feel "bpmn stands alone"
for caller in api cli worker schedule playbook; do
  breaks "internal/run/bad$caller/a.go" @/internal/$caller "run does not know who calls it"
done
breaks internal/run/badconnector/a.go @/connectors/azure/vault "run gets integrations from the catalogue"
for caller in api app cli schedule playbook; do
  breaks "internal/worker/bad$caller/a.go" @/internal/$caller "callers of run do not know each other"
done
breaks internal/worker/badconnector/a.go @/connectors/azure/vault "the worker gets integrations from the catalogue"
breaks internal/worker/badgrpc/a.go google.golang.org/grpc "only internal/worker/gateway speaks gRPC"
breaks internal/app/badcluster/a.go @/internal/worker/fakegateway "the cluster is for tests"
for low in store files keys authz audit egress redact validate; do
  breaks "internal/$low/bad/a.go" @/internal/run "arrows point down"
done
breaks internal/api/badsql/a.go database/sql "only internal/store speaks SQL"
breaks internal/api/badsql_test/a_test.go modernc.org/sqlite "only internal/store speaks SQL"
breaks internal/api/badaes/a.go crypto/aes "only internal/keys encrypts"
breaks internal/api/badcipher/a.go crypto/cipher "only internal/keys encrypts"
breaks internal/api/badtink/a.go github.com/tink-crypto/tink-go/v2 "only internal/keys encrypts"
breaks internal/api/badsandbox/a.go github.com/versity/versitygw "only internal/sandbox embeds servers"
breaks internal/api/badtest/a_test.go github.com/stretchr/testify "stdlib testing and go-cmp"

keeps connector/good/a.go @/connector @/connector/schema
keeps connectors/plain3/a.go @/connector @/connector/schema
keeps connectors/aws/good/a.go @/connector github.com/aws/aws-sdk-go-v2 @/connectors/aws/internal/conn
keeps connectors/azure/good/a.go @/connector github.com/Azure/azure-sdk-for-go/sdk/azcore
keeps feel/good/a.go @/feel
keeps internal/store/good/a.go database/sql modernc.org/sqlite
keeps internal/keys/good/a.go crypto/aes crypto/cipher github.com/tink-crypto/tink-go/v2
keeps internal/sandbox/good/a.go github.com/versity/versitygw crypto/cipher
keeps internal/worker/good/a.go @/internal/run @/connector
keeps internal/worker/gateway/a.go google.golang.org/grpc
keeps test/good/a.go @/internal/worker/fakegateway
keeps internal/api/good/a.go @/internal/run @/internal/egress

# Clock, printing, dialling.
plant internal/run/badclock/a.go 'the clock is injected' 'wait for the thing itself' 'libraries return' 'left over from debugging' <<'GO'
package badclock

import (
	"fmt"
	"time"
)

func F() {
	fmt.Println(time.Now())
	time.Sleep(time.Second)
	println("here")
}
GO
plant internal/run/baddial/a.go 'only internal/egress builds clients' 'only internal/egress dials' 'http.Client is missing field Transport' <<'GO'
package baddial

import (
	"crypto/tls"
	"net"
	"net/http"
)

func F() (*http.Client, *http.Transport, *net.Dialer, *tls.Dialer) {
	return &http.Client{}, &http.Transport{}, &net.Dialer{}, nil
}
GO
for call in 'http.Get("")' 'http.Post("", "", nil)' 'http.DefaultClient.Get("")' 'http.DefaultTransport.RoundTrip(nil)'; do
  name=$(tr -dc 'A-Za-z' <<<"$call" | tr A-Z a-z)
  plant "internal/run/$name/a.go" 'only internal/egress builds clients' <<GO
package $name

import "net/http"

func F() (*http.Response, error) { return $call }
GO
done
plant internal/run/badexit/a.go 'return an error; cmd/ decides' 'slog, through the logger' <<'GO'
package badexit

import (
	"log"
	"os"
)

func F() {
	log.Println("bye")
	os.Exit(1)
}
GO
plant internal/run/badnolint/a.go 'should provide explanation' <<'GO'
package badnolint

import "os"

func F() {
	os.Exit(1) //nolint:forbidigo
}
GO
plant internal/run/badcontext/a_test.go 'context.Background() could be replaced by' <<'GO'
package badcontext

import (
	"context"
	"testing"
)

func TestF(t *testing.T) {
	if context.Background().Err() != nil {
		t.Fatal("over")
	}
}
GO
plant connector/baddoc/a.go 'exported function F should have comment' <<'GO'
// Package baddoc has an exported function without a doc comment.
package baddoc

func F() {}
GO
long_function() {
  printf 'package badlong\n\nfunc F(n int) int {\n'
  printf '\tn++\n%.0s' {1..61}
  printf '\treturn n\n}\n'
}
plant internal/run/badlong/a.go "Function 'F' is too long" < <(long_function)
plant internal/run/badformat/a.go 'not properly formatted' <<'GO'
package badformat

func F() {

	f := 1
	_ = f
}
GO

plant internal/egress/good/a.go <<'GO'
package good

import (
	"net"
	"net/http"
)

func F() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext}}
}
GO
plant internal/api/goodclient/a.go <<'GO'
package goodclient

import "net/http"

func F(r http.RoundTripper) *http.Client {
	return &http.Client{Transport: r}
}
GO
plant cmd/good/main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	fmt.Println(time.Now())
	os.Exit(1)
}
GO

cd "$work"
# What is allowed must be well formatted too; only badformat is not.
find . -name '*.go' ! -path './third/*' ! -path '*/badformat/*' -exec "$lint" fmt {} +
report=$("$lint" run --output.text.path stdout --output.text.print-issued-lines=false --show-stats=false ./... 2>&1) || true

missing=0
for want in "${expected[@]}"; do
  if ! grep -F "${want%%|*}:" <<<"$report" | grep -qF "${want#*|}"; then
    echo "not reported: ${want%%|*}: ${want#*|}"
    missing=1
  fi
done
if grep -E '(^|/)(good|kept|plain3)[^:]*:' <<<"$report" | grep -E ':[0-9]+:'; then
  echo "reported, though allowed"
  missing=1
fi
if [ "$missing" = 1 ]; then
  echo "--- lint said:"
  echo "$report"
  exit 1
fi
echo "${#expected[@]} broken rules, all reported"
