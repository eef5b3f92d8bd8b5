#!/usr/bin/env python3
"""CSV, JSON and Parquet in and out: this engine beside DuckDB, on the same files, in the same run.

  text.py --weir bin/weir --data DIR --work DIR [--rows 2000000] [--pairs 3] [--threads N] [--out STEM]

DIR holds TPC-H's lineitem. The files that are read are made once, in --work. Each task is a process of its own, from its start
to its end; wall and processor time and the peak of memory are taken from outside, ratios are medians of alternating pairs.
--out writes STEM.json, STEM.md and STEM.svg.
"""
import argparse
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import time

import report
import suites

COLUMNS = [("l_orderkey", "BIGINT"), ("l_partkey", "BIGINT"), ("l_suppkey", "BIGINT"), ("l_linenumber", "INT"),
           ("l_quantity", "DECIMAL(15, 2)"), ("l_extendedprice", "DECIMAL(15, 2)"), ("l_discount", "DECIMAL(15, 2)"),
           ("l_tax", "DECIMAL(15, 2)"), ("l_returnflag", "STRING"), ("l_linestatus", "STRING"), ("l_shipdate", "DATE"),
           ("l_commitdate", "DATE"), ("l_receiptdate", "DATE"), ("l_shipinstruct", "STRING"), ("l_shipmode", "STRING"),
           ("l_comment", "STRING")]
COUNT = "SELECT COUNT(*), SUM(l_quantity) FROM '{path}'"
EVERY = "SELECT " + ", ".join(f"MAX({c})" for c, _ in COLUMNS) + " FROM '{path}'"
READ = ("lineitem.csv", "lineitem.json", "lineitem.csv.gz", "lineitem.csv.zst")
WRITE = ("csv", "json", "parquet")


def tasks(a):
    """Name, weir's statements and DuckDB's."""
    for name in READ:
        path = os.path.join(a.work, name)
        yield f"{name}, 1 column", COUNT.format(path=path), COUNT.format(path=path)
        yield f"{name}, all", EVERY.format(path=path), EVERY.format(path=path)
    source = f"SELECT * FROM '{os.path.join(a.work, 'lineitem.parquet')}'"
    for kind in WRITE:
        folder = os.path.join(a.work, "out")
        columns = ", ".join(f"{c} {t}" for c, t in COLUMNS)
        yield (f"write {kind}",
               f"CREATE TABLE o ({columns}) WITH ('connector' = 'filesystem', 'path' = '{folder}', 'format' = '{kind}'); INSERT INTO o {source}",
               f"COPY ({source}) TO '{folder}/o.{kind}' (FORMAT {kind})")


def make_files(a):
    os.makedirs(a.work, exist_ok=True)
    import duckdb
    db = duckdb.connect()
    db.execute("SET enable_progress_bar = false")
    for name in ("lineitem.parquet",) + READ:
        path = os.path.join(a.work, name)
        if not os.path.exists(path):
            source = suites.path(a.data, "lineitem") if name == "lineitem.parquet" else os.path.join(a.work, "lineitem.parquet")
            kind = name.split(".")[1]
            db.execute(f"COPY (SELECT * FROM '{source}' LIMIT {a.rows}) TO '{path}' (FORMAT {kind})")


def command(engine, a, sql):
    if engine == "weir":
        return [a.weir, "sql", "--quiet", "-p", str(a.threads), "-e", sql]
    program = "import duckdb, sys; d = duckdb.connect(config={'threads': int(sys.argv[1])}); d.execute('SET enable_progress_bar = false'); " \
              "print(d.execute(sys.argv[2]).fetchall())"
    return [sys.executable, "-c", program, str(a.threads), sql]


def run(engine, a, sql):
    folder = os.path.join(a.work, "out")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    start = time.perf_counter()
    p = subprocess.Popen(command(engine, a, sql), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    seconds = time.perf_counter() - start
    p.returncode = os.waitstatus_to_exitcode(status)
    shutil.rmtree(folder)
    if p.returncode:
        raise SystemExit(f"{engine} ended with {p.returncode}: {sql[:200]}")
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_rss_bytes": usage.ru_maxrss * 1024}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", default="bin/weir")
    p.add_argument("--data", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--rows", type=int, default=2_000_000)
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--out", metavar="STEM")
    a = p.parse_args()
    a.work = os.path.abspath(a.work)
    # In a process of its own: a child begins with the peak of memory that its parent had.
    maker = multiprocessing.Process(target=make_files, args=(a,))
    maker.start()
    maker.join()
    columns = ["task", "weir s", "duckdb s", "/duckdb", "cpu", "weir MB", "duckdb MB"]
    print(f"{columns[0]:<28}", *[f"{c:>9}" for c in columns[1:]])
    rows, ratios, results = [], {}, {}
    for name, ours, theirs in tasks(a):
        pairs = [(run("weir", a, ours), run("duckdb", a, theirs)) for _ in range(a.pairs)]
        results[name] = pairs
        ratio = {k: statistics.median(w[k] / d[k] for w, d in pairs) for k in ("seconds", "cpu_seconds")}
        ratios[name] = ratio["seconds"]
        row = [f"{statistics.median(x[i]['seconds'] for x in pairs):.2f}" for i in (0, 1)]
        row += [f"{ratio['seconds']:.2f}", f"{ratio['cpu_seconds']:.2f}"]
        row += [str(max(x[i]["peak_rss_bytes"] for x in pairs) >> 20) for i in (0, 1)]
        rows.append([name, *row])
        print(f"{name:<28}", *[f"{c:>9}" for c in row], flush=True)
    if a.out:
        os.makedirs(os.path.dirname(a.out) or ".", exist_ok=True)
        note = f"{a.rows} rows of lineitem, {a.threads} threads, {a.pairs} alternating pairs of whole processes"
        report.write(a.out, "Text and Parquet in and out", note, columns, rows, {"duckdb": ratios}, results)


if __name__ == "__main__":
    main()
