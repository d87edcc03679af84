#!/usr/bin/env bash
# dist.sh VERSION LDFLAGS: builds the binary into dist/ for every platform that is
# shipped, or for those in DIST_PLATFORMS ("linux/amd64 linux/arm64"), each with its
# bill of materials (CycloneDX), and the checksums of all. It needs no network once
# the modules are there. The same sources give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
ldflags=$2
platforms=${DIST_PLATFORMS:-linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64}
rm -rf dist
mkdir dist
go build -o dist/.sbom ./deploy/sbom
for platform in $platforms; do
  os=${platform%/*}
  name=fairlead-$version-$os-${platform#*/}
  if [ "$os" = windows ]; then name=$name.exe; fi
  # -buildvcs=false: the version is in already, and a source archive has no git.
  CGO_ENABLED=0 GOOS=$os GOARCH=${platform#*/} \
    go build -trimpath -buildvcs=false -ldflags "$ldflags" -o "dist/$name" ./cmd/fairlead
  dist/.sbom "dist/$name" >"dist/$name.cdx.json"
done
rm dist/.sbom
cp LICENSE NOTICE dist/
(cd dist && sha256sum fairlead-* LICENSE NOTICE >SHA256SUMS && sha256sum --quiet -c SHA256SUMS)
ls -l dist
