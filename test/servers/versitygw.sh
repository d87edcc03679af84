#!/usr/bin/env bash
# versitygw, the S3 gateway of go.mod, as processes of its own, twice:
#   VERSITYGW      one account, versioning on: a plain S3
#   VERSITYGW_IAM  the gateway with an IAM and STS server beside it, and a second
#                  user who may do nothing
NAME=versitygw
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

readonly REGION=us-east-1

version() { (cd "$ROOT" && go list -m -f '{{.Version}}' github.com/versity/versitygw); }

# The build uses a copy of go.mod, which may grow by what only the command needs:
# the versions are the product's, most packages come compiled from the sandbox's
# build, and go.mod itself stays as it is.
ensure_installed() {
  command -v go >/dev/null || not_run "no go here"
  PROGRAM=$BIN/versitygw-$(version)
  [ ! -x "$PROGRAM" ] || return 0
  say "building versitygw $(version)"
  cp "$ROOT/go.mod" "$HOME_DIR/build.mod"
  cp "$ROOT/go.sum" "$HOME_DIR/build.sum"
  (cd "$ROOT" && go build -modfile="$HOME_DIR/build.mod" -mod=mod -buildvcs=false -o "$PROGRAM.new" \
    github.com/versity/versitygw/cmd/versitygw) >"$HOME_DIR/build.log" 2>&1 ||
    not_run "go build failed (see $HOME_DIR/build.log)"
  mv "$PROGRAM.new" "$PROGRAM"
}

# iam_call ENDPOINT ACTION [PARAM=VALUE...]: one signed call to the IAM server.
iam_call() {
  local endpoint=$1 action=$2 args=()
  shift 2
  for param in "$@"; do args+=(--data-urlencode "$param"); done
  curl -s --fail-with-body --max-time 10 --user "$ACCESS:$SECRET" --aws-sigv4 "aws:amz:$REGION:iam" \
    --data-urlencode "Action=$action" --data-urlencode Version=2010-05-08 "${args[@]}" "$endpoint/"
}

start_plain() {
  local port
  port=$(free_port)
  mkdir -p "$DATA/plain" "$DATA/plain-versions"
  daemon gateway "$PROGRAM" --port "127.0.0.1:$port" --access "$ACCESS" --secret "$SECRET" --region $REGION \
    --health /healthz --keep-alive posix --versioning-dir "$DATA/plain-versions" "$DATA/plain"
  wait_for 30 "the gateway" answers "http://127.0.0.1:$port/healthz"
  local p=FAIRLEAD_S3_VERSITYGW_
  emit ${p}ENDPOINT "http://127.0.0.1:$port" ${p}REGION $REGION ${p}ACCESS_KEY "$ACCESS" ${p}SECRET_KEY "$SECRET"
}

start_with_iam() {
  local port iam_port sockets iam
  port=$(free_port)
  iam_port=$(free_port)
  sockets=$(socket_dir)
  iam=http://127.0.0.1:$iam_port
  mkdir -p "$DATA/iam" "$DATA/accounts" "$DATA/iam-versions"
  daemon iam "$PROGRAM" --port "127.0.0.1:$iam_port" --access "$ACCESS" --secret "$SECRET" --region $REGION \
    --health /healthz iam --dir "$DATA/accounts" --private-ports "$sockets/iam.sock"
  wait_for 30 "the IAM server" answers "$iam/healthz"
  daemon gateway-iam "$PROGRAM" --port "127.0.0.1:$port" --access "$ACCESS" --secret "$SECRET" --region $REGION \
    --health /healthz --keep-alive --iam-standalone-endpoint "$sockets/iam.sock" \
    posix --versioning-dir "$DATA/iam-versions" "$DATA/iam"
  wait_for 30 "the gateway with IAM" answers "http://127.0.0.1:$port/healthz"

  local keys p=FAIRLEAD_S3_VERSITYGW_IAM_
  iam_call "$iam" CreateUser UserName=nobody >"$LOG/users.log" || fail "could not create a user"
  keys=$(iam_call "$iam" CreateAccessKey UserName=nobody) || fail "could not create an access key: $keys"
  emit ${p}ENDPOINT "http://127.0.0.1:$port" ${p}REGION $REGION ${p}ACCESS_KEY "$ACCESS" ${p}SECRET_KEY "$SECRET"
  emit ${p}STS_ENDPOINT "$iam"
  emit ${p}NOBODY_ACCESS_KEY "$(element AccessKeyId "$keys")" ${p}NOBODY_SECRET_KEY "$(element SecretAccessKey "$keys")"
}

# element TAG XML: the text of the first such element.
element() { sed -n "s:.*<$1>\([^<]*\)</$1>.*:\1:p" <<<"$2" | head -n 1; }

start_server() {
  ACCESS=AKIAFAIRLEADTEST0001
  SECRET=$(head -c 30 /dev/urandom | base64 | tr '+/' 'ab')
  start_plain
  start_with_iam
}

main "$@"
