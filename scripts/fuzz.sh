#!/usr/bin/env bash
# Fuzzes every target there is, one after the other: fuzz.sh [TIME], 60s when left out.
# FUZZ=Zip fuzzes only those whose name holds that. What makes one fail is kept by Go
# in testdata/fuzz of its package, to be committed with the mending.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-60s}
mkdir -p .cache/test
status=0 targets=0 all=0
while IFS=: read -r file line; do
  name=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]+).*/\1/' <<<"$line")
  [[ $name == *"${FUZZ:-}"* ]] || continue
  targets=$((targets + 1))
  log=.cache/test/fuzz-$(tr '/' '-' <<<"$(dirname "$file")")-$name.log
  result=ok
  go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "./$(dirname "$file")" >"$log" 2>&1 || { result=FAILED; status=1; }
  execs=$(grep -oE 'execs: [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+' || echo 0)
  all=$((all + execs))
  printf '| fuzz %-52s %10d executions  %s\n' "$(dirname "$file") $name" "$execs" "$result"
  if [ "$result" = FAILED ]; then tail -n 40 "$log"; fi
done < <(grep -rEn --include='*_test.go' --exclude-dir=node_modules --exclude-dir=.cache '^func Fuzz' . | sed -E 's#^\./##; s#:[0-9]+:#:#' | sort)
echo "FIGURE: fuzz: $targets targets for $time each, $all executions, $([ $status = 0 ] && echo 0 crashers || echo crashers found)"
exit $status
