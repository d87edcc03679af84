#!/usr/bin/env bash
# For working by hand: servers.sh start | stop | env. After "start",
#   eval "$(scripts/servers.sh env)"
# puts all servers into the environment, and go test ./test/e2e/... finds them.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
for script in $(grep -l '/lib/common.sh"$' test/servers/*.sh); do
  if [ "${1:-}" = env ]; then
    "$script" env | sed 's/^/export /' || true
  else
    "$script" "${1:-}" || status=$?
  fi
done
exit "$status"
