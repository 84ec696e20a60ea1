#!/bin/bash
# Installs the servers that the tests run against, what is there already is left alone:
#   MariaDB 10.11   the distribution's package, by apt (needs root)
#   MySQL 9.7, MariaDB 11.8   Debian's packages of other suites, unpacked with all the libraries that they need (libc included) into
#                   $OMS_TEST_SERVERS (default ~/.cache/oms-test-servers); nothing else on the machine changes
#   OceanBase's kernel (seekdb)   from ../shared/oceanbase/seekdb.tar.xz beside the repository where it is, else from the Python package
#                   pylibseekdb, by pip, into the same folder; OMS_SEEKDB names a folder that has it already
# Needs Debian with apt, and a mirror in its sources; OMS_DEBIAN_MIRROR names another one.
#   tests/servers/install.sh [mariadb1011] [mysql97] [mariadb118] [seekdb]     all without an argument
set -euo pipefail

prefix=$(readlink -m "${OMS_TEST_SERVERS:-$HOME/.cache/oms-test-servers}")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
architecture=$(dpkg --print-architecture)

say() { printf '%s\n' "$*" >&2; }

install_mariadb1011() {
  if [ -x /usr/sbin/mariadbd ] && [ -x /usr/bin/mariadb ]; then
    say "MariaDB of the distribution: already installed"
    return
  fi
  if [ "$(id -u)" != 0 ]; then
    say "MariaDB is missing; as root: apt-get install mariadb-server mariadb-client"
    return 1
  fi
  say "MariaDB of the distribution: installing"
  # The package must not start a server of its own: tests and demo run theirs.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod +x $policy
    made=yes
  fi
  local failed=
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install mariadb-server mariadb-client >/dev/null; } || failed=yes
  [ -z "$made" ] || rm -f $policy
  [ -z "$failed" ]
}

