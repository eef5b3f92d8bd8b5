#!/usr/bin/env python3
"""Measures one SQL job on Flink: a file of CREATE TABLE statements and one INSERT, over bounded input.

  run-sql.py --flink FLINK_HOME --events N [--mode streaming|batch] [--backend rocksdb|hashmap] [--checkpoint "10 s"]
             [--var NAME=VALUE ...] [--jar FILE ...] FILE.sql

${NAME} in the file is replaced by VALUE. Prints one JSON object: seconds (the job's own duration from the REST API), events per
second and per CPU second of the TaskManager, its memory, checkpoints and state size. Two slots, parallelism 2; mini-batch on
and distinct aggregates split, as Nexmark's own configuration has it. The first run warms the JVM and is not reported. Give both
engines the same files or the same Kafka topic, and the blackhole sink.
"""
import argparse
import json
import os
import string
import sys
import tempfile

from cluster import Cluster, SqlError, rest, statements

TUNED = {"table.exec.mini-batch.enabled": "true", "table.exec.mini-batch.allow-latency": "2 s",
         "table.exec.mini-batch.size": "50000", "table.optimizer.distinct-agg.split.enabled": "true"}


def measure(c, a, program):
    session = c.session(**{"execution.runtime-mode": a.mode, **TUNED, **dict(x.split("=", 1) for x in a.set)})
    try:
        job = None
        with c.meter() as used:
            for sql in program:
                job = session.execute(sql).job or job
            ended = c.wait_job(job, a.limit)
        if ended["state"] != "FINISHED":
            return {"error": c.job_error(job) or ended["state"]}
        return report(c, a.events, job, ended["duration"] / 1000, used)
    except SqlError as e:
        return {"error": e.short()}
    finally:
        session.close()


def report(c, events, job, seconds, used):
    checkpoints = rest(c.rest_port, f"/jobs/{job}/checkpoints")
    last = (checkpoints.get("latest") or {}).get("completed") or {}
    return {"events": events, "seconds": seconds, "events_per_second": round(events / seconds),
            "events_per_cpu_second": round(events / max(used["taskmanager_cpu_seconds"], 0.01)), **used,
            "peak_rss_bytes": c.rss_bytes("taskmanager"), "state_bytes": last.get("state_size", 0),
            "checkpoints": checkpoints["counts"]["completed"]}


def link_jars(flink, jars):
    for jar in jars:
        target = os.path.join(flink, "lib", os.path.basename(jar))
        if not os.path.exists(target):
            os.link(jar, target)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file")
    p.add_argument("--flink", required=True)
    p.add_argument("--events", type=int, required=True)
    p.add_argument("--mode", choices=("streaming", "batch"), default="streaming")
    p.add_argument("--backend", default="rocksdb")
    p.add_argument("--checkpoint", default="10 s")
    p.add_argument("--taskmanager-memory", default="8g")
    p.add_argument("--runs", type=int, default=2)
    p.add_argument("--limit", type=int, default=600, help="seconds a run may take")
    p.add_argument("--var", action="append", default=[], metavar="NAME=VALUE")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    p.add_argument("--jar", action="append", default=[], help="e.g. opt/flink-sql-connector-kafka-*.jar, linked into lib/")
    a = p.parse_args()
    link_jars(a.flink, a.jar)
    with open(a.file, encoding="utf-8") as f:
        program = statements(string.Template(f.read()).safe_substitute(dict(v.split("=", 1) for v in a.var)))
    checkpointing = {} if a.mode == "batch" else {
        "execution.checkpointing.interval": a.checkpoint, "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.incremental": "true"}
    with tempfile.TemporaryDirectory() as work, Cluster(a.flink, work, {
            "taskmanager.memory.process.size": a.taskmanager_memory, "taskmanager.numberOfTaskSlots": 2,
            "parallelism.default": 2, "state.backend.type": a.backend, "restart-strategy.type": "none",
            "execution.checkpointing.dir": f"file://{work}/checkpoints", **checkpointing}) as c:
        c.start()
        for _ in range(a.runs):
            result = measure(c, a, program)
    print(json.dumps(result))
    return 1 if "error" in result else 0


if __name__ == "__main__":
    sys.exit(main())
