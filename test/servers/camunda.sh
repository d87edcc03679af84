#!/usr/bin/env bash
# Two in-memory Camunda engines, of different versions, each with gRPC and a small
# control port (camunda/src/probe/Engine.java). They are under their makers' own
# licences: they are downloaded for tests, and never part of what is shipped.
NAME=camunda
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
. "$(dirname "${BASH_SOURCE[0]}")/lib/java.sh"

readonly SRC=$ROOT/test/servers/camunda

# engine_dir VERSION: where that engine is installed, built from what SRC says now.
engine_dir() { echo "$HOME_DIR/$1-$(cat "$SRC/pom.xml" "$SRC"/src/probe/*.java "$SRC"/src89/*.java | cksum | cut -d ' ' -f 1)"; }

ensure_engine() {
  local version=$1 dir sources
  dir=$(engine_dir "$version")
  [ ! -e "$dir/installed" ] || return 0
  say "installing the engine $version (130 MB, once)"
  rm -rf "$dir"
  mkdir -p "$dir/classes"
  maven -f "$SRC/pom.xml" -Dengine="$version" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$dir/lib" ||
    not_run "the engine $version could not be had from Maven (see $HOME_DIR/maven.log)"
  sources=("$SRC"/src/probe/*.java)
  if [ "$version" = "$CAMUNDA_ENGINE_89" ]; then sources+=("$SRC"/src89/*.java); fi
  compile_java "$dir/lib/*" "$dir/classes" "${sources[@]}" >"$HOME_DIR/compile.log" 2>&1 ||
    not_run "the engine's main does not compile (see $HOME_DIR/compile.log)"
  touch "$dir/installed"
}

ensure_installed() {
  find_java
  ensure_engine "$CAMUNDA_ENGINE_88"
  ensure_engine "$CAMUNDA_ENGINE_89"
}

start_engine() { # KEY VERSION
  local dir grpc control
  dir=$(engine_dir "$2")
  grpc=$(free_port)
  control=$(free_port)
  daemon "engine-$1" "$JAVA_HOME/bin/java" -Xms64m -Xmx512m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED \
    --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Djava.io.tmpdir="$DATA" \
    -cp "$dir/classes:$dir/lib/*" probe.Engine "$grpc" "$control"
  wait_for 90 "the engine $2 on port $grpc" answers "http://127.0.0.1:$control/health"
  emit "FAIRLEAD_TEST_CAMUNDA_$1_GRPC" "127.0.0.1:$grpc" "FAIRLEAD_TEST_CAMUNDA_$1_CONTROL" "http://127.0.0.1:$control" "FAIRLEAD_TEST_CAMUNDA_$1_VERSION" "$2"
}

start_server() {
  [ -n "${JAVA_HOME:-}" ] || find_java
  start_engine 88 "$CAMUNDA_ENGINE_88"
  start_engine 89 "$CAMUNDA_ENGINE_89"
}

main "$@"
