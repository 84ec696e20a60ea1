# Two MariaDB servers, "beijing" and "shanghai", as plain processes in $work/REGION. Sourced by demo.sh.
# Passwords are random, stand in files of mode 0600 below $work and are never in an argument of a process.

new_password() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

free_port() {
  local port=$1
  while (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

# sql REGION [ARGUMENT...]: the client as root
sql() {
  local region=$1
  shift
  mariadb --defaults-file="$work/$region/root.cnf" "$@"
}

# option_file FILE USER PASSWORD PORT
option_file() {
  (umask 077 && printf '[client]\nprotocol=tcp\nhost=127.0.0.1\nport=%s\nuser=%s\npassword=%s\ndefault-character-set=utf8mb4\n' "$4" "$2" "$3" > "$1")
}

# create_server REGION PORT NUMBER: NUMBER is the server's id, and the first of its AUTO_INCREMENT keys: 1, 3, 5 … here and 2, 4, 6 … there
create_server() {
  local region=$1 port=$2 number=$3 home=$work/$1 password
  mkdir -m 700 "$home"
  if [ ! -d "$work/template" ]; then
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/template" --auth-root-authentication-method=normal --skip-test-db \
      --skip-name-resolve > "$work/install-db.log" 2>&1 || { tail -n 20 "$work/install-db.log" >&2; return 1; }
  fi
  cp -a "$work/template" "$home/data"
  password=$(new_password)
  option_file "$home/root.cnf" root "$password" "$port"
  (umask 077 && printf '%s\n' "SET sql_log_bin = 0;" "CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '$password';" \
    "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;" "ALTER USER root@localhost IDENTIFIED BY '$password';" > "$home/init.sql")
  # A session of its own, so that Ctrl-C reaches the demo, which then stops the server in order.
  setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$home/data" --socket="$home/sock" --pid-file="$home/pid" --bind-address=127.0.0.1 \
    --port="$port" --skip-name-resolve --init-file="$home/init.sql" --secure-file-priv= --character-set-server=utf8mb4 \
    --server-id="$number" --log-bin=binlog --binlog-format=ROW --binlog-row-image=FULL --gtid-domain-id="$number" \
    --auto-increment-increment=2 --auto-increment-offset="$number" \
    --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=256M > "$home/log" 2>&1 < /dev/null &
  local pid=$! attempt
  for attempt in $(seq 300); do
    if sql "$region" -e 'SELECT 1' > /dev/null 2>&1; then
      rm -f "$home/init.sql"
      return
    fi
    if ! kill -0 $pid 2>/dev/null; then break; fi
    sleep 0.1
  done
  tail -n 20 "$home/log" >&2
  return 1
}

# create_accounts REGION PORT: "oms" migrates with no more than it needs; "shop" is the application
create_accounts() {
  local region=$1 port=$2 home=$work/$1 oms shop
  oms=$(new_password)
  shop=$(new_password)
  (umask 077 && printf '%s\n' "$oms" > "$home/oms.password")
  option_file "$home/shop.cnf" shop "$shop" "$port"
  sql "$region" << SQL
    CREATE USER oms@'127.0.0.1' IDENTIFIED BY '$oms';
    GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO oms@'127.0.0.1';
    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER ON shop.* TO oms@'127.0.0.1';
    GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX ON oms.* TO oms@'127.0.0.1';
    CREATE USER shop@'127.0.0.1' IDENTIFIED BY '$shop';
    GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO shop@'127.0.0.1';
    GRANT EXECUTE ON shop_load.* TO shop@'127.0.0.1';
SQL
}

stop_servers() {
  local file pid attempt pids=()
  for file in "$work"/*/pid; do
    if [ -f "$file" ]; then pids+=("$(cat "$file")"); fi
  done
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do
    for attempt in $(seq 300); do
      if ! kill -0 "$pid" 2>/dev/null; then break; fi
      sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || true
  done
}
