#!/bin/bash
# Two throw-away MariaDB servers on loopback, "beijing" with a small shop and "shanghai" empty, for trying things out.
#   two-servers.sh up                    starts them; the account "oms" of both gets the password in $OMS_DEMO_PASSWORD
#   two-servers.sh sql beijing "SQL"     runs SQL as root (the statements may also come on standard input)
#   two-servers.sh down                  stops them and removes their files
# OMS_DEMO_PORTS (default "13306 13307"), OMS_DEMO_FOLDER and OMS_DEMO_OPTIONS (more options of mariadbd) change the defaults.
set -euo pipefail

read -r beijing_port shanghai_port <<< "${OMS_DEMO_PORTS:-13306 13307}"
folder=${OMS_DEMO_FOLDER:-${TMPDIR:-/tmp}/oms-two-servers-$(id -u)-$beijing_port}
PATH=$PATH:/usr/sbin

die() { printf '%s\n' "$*" >&2; exit 1; }

shop() {
  cat <<'SQL'
CREATE DATABASE shop CHARACTER SET utf8mb4;
USE shop;
CREATE TABLE customer (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL, city VARCHAR(60), UNIQUE KEY (name));
CREATE TABLE product (id INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, price DECIMAL(12,2) NOT NULL);
CREATE TABLE stock (product_id INT UNSIGNED NOT NULL PRIMARY KEY, quantity INT NOT NULL, FOREIGN KEY (product_id) REFERENCES product (id));
CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, customer_id BIGINT UNSIGNED NOT NULL, placed DATETIME(3) NOT NULL, FOREIGN KEY (customer_id) REFERENCES customer (id));
CREATE TABLE order_line (order_id BIGINT UNSIGNED NOT NULL, line SMALLINT NOT NULL, product_id INT UNSIGNED NOT NULL, quantity INT NOT NULL,
  PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id), FOREIGN KEY (product_id) REFERENCES product (id));
CREATE VIEW order_total AS SELECT l.order_id, SUM(l.quantity * p.price) AS total FROM order_line l JOIN product p ON p.id = l.product_id GROUP BY l.order_id;
INSERT INTO customer (id, name, city) SELECT seq, CONCAT('客户 ', seq), ELT(1 + seq % 4, 'Beijing', 'Shanghai', 'München', NULL) FROM seq_1_to_1000;
INSERT INTO product SELECT seq, CONCAT('Product ', seq), seq * 1.25 FROM seq_1_to_200;
INSERT INTO stock SELECT id, 1000 FROM product;
INSERT INTO orders SELECT seq, 1 + seq % 1000, '2024-01-01' + INTERVAL seq MINUTE FROM seq_1_to_5000;
INSERT INTO order_line SELECT o.id, n.seq, 1 + (o.id * n.seq) % 200, n.seq FROM orders o JOIN seq_1_to_3 n;
SQL
}

sql() {
  local server=$1
  shift
  [ -S "$folder/$server.sock" ] || die "$server is not running; start it with: $0 up"
  mariadb --no-defaults --user=root --socket="$folder/$server.sock" --default-character-set=utf8mb4 ${1:+--execute "$1"}
}

start() {
  local server=$1 port=$2 id=$3
  ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null || die "port $port is taken; choose two others in OMS_DEMO_PORTS"
  cp -a "$folder/template" "$folder/$server"
  # A server that starts deletes what it finds in its folder for temporary tables: none that others use.
  mkdir "$folder/$server.tmp"
  # shellcheck disable=SC2086 # the options are words
  setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$folder/$server" --tmpdir="$folder/$server.tmp" --socket="$folder/$server.sock" --pid-file="$folder/$server.pid" \
    --bind-address=127.0.0.1 --port="$port" --server-id="$id" --gtid-domain-id="$id" --skip-name-resolve --character-set-server=utf8mb4 \
    --log-bin=binlog --binlog-format=ROW --binlog-row-image=FULL --innodb-buffer-pool-size=64M ${OMS_DEMO_OPTIONS:-} \
    > "$folder/$server.log" 2>&1 < /dev/null &
  echo $! > "$folder/$server.started"
}

await() {
  local server=$1 pid
  pid=$(cat "$folder/$server.started")
  for _ in $(seq 600); do
    if (sql "$server" 'DO 0') 2>/dev/null; then return; fi
    kill -0 "$pid" 2>/dev/null || { tail -5 "$folder/$server.log" >&2; die "$server did not start"; }
    sleep 0.05
  done
  die "$server did not answer within 30 s; see $folder/$server.log"
}

account() {
  local password=${OMS_DEMO_PASSWORD//\\/\\\\}
  password=${password//\'/\'\'}
  cat <<SQL
SET sql_log_bin = 0;
CREATE USER oms@'%' IDENTIFIED BY '$password';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, LOCK TABLES,
  RELOAD, PROCESS, REPLICATION SLAVE, REPLICATION CLIENT, REPLICATION SLAVE ADMIN, SUPER ON *.* TO oms@'%';
SQL
}

up() {
  [ -n "${OMS_DEMO_PASSWORD:-}" ] || die "set OMS_DEMO_PASSWORD to a password for the account \"oms\" of both servers"
  command -v mariadbd > /dev/null || die "mariadbd is missing; install it with: tests/servers/install.sh mariadb1011"
  [ ! -e "$folder" ] || die "$folder exists; stop the servers in it with: $0 down"
  umask 077
  mkdir -p "$folder"
  TMPDIR=$folder mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$folder/template" --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
    > "$folder/template.log" 2>&1 || die "mariadb-install-db failed; see $folder/template.log"
  start beijing "$beijing_port" 1
  start shanghai "$shanghai_port" 2
  for server in beijing shanghai; do
    await $server
    account | sql $server
  done
  shop | sql beijing
  rm -rf "$folder/template"
  echo "beijing on port $beijing_port, shanghai on port $shanghai_port; account oms; stop them with: $0 down"
}

down() {
  local pid
  for server in beijing shanghai; do
    [ -f "$folder/$server.started" ] || continue
    pid=$(cat "$folder/$server.started")
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = mariadbd ] || continue
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done
  rm -rf "$folder"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  sql) [ $# -ge 2 ] || die "usage: $0 sql beijing|shanghai [SQL]"; sql "$2" "${3:-}" ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
