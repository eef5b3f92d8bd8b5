#!/usr/bin/env python3
"""A suite of queries: this engine beside DuckDB and Polars, on the same files, in the same run.

  compare.py --weir bin/weir --data DIR [--suite tpch|tpcds|hits] [--scale SF] [--only 1-22] [--runs 3] [--pairs 5]
             [--threads N] [--memory 2GiB] [--engines weir,duckdb,polars] [--out STEM]

Query by query and pair by pair the engines take turns, each in a process of its own that runs the query --runs times. A time is
the least of a process's runs; of the pairs the medians are shown, and the median of their ratios: /duckdb is ours divided by
theirs, of wall time and, cpu, of processor time. first is the first run in a fresh process. Memory is the process's peak, taken
from outside. The last column says how many cores other processes kept busy meanwhile: take no number from a line where it is
large. Ratios of one run may be compared; absolute times belong to the machine. --out writes STEM.json, STEM.md and STEM.svg.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import report
import suites
from report import geometric_mean

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS = os.sysconf("SC_CLK_TCK")


def command(engine, a, name):
    if engine == "weir":
        out = [a.weir, "bench", a.suite, "--data", a.data, "--query", name[1:].lstrip("0"), "--runs", str(a.runs),
               "-p", str(a.threads), "--format", "json"]
    else:
        out = [sys.executable, os.path.join(HERE, "bench.py"), "--engine", engine, "--suite", a.suite, "--data", a.data,
               "--scale", str(a.scale), "--only", name[1:].lstrip("0"), "--runs", str(a.runs), "--threads", str(a.threads)]
    return out + (["--memory", a.memory] if a.memory and engine != "polars" else [])


def busy_seconds():
    with open("/proc/stat", encoding="utf-8") as f:
        fields = [int(x) for x in f.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def warm(data, tables):
    for table in tables:
        for path in glob.glob(suites.path(data, table)):
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
    return {"seconds": found["seconds"], "cpu_seconds": found["cpu_seconds"], "first_seconds": found["first_seconds"],
            "rows": found["rows"], "peak_rss_bytes": usage.ru_maxrss * 1024, "spilled_bytes": found.get("spilled_bytes", 0),
            "others_busy": max(0, busy_seconds() - busy - cpu) / elapsed}


def middle(pairs, key):
    return statistics.median(p[key] for p in pairs)


def summary(pairs, engines):
    """What the pairs of one query say: for each engine its medians, for each peer the median ratios."""
    out = {}
    for e in engines:
        runs = [p[e] for p in pairs]
        errors = [r["error"] for r in runs if "error" in r]
        out[e] = {"error": errors[0]} if errors else {
            **{k: middle(runs, k) for k in ("seconds", "cpu_seconds", "first_seconds")}, "rows": runs[0]["rows"],
            **{k: max(r[k] for r in runs) for k in ("peak_rss_bytes", "spilled_bytes", "others_busy")}}
    for e in engines[1:]:
        if "error" not in out[e] and "error" not in out[engines[0]]:
            for key, ratio in (("seconds", "ratio"), ("cpu_seconds", "cpu_ratio"), ("first_seconds", "first_ratio")):
                out[e][ratio] = statistics.median(max(p[engines[0]][key], 1e-4) / max(p[e][key], 1e-4) for p in pairs)
    return out


def headings(engines):
    out = ["query"] + [f"{e} s" for e in engines]
    for e in engines[1:]:
        out += [f"/{e}", "cpu", "first"]
    return out + [f"{e[:6]} MB" for e in engines] + ["others"]


def line(name, r, engines):
    out = [name] + ["error" if "error" in r[e] else f"{r[e]['seconds']:.4f}" for e in engines]
    for e in engines[1:]:
        out += [f"{r[e][k]:.2f}" if k in r[e] else "-" for k in ("ratio", "cpu_ratio", "first_ratio")]
    out += ["error" if "error" in r[e] else str(r[e]["peak_rss_bytes"] >> 20) for e in engines]
    return out + [f"{max((r[e].get('others_busy', 0) for e in engines), default=0):.2f}"]


def means(table, engines):
    """Geometric means over the queries that every engine answered, and the greatest memory."""
    whole = [r for r in table.values() if all("error" not in r[e] for e in engines)]
    if not whole:
        return None
    out = ["mean"] + [f"{geometric_mean([r[e]['seconds'] for r in whole]):.4f}" for e in engines]
    for e in engines[1:]:
        out += [f"{geometric_mean([r[e][k] for r in whole]):.2f}" for k in ("ratio", "cpu_ratio", "first_ratio")]
    return out + [str(max(r[e]["peak_rss_bytes"] for r in whole) >> 20) for e in engines] + [""]


def show(cells):
    print(f"{cells[0]:<6}", *[f"{c:>9}" for c in cells[1:]], flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", default="bin/weir")
    p.add_argument("--data", required=True)
    p.add_argument("--suite", choices=suites.SUITES, default="tpch")
    p.add_argument("--scale", type=float, default=1)
    p.add_argument("--only")
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--pairs", type=int, default=5)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--memory")
    p.add_argument("--engines", default="weir,duckdb,polars")
    p.add_argument("--out", help="write the results as STEM.json, STEM.md and STEM.svg", metavar="STEM")
    a = p.parse_args()
    suite, engines, table = suites.SUITES[a.suite], a.engines.split(","), {}
    warm(a.data, suite.tables)
    title = f"{suite.title}{'' if a.suite == 'hits' else f' SF{a.scale:g}'}, {a.threads} threads"
    note = f"{a.pairs} alternating pairs of processes, {a.runs} runs in each{', memory ' + a.memory if a.memory else ''}"
    print(f"{title}: {note}")
    show(headings(engines))
    for name in suite.selection(a.only):
        pairs = [{e: run_once(command(e, a, name)) for e in engines} for _ in range(a.pairs)]
        table[name] = r = summary(pairs, engines)
        show(line(name, r, engines))
        for e in engines:
            if "error" in r[e]:
                print(f"       {e}: {r[e]['error']}", flush=True)
        rows = {r[e]["rows"] for e in engines if "error" not in r[e]}
        if len(rows) > 1:
            print(f"       the engines disagree on the number of rows: {sorted(rows)}", flush=True)
    last = means(table, engines)
    if last:
        show(last)
        print("mean: geometric means of the queries that every engine answered, greatest memory")
    if a.out:
        os.makedirs(os.path.dirname(a.out) or ".", exist_ok=True)
        ratios = {e: {n: r[e]["ratio"] for n, r in table.items() if "ratio" in r[e]} for e in engines[1:]}
        rows = [line(n, r, engines) for n, r in table.items()] + ([last] if last else [])
        report.write(a.out, title, note, headings(engines), rows, ratios, table)
    return 1 if any("error" in r[engines[0]] for r in table.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
