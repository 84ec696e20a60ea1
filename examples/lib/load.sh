#!/bin/bash
# load.sh DEMO_DIRECTORY SECONDS: the shop's application writes to both regions at the same time, in the end to the same rows at the same moment; prints what each has done.
set -euo pipefail
work=$1 seconds=$2
workers=2 per_second=200

pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; exit 130' INT TERM
for region in beijing shanghai; do
  for worker in $(seq $workers); do
    mariadb --defaults-file="$work/$region/shop.cnf" --skip-column-names -e "CALL shop_load.run('$region', $worker, $seconds, $per_second)" \
      > "$work/$region/load-$worker" 2>&1 &
    pids+=($!)
  done
done

failed=
for pid in "${pids[@]}"; do wait "$pid" || failed=yes; done
for region in beijing shanghai; do
  if [ -n "$failed" ]; then
    cat "$work/$region"/load-* >&2
  else
    awk -v region="$region" -v seconds="$seconds" '
      { done += $1; given_up += $2 }
      END { printf "%-9s %6d transactions in %d s, %d given up (deadlock or lock wait)\n", region, done, seconds, given_up }' "$work/$region"/load-*
  fi
done
[ -z "$failed" ]
"$(dirname "$0")/conflicts.sh" "$work"
