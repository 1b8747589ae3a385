#!/usr/bin/env bash
# Which torch serves this checkout, and the native half of the binding for it.
#
#   build/torch.sh provider   decides, or confirms what was decided before; writes artifacts/torch/provider.props
#                             (what the projects read) and artifacts/torch/report (what was found, and why)
#   build/torch.sh native     prints the path of libditfast_torch.so for the libtorch found; compiles it where absent
#   build/torch.sh report     prints the report, KEY=VALUE a line; "considered" once for each place, in order
#   build/torch.sh forget     drops what is remembered: the next start looks again and asks the NuGet feed again
#
# Order: DITFAST_TORCH, the NuGet feed, an installed libtorch, the one inside a Python torch, Debian's package.
#
#   DITFAST_TORCH            folder of a libtorch: include/ and lib/ (an unpacked libtorch, a Python torch folder, /usr)
#   DITFAST_TORCH_PROVIDER   TorchSharp or LibTorch: this one, without a search between the two
#   DITFAST_PYTHON           the Python to ask for a torch (python3); "false" asks none
#   DITFAST_INSTALL          0: never install a package; later: not now (what `doctor` sets)
#   DITFAST_SYSROOT          for tests: looks for what is installed below this folder instead of /
#
# Exit status: 0; 2 wrong usage; 3 the machine lacks something, and the last line says what and how to get it.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
state=$root/artifacts/torch
dotnet=${DOTNET_HOST_PATH:-dotnet}
machine=$(uname -m)
oldest=1.13
# From a relative path the answer would depend on where the program is started.
if [[ -d ${DITFAST_TORCH:-} ]]; then DITFAST_TORCH=$(cd -- "$DITFAST_TORCH" && pwd -P); fi

# strict: the launcher's way, as the environment says now, and installing where it may.
# loose: a build without the launcher, which stays with what the launcher found and installs nothing.
mode=loose
origin='' include='' lib='' version='' cuda='' problem='' feed='' considered=()

say() { printf 'ditfast: %s\n' "$*" >&2; }
# shellcheck source=build/packages.sh
source "$root/build/packages.sh"
die() { say "${@:2}"; exit "$1"; }
consider() { considered+=("$*"); }

# What was looked at, in the order of the search: the feed comes after DITFAST_TORCH, which is looked at with the others.
print_considered() {
  printf '%s\n' "${considered[@]:0:1}" "${feed:+NuGet feed: $feed}" "${considered[@]:1}" | sed '/^$/d; s/^/considered=/'
}

# The machine lacks something: says what and how to get it, and leaves it in the report for `ditfast doctor`.
missing() {
  if [[ $mode == strict ]]; then
    {
      printf '%s\n' "provider=none" "missing=$*"
      print_considered
    } | put "$state/report"
  fi
  die 3 "$*"
}

# Replaces FILE with standard input in one step, and only if it differs: an unchanged time means nothing to rebuild.
put() {
  mkdir -p -- "$(dirname -- "$1")"
  local new
  new=$(mktemp -- "$1.XXXXXX")
  cat >"$new"
  if cmp -s -- "$new" "$1"; then rm -- "$new"; else chmod 644 -- "$new"; mv -- "$new" "$1"; fi
}

# The value of KEY in a KEY=VALUE file, empty if there is none.
field() { if [[ -f $1 ]]; then sed -n "s/^$2=//p" -- "$1" | head -n 1; fi; }

# ---------------------------------------------------------------------------------------------------------------------
# A folder that may hold a libtorch

# The architecture an ELF file was made for, in the words of `uname -m`; nothing for another file.
# (`file` and `readelf` are not everywhere.)
architecture_of() {
  local -a b
  read -r -a b < <(od -An -v -tu1 -w20 -N20 -- "$1") || true
  if [[ ${b[*]:0:4} != '127 69 76 70' || ${#b[@]} -lt 20 ]]; then return; fi
  local number=$((b[18] + 256 * b[19]))
  if ((b[5] == 2)); then number=$((b[19] + 256 * b[18])); fi
  case $number in
    3) echo i686 ;; 21) echo ppc64le ;; 22) echo s390x ;; 40) echo armv7l ;; 62) echo x86_64 ;; 183) echo aarch64 ;;
    243) echo riscv64 ;; *) echo "ELF machine $number" ;;
  esac
}

