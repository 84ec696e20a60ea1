#!/bin/bash
# Two regions, active-active, on this machine: starts two MariaDB servers, fills "beijing" with a shop, builds the forward and the reverse link, writes to both
# regions at once for 20 s, waits until both links are synchronized, verifies both ways and reports.
#
#   examples/demo.sh [--keep] [--agent]
#     --keep    leave the servers up at the end and print how to connect
#     --agent   drive oms-agent even where pwsh is installed
#
# Needs the .NET 10 SDK, and MariaDB, which it installs by apt when run as root. All else is in a temporary directory that it removes.
# OMS_DEMO_PORT: the first loopback port to try (default 23306).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source_root=$(dirname "$here")
. "$here/lib/servers.sh"

load_seconds=20
memory_limit_mb=300
# .NET lets garbage grow with the processor's cache, on a large server to hundreds of MB before it looks at it: 32 MB, so that what is measured is the links.
export DOTNET_GCgen0size=${DOTNET_GCgen0size:-2000000}
keep='' agent_only=''
for argument in "$@"; do
  case $argument in
    --keep) keep=yes ;;
    --agent) agent_only=yes ;;
    *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

step() { printf '\n== %s  (%d s)\n' "$*" "$SECONDS"; }
fail() { printf 'active-active: FAILED: %s\n' "$*" >&2; exit 1; }

# Processes that the end of the demo must end, each the leader of a group of its own (setsid): Ctrl-C reaches only this script, which ends them in order.
links_pid='' load_pid=''
work=$(mktemp -d "${TMPDIR:-/tmp}/oms-demo.XXXXXX")

end_links() {
  local pid=$links_pid
  links_pid=
  if [ -z "$pid" ]; then return; fi
  kill -- "-$pid" 2>/dev/null || true
  wait "$pid"
}

