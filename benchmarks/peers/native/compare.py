#!/usr/bin/env python3
"""TPC-H: this engine beside DuckDB and Polars, on the same files, in the same run.

  compare.py --weir bin/weir --data DIR --scale SF --queries DIR [--only 1-22] [--runs 3] [--rounds 2] [--threads N]
             [--memory 1GiB] [--engines weir,duckdb,polars] [--out FILE.json]

Query by query and round by round the engines take turns, each in a process of its own that runs the query --runs times. `s` is
the least of all runs, /duckdb and /polars are ours divided by theirs. Memory is the process's peak, measured from outside. The
last column says how many cores other processes kept busy meanwhile: take no number from a line where it is large. Ratios of one
run may be compared; absolute times belong to the machine.
"""
import argparse
import glob
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import tpch

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")


def command(engine, a, name):
    number = name[1:].lstrip("0")
    if engine == "weir":
        out = [a.weir, "bench", "tpch", "--data", a.data, "--query", number, "--runs", str(a.runs),
               "-p", str(a.threads), "--format", "json"]
    else:
        out = [sys.executable, os.path.join(HERE, "bench.py"), "--engine", engine, "--data", a.data, "--scale", str(a.scale),
               "--queries", a.queries, "--only", number, "--runs", str(a.runs), "--threads", str(a.threads)]
    return out + (["--memory", a.memory] if a.memory and engine != "polars" else [])


def busy_seconds():
    with open("/proc/stat", encoding="utf-8") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def warm(data):
    for table in tpch.TABLES:
        for path in glob.glob(tpch.path(data, table)):
            with open(path, "rb", buffering=0) as f:
                while f.read(1 << 22):
                    pass


def run_once(argv):
    """One process from start to end: what it printed, and what it used."""
    start, busy = time.time(), busy_seconds()
    with tempfile.TemporaryFile("w+") as log:
        p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, text=True)
        printed = p.stdout.read()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        errors = log.read().strip().splitlines()
    elapsed, cpu = time.time() - start, usage.ru_utime + usage.ru_stime
    if p.returncode:
        return {"error": errors[-1][:200] if errors else f"exit {p.returncode}"}
    found = json.loads(printed.splitlines()[-1])
    return {"seconds": found["seconds"], "cpu_seconds": found["cpu_seconds"], "rows": found["rows"],
            "peak_rss_bytes": usage.ru_maxrss * 1024, "spilled_bytes": found.get("spilled_bytes", 0),
            "others_busy": max(0, busy_seconds() - busy - cpu) / elapsed}


def merge(old, new):
    """The better of two rounds; an error of either stays."""
    if old is None or "error" in new:
        return new
    if "error" in old:
        return old
    best = dict(min(old, new, key=lambda r: r["seconds"]))
    best["peak_rss_bytes"] = max(old["peak_rss_bytes"], new["peak_rss_bytes"])
    return best


def geometric_mean(values):
    return math.exp(sum(math.log(max(v, 1e-6)) for v in values) / len(values))


def cell(result, key, form):
    return "error" if "error" in result else format(result[key], form)


def print_line(name, results, engines):
    first = results[engines[0]]
    cells = [f"{cell(results[e], 'seconds', '.4f'):>9}" for e in engines]
    for e in engines[1:]:
        both = "error" not in first and "error" not in results[e]
        cells.append(f"{first['seconds'] / results[e]['seconds']:>9.2f}" if both else f"{'-':>9}")
    cells += [f"{'error' if 'error' in results[e] else results[e]['peak_rss_bytes'] >> 20:>9}" for e in engines]
    others = max((r["others_busy"] for r in results.values() if "error" not in r), default=0)
    print(f"{name:<6}", *cells, f"{others:>7.2f}", flush=True)
    for e in engines:
        if "error" in results[e]:
            print(f"       {e}: {results[e]['error']}", flush=True)


def print_header(engines):
    ratios = [f"/{e}" for e in engines[1:]]
    print(" " * 6, *[f"{e + ' s':>9}" for e in engines], *[f"{r:>9}" for r in ratios], *[f"{e[:6] + ' MB':>9}" for e in engines],
          f"{'others':>7}", flush=True)


def print_means(table, engines):
    whole = [r for r in table.values() if all("error" not in r[e] for e in engines)]
    if not whole:
        return
    means = [geometric_mean([r[e]["seconds"] for r in whole]) for e in engines]
    print(f"{'mean':<6}", *[f"{m:>9.4f}" for m in means], *[f"{means[0] / m:>9.2f}" for m in means[1:]],
          *[f"{max(r[e]['peak_rss_bytes'] for r in whole) >> 20:>9}" for e in engines])
    print(f"geometric means of {len(whole)} queries that every engine answered, greatest memory")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", default="bin/weir")
    p.add_argument("--data", required=True)
    p.add_argument("--scale", type=float, default=1)
    p.add_argument("--queries", required=True)
    p.add_argument("--only", default="1-22")
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--rounds", type=int, default=2)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--memory")
    p.add_argument("--engines", default="weir,duckdb,polars")
    p.add_argument("--out", help="also write the results as JSON")
    a = p.parse_args()
    engines, table = a.engines.split(","), {}
    warm(a.data)
    print(f"TPC-H SF{a.scale:g}, {a.threads} threads, {a.rounds} rounds of {a.runs} runs")
    print_header(engines)
    for name in tpch.selection(a.only):
        results = dict.fromkeys(engines)
        for _ in range(a.rounds):
            for engine in engines:
                results[engine] = merge(results[engine], run_once(command(engine, a, name)))
        table[name] = results
        rows = {r["rows"] for r in results.values() if "error" not in r}
        print_line(name, results, engines)
        if len(rows) > 1:
            print(f"       the engines disagree on the number of rows: {sorted(rows)}", flush=True)
    print_means(table, engines)
    if a.out:
        with open(a.out, "w", encoding="utf-8") as f:
            json.dump(table, f, indent=1)
    return 1 if any("error" in r.get(engines[0], {}) for r in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
