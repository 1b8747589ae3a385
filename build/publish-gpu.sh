#!/usr/bin/env bash
# ./ditfast publish-gpu DIR: a copy of the program for a machine that has a Python torch and a C++ compiler and no .NET, such as a
# GPU machine in a data centre. DIR/ditfast there takes the same verbs; its native half is compiled on the first start, against the torch found there.
#
#   DIR/ditfast                    the start script (build/published.sh)
#   DIR/app/ditfast                the program and the .NET runtime in one file
#   DIR/build, DIR/src/LibTorch    what finds the torch and compiles the native half
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
dotnet=${DOTNET_HOST_PATH:-dotnet}
die() { printf 'ditfast: %s\n' "${*:2}" >&2; exit "$1"; }

if [[ ${1:-} == -h || ${1:-} == --help || $# -ne 1 ]]; then
  echo "usage: ./ditfast publish-gpu DIR" >&2
  echo "DIR: an empty or new folder, some 50 MB; copy it to a machine with a Python torch of CUDA and g++, and start DIR/ditfast there." >&2
  [[ ${1:-} == -h || ${1:-} == --help ]] && exit 0 || exit 2
fi
[[ $1 != -* ]] || die 2 "publish-gpu: option $1 is not known; the only argument is a folder: ./ditfast publish-gpu DIR"
target=$1
[[ ! -e $target || -d $target ]] || die 2 "publish-gpu: $target is a file; give a folder."
[[ ! -d $target || -z $(ls -A -- "$target") ]] || die 2 "publish-gpu: $target is not empty; give an empty or new folder."
case $(uname -m) in
  x86_64) runtime=linux-x64 ;;
  aarch64) runtime=linux-arm64 ;;
  *) die 3 "publish-gpu: there is no .NET runtime for Linux on $(uname -m); run it on x86_64 or aarch64." ;;
esac
mkdir -p -- "$target" || die 2 "publish-gpu: $target cannot be made."

work=$root/artifacts/publish-gpu
log=$work/publish.log
mkdir -p -- "$work"
printf 'ditfast: publishing to %s ...\n' "$target" >&2
# A build of its own: the one of this checkout stays as it is.
if ! (cd -- "$root" && "$dotnet" publish src/Cli/DiTFastAttn.Cli.csproj -c Release -r "$runtime" --self-contained -v quiet -nologo -nodeReuse:false \
        --artifacts-path "$work" -o "$work/app" -p:UseSharedCompilation=false -p:TorchProvider=LibTorch -p:PublishSingleFile=true \
        -p:EnableCompressionInSingleFile=true -p:EnableSingleFileAnalyzer=false -p:DebugType=none -p:PublishDocumentationFiles=false) >"$log" 2>&1 </dev/null; then
  grep -E '(: |^)error' -- "$log" | sort -u | head -n 5 >&2 || true
  die 70 "publish-gpu: the build failed (log: artifacts/publish-gpu/publish.log)."
fi

mkdir -p -- "$target/app" "$target/build" "$target/src/LibTorch/native"
cp -- "$work/app/ditfast" "$target/app/"
cp -- "$root/build/torch.sh" "$root/build/packages.sh" "$target/build/"
cp -- "$root/src/LibTorch/native"/* "$target/src/LibTorch/native/"
cp -- "$root/LICENSE" "$target/"
cp -- "$root/build/published.sh" "$target/ditfast"
chmod +x -- "$target/ditfast" "$target/app/ditfast" "$target/build/torch.sh"
printf 'ditfast: %s, %s MB: copy it, and start %s/ditfast doctor there.\n' "$target" "$(du -sm -- "$target" | cut -f 1)" "$target" >&2
