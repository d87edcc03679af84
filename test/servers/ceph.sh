#!/usr/bin/env bash
# Ceph's S3 gateway from Debian: one monitor, one OSD in memory, one radosgw. It is
# the server that enforces a public access block, limits a user's buckets and knows
# AssumeRole. There is no manager daemon: nothing here needs one.
#
# Identities: an owner who may do everything of theirs, a second user with at most
# two buckets, a role that trusts the owner, a role that trusts nobody.
NAME=ceph
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

ensure_installed() {
  local program
  for program in ceph ceph-mon ceph-osd radosgw radosgw-admin ceph-authtool monmaptool; do
    command -v $program >/dev/null && continue
    apt_install ceph-mon ceph-osd radosgw
    break
  done
  case "$(radosgw --version)" in
  "ceph version $CEPH_MAJOR."*) ;;
  *) not_run "Ceph $CEPH_MAJOR is expected, this is $(radosgw --version)" ;;
  esac
}

write_config() {
  local mon_v2=$1 mon_v1=$2 fsid=$3 sockets=$4
  cat >"$DATA/ceph.conf" <<CONF
[global]
fsid = $fsid
mon initial members = a
mon host = [v2:127.0.0.1:$mon_v2/0,v1:127.0.0.1:$mon_v1/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $DATA/keyring
run dir = $sockets
admin socket = $sockets/\$name.\$pid.asok
log file =
log to stderr = true
err to stderr = true
mon cluster log to file = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000

[mon]
mon data = $DATA/mon
# A nearly full disk must not stop a test cluster that keeps its objects in memory.
mon data avail crit = 0
mon osd full ratio = 0.99

[osd]
osd data = $DATA/osd
osd objectstore = memstore
osd crush initial weight = 1
memstore device bytes = 4294967296
osd class update on start = false

[client.rgw]
rgw data = $DATA/rgw
rgw enable usage log = false
rgw thread pool size = 64
rgw rados pool pg num min = 4
# 16 characters: the key under which session tokens are sealed.
rgw sts key = $(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n')
rgw s3 auth use sts = true
CONF
}

# One keyring for all: the monitor takes the users in it over when it is made.
write_keyring() {
  local k=$DATA/keyring
  ceph-authtool -C "$k" -g -n mon. --cap mon 'allow *'
  ceph-authtool "$k" -g -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$k" -g -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
  ceph-authtool "$k" -g -n osd.0 --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *'
}

c() { timeout 60 ceph -c "$DATA/ceph.conf" --connect-timeout 20 "$@"; }
admin() { timeout 60 radosgw-admin -c "$DATA/ceph.conf" -n client.rgw "$@"; }

start_cluster() {
  local mon_v2 mon_v1 fsid osd_id sockets
  mon_v2=$(free_port)
  mon_v1=$(free_port)
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd_id=$(cat /proc/sys/kernel/random/uuid)
  sockets=$(socket_dir)
  mkdir -p "$DATA/mon" "$DATA/osd" "$DATA/rgw"
  write_config "$mon_v2" "$mon_v1" "$fsid" "$sockets"
  {
    write_keyring
    monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_v2,v1:127.0.0.1:$mon_v1]" "$DATA/monmap"
    ceph-mon -c "$DATA/ceph.conf" -i a --mkfs --monmap "$DATA/monmap" --keyring "$DATA/keyring"
  } >"$LOG/setup.log" 2>&1 || fail "could not make the monitor's store"
  daemon mon ceph-mon -f -c "$DATA/ceph.conf" -i a
  wait_for 60 "the monitor" c osd new "$osd_id"
  ceph-osd -c "$DATA/ceph.conf" -i 0 --mkfs --osd-uuid "$osd_id" >>"$LOG/setup.log" 2>&1 || fail "could not make the OSD's store"
  daemon osd ceph-osd -f -c "$DATA/ceph.conf" -i 0
}

start_gateway() {
  local port=$1
  daemon rgw radosgw -f -c "$DATA/ceph.conf" -n client.rgw --rgw-frontends "beast endpoint=127.0.0.1:$port"
  wait_for 120 "the gateway" answers "http://127.0.0.1:$port"
}

trust_policy() {
  printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["%s"]},"Action":["sts:AssumeRole"]}]}' "$1"
}

make_identities() {
  local allow_s3='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*"}]}'
  admin user create --uid owner --display-name Owner --access-key "$ACCESS" --secret-key "$SECRET"
  admin user create --uid capped --display-name Capped --max-buckets 2 --access-key "$CAPPED_ACCESS" --secret-key "$CAPPED_SECRET"
  admin role create --role-name trusting --path / --assume-role-policy-doc "$(trust_policy arn:aws:iam:::user/owner)"
  admin role-policy put --role-name trusting --policy-name s3 --policy-doc "$allow_s3"
  admin role create --role-name distrustful --path / --assume-role-policy-doc "$(trust_policy arn:aws:iam:::user/nobody)"
}

random_key() { head -c 30 /dev/urandom | base64 | tr '+/' 'ab'; }

start_server() {
  local port endpoint p=FAIRLEAD_S3_CEPH_
  ACCESS=AKIACEPHOWNER0000001
  CAPPED_ACCESS=AKIACEPHCAPPED000001
  SECRET=$(random_key)
  CAPPED_SECRET=$(random_key)
  start_cluster
  port=$(free_port)
  endpoint=http://127.0.0.1:$port
  start_gateway "$port"
  make_identities >>"$LOG/setup.log" 2>&1 || fail "could not make the users and roles"
  emit ${p}ENDPOINT "$endpoint" ${p}REGION us-east-1 ${p}ACCESS_KEY "$ACCESS" ${p}SECRET_KEY "$SECRET"
  emit ${p}CAPPED_ACCESS_KEY "$CAPPED_ACCESS" ${p}CAPPED_SECRET_KEY "$CAPPED_SECRET" ${p}CAPPED_BUCKETS 2
  emit ${p}STS_ENDPOINT "$endpoint" ${p}ROLE_ARN arn:aws:iam:::role/trusting ${p}UNTRUSTING_ROLE_ARN arn:aws:iam:::role/distrustful
}

main "$@"
