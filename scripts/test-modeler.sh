#!/usr/bin/env bash
# Tests the element templates: by Camunda's validator, in a real Modeler in a real
# browser, and with what that Modeler saves on real engines.
#
#   scripts/test-modeler.sh               all of it
#   scripts/test-modeler.sh browser       without engines
#   scripts/test-modeler.sh diagrams DIR  only saves the diagrams into DIR, for a test of the engines
#
# Needs Node 20.19 and Chromium; where one cannot be had, prints NOT RUN, which is a
# failure with CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/.cache/modeler-test
mode=${1:-all}
mkdir -p "$work"

not_run() {
  echo "NOT RUN: templates in a Modeler: $1"
  if [ "${CI:-}" = true ]; then exit 1; fi
  exit 0
}

. scripts/node.sh
need_node "$root" >"$work/node.reason" || not_run "$(cat "$work/node.reason")"

. scripts/chromium.sh
need_chromium "$work" || not_run "there is no Chromium: install it, or name one in CHROMIUM"

cd test/modeler
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
  npm ci --no-audit --no-fund >"$work/npm.log" 2>&1 || not_run "npm ci failed, see .cache/modeler-test/npm.log"
  touch node_modules
fi
# What the page is made of changes seldom, and making it takes a while.
if [ ! -e "$work/page/index.html" ] || [ -n "$(find editor.mjs bundle.mjs node_modules -maxdepth 0 -newer "$work/page/index.html")" ]; then
  node bundle.mjs "$work/page"
fi
go build -C "$root" -o "$work/fairlead" ./cmd/fairlead
rm -rf "$work/templates"

if [ "$mode" = diagrams ]; then
  FAIRLEAD_MODELER_XML=$2 node --test --test-concurrency=1 --test-name-pattern='^(applies|has an entry)' modeler.test.mjs
  exit
fi
node --test --test-concurrency=1 --test-reporter=spec templates.test.mjs modeler.test.mjs
[ "$mode" = all ] || exit 0

cd "$root"
export FAIRLEAD_SERVERS_INSTANCE=modeler-$$ FAIRLEAD_MODELER_XML=$work/xml
trap 'test/servers/camunda.sh stop || true' EXIT
status=0
test/servers/camunda.sh start 2>"$work/engines.log" || status=$?
case $status in
0)
  set -a
  . <(test/servers/camunda.sh env)
  set +a
  ;;
69) export FAIRLEAD_NOT_RUN_CAMUNDA="$(sed -n 's/^NOT RUN: camunda: //p' "$work/engines.log" | tail -n 1)" ;;
*) cat "$work/engines.log" >&2 && exit 1 ;;
esac
scripts/gotest.sh modeler -count=1 -run '^TestDiagramsOfTheModeler$' ./test/engines
