#!/bin/sh
# Builds the reference engine's oracle once and prints the class path to run it with.
# Needs a JDK 17 or later and Maven. Exits with 3 where they are not there.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${FEEL_ORACLE_CACHE:-$root/.cache/feel-oracle}
key=$(cat "$root"/test/feel-oracle/pom.xml "$root"/test/feel-oracle/src/main/java/*.java | cksum | cut -d ' ' -f 1)
dir=$cache/$key
if [ ! -e "$dir/ready" ]; then
  command -v java >/dev/null && command -v mvn >/dev/null || { echo "no JDK or no Maven" >&2; exit 3; }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  cp -R "$root/test/feel-oracle/pom.xml" "$root/test/feel-oracle/src" "$work"
  (cd "$work" && mvn -q -B compile >&2)
  touch "$work/target/ready"
  mv "$work/target" "$dir" 2>/dev/null || [ -e "$dir/ready" ]
fi
command -v java >/dev/null || { echo "no java" >&2; exit 3; }
echo "$dir/classes:$dir/lib/*"
