#!/usr/bin/env bash
# Lets schemathesis ask everything of a cluster's REST, by its OpenAPI document, while a job runs: no answer may be a failure
# of the server, or one that the document does not have. Under two minutes.
#   .ci/rest.sh VENV     VENV: a Python environment, made where it is not there. Needs bin/weir (make build).
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:?usage: .ci/rest.sh VENV}
weir=$PWD/bin/weir
work=$(mktemp -d)
export WEIR_REST_TOKEN=secret

[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
venv=$(cd "$venv" && pwd)
"$venv/bin/pip" install -q --disable-pip-version-check schemathesis==4.32.5

cluster=
finish() {
  cd /
  if [ -n "$cluster" ] && kill "$cluster" 2>/dev/null; then wait "$cluster" || true; fi
  rm -rf "$work"
}
trap finish EXIT

cp docs/examples/clicks.sql "$work"
: >"$work/log"
(cd "$work" && exec "$weir" cluster --rest-address 127.0.0.1:0 --memory 512MiB --log-level info) 2>"$work/log" &
cluster=$!
for _ in $(seq 100); do
  url=$(sed -n 's/.*url=\(http[^ ]*\).*/\1/p' "$work/log")
  [ -z "$url" ] || break
  sleep 0.1
done
[ -n "$url" ] || { cat "$work/log" >&2; exit 1; }

job=$("$weir" run "$work/clicks.sql" --target "$url" --detached)
sleep 3 # some checkpoints
vertex=$("$weir" job show "$job" --target "$url" --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)["job"]["vertices"][1]["id"])')
cat >"$work/schemathesis.toml" <<TOML
headers = { Authorization = "Bearer $WEIR_REST_TOKEN" }
[parameters]
"path.jobid" = "$job"
"path.vertexid" = "$vertex"
"path.subtaskindex" = "0"
"path.attempt" = "0"
"path.checkpointid" = "1"
"path.taskmanagerid" = "local"
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "501"] # 501: what weir does not have, documented as such
[[operations]]
include-path-regex = "^/sessions/"
[operations.checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", "500", "501"] # 500: a statement that fails, as in Flink
TOML
# Not asked for: what ends the job, and savepoints, whose folders could be anywhere; tests in Go have those.
# Not checked: that what the schema allows is accepted, for a parallelism may be too high for this job; and methods, for
# /jobs/metrics is a job's path as well. The requests are the same in every run, so that a failure is of the change.
cd "$work" # it keeps notes where it runs
timeout 100 "$venv/bin/schemathesis" --config-file "$work/schemathesis.toml" run "$url/openapi.json" --no-color \
  --phases examples,coverage,fuzzing --max-examples 20 --generation-deterministic --suppress-health-check filter_too_much --exclude-path /cluster --exclude-method DELETE --exclude-operation-id-regex "^(patch_jobs_jobid|post_jobs_jobid_(stop|savepoints))$" \
  --exclude-checks positive_data_acceptance,unsupported_method,allow_header_conformance --warnings off
if grep -E 'level=ERROR|panic' "$work/log"; then exit 1; fi