# The version of the libtorch with these headers; its own version files are more exact than the header, where it has them.
version_of() {
  local header
  if [[ -f $1/build-version ]]; then head -n 1 -- "$1/build-version"; return; fi
  if [[ -f $1/version.py ]]; then sed -n "s/^__version__ *= *['\"]\([^'\"]*\).*/\1/p" -- "$1/version.py"; return; fi
  for header in "$1/include/torch/csrc/api/include/torch/version.h" "$1/include/torch/headeronly/version.h"; do
    if [[ -f $header ]] && grep -q 'define TORCH_VERSION_MAJOR [0-9]' -- "$header"; then
      sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\).*/\2/p' -- "$header" | paste -sd .
      return
    fi
  done
}

# Looks at a folder: sets include, lib, version and cuda and succeeds, or sets problem and fails.
inspect() {
  local top=${1%/} folder found
  include=$top/include lib='' version='' cuda=no problem=''
  for folder in "$top/lib" "$top/lib/$machine-linux-gnu" "$top/lib64"; do
    if [[ -e $folder/libtorch_cpu.so ]]; then lib=$folder; break; fi
  done
  if [[ -z $lib ]]; then problem="has no lib/libtorch_cpu.so"; return 1; fi
  found=$(architecture_of "$lib/libtorch_cpu.so")
  if [[ -z $found ]]; then problem="has a lib/libtorch_cpu.so that is no shared library"; return 1; fi
  if [[ $found != "$machine" ]]; then
    problem="holds a libtorch for $found, this machine is $machine ($lib/libtorch_cpu.so)"
    return 1
  fi
  if [[ ! -f $include/ATen/core/dispatch/Dispatcher.h ]]; then problem="has a libtorch but not its headers (include/ATen)"; return 1; fi
  version=$(version_of "$top")
  if [[ -z $version ]]; then problem="has a libtorch whose version cannot be read (include/torch/csrc/api/include/torch/version.h)"; return 1; fi
  if [[ $(printf '%s\n' "$oldest" "$version" | sort -V | head -n 1) != "$oldest" ]]; then
    problem="has libtorch $version, $oldest or newer is needed"
    return 1
  fi
  if [[ -e $lib/libtorch_cuda.so ]]; then cuda=yes; fi
}

# Changes whenever the libtorch at include, lib does.
identity() { stat -L -c '%n %s %Y' -- "$lib/libtorch_cpu.so" "$include/ATen/core/dispatch/Dispatcher.h" 2>/dev/null || echo gone; }

# ---------------------------------------------------------------------------------------------------------------------
# The search for a libtorch: include, lib, version, cuda and origin

from_environment() {
  [[ -n ${DITFAST_TORCH:-} ]] || { consider 'DITFAST_TORCH: not set'; return 1; }
  [[ -d $DITFAST_TORCH ]] || missing "DITFAST_TORCH=$DITFAST_TORCH is not a folder: name the folder of a libtorch, with include/ and lib/."
  inspect "$DITFAST_TORCH" || missing "DITFAST_TORCH=$DITFAST_TORCH $problem."
  origin=DITFAST_TORCH
  consider "DITFAST_TORCH: libtorch $version in $DITFAST_TORCH"
}

