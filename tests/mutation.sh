#!/usr/bin/env bash
# Mutation testing of the pure parts with dotnet-stryker: changes the code here and there and sees whether a unit test notices. Not a part
# of CI: it takes minutes a part. Only files that unit tests reach without a server are listed.
#   tests/mutation.sh [PART...]     # all parts by default; the reports are in out/mutation/PART
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore >/dev/null

# part | project | test project | test filter | files
parts=(
    "scheduling|Oms.Engine|Oms.Engine.Tests|FullyQualifiedName~Scheduling|Scheduling/Scheduler.cs Scheduling/WriteSet.cs Scheduling/Throttle.cs Applying/BatchInFlight.cs"
    "changes|Oms.Engine|Oms.Engine.Tests|FullyQualifiedName~Engine.Tests.Changes|Changes/TransactionReader.cs Changes/XaTransactions.cs Changes/TableMaps.cs Changes/MarkRow.cs Changes/RowChanges.cs Changes/OpenTransaction.cs"
    "applying|Oms.Engine|Oms.Engine.Tests|FullyQualifiedName~Engine.Tests.Applying|Applying/NetEffect.cs"
    "conflicts|Oms.Engine|Oms.Engine.Tests|FullyQualifiedName~Engine.Tests.Conflicts|Conflicts/ConflictRules.cs Conflicts/ConflictWinner.cs Conflicts/LatestOrder.cs"
    "objects|Oms.Engine|Oms.Engine.Tests|FullyQualifiedName~Engine.Tests.Objects|Objects/*.cs"
    "decoder|Oms.MySql|Oms.MySql.Tests|FullyQualifiedName~Tests.Replication|Binlog/RowDecoder.cs Binlog/ColumnPlan.cs Binlog/DecimalText.cs Binlog/DoubleText.cs Binlog/EventKinds.cs"
)

for part in "${parts[@]}"; do
    IFS='|' read -r name project tests filter files <<<"$part"
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
        continue
    fi
    mutate=""
    for file in $files; do
        mutate+="${mutate:+, }\"**/$file\""
    done
    output="$PWD/out/mutation/$name"
    mkdir -p "$output"
    cat >"$output/stryker-config.json" <<END
{
  "stryker-config": {
    "project": "$project.csproj",
    "configuration": "Release",
    "mutate": [$mutate],
    "test-case-filter": "$filter",
    "coverage-analysis": "perTest",
    "additional-timeout": 20000,
    "concurrency": 1,
    "reporters": ["json", "cleartext"],
    "ignore-mutations": ["string"]
  }
}
END
    echo "== $name"
    (cd "tests/$tests" && nice -n 15 dotnet stryker --config-file "$output/stryker-config.json" --output "$output")
done
