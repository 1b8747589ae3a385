#!/usr/bin/env bash
# evaluate-mpi.sh WORKERS ARGUMENT...: `./ditfast evaluate ARGUMENT...` by as many MPI processes. $MPIRUN_FLAGS goes to mpirun, for example "--hostfile hosts".
set -euo pipefail
(($# >= 2)) || { echo "usage: $0 WORKERS PICTURES [OPTION...]" >&2; exit 2; }
workers=$1
shift
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2086 # flags are words
exec mpirun -n "$workers" ${MPIRUN_FLAGS:-} "$root/ditfast" evaluate "$@"
