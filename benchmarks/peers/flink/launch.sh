#!/usr/bin/env bash
# Runs one Flink process in the foreground; the caller's child is the JVM itself, so its pid ends it.
#   launch.sh jobmanager|taskmanager|gateway|sql-client [ARGS...]
# Lives in $FLINK_HOME/bin, unless FLINK_HOME is set; reads $FLINK_CONF_DIR and writes its log to $FLINK_LOG_DIR.
set -euo pipefail
home=${FLINK_HOME:-$(cd "$(dirname "$0")/.." && pwd)}
conf=${FLINK_CONF_DIR:-$home/conf}
logs=${FLINK_LOG_DIR:-$home/log}
mkdir -p "$logs"
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
dist=$(echo "$home"/lib/flink-dist-*.jar)
role=${1:?usage: launch.sh jobmanager|taskmanager|gateway|sql-client [ARGS...]}
shift
export FLINK_HOME=$home FLINK_CONF_DIR=$conf FLINK_LIB_DIR=$home/lib FLINK_OPT_DIR=$home/opt FLINK_PLUGINS_DIR=$home/plugins

# What Java 17 must open to Flink: the env.java.opts.all line of its default configuration.
read -ra opens < <(sed -n 's/^ *all: \(--add-exports.*\)$/\1/p' "$home/conf/config.yaml")
classpath=$(printf '%s:' "$home"/lib/*.jar)
common=("${opens[@]}" -XX:+IgnoreUnrecognizedVMOptions "-Dlog.file=$logs/$role.log"
  "-Dlog4j.configurationFile=file:$conf/log4j.properties")

# Flink's own tool works out heap, direct memory and metaspace (first line) and the matching -D options (second line).
resources() {
  "$java" -cp "$home/bin/bash-java-utils.jar:$dist" org.apache.flink.runtime.util.bash.BashJavaUtils \
    "$1" --configDir "$conf" 2>/dev/null | sed -n 's/^BASH_JAVA_UTILS_EXEC_RESULT://p'
}

service() { # service RESOURCES MAIN_CLASS JVM_OPTION... -- ARG...
  local lines heap dynamic main=$2 flags=()
  mapfile -t lines < <(resources "$1")
  shift 2
  while [ "$1" != -- ]; do
    flags+=("$1")
    shift
  done
  shift
  read -ra heap <<<"${lines[0]}"
  read -ra dynamic <<<"${lines[1]:-}"
  exec "$java" "${flags[@]}" "${heap[@]}" "${common[@]}" -cp "$classpath" "$main" --configDir "$conf" "${dynamic[@]}" "$@"
}

case $role in
jobmanager)
  service GET_JM_RESOURCE_PARAMS org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint -XX:+UseSerialGC -- "$@" ;;
taskmanager)
  service GET_TM_RESOURCE_PARAMS org.apache.flink.runtime.taskexecutor.TaskManagerRunner -XX:+UseG1GC -- "$@" ;;
gateway)
  exec "$java" -Xmx1g "${common[@]}" -cp "$classpath$(echo "$home"/opt/flink-sql-gateway-*.jar)" \
    org.apache.flink.table.gateway.SqlGateway "$@" ;;
sql-client)
  exec "$java" -Xmx512m "${common[@]}" -cp "$classpath$(printf '%s:' "$home"/opt/flink-sql-client-*.jar "$home"/opt/flink-sql-gateway-*.jar)" \
    org.apache.flink.table.client.SqlClient "$@" ;;
*)
  echo "launch.sh: unknown role $role" >&2
  exit 2 ;;
esac
