#!/usr/bin/env bash
# Keycloak, the identity provider of most clusters that people run themselves, with one
# realm (keycloak/realm.json): a client whose tokens live for seconds and one whose tokens
# live long. Their tokens are for the cluster only when they ask for the scope "jobs".
NAME=keycloak
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib/java.sh"

readonly REALM=$ROOT/test/servers/keycloak/realm.json

# dist_dir: where Keycloak is installed, with a database that holds what REALM says now.
dist_dir() { echo "$HOME_DIR/$KEYCLOAK_VERSION-$(cksum <"$REALM" | cut -d ' ' -f 1)"; }

# command_line HOME CLASSES COMMAND...: sets KC to what runs a command of Keycloak over a
# folder. kc.sh would stand between us and the process. Compiled once is enough for the
# little that it does here; an archive of its classes takes a third off the time to start,
# and one that does not fit is passed over.
command_line() {
  local home=$1 classes=$2
  shift 2
  KC=("$JAVA_HOME/bin/java" -Xms64m -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$classes" -Xlog:disable
    --enable-native-access=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.security=ALL-UNNAMED
    --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED
    -Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory
    -Djava.util.logging.manager=org.jboss.logmanager.LogManager -Dpicocli.disable.closures=true -Djava.io.tmpdir="$home/data"
    -Dkc.home.dir="$home" -Djboss.server.config.dir="$home/conf"
    -cp "$(dist_dir)/lib/quarkus-run.jar" io.quarkus.bootstrap.runner.QuarkusEntryPoint "$@")
}

# prepare DIST: compiles the settings that cannot change later, and fills the database, so
# that a start has neither to do.
prepare() {
  local dist=$1
  mkdir -p "$dist/data"
  # A secret that a form must escape.
  printf 'canary+/%%=%s' "$(head -c 18 /dev/urandom | base64)" >"$dist/secret"
  command_line "$dist" -Xshare:auto build --db=dev-file
  "${KC[@]}" || return
  command_line "$dist" -XX:ArchiveClassesAtExit="$dist/classes.jsa" import --optimized --file "$REALM"
  FAIRLEAD_SECRET=$(cat "$dist/secret") "${KC[@]}"
}

ensure_installed() {
  find_java
  local dist archive
  dist=$(dist_dir)
  archive=$HOME_DIR/download/keycloak-quarkus-dist-$KEYCLOAK_VERSION.tar.gz
  [ ! -e "$dist/installed" ] || return 0
  say "installing Keycloak $KEYCLOAK_VERSION (170 MB, once)"
  rm -rf "$dist"
  mkdir -p "$dist"
  maven org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="org.keycloak:keycloak-quarkus-dist:$KEYCLOAK_VERSION:tar.gz" -DoutputDirectory="$(dirname "$archive")" ||
    not_run "Keycloak $KEYCLOAK_VERSION could not be had from Maven (see $HOME_DIR/maven.log)"
  tar -xzf "$archive" -C "$dist" --strip-components=1
  rm "$archive"
  prepare "$dist" >"$HOME_DIR/install.log" 2>&1 || fail "the realm could not be made (see $HOME_DIR/install.log)"
  touch "$dist/installed"
}

start_server() {
  local dist port url p=FAIRLEAD_TEST_KEYCLOAK_
  [ -n "${JAVA_HOME:-}" ] || find_java
  dist=$(dist_dir)
  # The port outlives a stop: who saw it go away can see it come back.
  [ -s "$RUN/port" ] || free_port >"$RUN/port"
  port=$(cat "$RUN/port")
  url=http://127.0.0.1:$port/realms/camunda
  mkdir -p "$DATA/data"
  ln -s "$dist/lib" "$dist/conf" "$dist/providers" "$dist/themes" "$DATA"
  cp -r "$dist/data/h2" "$DATA/data"
  command_line "$DATA" -XX:SharedArchiveFile="$dist/classes.jsa" start --optimized --cache=local \
    --http-enabled=true --http-host=127.0.0.1 --http-port="$port" --hostname-strict=false --log-level=warn
  daemon keycloak "${KC[@]}"
  wait_for 90 "Keycloak on port $port" curl -sf --max-time 2 "$url/.well-known/openid-configuration"
  emit ${p}ISSUER "$url" ${p}SECRET "$(cat "$dist/secret")" ${p}WORKER worker ${p}STEADY steady
  emit ${p}AUDIENCE cluster-of-the-harbour ${p}SCOPE jobs ${p}INSTANCE "${FAIRLEAD_SERVERS_INSTANCE:-main}"
}

main "$@"
