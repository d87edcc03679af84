#!/usr/bin/env bash
# Fails if "make generate" changes, adds or removes a file. What it changed stays in
# the work tree, to be looked at and committed.
set -euo pipefail
cd "$(dirname "$0")/.."

# Every file that git has or would take, with a hash of its content: so a work tree
# with changes of one's own can be verified too, and a new file is noticed.
snapshot() {
  git ls-files -z --cached --others --exclude-standard | sort -zu |
    while IFS= read -r -d '' file; do
      if [ -f "$file" ]; then printf '%s\0' "$file"; fi
    done | xargs -0 sha256sum
}

before=$(snapshot)
make generate
after=$(snapshot)

if [ "$before" != "$after" ]; then
  echo "generated files are not current; 'make generate' has just changed:"
  diff <(echo "$before") <(echo "$after") | sed -n 's/^[<>] [0-9a-f]*  /  /p' | sort -u
  exit 1
fi
echo "generated files are current"
