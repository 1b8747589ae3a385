#!/usr/bin/env bash
# torch.sh native: prints the path of the binding's native library for the libtorch of this machine, building it when it is not cached.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
native="$root/src/LibTorch/native"

case ${1:-} in
  native) ;;
  *) echo "usage: torch.sh native" >&2; exit 2 ;;
esac

include=/usr/include
lib=$(dirname "$(ldconfig -p | sed -n 's/.* => \(.*libtorch_cpu\.so\)$/\1/p' | head -n 1)")
if [ ! -e "$lib/libtorch_cpu.so" ]; then
  echo "no libtorch found: install libtorch-dev and g++" >&2
  exit 1
fi
version=$(sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\).*/\2/p' "$include/torch/csrc/api/include/torch/version.h" | paste -sd.)
key=$({ cat "$native/ditfast_torch.cpp" "$native/build.sh"; echo "$version $lib $include"; } | sha256sum | cut -c1-16)
output="${XDG_CACHE_HOME:-$HOME/.cache}/ditfast/native/$key/libditfast_torch.so"
if [ ! -e "$output" ]; then
  "$native/build.sh" "$output.$$" "$lib" "$include" >&2
  mv "$output.$$" "$output"
fi
echo "$output"
