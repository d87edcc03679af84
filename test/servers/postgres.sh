#!/usr/bin/env bash
# PostgreSQL of Debian, in a data folder of its own, as a user other than root. The
# database is empty; tests make schemas or databases of their own in it.
NAME=postgres
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

# programs prints the folder of the newest installed PostgreSQL's programs.
programs() { find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1; }

ensure_installed() {
  [ -x "$(programs)/initdb" ] || apt_install postgresql
  [ -x "$(programs)/initdb" ] || not_run "no initdb below /usr/lib/postgresql"
}

# as_user COMMAND...: PostgreSQL refuses to run as root, so root becomes Debian's user for it.
as_user() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
    return
  fi
  setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
}

start_server() {
  local port password home bin
  bin=$(programs)
  port=$(free_port)
  password=$(head -c 18 /dev/urandom | base64 | tr '+/' 'ab')
  home=$(socket_dir) # the data is there too: the user need not be able to enter the repository
  printf '%s\n' "$password" >"$home/password"
  if [ "$(id -u)" = 0 ]; then chown -R postgres: "$home"; fi
  as_user "$bin/initdb" -D "$home/data" -U fairlead --pwfile="$home/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >"$LOG/initdb.log" 2>&1 || fail "initdb failed"
  # Statements and their values are not logged. Connections: many stores of many tests.
  as_user tee -a "$home/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$home'
max_connections = 200
log_parameter_max_length_on_error = 0
CONF
  as_postgres=()
  if [ "$(id -u)" = 0 ]; then as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi
  cd "$home"
  daemon postgres "${as_postgres[@]}" "$bin/postgres" -D "$home/data"
  PGPASSWORD=$password wait_for 60 "PostgreSQL on port $port" "$bin/psql" -h 127.0.0.1 -p "$port" -U fairlead -d postgres -c 'SELECT 1'
  emit FAIRLEAD_TEST_POSTGRES "postgres://fairlead:$password@127.0.0.1:$port/postgres?sslmode=disable"
}

main "$@"