# The mirror that this machine uses for Debian itself; apt reads both styles of source lists for us.
mirror() {
  if [ -n "${OMS_DEBIAN_MIRROR:-}" ]; then
    echo "$OMS_DEBIAN_MIRROR"
    return
  fi
  local found
  found=$(apt-get indextargets --format '$(LABEL) $(SITE)' 'Created-By: Packages' | awk '
    $1 == "Debian" { print $2; exit }
    $2 ~ /\/debian\/?$/ && !guess { guess = $2 }
    END { if (guess) print guess }' | head -1)
  if [ -z "$found" ]; then
    say "No Debian mirror in the sources of apt; set OMS_DEBIAN_MIRROR, e.g. to http://deb.debian.org/debian"
    return 1
  fi
  echo "$found"
}

# unpack SUITE DIRECTORY PACKAGE...: the packages and their dependencies, from libc up, verified by apt against Debian's keys
unpack() {
  local suite=$1 target=$2 work from
  shift 2
  from=$(mirror)
  work=$prefix/.apt-$suite
  rm -rf "$work" "$target.new"
  mkdir -p "$work"/etc/{apt.conf.d,preferences.d,trusted.gpg.d} "$work"/state/lists/partial "$work"/cache/archives/partial "$target.new"
  echo "deb [arch=$architecture signed-by=$keyring] $from $suite main" > "$work/etc/sources.list"
  : > "$work/status"   # as if nothing were installed, so that the dependencies go down to libc
  local apt=(apt-get -qq -y -o Dir::Etc="$work/etc" -o Dir::Etc::sourcelist="$work/etc/sources.list" -o Dir::State="$work/state"
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o APT::Architecture="$architecture" -o APT::Install-Recommends=false
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    -o Debug::NoLocking=true)
  "${apt[@]}" update
  "${apt[@]}" --download-only install "$@" >/dev/null

  # What maintainer scripts need but no server loads stays packed.
  local unused='^(perl|libperl|lib.*-perl_|adduser|passwd|debconf|libpam|libdb5|libgdbm|psmisc|init-system-helpers|dpkg|tar_|coreutils|findutils|galera|mawk)'
  local package
  for package in "$work"/cache/archives/*.deb; do
    if [[ $(basename "$package") =~ $unused ]]; then continue; fi
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$target.new" --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale
  done
  rm -rf "$work"
}

# start_script COMMAND [OPTION]: a script that runs COMMAND with its arguments, OPTION put behind a leading --no-defaults (which must come first)
start_script() {
  echo '#!/bin/sh'
  if [ -n "${2:-}" ]; then
    echo 'case ${1:-} in --no-defaults | --defaults-file=*) first=$1; shift ;; *) first=--no-defaults ;; esac'
    echo "exec $1 \"\$first\" $2 \"\$@\""
  else
    echo "exec $1 \"\$@\""
  fi
}

# make_runnable DIRECTORY: the unpacked DIRECTORY.new gets run/ with start scripts, and becomes DIRECTORY. Each script starts its program
# by the loader and the libraries that were unpacked with it: the machine's own libc may be older.
make_runnable() {
  local target=$1 new=$1.new loader program name command option
  loader=$(cd "$new" && find usr/lib usr/lib64 -name 'ld-linux*.so*' 2>/dev/null | head -1)
  mkdir "$new/run" "$new/programs"
  for program in "$new"/usr/sbin/* "$new"/usr/bin/*; do
    name=$(basename "$program")
    if ! [[ $name =~ ^(mysql|mariadb|my_print_defaults|resolveip) ]] || [ -e "$new/run/$name" ]; then continue; fi
    if [ -L "$program" ]; then
      ln -s "$(basename "$(readlink "$program")")" "$new/run/$name"
      continue
    fi
    case $(head -c 9 "$program" | tr -d '\0') in
      $'\x7fELF'*) command="$target/$loader --argv0 $name --library-path $target/$(dirname "$loader") $target/programs/$name" ;;
      '#!/bin/sh') command="sh $target/programs/$name" ;;
      *) continue ;;
    esac
    mv "$program" "$new/programs/$name"
    case $name in mariadbd | mysqld | mariadb-install-db) option=--basedir=$target/usr ;; *) option= ;; esac
    start_script "$command" "$option" > "$new/run/$name"
    chmod +x "$new/run/$name"
  done
  # The programs look for each other below the base directory: there they find the start scripts.
  rm -rf "$new/usr/bin" "$new/usr/sbin" "$target"
  ln -s ../run "$new/usr/bin"
  ln -s ../run "$new/usr/sbin"
  mv "$new" "$target"
}

# install_prefix NAME SUITE SERVER PACKAGE...
install_prefix() {
  local name=$1 suite=$2 server=$3
  shift 3
  # An installation of other packages, made by an earlier version of this script, is made again.
  local made="$suite $*"
  if [ "$(cat "$prefix/$name/packages" 2>/dev/null)" = "$made" ] && "$prefix/$name/run/$server" --no-defaults --version >/dev/null 2>&1; then
    say "$name: already installed"
    return
  fi
  say "$name: unpacking Debian's packages of $suite into $prefix/$name"
  mkdir -p "$prefix"
  unpack "$suite" "$prefix/$name" "$@"
  make_runnable "$prefix/$name"
  "$prefix/$name/run/$server" --no-defaults --version >&2
  echo "$made" > "$prefix/$name/packages"
}

seekdb_package=pylibseekdb==1.4.0.post1

install_seekdb() {
  local target=$prefix/seekdb archive pip
  if [ -x "${OMS_SEEKDB:-$target}/seekdb" ]; then
    say "seekdb: already installed"
    return
  fi
  mkdir -p "$prefix"
  rm -rf "$target.new"
  mkdir "$target.new"
  archive=$(dirname "$0")/../../../shared/oceanbase/seekdb.tar.xz
  if [ -f "$archive" ]; then
    say "seekdb: unpacking the archive beside the repository into $target"
    tar -C "$target.new" --strip-components=1 -xJf "$archive"
  else
    if ! python3 -m pip --version >/dev/null 2>&1; then
      say "seekdb needs python3 with pip to download $seekdb_package, or its program in a folder that OMS_SEEKDB names"
      return 1
    fi
    say "seekdb: downloading $seekdb_package into $target"
    python3 -m pip download --retries 1 --quiet --no-deps --only-binary :all: --dest "$target.new" "$seekdb_package"
    python3 - "$target.new" <<'UNPACK'
import pathlib, sys, zipfile
target = pathlib.Path(sys.argv[1])
for wheel in target.glob("*.whl"):
    with zipfile.ZipFile(wheel) as files:
        for name in files.namelist():
            if pathlib.PurePath(name).name in ("seekdb", "libaio.so.1"):
                (target / pathlib.PurePath(name).name).write_bytes(files.read(name))
    wheel.unlink()
UNPACK
    chmod +x "$target.new/seekdb"
  fi
  "$target.new/seekdb" --version 2>&1 | head -1 >&2
  rm -rf "$target"
  mv "$target.new" "$target"
}

install_one() {
  case $1 in
    mariadb1011) install_mariadb1011 ;;
    mysql97) install_prefix mysql97 sid mysqld mysql-server-core mysql-client-core ;;
    mariadb118) install_prefix mariadb118 trixie mariadbd mariadb-server-core mariadb-client-core mariadb-server ;;
    seekdb) install_seekdb ;;
    *) say "Unknown server '$1': mariadb1011, mysql97, mariadb118 or seekdb"; return 2 ;;
  esac
}

if [ $# = 1 ]; then
  install_one "$1"
  exit
fi
[ $# -gt 0 ] || set -- mariadb1011 mysql97 mariadb118 seekdb
failed=
for server in "$@"; do
  if ! "$0" "$server"; then
    say "$server: NOT INSTALLED; its tests will be skipped"
    failed=yes
  fi
done
[ -z "$failed" ]
