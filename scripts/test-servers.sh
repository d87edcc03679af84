#!/usr/bin/env bash
# Starts every server of test/servers, runs the suites that need them, stops them.
#
#   scripts/test-servers.sh [go test arguments...]
#
# A server that cannot be had is printed as NOT RUN; with CI=true that is a failure.
# FAIRLEAD_TEST_SERVERS="ceph moto" starts only these.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# Own instances: servers that a developer has started stay untouched.
export FAIRLEAD_SERVERS_INSTANCE=test-$$

started=()
not_run=()
tmp=$(mktemp -d)

stop_all() {
  local name
  for name in "${started[@]}"; do "test/servers/$name.sh" stop || true; done
  rm -rf "$tmp"
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

server_names() {
  if [ -n "${FAIRLEAD_TEST_SERVERS:-}" ]; then
    tr ' ' '\n' <<<"$FAIRLEAD_TEST_SERVERS"
    return
  fi
  # A server is a script that keeps to the rules of lib/common.sh.
  for script in $(grep -l '/lib/common.sh"$' test/servers/*.sh); do basename "$script" .sh; done
}

# upper NAME: the form that a name has in environment variables.
upper() { tr 'a-z-' 'A-Z_' <<<"$1"; }

start() {
  local name=$1 status=0 reason
  started+=("$name")
  "test/servers/$name.sh" start 2>"$tmp/$name" || status=$?
  cat "$tmp/$name" >&2
  case $status in
  0)
    set -a
    # The values come from our own scripts and hold no character that bash would read.
    . <("test/servers/$name.sh" env)
    set +a
    return
    ;;
  69) reason=$(sed -n "s/^NOT RUN: $name: //p" "$tmp/$name" | tail -n 1) ;;
  *) reason="did not start; logs are in .cache/servers/$name/$FAIRLEAD_SERVERS_INSTANCE/log" ;;
  esac
  not_run+=("NOT RUN: $name: $reason")
  export "FAIRLEAD_NOT_RUN_$(upper "$name")=$reason"
}

for name in $(server_names); do start "$name"; done

# Named, not found by pattern: a suite that has gone missing must be noticed.
packages=(./test/servers/... ./test/e2e/... ./test/engines/... ./test/camunda)
if [ ! -d test/e2e ]; then
  packages=(./test/servers/...)
  not_run+=("NOT RUN: end-to-end suite: test/e2e is missing")
fi

status=0
# -count=1: the servers are not among the inputs that go test's cache knows.
scripts/gotest.sh servers -count=1 "$@" "${packages[@]}" || status=$?

echo "servers that ran: $(for name in $(server_names); do test/servers/"$name".sh status && echo -n "$name "; done || true)"
if [ ${#not_run[@]} -gt 0 ]; then
  printf '%s\n' "${not_run[@]}"
  if [ "${CI:-}" = true ]; then status=1; fi
fi
if [ "$status" = 0 ]; then
  stop_all
  rm -rf .cache/servers/*/"$FAIRLEAD_SERVERS_INSTANCE"
  started=()
fi
exit "$status"
