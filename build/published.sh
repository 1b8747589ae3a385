#!/usr/bin/env bash
# The start script of a published copy (./ditfast publish-gpu): finds a torch, compiles the native half against it where that is new, runs the program.
# The torch is that of DITFAST_TORCH (a folder of a libtorch, or of a Python torch), an installed libtorch, or the one of DITFAST_PYTHON (python3).
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
# There is no SDK here to build for another provider, and nothing is installed on a machine that is only borrowed.
export DITFAST_TORCH_PROVIDER=LibTorch DITFAST_INSTALL=0
if [[ ! -w $root/app ]]; then
  echo "ditfast: cannot write to $root/app, where the native half goes: copy the folder to a place of your own." >&2
  exit 2
fi
"$root/build/torch.sh" provider
native=$("$root/build/torch.sh" native)
ln -sfn -- "$native" "$root/app/libditfast_torch.so"
exec "$root/app/ditfast" "$@"
