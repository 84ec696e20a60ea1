#!/bin/bash
# conflicts.sh DEMO_DIRECTORY: changes some rows in both regions at the same moment, on however quiet a machine. Each region commits only when the other has its change
# too: whatever a link then brings meets a row that was changed without knowledge of it.
set -euo pipefail
work=$1
rows=5

declare -A to from
for region in beijing shanghai; do
  mkfifo "$work/$region/statements" "$work/$region/answers"
  mariadb --defaults-file="$work/$region/shop.cnf" --skip-column-names --unbuffered shop < "$work/$region/statements" > "$work/$region/answers" &
  exec {descriptor}> "$work/$region/statements"; to[$region]=$descriptor
  exec {descriptor}< "$work/$region/answers"; from[$region]=$descriptor
  rm "$work/$region/statements" "$work/$region/answers"
done

# run REGION STATEMENTS: runs them in the region's session and waits until they are done
run() {
  local answer
  echo "$2; SELECT 'done';" >&"${to[$1]}"
  read -r -u "${from[$1]}" answer && [ "$answer" = 'done' ]
}

for row in $(seq $rows); do
  for region in beijing shanghai; do
    run $region "BEGIN; UPDATE customers SET city = '$region', balance = balance + 1 WHERE email = 'customer$row@example.com'"
  done
  for region in beijing shanghai; do run $region COMMIT; done
done
for region in beijing shanghai; do
  exec {to[$region]}>&- {from[$region]}<&-
done
wait
echo "both regions   $rows rows changed at the same moment"
