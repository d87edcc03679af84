#!/usr/bin/env bash
# Fails if the console that is committed is not what its sources give: the client of
# the API, the list of licences, and web/dist. Changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

not_run() {
  echo "NOT RUN: console is current: $1"
  if [ "${CI:-}" = true ]; then exit 1; fi
  exit 0
}
mkdir -p .cache
. scripts/node.sh
need_node "$PWD" >"$PWD/.cache/node.reason" || not_run "$(cat .cache/node.reason)"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

go test -count=1 -run Golden ./web >"$tmp/golden.log" 2>&1 || { cat "$tmp/golden.log"; exit 1; }

# A copy, so that neither node_modules nor generated files of the work tree change.
cp -r web "$tmp/web"
cd "$tmp/web"
if [ ! -d node_modules/vite ]; then
  npm ci --no-audit --no-fund --loglevel=error >"$tmp/npm.log" 2>&1 || { cat "$tmp/npm.log"; not_run "npm ci failed"; }
fi
npm run --silent client >/dev/null
npm run --silent licences
npm run --silent check
cd - >/dev/null
status=0
for f in src/api/schema.d.ts src/licences.json public/third-party.txt; do
  cmp -s "web/$f" "$tmp/web/$f" || { echo "web/$f is not current: run make web"; status=1; }
done
(cd "$tmp/web" && OUT_DIR=fresh npm run --silent build >"$tmp/build.log" 2>&1) || { cat "$tmp/build.log"; exit 1; }
node web/scripts/compare.mjs web/dist "$tmp/web/fresh" || status=1
exit "$status"
