#!/usr/bin/env bash
# Prints the path of a Chromium, for the tests of the report's page; installs Debian's where there is none and it may.
#
#   DITFAST_CHROMIUM   this one
#   DITFAST_INSTALL    0: never install a package
#
# Exit status: 0; 3 there is none, and the last line says how to get it.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2034 # read by install
state=$root/artifacts/chromium
problem=''

say() { printf 'ditfast: %s\n' "$*" >&2; }
# shellcheck source=build/packages.sh
source "$root/build/packages.sh"

missing() {
  say "$* Install it with 'apt-get install chromium' as root, or set DITFAST_CHROMIUM to the program."
  exit 3
}

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v -- "$name"; then return; fi
  done
  return 1
}

if [[ -n ${DITFAST_CHROMIUM:-} ]]; then
  [[ -x $DITFAST_CHROMIUM ]] || missing "DITFAST_CHROMIUM=$DITFAST_CHROMIUM is no program."
  printf '%s\n' "$DITFAST_CHROMIUM"
elif ! find_chromium; then
  install chromium >&2 || missing "no Chromium found ($problem)."
  find_chromium || missing "Debian's chromium was installed, but there is no program of that name."
fi
