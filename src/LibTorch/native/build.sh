#!/usr/bin/env bash
# Compiles the native side of the binding against one libtorch.
#   build.sh OUTPUT LIB_DIR INCLUDE_DIR...
# The C++ standard follows libtorch's version, the string ABI what its libraries were built with.
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: build.sh OUTPUT LIB_DIR INCLUDE_DIR..." >&2
  exit 2
fi
output=$1 lib_dir=$2
shift 2
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

includes=() major=''
for dir in "$@"; do
  for nested in "$dir" "$dir/torch/csrc/api/include"; do
    [ -d "$nested" ] || continue
    # The system's own folder is searched anyway, and naming it would change the order of the C++ headers.
    [ "$nested" = /usr/include ] || includes+=(-isystem "$nested")
    header="$nested/torch/version.h"
    [ -n "$major" ] || [ ! -f "$header" ] || major=$(sed -n 's/^#define TORCH_VERSION_MAJOR \([0-9]*\).*/\1/p' "$header")
    header="$nested/torch/headeronly/version.h"
    [ -n "$major" ] || [ ! -f "$header" ] || major=$(sed -n 's/^#define TORCH_VERSION_MAJOR \([0-9]*\).*/\1/p' "$header")
  done
done
if [ -z "$major" ]; then
  echo "build.sh: no torch/version.h under: $*" >&2
  exit 1
fi
standard=c++17
[ "$major" -lt 2 ] || standard=c++20

# The new string ABI shows in the name of c10::Error's constructor.
abi=0
if grep -qaE '_ZN3c105ErrorC2E[A-Za-z0-9_]*St7__cxx11' "$lib_dir/libc10.so"; then abi=1; fi

libraries=(-lc10 -ltorch_cpu -ltorch)
if [ -e "$lib_dir/libtorch_cuda.so" ]; then
  # Nothing here calls into it, and without it on the link line the CUDA kernels would never register.
  libraries+=(-ltorch_cuda -lc10_cuda)
fi

mkdir -p "$(dirname "$output")"
"${CXX:-g++}" -std="$standard" -O2 -fPIC -shared -fvisibility=hidden -w -D_GLIBCXX_USE_CXX11_ABI=$abi \
  "${includes[@]}" "$source_dir/ditfast_torch.cpp" -o "$output" \
  -L"$lib_dir" -Wl,-rpath,"$lib_dir" -Wl,--no-as-needed "${libraries[@]}" -Wl,--no-undefined