from_system() {
  local top first='' loader=()
  if [[ -z ${DITFAST_SYSROOT:-} ]]; then
    # What the loader knows outside the usual places.
    mapfile -t loader < <({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | sed -n 's/.*libtorch_cpu\.so => \(.*\)\/lib[^ ]*\/libtorch_cpu\.so$/\1/p')
  fi
  for top in "${DITFAST_SYSROOT:-}/usr/local" "${DITFAST_SYSROOT:-}/usr" "${DITFAST_SYSROOT:-}/opt/libtorch" "${loader[@]}"; do
    if inspect "$top"; then
      origin=installed
      consider "installed libtorch: $version in $top"
      return
    fi
    if [[ -n $lib && -z $first ]]; then first="$top $problem"; fi
  done
  consider "installed libtorch: ${first:-none in /usr/local, /usr, /opt/libtorch or where the loader looks}"
  return 1
}

from_python() {
  local python=${DITFAST_PYTHON:-python3} folder
  command -v -- "$python" >/dev/null || { consider "Python torch: no $python"; return 1; }
  # Finding the module is enough and takes milliseconds, importing it takes seconds. From /, so that no folder named
  # torch beside the user passes for the module.
  folder=$(cd / && timeout --foreground 20 "$python" -c 'import importlib.util
spec = importlib.util.find_spec("torch")
print(spec.submodule_search_locations[0] if spec and spec.origin else "")' 2>/dev/null) || folder=''
  [[ -n $folder ]] || { consider "Python torch: $python has none"; return 1; }
  if inspect "$folder"; then
    origin=python
    consider "Python torch: $version in $folder"
  else
    consider "Python torch: $folder $problem"
    return 1
  fi
}

remember_libtorch() {
  {
    printf 'key=%s\n' "$(libtorch_key)"
    printf 'identity=%s\n' "$(identity | paste -sd ' ')"
    printf '%s\n' "origin=$origin" "version=$version" "include=$include" "lib=$lib" "cuda=$cuda"
    printf 'considered=%s\n' "${considered[@]}"
  } | put "$state/libtorch"
}

libtorch_key() { printf '%s|%s|%s' "${DITFAST_TORCH:-}" "${DITFAST_SYSROOT:-}" "${DITFAST_PYTHON:-}"; }

# Takes the remembered libtorch if it is still there.
recall_libtorch() {
  local file=$state/libtorch
  [[ -f $file ]] || return 1
  origin=$(field "$file" origin) version=$(field "$file" version) include=$(field "$file" include)
  lib=$(field "$file" lib) cuda=$(field "$file" cuda)
  [[ $(identity | paste -sd ' ') == "$(field "$file" identity)" ]] || return 1
  [[ $(field "$file" key) == "$(libtorch_key)" || ($mode == loose && -z ${DITFAST_TORCH:-}) ]] || return 1
  mapfile -t considered < <(sed -n 's/^considered=//p' -- "$file")
}

# Finds a libtorch and remembers it, or ends with exit status 3.
find_libtorch() {
  if recall_libtorch; then return; fi
  origin=''
  if from_environment || from_system || from_python; then
    remember_libtorch
    return
  fi
  if install libtorch-dev g++ libopenblas0-pthread; then
    considered=("${considered[@]/#installed libtorch:/installed libtorch, before libtorch-dev was installed:}")
    from_system || missing "Debian's libtorch-dev was installed, but: ${considered[-1]}."
    remember_libtorch
    return
  fi
  missing "no torch found ($problem): install it with 'apt-get install libtorch-dev g++ libopenblas0-pthread' as root, or set DITFAST_TORCH to the folder of a libtorch $oldest or newer."
}

# ---------------------------------------------------------------------------------------------------------------------
# The NuGet feed

# What decides the answer of the feed: the wanted version and every NuGet configuration that applies here.
feed_key() {
  local folder=$root
  {
    echo "$1"
    while :; do
      cat -- "$folder"/[Nn]u[Gg]et.[Cc]onfig 2>/dev/null || true
      [[ $folder != / ]] || break
      folder=$(dirname -- "$folder")
    done
    cat -- "${HOME:-}"/.nuget/NuGet/NuGet.Config "${HOME:-}"/.nuget/NuGet/config/*.config "${HOME:-}"/.config/NuGet/NuGet.Config \
      "${NUGET_COMMON_APPLICATION_DATA:-/etc/opt}"/NuGet/Config/*.config 2>/dev/null || true
  } | sha256sum | cut -c 1-16
}

# Whether the feeds list this version of a package: yes, no, or the trouble in words. Asks for metadata only.
feed_lists() {
  local answer
  answer=$(cd -- "$root" && timeout --foreground 20 "$dotnet" package search "$1" --exact-match --format json 2>/dev/null | tr -d ' \n\r') || true
  if [[ $answer == *"\"version\":\"$2\""* ]]; then
    echo yes
  elif [[ $answer == *'"problemType":"Error"'* ]]; then
    echo 'it does not answer'
  elif [[ $answer == *'"searchResult"'* ]]; then
    echo no
  else
    echo 'it gave no answer in 20 seconds'
  fi
}

# Succeeds if the official packages can be had; the answer is remembered until a NuGet configuration changes.
from_feed() {
  local file=$state/feed wanted key outcome package
  wanted=$(sed -n 's/.*PackageVersion Include="TorchSharp" Version="\([^"]*\)".*/\1/p' -- "$root/Directory.Packages.props")
  key=$(feed_key "$wanted")
  # A feed that could not be reached may be back tomorrow; what it does not have it will not have.
  if [[ $(field "$file" key) != "$key" || ($(field "$file" outcome) == *answer* && -n $(find "$file" -mmin +1440)) ]]; then
    if [[ $machine != x86_64 ]]; then
      outcome="the packages have no libtorch for Linux on $machine"
    else
      for package in TorchSharp TorchSharp-cpu; do
        outcome=$(feed_lists "$package" "$wanted")
        case $outcome in
          yes) ;;
          no) outcome="no $package $wanted there"; break ;;
          *) break ;;
        esac
      done
    fi
    if [[ $outcome == yes ]]; then outcome=$(feed_serves "$wanted"); fi
    printf '%s\n' "key=$key" "outcome=$outcome" | put "$file"
    touch -- "$file"
  fi
  outcome=$(field "$file" outcome)
  if [[ $outcome != yes ]]; then feed=$outcome; return 1; fi
  feed="has TorchSharp $wanted"
}

