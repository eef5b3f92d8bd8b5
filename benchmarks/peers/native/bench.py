#!/usr/bin/env python3
"""A suite of queries over Parquet files in DuckDB or Polars, in one process, reported as `weir bench tpch --format json` does.

  bench.py --engine duckdb|polars --data DIR [--suite tpch|tpcds|hits] [--scale SF] [--only 1,6-9] [--runs 3] [--threads 2]
           [--memory 1GB]

One JSON object a line: query, seconds (the minimum of the runs), cpu_seconds (of that run), first_seconds (of the first run),
peak_rss_bytes, rows. The result is fetched in full. Nothing but open files and their footers lives from one run to the next.
"""
import argparse
import json
import os
import resource
import time

import suites


class DuckDB:
    def __init__(self, a, suite):
        import duck
        settings = {"memory_limit": a.memory} if a.memory else {}
        self.db = duck.connect(a.data, a.threads, suite.tables, **settings)

    def run(self, sql):
        return self.db.sql(sql).to_arrow_table().num_rows


class Polars:
    def __init__(self, a, suite):
        if a.memory:
            raise SystemExit("bench.py: Polars has no memory limit to set")
        os.environ["POLARS_MAX_THREADS"] = str(a.threads)  # read when the library is loaded
        import polars
        self.db = polars.SQLContext({t: polars.scan_parquet(suites.path(a.data, t)) for t in suite.tables})

    def run(self, sql):
        return self.db.execute(sql, eager=False).collect(engine="auto").height


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def reset_peak():
    with open("/proc/self/clear_refs", "w", encoding="utf-8") as f:
        f.write("5")


def peak_rss_bytes():
    with open("/proc/self/status", encoding="utf-8") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM"))


def measure(engine, sql, runs):
    reset_peak()
    measured = []
    for _ in range(runs):
        start, cpu = time.perf_counter(), cpu_seconds()
        rows = engine.run(sql)
        measured.append((time.perf_counter() - start, cpu_seconds() - cpu))
    seconds, cpu = min(measured)
    return {"seconds": round(seconds, 4), "cpu_seconds": round(cpu, 4), "first_seconds": round(measured[0][0], 4),
            "peak_rss_bytes": peak_rss_bytes(), "rows": rows}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--engine", choices=("duckdb", "polars"), required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--suite", choices=suites.SUITES, default="tpch")
    p.add_argument("--scale", type=float, default=1)
    p.add_argument("--only")
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--memory")
    a = p.parse_args()
    suite = suites.SUITES[a.suite]
    engine = {"duckdb": DuckDB, "polars": Polars}[a.engine](a, suite)
    for name in suite.selection(a.only):
        print(json.dumps({"query": name, **measure(engine, suite.text(name, a.scale, a.engine), a.runs)}), flush=True)


if __name__ == "__main__":
    main()
