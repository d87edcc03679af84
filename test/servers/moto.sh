#!/usr/bin/env bash
# moto[server] from PyPI: S3, STS and IAM in one process. It checks no credentials
# and stores a public access block without enforcing it.
NAME=moto
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

venv() { echo "$HOME_DIR/venv-$MOTO_VERSION"; }

ensure_installed() {
  [ ! -e "$(venv)/installed" ] || return 0
  local python
  python=$(command -v python3) || not_run "no python3 here"
  say "installing moto[server]==$MOTO_VERSION"
  rm -rf "$(venv)"
  "$python" -m venv "$(venv)" >"$HOME_DIR/pip.log" 2>&1 ||
    { apt_install python3-venv && "$python" -m venv "$(venv)" >"$HOME_DIR/pip.log" 2>&1; } ||
    not_run "python3 -m venv failed (see $HOME_DIR/pip.log)"
  "$(venv)/bin/pip" install -q "moto[server]==$MOTO_VERSION" >>"$HOME_DIR/pip.log" 2>&1 ||
    not_run "pip could not install moto[server]==$MOTO_VERSION (see $HOME_DIR/pip.log)"
  touch "$(venv)/installed"
}

start_server() {
  local port endpoint
  port=$(free_port)
  endpoint=http://127.0.0.1:$port
  daemon moto "$(venv)/bin/moto_server" -H 127.0.0.1 -p "$port"
  wait_for 60 "moto on $endpoint" answers "$endpoint/moto-api/"
  local p=FAIRLEAD_S3_MOTO_
  emit ${p}ENDPOINT "$endpoint" ${p}REGION us-east-1 ${p}ACCESS_KEY AKIAMOTOEXAMPLE00001 ${p}SECRET_KEY moto-secret-key
  emit ${p}STS_ENDPOINT "$endpoint" ${p}ROLE_ARN arn:aws:iam::123456789012:role/fairlead
}

main "$@"
