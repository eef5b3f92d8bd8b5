#!/usr/bin/env bash
# One real Apache Kafka broker (KRaft, broker and controller in one process) on loopback, from Maven jars only.
#   start.sh start|stop|kill|restart|status|wipe
# `start` returns when the broker answers; `stop` ends it in order, `kill` at once; `wipe` stops it and deletes its data.
# Environment, with defaults:
#   KAFKA_PORT 19092   KAFKA_CONTROLLER_PORT one above   KAFKA_VERSION 4.3.1   KAFKA_HEAP "-Xms256m -Xmx512m"
#   KAFKA_HOME ~/.cache/weir/kafka: jars       KAFKA_DATA $KAFKA_HOME/data-$KAFKA_PORT: log, pid, output
# Needs Java 17 and mvn.
set -euo pipefail
version=${KAFKA_VERSION:-4.3.1}
port=${KAFKA_PORT:-19092}
home=${KAFKA_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/weir/kafka}
data=${KAFKA_DATA:-$home/data-$port}
read -ra heap <<<"${KAFKA_HEAP:--Xms256m -Xmx512m}"
jars=$home/lib-$version
pid_file=$data/broker.pid
controller=${KAFKA_CONTROLLER_PORT:-$((port + 1))}
cluster_id=MkU3OEVBNTcwNTJENDM2Qk # 16 bytes in URL-safe base64; fixed, so that a restarted broker finds its data

fetch_jars() {
  [ -e "$jars/.complete" ] && return
  local work
  work=$(mktemp -d)
  mkdir -p "$jars"
  cat >"$work/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>weir</groupId><artifactId>kafka-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
  mvn -q -B -f "$work/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$jars"
  # Some releases pull in another binding of slf4j: there may be one only.
  rm -f "$jars"/log4j-slf4j*-impl-*.jar "$jars"/slf4j-reload4j-*.jar "$jars"/slf4j-log4j12-*.jar
  rm -rf "$work"
  touch "$jars/.complete"
}

# Every internal topic has one replica, and few partitions: the broker is there to be right, not to scale.
configure() {
  mkdir -p "$data/log"
  cat >"$data/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$data/log
num.partitions=4
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
transaction.max.timeout.ms=900000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
P
}

run_java() { # its caller puts it in the background or waits for it
  exec java "${heap[@]}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true -cp "$jars/*" "$@"
}

# A process that has ended and that nobody has waited for yet does not run.
alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }

running() { [ -f "$pid_file" ] && alive "$(cat "$pid_file")"; }

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

fail() {
  echo "kafka: $1" >&2
  tail -40 "$2" >&2
  exit 1
}

start() {
  if running; then
    echo "kafka on 127.0.0.1:$port already runs, pid $(cat "$pid_file")"
    return
  fi
  if answers; then
    echo "kafka: port $port is taken by another process" >&2
    exit 1
  fi
  fetch_jars
  configure
  if [ ! -f "$data/log/meta.properties" ]; then
    (run_java kafka.tools.StorageTool format -t "$cluster_id" -c "$data/server.properties") >"$data/format.out" 2>&1 ||
      fail "cannot format $data/log" "$data/format.out"
  fi
  (run_java kafka.Kafka "$data/server.properties") >"$data/broker.out" 2>&1 </dev/null &
  echo $! >"$pid_file"
  disown
  for _ in $(seq 1 300); do
    if answers; then
      echo "kafka $version on 127.0.0.1:$port, pid $(cat "$pid_file")"
      return
    fi
    running || fail "the broker ended" "$data/broker.out"
    sleep 0.2
  done
  fail "the broker did not answer within 60 s" "$data/broker.out"
}

stop() { # stop [SIGNAL]
  local pid
  if running; then
    pid=$(cat "$pid_file")
    kill "-${1:-TERM}" "$pid"
    for _ in $(seq 1 150); do
      alive "$pid" || answers || break # its last threads may still hold the port
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$pid_file"
}

case "${1:-start}" in
start) start ;;
stop) stop ;;
kill) stop KILL ;;
restart)
  stop
  start
  ;;
status) if running; then echo "running on 127.0.0.1:$port, pid $(cat "$pid_file")"; else echo stopped; fi ;;
wipe)
  stop
  rm -rf "${data:?}"
  ;;
*)
  echo "usage: start.sh start|stop|kill|restart|status|wipe" >&2
  exit 2
  ;;
esac
