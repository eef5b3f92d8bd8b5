#!/usr/bin/env bash
# Assembles a runnable Apache Flink home directory out of registry packages:
#   PyPI    apache-flink-libraries (flink-dist, planner and runtime, SQL client, state backends)
#   Maven   Parquet format, SQL gateway, JDBC driver, Kafka connector, Hadoop client (the Parquet reader needs its Configuration)
# Needs python3 with pip, Java 17, mvn and unzip. What is there already is kept.
# Usage: install.sh TARGET_DIR
set -euo pipefail
flink_version=${FLINK_VERSION:-2.3.0}
kafka_connector_version=${KAFKA_CONNECTOR_VERSION:-5.0.0-2.2}
hadoop_version=${HADOOP_VERSION:-3.4.1}
target=${1:?usage: install.sh TARGET_DIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$target"
target=$(cd "$target" && pwd)

distribution() { # the package has lib/ opt/ plugins/, but no bin/ scripts and no conf/
  [ -e "$target/lib/flink-dist-$flink_version.jar" ] && return
  local work src d
  work=$(mktemp -d "$target/.install.XXXXXX")
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps --no-compile "apache-flink-libraries==$flink_version"
  src=$(echo "$work"/venv/lib/python3*/site-packages/pyflink)
  for d in lib opt plugins; do
    rm -rf "${target:?}/$d"
    mv "$src/$d" "$target/$d"
  done
  mkdir -p "$target/bin"
  mv "$src/bin/bash-java-utils.jar" "$target/bin/"
  rm -rf "$work"
}

jar() { # jar FOLDER GROUP:ARTIFACT:VERSION
  local name=${2#*:}
  [ -e "$target/$1/${name/:/-}.jar" ] || mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    "-Dartifact=$2" "-DoutputDirectory=$target/$1"
}

distribution
jar lib "org.apache.flink:flink-sql-parquet:$flink_version"
jar lib "org.apache.hadoop:hadoop-client-api:$hadoop_version"
jar lib "org.apache.hadoop:hadoop-client-runtime:$hadoop_version"
jar lib "commons-logging:commons-logging:1.2"
jar opt "org.apache.flink:flink-sql-gateway:$flink_version"
jar opt "org.apache.flink:flink-sql-connector-kafka:$kafka_connector_version"
jar opt "org.apache.flink:flink-sql-jdbc-driver-bundle:$flink_version"

mkdir -p "$target/conf" "$target/log"
unzip -p "$target/lib/flink-dist-$flink_version.jar" config.yaml >"$target/conf/config.yaml"
cat >"$target/conf/log4j.properties" <<'L'
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = F
appender.file.name = F
appender.file.type = FILE
appender.file.append = false
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %-40c - %m%n
L
install -m 755 "$here/launch.sh" "$target/bin/launch.sh"
echo "Flink $flink_version in $target"
