#!/usr/bin/env bash
# One real PostgreSQL server on loopback, from the packages of the system.
#   start.sh start|stop|status|wipe
# `start` returns when the server answers, as user postgres without password; `wipe` stops it and deletes its data.
# Environment, with defaults:
#   PGPORT 15432   PGDATA_DIR ~/.cache/weir/postgres/data-$PGPORT   PGBIN where initdb is
set -euo pipefail
port=${PGPORT:-15432}
data=${PGDATA_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/weir/postgres/data-$port}

bin() {
  if [ -n "${PGBIN:-}" ]; then
    echo "$PGBIN"
  elif command -v initdb >/dev/null; then
    dirname "$(readlink -f "$(command -v initdb)")"
  else
    local found=(/usr/lib/postgresql/*/bin/initdb)
    [ -x "${found[-1]}" ] || {
      echo "postgres: no server is installed; install postgresql" >&2
      exit 1
    }
    dirname "${found[-1]}"
  fi
}

# The server refuses to run as root.
run() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/tmp "$@"
  else
    "$@"
  fi
}

running() { [ -f "$data/PG_VERSION" ] && run "$(bin)/pg_ctl" -D "$data" status >/dev/null 2>&1; }

start() {
  if running; then
    echo "postgres on 127.0.0.1:$port already runs"
    return
  fi
  if [ ! -f "$data/PG_VERSION" ]; then
    mkdir -p "$data"
    if [ "$(id -u)" = 0 ]; then
      local above=$data
      chown postgres "$data"
      while [ "$above" != / ]; do # the server must get to its data
        above=$(dirname "$above")
        run test -x "$above" || {
          echo "postgres: user postgres cannot enter $above; set PGDATA_DIR" >&2
          exit 1
        }
      done
    fi
    run "$(bin)/initdb" -D "$data" -U postgres -A trust --no-sync -E UTF8 --locale=C >/dev/null
  fi
  run "$(bin)/pg_ctl" -D "$data" -w -l "$data/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start >/dev/null || {
    tail -20 "$data/log" >&2
    exit 1
  }
  echo "postgres on 127.0.0.1:$port"
}

stop() { if running; then run "$(bin)/pg_ctl" -D "$data" -m fast stop >/dev/null; fi; }

case "${1:-start}" in
start) start ;;
stop) stop ;;
status) if running; then echo "running on 127.0.0.1:$port"; else echo stopped; fi ;;
wipe)
  stop
  rm -rf "${data:?}"
  ;;
*)
  echo "usage: start.sh start|stop|status|wipe" >&2
  exit 2
  ;;
esac