# A feed may list what it does not hand out. Restoring for real settles it, and the build needs the packages anyway.
feed_serves() {
  local folder=$state/probe log=$state/probe.log
  mkdir -p -- "$folder"
  cat >"$folder/probe.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="TorchSharp" Version="[$1]" />
    <PackageReference Include="TorchSharp-cpu" Version="[$1]" />
  </ItemGroup>
</Project>
PROJECT
  say "fetching TorchSharp $1 and its libtorch from the NuGet feed (once) ..."
  if (cd -- "$folder" && timeout --foreground 1800 "$dotnet" restore --disable-build-servers -p:ImportDirectoryBuildProps=false \
        -p:ImportDirectoryBuildTargets=false -p:ImportDirectoryPackagesProps=false) >"$log" 2>&1; then
    echo yes
  else
    echo "it lists TorchSharp $1 but does not serve it ($(grep -o 'NU[0-9]*' -- "$log" | head -n 1))"
  fi
  rm -rf -- "$folder"
}

# ---------------------------------------------------------------------------------------------------------------------
# The native half

# Where the compiled library lives: shared by all checkouts, by what it was compiled from.
native_path() {
  local source=$root/src/LibTorch/native cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ditfast hash
  if ! mkdir -p -- "$cache" 2>/dev/null || [[ ! -w $cache ]]; then cache=$root/artifacts/cache; fi
  hash=$({ cat -- "$source"/*; identity; } | sha256sum | cut -c 1-16)
  echo "$cache/native/$hash/libditfast_torch.so"
}

need_compiler() {
  command -v -- "${CXX:-g++}" >/dev/null && return
  if [[ -n ${CXX:-} ]]; then missing "CXX=$CXX is not a program: name a C++ compiler, or unset it to use g++."; fi
  if install g++; then return; fi
  missing "no C++ compiler ($problem), the binding on libtorch needs one once: install it with 'apt-get install g++' as root."
}

# Compiles the library where it is absent and prints its path, and nothing else: MSBuild reads both outputs as one.
native() {
  local library folder new log
  library=$(native_path)
  folder=$(dirname -- "$library")
  if [[ ! -f $library ]]; then
    need_compiler
    mkdir -p -- "$folder"
    # Two builds at a time compile it once; the rename shows it to others only when it is whole.
    exec 8>"$folder/lock"
    flock 8
    if [[ ! -f $library ]]; then
      new=$library.new log=$folder/build.log
      if ! bash "$root/src/LibTorch/native/build.sh" "$new" "$lib" "$include" >"$log" 2>&1 8>&-; then
        die 3 "the binding does not compile with libtorch $version in $lib: $(grep -m 1 -i 'error' -- "$log" || tail -n 1 -- "$log") (log: $log)"
      fi
      mv -- "$new" "$library"
    fi
    exec 8>&-
  fi
  printf '%s\n' "$library"
}

# ---------------------------------------------------------------------------------------------------------------------

provider() {
  local chosen=LibTorch forced=${DITFAST_TORCH_PROVIDER:-} reason
  case $forced in
    '' | LibTorch) ;;
    TorchSharp) [[ -z ${DITFAST_TORCH:-} ]] || die 2 "DITFAST_TORCH_PROVIDER=TorchSharp brings its own libtorch and DITFAST_TORCH=$DITFAST_TORCH names another: unset one of the two." ;;
    *) die 2 "DITFAST_TORCH_PROVIDER=$forced is not known: TorchSharp or LibTorch." ;;
  esac
  if [[ $forced == TorchSharp ]]; then
    chosen=TorchSharp reason='DITFAST_TORCH_PROVIDER says so'
  elif [[ -z $forced && -z ${DITFAST_TORCH:-} ]] && from_feed; then
    chosen=TorchSharp reason='the NuGet feed has the official packages'
    consider 'DITFAST_TORCH: not set'
  fi
  if [[ $chosen == TorchSharp ]]; then
    origin=NuGet version=$(sed -n 's/.*PackageVersion Include="TorchSharp" Version="\([^"]*\)".*/\1/p' -- "$root/Directory.Packages.props")
  else
    find_libtorch
    [[ -f $(native_path) ]] || need_compiler
    case $origin in
      DITFAST_TORCH) reason="DITFAST_TORCH names it" ;;
      python) reason="it came with Python's torch, and nothing earlier in the order has one" ;;
      *) reason="it is installed, and nothing earlier in the order has one" ;;
    esac
    if [[ -n $forced ]]; then reason="DITFAST_TORCH_PROVIDER says LibTorch, and $reason"; fi
  fi
  put "$state/provider.props" <<PROPS
<Project>
  <PropertyGroup>
    <TorchProvider>$chosen</TorchProvider>
  </PropertyGroup>
</Project>
PROPS
  {
    printf '%s\n' "provider=$chosen" "version=$version" "origin=$origin" "reason=$reason"
    if [[ $chosen == LibTorch ]]; then
      printf '%s\n' "include=$include" "lib=$lib" "cuda=$cuda" "identity=$(identity | paste -sd ' ')" "native=$(native_path)"
    fi
    print_considered
  } | put "$state/report"
}

case ${1:-} in
  provider) mode=strict; provider ;;
  native) export DITFAST_INSTALL=${DITFAST_INSTALL:-later}; find_libtorch; native ;;
  report) [[ ! -f $state/report ]] || cat -- "$state/report" ;;
  forget) rm -rf -- "$state/feed" "$state/libtorch" "$state/report" "$state/provider.props" ;;
  *) die 2 "usage: build/torch.sh provider | native | report | forget" ;;
esac
