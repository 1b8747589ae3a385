#!/usr/bin/env bash
# What `./ditfast doctor` says where the program itself cannot be built or started: the same fields, found with a shell.
#   build/doctor.sh PROBLEM [--json FILE]
# Exit status 3: the machine lacks what PROBLEM names.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
report=$root/artifacts/torch/report
problem=$1
shift
json=''
while (($# > 0)); do
  case $1 in
    --json=*) json=${1#*=} ;;
    --json) json=${2:-}; shift ;;
    *) printf 'ditfast: doctor: %s is not known; the only option is --json FILE.\n' "$1" >&2; exit 2 ;;
  esac
  shift || { printf 'ditfast: doctor: --json needs a file.\n' >&2; exit 2; }
done
[[ ! -d $json ]] || { printf 'ditfast: --json %s: is a folder; give a file.\n' "$json" >&2; exit 2; }

field() { if [[ -f $report ]]; then sed -n "s/^$1=//p" -- "$report"; fi; }
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')"; }
row() { printf '  %-10s %s\n' "$1" "$2"; }
items() { local first=1 line; while IFS= read -r line; do ((first)) || printf ', '; quoted "$line"; first=0; done; }

dotnet=$(command -v "${DOTNET_HOST_PATH:-dotnet}" || true)
sdk=''
if [[ -n $dotnet ]]; then sdk=$(cd -- "$root" && "$dotnet" --version 2>/dev/null) || sdk=''; fi
provider=$(field provider)
compiler=$({ "${CXX:-g++}" --version 2>/dev/null || true; } | head -n 1)
processor=$({ sed -n 's/^model name[^:]*: //p' /proc/cpuinfo || true; } | head -n 1)
flags=" $({ sed -n 's/^flags[^:]*: //p; s/^Features[^:]*: //p' /proc/cpuinfo || true; } | head -n 1) "
instructions=()
for flag in avx512f avx512bw avx512_bf16 avx2 fma asimd; do if [[ $flags == *" $flag "* ]]; then instructions+=("$flag"); fi; done

# The last line is the verdict; before it may stand what was tried.
missing=$(printf '%s\n' "$problem" | tail -n 1 | sed 's/^ditfast: //')

echo "ditfast doctor (from the launcher: the program cannot start yet)"
row 'SDK' "${sdk:-none}${dotnet:+ ($dotnet)}"
row 'torch' "${provider:-none}$(v=$(field version); [[ -z $v ]] || printf ', libtorch %s in %s' "$v" "$(field lib)")"
field considered | while IFS= read -r line; do row '' "$line"; done
row 'compiler' "${compiler:-none}"
row 'processor' "${processor:-$(uname -m)}, $(nproc) threads, ${instructions[*]:-no vector instructions known}"
row 'missing' "$missing"

if [[ -n $json ]]; then
  mkdir -p -- "$(dirname -- "$json")"
  {
    printf '{\n'
    printf '  "sdk": %s,\n' "$(quoted "$sdk")"
    printf '  "torch_provider": %s,\n  "torch_version": %s,\n  "torch_folder": %s,\n' \
      "$(quoted "${provider:-none}")" "$(quoted "$(field version)")" "$(quoted "$(field lib)")"
    printf '  "torch_considered": [%s],\n' "$(field considered | items)"
    printf '  "devices": [],\n  "processor": %s,\n' "$(quoted "$processor")"
    printf '  "instruction_sets": [%s],\n' "$([[ ${#instructions[@]} == 0 ]] || printf '%s\n' "${instructions[@]}" | items)"
    printf '  "missing": [%s],\n  "ok": false\n}\n' "$(quoted "$missing")"
  } >"$json.tmp"
  mv -- "$json.tmp" "$json"
fi
exit 3
