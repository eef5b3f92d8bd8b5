#!/usr/bin/env bash
# One real S3 server (versitygw over a folder) on loopback, with an empty bucket.
#   start.sh start|stop|kill|status|wipe
# `start` returns when the server answers, and prints what tests read: WEIR_S3_ENDPOINT=…; `wipe` stops it and deletes its data.
# Environment, with defaults:
#   S3_PORT 19000   S3_VERSION 1.8.0   S3_BUCKET weir   S3_ACCESS_KEY weir   S3_SECRET_KEY weir-secret
#   S3_HOME ~/.cache/weir/s3: the program       S3_DATA $S3_HOME/data-$S3_PORT: objects, pid, output
# Needs Go.
set -euo pipefail
version=${S3_VERSION:-1.8.0}
port=${S3_PORT:-19000}
home=${S3_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/weir/s3}
data=${S3_DATA:-$home/data-$port}
bucket=${S3_BUCKET:-weir}
export ROOT_ACCESS_KEY=${S3_ACCESS_KEY:-weir} ROOT_SECRET_KEY=${S3_SECRET_KEY:-weir-secret}
program=$home/versitygw-$version
pid_file=$data/server.pid

build() {
  [ -x "$program" ] && return
  local work
  work=$(mktemp -d)
  GOBIN=$work go install "github.com/versity/versitygw/cmd/versitygw@v$version" >&2
  mkdir -p "$home"
  mv "$work/versitygw" "$program"
  rm -rf "$work"
}

# A process that has ended and that nobody has waited for yet does not run.
alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }

pid() { cat "$pid_file" 2>/dev/null; }

answers() { # any answer will do: without a signature it is a refusal
  (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && head -c 4 <&3 | grep -q HTTP) 2>/dev/null
}

start() {
  build
  if alive "$(pid)"; then
    echo "already running on port $port" >&2
    exit 1
  fi
  # Attributes of objects lie in a folder of their own: not every disk has extended ones. A bucket is a folder.
  mkdir -p "$data/objects/$bucket" "$data/attributes"
  nohup "$program" --port "127.0.0.1:$port" --quiet posix --sidecar "$data/attributes" "$data/objects" >"$data/output" 2>&1 &
  echo $! >"$pid_file"
  for _ in $(seq 200); do
    if answers; then
      echo "WEIR_S3_ENDPOINT=http://127.0.0.1:$port"
      return
    fi
    alive "$(pid)" || break
    sleep 0.1
  done
  cat "$data/output" >&2
  echo "the server does not answer on port $port" >&2
  exit 1
}

end() { # end SIGNAL
  local p
  p=$(pid) || return 0
  kill "-$1" "$p" 2>/dev/null || true
  for _ in $(seq 100); do
    alive "$p" || break
    sleep 0.1
  done
  rm -f "$pid_file"
}

case ${1:-} in
start) start ;;
stop) end TERM ;;
kill) end KILL ;;
status) if alive "$(pid)"; then echo running; else echo stopped; fi ;;
wipe)
  end KILL
  rm -rf "$data"
  ;;
*)
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
  ;;
esac
