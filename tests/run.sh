#!/bin/bash
# Builds the solution and runs the tests; the last line is "N passed, N failed, N skipped", and the exit status is 0 only when none failed.
#   tests/run.sh [unit|integration|pester]...     all without an argument
# Integration tests run real servers (tests/servers/install.sh) and are skipped where one is missing. Pester tests run in the pwsh on the PATH, else in
# the one of tests/powershell/install.sh. Results are left in TestResults/.
set -euo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NO_COLOR=1
results=$PWD/TestResults
passed=0 failed=0 skipped=0

loud() { printf '\n*** %s ***\n\n' "$*"; }

# add PASSED FAILED SKIPPED
add() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# run_project NAME: one dotnet test project; a run that ends without a result file, or badly without a failed test, counts as one failure
run_project() {
  local trx=$results/$1.trx status=0 counters total executed ok bad
  printf '\n== %s\n' "$1"
  dotnet test "tests/$1" --configuration Release --no-build --results-directory "$results" \
    --logger "trx;LogFileName=$1.trx" --logger "console;verbosity=minimal" || status=$?
  counters=$(grep -o '<Counters [^>]*>' "$trx" 2>/dev/null | head -1 || true)
  if [ -z "$counters" ]; then
    loud "$1 left no results (dotnet test ended with $status)"
    add 0 1 0
    return
  fi
  number() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"; }
  total=$(number total) executed=$(number executed) ok=$(number passed)
  bad=$((executed - ok))
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
    loud "$1: dotnet test ended with $status though no test failed"
    bad=1
  fi
  add "$ok" "$bad" $((total - executed))
}

run_unit() {
  run_project Oms.MySql.Tests
  run_project Oms.Engine.Tests
}

run_integration() { run_project Oms.Integration.Tests; }

run_pester() {
  local counts
  printf '\n== Oms.PowerShell.Tests (Pester)\n'
  local own=${OMS_TEST_POWERSHELL:-$HOME/.cache/oms-test-powershell}
  if ! command -v pwsh >/dev/null && [ -x "$own/bin/pwsh" ]; then
    local PATH=$own/bin:$PATH
  fi
  local -x PSModulePath=$own/Modules${PSModulePath:+:$PSModulePath} POWERSHELL_TELEMETRY_OPTOUT=1
  if ! command -v pwsh >/dev/null; then
    loud "PESTER TESTS NOT RUN: no pwsh on the PATH"
    return
  fi
  if ! pwsh -NoProfile -NonInteractive -Command 'exit [int](-not (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -eq 5 }))'; then
    loud "PESTER TESTS NOT RUN: no Pester 5 for $(command -v pwsh)"
    return
  fi
  rm -f "$results/pester.counts"
  OMS_PESTER_COUNTS=$results/pester.counts pwsh -NoProfile -NonInteractive -Command '
    $ErrorActionPreference = "Stop"
    Import-Module Pester -MaximumVersion 5.99.99
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = "tests/Oms.PowerShell.Tests"
    $configuration.Run.PassThru = $true
    $run = Invoke-Pester -Configuration $configuration
    $broken = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
    $run.Failed | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord)" } | Set-Content ($env:OMS_PESTER_COUNTS -replace "counts$", "failed")
    "$($run.PassedCount) $broken $($run.SkippedCount + $run.NotRunCount)" | Set-Content $env:OMS_PESTER_COUNTS' || true
  if ! read -r -a counts < "$results/pester.counts"; then
    loud "Pester left no results"
    counts=(0 1 0)
  fi
  add "${counts[@]}"
}

[ $# -gt 0 ] || set -- unit integration pester
for part in "$@"; do
  case $part in
    unit | integration | pester) ;;
    *) echo "usage: tests/run.sh [unit|integration|pester]..." >&2; exit 2 ;;
  esac
done

rm -rf "$results"
mkdir -p "$results"
dotnet build Oms.PowerShell.sln --configuration Release -v quiet
for part in "$@"; do
  "run_$part"
done

# What failed once more at the end, where it is looked for: each test's name and the first lines of its message.
if [ "$failed" != 0 ]; then
  loud "Failed tests"
  for trx in "$results"/*.trx; do
    [ -f "$trx" ] || continue
    awk '/<UnitTestResult [^>]*outcome="Failed"/ { match($0, /testName="[^"]*"/); print substr($0, RSTART + 10, RLENGTH - 11); lines = 4; next }
         lines > 0 && /<Message>/ { inside = 1 }
         inside { print "    " $0; if (--lines == 0 || /<\/Message>/) { inside = 0; lines = 0 } }' "$trx"
  done
  cat "$results/pester.failed" 2>/dev/null || true
fi
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
