#!/bin/bash
# Runs one benchmark beside its peers: a table with ratios, and a last line "NAME: met" or "NAME: short: …"; the exit status is 0 only when met.
#   tests/benchmarks/run.sh wire
#   tests/benchmarks/run.sh incremental [catch-up|wan|latency] [MariaDb1011|MySql97]   beside the servers' own replication, over 60 ms (needs root, vde2, vde-wirefilter, socat, iproute2), and the latency
#   tests/benchmarks/run.sh memory [MEGABYTES ROWS]   the link's process with a backlog (2048 MB) and with one large transaction (1000000 rows)
#   tests/benchmarks/run.sh soak [MINUTES]            sysbench on both regions at once, a link killed every minute (30); needs sysbench
# Its data is made in the run by real servers (tests/servers/install.sh, $OMS_TEST_SERVERS), and removed afterwards; takes some minutes and 1 GB in the temp folder.
set -euo pipefail
cd "$(dirname "$0")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NO_COLOR=1
case ${1:-} in
  wire | incremental | memory | soak) ;;
  *) echo "usage: tests/benchmarks/run.sh wire | incremental [PART|SERVER ...] | memory [MEGABYTES ROWS] | soak [MINUTES]" >&2; exit 2 ;;
esac
dotnet build Oms.Benchmarks.csproj --configuration Release -v quiet >&2
exec bin/Release/net10.0/Oms.Benchmarks "$@"
