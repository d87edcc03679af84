# shellcheck shell=bash
# Sourced by the scripts in test/servers. A server script sets NAME, defines
# ensure_installed, start_server and print_env, and ends with: main "$@".
#
#   start   install what is missing, start, wait until ready; does nothing if running
#   stop    stop and remove the data; logs stay
#   env     print KEY=VALUE lines of the running server
#   status  exit 0 if running
#
# Exit status 69 means that the server cannot be had on this machine; the last
# line on stderr then reads "NOT RUN: <server>: <reason>".
#
# FAIRLEAD_SERVERS_INSTANCE (default "main") keeps several sets of servers apart,
# so that a test run never stops the servers of another one.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source=../../../versions.env
. "$ROOT/versions.env"
BIN=$ROOT/.cache/bin
readonly EX_UNAVAILABLE=69

init_paths() {
  HOME_DIR=$ROOT/.cache/servers/$NAME
  RUN=$HOME_DIR/${FAIRLEAD_SERVERS_INSTANCE:-main}
  LOG=$RUN/log
  DATA=$RUN/data
  PIDS=$RUN/pids
}

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }

not_run() {
  printf 'NOT RUN: %s: %s\n' "$NAME" "$*" >&2
  exit "$EX_UNAVAILABLE"
}

# fail MESSAGE: the server was there but did not work; shows the ends of its logs.
fail() {
  say "$*"
  tail -n 15 "$LOG"/*.log >&2 2>/dev/null || true
  exit 1
}

# free_port prints a port below the ephemeral range that nothing listens on, so
# that an outgoing connection cannot take it between here and the server's bind.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  fail "no free port found between 20000 and 32000"
}

# daemon LABEL COMMAND...: runs a command in the background, apart from this
# script's session and descriptors, and remembers its pid.
daemon() {
  local label=$1
  shift
  mkdir -p "$LOG" "$PIDS"
  setsid "$@" </dev/null >"$LOG/$label.log" 2>&1 9>&- &
  echo $! >"$PIDS/$label"
}

# alive PIDFILE: true if that process runs and is ours: a pid may have been given
# to another program since.
alive() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 1
  kill -0 "$pid" 2>/dev/null || return 1
  [ -d /proc/self ] || return 0
  { tr '\0' '\n' <"/proc/$pid/environ" | grep -qxF "FAIRLEAD_SERVER_RUN=$RUN"; } 2>/dev/null
}

running() {
  local f found=1
  [ -e "$RUN/ready" ] || return 1
  for f in "$PIDS"/*; do
    alive "$f" || return 1
    found=0
  done
  return $found
}

# wait_for SECONDS WHAT COMMAND...: repeats a command until it succeeds; gives up
# early if one of the processes ended.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2 f
  shift 2
  until "$@" >/dev/null 2>&1; do
    for f in "$PIDS"/*; do
      # Twice: a process that is just being replaced by its program shows no environment.
      alive "$f" || { sleep 0.5; alive "$f"; } || fail "$(basename "$f") ended while waiting for $what"
    done
    [ "$SECONDS" -lt "$deadline" ] || fail "gave up waiting for $what"
    sleep 0.1
  done
}

answers() { curl -s -o /dev/null --max-time 2 "$1"; }

# apt_install PACKAGE...: Debian packages, as root; anything else is a NOT RUN.
apt_install() {
  command -v apt-get >/dev/null || not_run "no apt-get here to install $*"
  [ "$(id -u)" = 0 ] || not_run "installing $* needs root"
  say "installing $*"
  mkdir -p "$HOME_DIR"
  # Another install on the machine may hold the lock.
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300)
  {
    "${apt[@]}" update &&
      DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@"
  } >"$HOME_DIR/apt.log" 2>&1 || not_run "apt-get could not install $* (see $HOME_DIR/apt.log)"
}

stop_server() {
  local f pid
  for f in "$PIDS"/*; do
    [ -e "$f" ] || continue
    if alive "$f"; then
      pid=$(cat "$f")
      kill "$pid" 2>/dev/null || true
      for _ in {1..50}; do
        alive "$f" || break
        sleep 0.1
      done
      if alive "$f"; then kill -KILL "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$f"
  done
  # Sockets live in a short path of their own: a socket's name has 108 bytes at most.
  if [ -s "$RUN/sockets" ]; then rm -rf "$(cat "$RUN/sockets")"; fi
  rm -rf "$DATA" "$RUN/ready" "$RUN/sockets" "$RUN/env"
}

socket_dir() {
  mktemp -d "${TMPDIR:-/tmp}/fairlead.XXXXXX" | tee "$RUN/sockets"
}

# emit KEY VALUE...: writes the lines that env prints.
emit() {
  while [ $# -gt 0 ]; do
    printf '%s=%s\n' "$1" "$2" >>"$RUN/env"
    shift 2
  done
}

start() {
  if running; then
    say "already running"
    return
  fi
  # The mark by which alive() knows our processes. It has to be in the environment that
  # this script itself began with: a child shows its parent's until it runs its program.
  if [ "${FAIRLEAD_SERVER_RUN:-}" != "$RUN" ]; then
    FAIRLEAD_SERVER_RUN=$RUN exec "$0" start
  fi
  # One install at a time: two runs may share .cache.
  mkdir -p "$HOME_DIR"
  exec 9>"$HOME_DIR/install.lock"
  flock 9
  command -v curl >/dev/null || apt_install curl
  ensure_installed
  flock -u 9
  stop_server
  rm -rf "$LOG"
  mkdir -p "$LOG" "$DATA" "$PIDS"
  local begun
  begun=$(date +%s%N)
  trap 'stop_server' EXIT
  start_server
  trap - EXIT
  touch "$RUN/ready"
  say "ready after $((($(date +%s%N) - begun) / 1000000)) ms"
}

main() {
  init_paths
  case "${1:-}" in
  start) start ;;
  stop) stop_server ;;
  env) running && cat "$RUN/env" ;;
  status) running ;;
  *)
    echo "usage: $0 start | stop | env | status" >&2
    exit 2
    ;;
  esac
}