cleanup() {
  local status=$?
  trap '' INT TERM
  trap - EXIT
  if [ -n "$load_pid" ]; then kill -- "-$load_pid" 2>/dev/null || true; fi
  end_links || true
  if [ -n "$keep" ] && [ -f "$work/project.json" ]; then
    print_how_to_connect
  else
    stop_servers
    rm -rf "$work"
  fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

print_how_to_connect() {
  cat << TEXT

The servers are up, the links are stopped. To look around:
  mariadb --defaults-file=$work/beijing/root.cnf shop
  mariadb --defaults-file=$work/shanghai/root.cnf shop
To run the links on:
  $agent run $work/project.json --home $work/home
To end it all:
  kill $(cat "$work/beijing/pid") $(cat "$work/shanghai/pid") && rm -rf $work
TEXT
}

# build PROJECT: quiet unless it fails
build() {
  dotnet build "$source_root/src/$1" --configuration Release --nologo -v quiet > "$work/build.log" 2>&1 || {
    grep -E ': error ' "$work/build.log" | sort -u >&2 || cat "$work/build.log" >&2
    fail "src/$1 does not build"
  }
}

prepare_servers() {
  local beijing shanghai
  if ! command -v mariadbd > /dev/null || ! command -v mariadb > /dev/null; then
    "$source_root/tests/servers/install.sh" mariadb1011 || fail "MariaDB is not installed"
  fi
  beijing=$(free_port "${OMS_DEMO_PORT:-23306}")
  create_server beijing "$beijing" 1 || fail "the server of beijing did not start"
  shanghai=$(free_port $((beijing + 1)))
  create_server shanghai "$shanghai" 2 || fail "the server of shanghai did not start"
  sql beijing < "$here/shop/schema.sql"
  sql beijing < "$here/shop/data.sql"
  sql beijing < "$here/shop/load.sql"
  sql shanghai < "$here/shop/load.sql"
  create_accounts beijing "$beijing"
  create_accounts shanghai "$shanghai"
  cat > "$work/project.json" << JSON
{
  "dataSources": [
    { "name": "beijing", "type": "MariaDB", "region": "cn-beijing", "host": "127.0.0.1", "port": $beijing, "user": "oms", "passwordFile": "beijing/oms.password" },
    { "name": "shanghai", "type": "MariaDB", "region": "cn-shanghai", "host": "127.0.0.1", "port": $shanghai, "user": "oms", "passwordFile": "shanghai/oms.password" }
  ],
  "projects": [
    { "name": "shop", "scenario": "ActiveActive", "source": "beijing", "destination": "shanghai", "objects": ["shop.*"] },
    { "name": "shop-reverse", "reverseOf": "shop" }
  ]
}
JSON
  sql beijing --table -e "
    SELECT table_name AS 'table', engine, table_rows AS 'rows (about)', ROUND((data_length + index_length) / 1048576, 1) AS MB, table_comment AS comment
    FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY table_name"
}

tables_of_shop() { sql beijing --skip-column-names -e "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' AND table_type = 'BASE TABLE' ORDER BY 1"; }

# link_wait ARGUMENT...: as oms-agent wait; when that fails, what the links' process said
link_wait() {
  "$agent" wait "$@" --home "$work/home" || {
    cat "$work/agent.errors" >&2
    fail "the links did not get there: wait $*"
  }
}

run_with_agent() {
  step "Links start: schema, full migration and incremental synchronization to shanghai, then the way back"
  setsid "$agent" run "$work/project.json" --home "$work/home" > "$work/agent.log" 2> "$work/agent.errors" &
  links_pid=$!
  local attempt
  for attempt in $(seq 600); do   # until the agent has created both projects
    if "$agent" status shop-reverse --home "$work/home" | grep -q '^shop-reverse .*Running'; then break; fi
    kill -0 $links_pid 2>/dev/null || { cat "$work/agent.errors" >&2; fail "the links' process ended"; }
    sleep 0.5
  done
  link_wait shop shop-reverse --until synchronized --timeout 180
  "$agent" status --home "$work/home"

  step "Both regions write for $load_seconds s, on some of the same rows"
  setsid "$here/lib/load.sh" "$work" $load_seconds &
  load_pid=$!
  while kill -0 $load_pid 2>/dev/null; do
    sleep 5
    "$agent" status --home "$work/home"
  done
  wait $load_pid || fail "the application's load failed"
  load_pid=

  step "Waiting until both links are synchronized"
  link_wait shop shop-reverse --until synchronized --timeout 120
  "$agent" status --home "$work/home"
  peaks_of_links

  step "Verification, both ways"
  "$agent" verify shop shop-reverse --home "$work/home" || fail "verification found differences"

  note_memory $links_pid
  end_links || { cat "$work/agent.errors" >&2; fail "the links did not stop cleanly"; }
}

# From the agent's status lines: how fast each link was at its best, and how late at its worst.
peaks_of_links() {
  awk '
    { link = $2 }
    match($0, /[0-9,]+ rows\/s/) { rows = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", rows); if (rows + 0 > peak[link]) peak[link] = rows + 0; seen[link] = 1 }
    match($0, /latency [0-9.]+ s/) { late = substr($0, RSTART + 8, RLENGTH - 10); if (late + 0 > latency[link]) latency[link] = late + 0 }
    END { for (link in seen) printf "%-14s at most %d rows/s, at most %.1f s late\n", link, peak[link], latency[link] }' "$work/agent.log" | sort
}

note_memory() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$1/status" > "$work/memory"; }

run_with_pwsh() {
  build Oms.PowerShell
  [ -t 1 ] || export NO_COLOR=1
  setsid pwsh -NoProfile -NonInteractive -File "$here/active-active.ps1" -DemoDirectory "$work" -LoadSeconds $load_seconds &
  links_pid=$!
  wait $links_pid || { links_pid=; fail "active-active.ps1 ended with an error"; }
  links_pid=
}

# Without the product: a dump of each server, a row a line in the order of the keys, must be the same text.
compare_independently() {
  local region
  for region in beijing shanghai; do
    mariadb-dump --defaults-file="$work/$region/root.cnf" --single-transaction --no-create-info --skip-triggers --skip-comments --skip-extended-insert \
      --order-by-primary --hex-blob shop | grep '^INSERT' > "$work/$region/dump.sql"
  done
  if ! cmp -s "$work/beijing/dump.sql" "$work/shanghai/dump.sql"; then
    diff "$work/beijing/dump.sql" "$work/shanghai/dump.sql" | cut -c 1-200 | head -n 20 >&2
    fail "dumps of the two servers differ"
  fi
}

report() {
  local table rows=0 tables=0 conflicts memory
  step "Conflicts, as the regions recorded them"
  for region in beijing shanghai; do
    echo "at $region:"
    sql $region --table -e "SELECT tbl AS 'table', kind, policy, resolution, COUNT(*) AS conflicts FROM oms.conflict GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"
  done
  conflicts=$(($(sql beijing -N -e 'SELECT COUNT(*) FROM oms.conflict') + $(sql shanghai -N -e 'SELECT COUNT(*) FROM oms.conflict')))
  for table in $(tables_of_shop); do
    tables=$((tables + 1))
    rows=$((rows + $(sql shanghai -N -e "SELECT COUNT(*) FROM shop.$table")))
  done
  [ "$conflicts" -gt 0 ] || fail "rows that both regions changed at the same moment made no conflict"
  memory=$(cat "$work/memory")
  printf '\nmemory of the process that ran the links, at its peak: %d MB\n' "$memory"
  [ "$memory" -le $memory_limit_mb ] || fail "the links' process took $memory MB of memory, more than $memory_limit_mb"
  printf 'active-active: %d tables, %d rows, %d conflicts resolved, consistent\n' "$tables" "$rows" "$conflicts"
}

command -v dotnet > /dev/null || fail "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
step "Building"
build Oms.Agent
agent=$source_root/src/Oms.Agent/bin/Release/net10.0/oms-agent
step "Two servers, a shop in beijing"
prepare_servers
if [ -z "$agent_only" ] && command -v pwsh > /dev/null; then
  run_with_pwsh
else
  [ -n "$agent_only" ] || echo "No pwsh on the PATH: oms-agent runs the links (examples/active-active.ps1 does the same from PowerShell)."
  run_with_agent
fi
compare_independently
report
