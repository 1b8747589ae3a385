#!/usr/bin/env bash
# ditfast-mpi.sh WORKERS VERB ARGUMENT...: `./ditfast VERB ARGUMENT...`, evaluate or generate, by as many MPI processes. $MPIRUN_FLAGS goes to mpirun, for example "--hostfile hosts".
set -euo pipefail
(($# >= 3)) || { echo "usage: $0 WORKERS evaluate|generate ARGUMENT..." >&2; exit 2; }
workers=$1
shift
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2086 # flags are words
exec mpirun -n "$workers" ${MPIRUN_FLAGS:-} "$root/ditfast" "$@"
