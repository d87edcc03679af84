#!/usr/bin/env bash
# dist.sh VERSION LDFLAGS: builds the binary into dist/, for this machine's platform
# or for the platforms in DIST_PLATFORMS ("linux/amd64 linux/arm64").
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
ldflags=$2
rm -rf dist
mkdir dist
for platform in ${DIST_PLATFORMS:-$(go env GOOS)/$(go env GOARCH)}; do
  os=${platform%/*}
  name=fairlead-$version-$os-${platform#*/}
  if [ "$os" = windows ]; then name=$name.exe; fi
  # -buildvcs=false: the version is in already, and a source archive has no git.
  CGO_ENABLED=0 GOOS=$os GOARCH=${platform#*/} \
    go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "dist/$name" ./cmd/fairlead
  go version -m "dist/$name" >"dist/$name.modules.txt"
done
cp LICENSE NOTICE dist/
(cd dist && sha256sum fairlead-* >SHA256SUMS)
ls -l dist
