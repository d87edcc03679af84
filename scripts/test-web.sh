#!/usr/bin/env bash
# Tests the console in a real browser against real servers of this program.
#
#   scripts/test-web.sh              all tests
#   SCREENSHOTS=1 scripts/test-web.sh pages    only web/test/pages.test.mjs, and write docs/screenshots
#
# Needs Node 20.19 and Chromium; where one cannot be had, prints NOT RUN, which is a
# failure with CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/.cache/web-test
mkdir -p "$work"

not_run() {
  echo "NOT RUN: console in a browser: $1"
  if [ "${CI:-}" = true ]; then exit 1; fi
  exit 0
}

. scripts/node.sh
need_node "$root" >"$PWD/.cache/node.reason" || not_run "$(cat .cache/node.reason)"

. scripts/chromium.sh
need_chromium "$work" || not_run "there is no Chromium: install it, or name one in CHROMIUM"

if [ ! -d web/node_modules/playwright-core ]; then
  (cd web && npm ci --no-audit --no-fund) >"$work/npm.log" 2>&1 || not_run "npm ci failed, see .cache/web-test/npm.log"
fi

# The console under test is the one that is committed: web/dist.
go build -o "$work/fairlead" ./cmd/fairlead
go build -o "$work/console-server" ./test/console-server

files=()
for name in "$@"; do files+=("test/$name.test.mjs"); done
[ ${#files[@]} -gt 0 ] || for f in web/test/*.test.mjs; do files+=("${f#web/}"); done
cd web
export FAIRLEAD_BIN="$work/fairlead" FAIRLEAD_CONSOLE_SERVER="$work/console-server"
run() { node --test --test-concurrency=1 --test-reporter=spec "$@"; }

# A browser on a busy machine now and then misses a moment. A file that fails is run
# once more, and said so; one that fails twice has failed.
failed=()
for file in "${files[@]}"; do
  run "$file" && continue
  echo "REPEATED: $file failed once"
  run "$file" || failed+=("$file")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed twice: ${failed[*]}"
  exit 1
fi
