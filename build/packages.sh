# shellcheck shell=bash
# For scripts that need a Debian package: sourced by them.
# shellcheck disable=SC2034,SC2154 # the caller has state, and reads problem

# install PACKAGE...: installs Debian packages, or explains in problem why not. The caller has say, and in state the folder of the log.
install() {
  local as_root=() log=$state/apt.log
  problem=''
  case ${DITFAST_INSTALL:-} in
    0) problem='DITFAST_INSTALL=0 forbids installing it'; return 1 ;;
    later) problem='./ditfast demo installs it where it may'; return 1 ;;
  esac
  if ! command -v apt-get >/dev/null; then problem='this system has no apt-get'; return 1; fi
  if ((EUID != 0)); then
    if ! sudo -n true 2>/dev/null; then problem='installing needs root or sudo without a password'; return 1; fi
    as_root=(sudo -n)
  fi
  say "installing $* (Debian packages, a few hundred MB, once; log: ${log#"$root"/}) ..."
  mkdir -p -- "$state"
  # An index that cannot be refreshed may still do; the install itself decides.
  if { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update || true
       "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
     } >"$log" 2>&1 </dev/null; then
    return 0
  fi
  problem="apt-get install $* failed: $(grep '^E:' -- "$log" | tail -n 1)"
  return 1
}
