#!/usr/bin/env python3
"""Nexmark: this engine beside Flink, over the same Parquet files, in the same run.

  compare-nexmark.py --weir bin/weir --flink FLINK_HOME --data DIR [--only q0,q5] [--runs 2] [--checkpoint 500ms] [--out FILE.json]

DIR holds what `weir bench nexmark --write DIR` made, with `-p 2`: a file for each of the two readers. Query by query the engines take turns:
two subtasks, exactly-once checkpoints, state on disk (pebble, rocksdb), rows into a blackhole. Flink has mini-batch on and
distinct aggregates split, as Nexmark's own configuration has it, and a first run, not counted, to warm the JVM. Both engines'
processor time and memory are taken from outside their processes; of Flink only the TaskManager's. The last column says how many
cores other processes kept busy meanwhile: take no number from a line where it is large.
"""
import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time

from cluster import Cluster, statements

run_sql = importlib.import_module("run-sql")  # a name no import statement takes
HERE = os.path.dirname(os.path.abspath(__file__))
NEXMARK = os.path.join(HERE, "..", "..", "nexmark")
TICKS = os.sysconf("SC_CLK_TCK")


def read(name):
    with open(os.path.join(NEXMARK, name), encoding="utf-8") as f:
        return f.read()


def busy_seconds():
    with open("/proc/stat", encoding="utf-8") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def run_weir(a, query):
    """One process from start to end, measured by what the kernel says of it."""
    with tempfile.TemporaryFile("w+") as log:
        p = subprocess.Popen([a.weir, "bench", "nexmark", "--source", "parquet", "--data", a.data, "--query", query, "-p", "2",
                              "--state", "pebble", "--checkpoint", a.checkpoint, "--format", "json"],
                             stdout=subprocess.PIPE, stderr=log, text=True)
        printed = p.stdout.read()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode:
            log.seek(0)
            return {"error": log.read()[-400:]}
    line = json.loads(printed.splitlines()[-1])
    cpu = usage.ru_utime + usage.ru_stime
    return {"events": line["events"], "seconds": line["seconds"], "cpu_seconds": cpu, "rows_out": line["rows_out"],
            "events_per_cpu_second": line["events"] / cpu, "peak_rss_bytes": usage.ru_maxrss * 1024,
            "checkpoints": line["checkpoints"]}


def flink_program(a, query):
    """The benchmark's own statements; the result's table takes the query's columns."""
    table = f"'connector' = 'filesystem', 'path' = '{os.path.abspath(a.data)}', 'format' = 'parquet'"
    insert = statements(read(f"queries/{query}.sql"))[0]
    return statements(read("schema_flat.sql").replace("%s", table)) + [
        "CREATE TABLE nexmark_result WITH ('connector' = 'blackhole') AS " + insert.split("nexmark_result", 1)[1]]


def run_flink(c, a, query, events):
    job = argparse.Namespace(mode="streaming", set=a.set, limit=a.limit, events=events)
    result = run_sql.measure(c, job, flink_program(a, query))
    return result if "error" in result else dict(result, cpu_seconds=result["taskmanager_cpu_seconds"])


def best(runs):
    good = [r for r in runs if "error" not in r]
    return min(good, key=lambda r: r["cpu_seconds"]) if good else runs[-1]


def compare(c, a, query):
    """Both engines' least of their runs, and how busy the machine was with anything else."""
    weir, flink, own, start, busy = [], [], 0.0, time.time(), busy_seconds()
    for i in range(a.runs + 1):
        used = {r: c.cpu_seconds(r) for r in c.procs}
        weir.append(run_weir(a, query))
        events = weir[-1].get("events", 0)
        result = run_flink(c, a, query, events)
        if i:  # the first one warmed the JVM
            flink.append(result)
        own += weir[-1].get("cpu_seconds", 0) + sum(c.cpu_seconds(r) - u for r, u in used.items())
    other = max(0.0, busy_seconds() - busy - own) / (time.time() - start)
    return {"query": query, "weir": best(weir), "flink": best(flink), "other_cores": round(other, 2)}


def row(r):
    w, f = r["weir"], r["flink"]
    if "error" in w or "error" in f:
        return f"| {r['query']} | {w.get('error', '')} | {f.get('error', '')} |"
    mb = 1 << 20
    return (f"| {r['query']} | {w['events_per_cpu_second'] / 1e3:,.0f} K | {f['events_per_cpu_second'] / 1e3:,.0f} K "
            f"| {w['events_per_cpu_second'] / f['events_per_cpu_second']:.1f} | {w['seconds']:.1f} | {f['seconds']:.1f} "
            f"| {w['checkpoints']} | {f['checkpoints']} | {w['peak_rss_bytes'] // mb} | {f['peak_rss_bytes'] // mb} | {r['other_cores']:.2f} |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", required=True)
    p.add_argument("--flink", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--only", default="q0,q1,q2,q3,q4,q5,q7,q8,q18")
    p.add_argument("--runs", type=int, default=2)
    p.add_argument("--checkpoint", default="500ms")
    p.add_argument("--taskmanager-memory", default="8g")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="more of Flink's options")
    p.add_argument("--limit", type=int, default=900, help="seconds a run may take")
    p.add_argument("--out")
    a = p.parse_args()
    print("| | weir, events a CPU second | Flink | ratio | weir s | Flink s | checkpoints | Flink's | weir MB | Flink MB | other cores |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    results = []
    with tempfile.TemporaryDirectory() as work, Cluster(a.flink, work, {
            "taskmanager.memory.process.size": a.taskmanager_memory, "taskmanager.numberOfTaskSlots": 2,
            "parallelism.default": 2, "state.backend.type": "rocksdb", "restart-strategy.type": "none",
            "execution.checkpointing.dir": f"file://{work}/checkpoints", "execution.checkpointing.interval": a.checkpoint,
            "execution.checkpointing.mode": "EXACTLY_ONCE", "execution.checkpointing.incremental": "true"}) as c:
        c.start()
        for query in a.only.split(","):
            results.append(compare(c, a, query))
            print(row(results[-1]), flush=True)
    if a.out:
        with open(a.out, "w", encoding="utf-8") as f:
            json.dump(results, f, indent=1)
    return 1 if any("error" in r[e] for r in results for e in ("weir", "flink")) else 0


if __name__ == "__main__":
    sys.exit(main())
