#!/bin/sh
# Builds Camunda's connector runtime once, from its published artifacts, and prints how
# to start it: the path of java, that of the jar, and "s3" where it has the S3
# connector. That one's sources are no artifact: CAMUNDA_PEER_SRC names a folder that
# holds connectors/aws of the runtime's version. Needs a JDK 21 or later and Maven;
# exits with 3 where they are not there. Nothing of the runtime is part of this
# repository; its S3 connector may be used outside production only.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache/camunda-peer
key=$(cat "$root"/test/camunda/peer/pom.xml "$root"/test/camunda/peer/src/main/java/peer/*.java | cksum | cut -d ' ' -f 1)
src=${CAMUNDA_PEER_SRC:-}
[ -z "$src" ] || { src=$(cd "$src" && pwd) && key=$key-s3; }

home=
for dir in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
  [ -x "$dir/bin/javac" ] || continue
  version=$("$dir/bin/javac" -version 2>&1 | sed 's/^javac \([0-9]*\).*/\1/')
  if [ "$version" -ge 21 ]; then home=$dir && break; fi
done
[ -n "$home" ] || { echo "no JDK 21 or later" >&2; exit 3; }
command -v mvn >/dev/null || { echo "no Maven" >&2; exit 3; }

if [ ! -e "$cache/$key.jar" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cp -R "$root/test/camunda/peer/pom.xml" "$root/test/camunda/peer/src" "$work"
  (cd "$work" && JAVA_HOME=$home mvn -q -B package ${src:+"-Dpeer.src=$src"} >&2)
  mv "$work/target/peer.jar" "$cache/$key.jar"
fi
echo "$home/bin/java"
echo "$cache/$key.jar"
[ -z "$src" ] || echo s3
