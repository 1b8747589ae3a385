#!/usr/bin/env bash
# Runs the tests that `./ditfast test [FILTER]` has built: every project under tests/, the slow tests last.
# The last line is "N passed, N failed" and, where there are any, ", N skipped". Exit status 0, or 1 if a test failed.
#
# FILTER is a part of a test's full name, or an expression of `dotnet test --filter` (it has one of = ~ & | !).
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
results=$root/artifacts/tests
# A project that takes longer hangs.
limit=45m

die() { printf 'ditfast: %s\n' "${*:2}" >&2; exit "$1"; }
trap 'exit 130' INT

case ${1:-} in
  -h | --help)
    echo "usage: ./ditfast test [FILTER]"
    echo "FILTER: a part of a test's full name, or an expression of 'dotnet test --filter', such as 'Category!=Slow'"
    exit 0 ;;
  -*) die 2 "test: option $1 is not known; the only argument is a filter: ./ditfast test [FILTER]" ;;
esac
(($# <= 1)) || die 2 "test: $# arguments given, one filter expected: put it in quotes."
filter=${1:-}
if [[ -n $filter && ! $filter =~ [=~\&\|!] ]]; then filter="FullyQualifiedName~$filter"; fi

passed=0 failed=0 skipped=0 broken=()

# run PASS PROJECT CONDITION: one test host for PROJECT's tests under CONDITION and FILTER; adds to the counts.
run() {
  local name=${2%/*} condition=$3 assembly log trx status=0 started=$SECONDS p=0 f=0 s=0 trouble=''
  assembly=$root/tests/$name/bin/Release/net10.0/$(basename -- "$2" .csproj).dll
  log=$results/$1-$name.log trx=$1-$name.trx
  if [[ -n $filter ]]; then condition="($filter)${condition:+&$condition}"; fi
  (cd -- "$root" && exec timeout --foreground "$limit" "$DOTNET_HOST_PATH" vstest "$assembly" --logger:"trx;LogFileName=$trx" --ResultsDirectory:"$results" \
    ${condition:+"--TestCaseFilter:$condition"}) >"$log" 2>&1 </dev/null || status=$?
  if grep -q 'Incorrect format for TestCaseFilter' -- "$log"; then
    die 2 "test: '$filter' is not a filter: $(sed -n 's/.*TestCaseFilter Error: \(.*\) Specify the correct.*/\1/p' -- "$log" | head -n 1)"
  fi
  if [[ -f $results/$trx ]]; then
    # The failed tests arrive on the other output, and are shown.
    { read -r p f s < <(awk -f "$root/build/trx.awk" -- "$results/$trx" 2>&3); } 3>&1
  fi
  # A host that died reports what it had sent until then, or nothing: that is never a pass.
  if ((status == 124)); then
    trouble="still running after $limit"
  elif grep -q 'Test Run Aborted' -- "$log"; then
    trouble="the test host died: $(sed -n 's/^The active test run was aborted. Reason: //p' -- "$log" | head -n 1)"
  elif ((status != 0 && f == 0)); then
    trouble="the run failed, exit status $status: $(sed '/^ *$/d' -- "$log" | tail -n 1)"
  fi
  if [[ -n $trouble ]]; then
    f=$((f + 1))
    printf '    FAILED tests/%s as a whole: %s (log: %s)\n' "$name" "$trouble" "${log#"$root"/}"
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if ((f > 0)); then broken+=("tests/$name"); fi
  if ((p + f + s > 0)); then printf '  %-24s %5d passed %3d failed  %4d s\n' "tests/$name${4:-}" "$p" "$f" $((SECONDS - started)); fi
}

rm -rf -- "$results"
mkdir -p -- "$results"
cd -- "$root/tests"
for project in */*.csproj; do
  # Only a project that has slow tests needs two hosts.
  if grep -rqF '"Slow"' --include='*.cs' -- "${project%/*}"; then run fast "$project" 'Category!=Slow'; else run fast "$project" ''; fi
done
for project in */*.csproj; do
  if grep -rqF '"Slow"' --include='*.cs' -- "${project%/*}"; then run slow "$project" 'Category=Slow' ', slow'; fi
done

status=0
if ((${#broken[@]} > 0)); then
  printf 'failed in: %s\n' "$(printf '%s\n' "${broken[@]}" | sort -u | paste -sd ' ')"
  status=1
elif ((passed + skipped == 0)) && [[ -n $filter ]]; then
  printf "ditfast: test: no test matches '%s'\n" "$filter" >&2
  status=2
fi
printf '%d passed, %d failed%s\n' "$passed" "$failed" "$( ((skipped == 0)) || printf ', %d skipped' "$skipped")"
exit "$status"
