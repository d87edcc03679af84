#!/usr/bin/env bash
# go test with its output kept short: gotest.sh NAME [go test arguments...]
#
# What a package prints when it passes would be lost without -v and drown the rest
# with it. So the whole output goes to .cache/test/NAME.log; shown are go test's own
# closing lines, what must not be overlooked (NOT RUN, SKIPPED, FIGURE, rows of a
# matrix) and everything of a package that fails.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
name=$1
shift
log=$root/.cache/test/$name.log
mkdir -p "$(dirname "$log")"

shorten='
  function noise(line) { return line ~ /^ *(=== (RUN|PAUSE|CONT|NAME)|--- PASS)/ }
  function remark(line) { return line ~ /^ *(NOT RUN:|SKIPPED:|FIGURE:|\|)/ }
  /^(FAIL|ok  )\t/ {
    failed = /^FAIL/
    for (i = 0; i < n; i++) if (failed ? !noise(lines[i]) : remark(lines[i])) print lines[i]
    n = 0
    print
    fflush()
    next
  }
  /^\?   \t/ { next }
  { lines[n++] = $0 }
  END { for (i = 0; i < n; i++) if (!noise(lines[i])) print lines[i] }'

cd "$root"
go test -v "$@" 2>&1 | tee "$log" | awk "$shorten"
