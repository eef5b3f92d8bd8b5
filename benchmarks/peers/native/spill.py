#!/usr/bin/env python3
"""Little memory: this engine beside DuckDB, with the same limit, where sorts, groups, joins and windows do not fit.

  spill.py --weir bin/weir --data DIR --tmp DIR [--memory 512MiB] [--unlimited 8GiB] [--scale SF] [--threads 2]
           [--only sort,group,join,q09,q18,q21,rank,sum,whole] [--engines weir,duckdb] [--out STEM]

Each task runs in a process of its own, with the limit and, for weir, without it (--unlimited). All is taken from outside: wall
and processor time, the greatest resident memory (wait4), the most bytes the spill folder held, the files left there. The answers
of both engines must agree; of a sort the written file is read: its order, its rows, a sum over them. `promise` is the greatest
memory as a share of the limit. --out writes STEM.json, STEM.md and STEM.svg.
"""
import argparse
import csv
import decimal
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import suites

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = suites.TPCH.tables

COLUMNS = ("l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, l_quantity DECIMAL(15, 2), "
           "l_extendedprice DECIMAL(15, 2), l_discount DECIMAL(15, 2), l_tax DECIMAL(15, 2), l_returnflag STRING, l_linestatus STRING, "
           "l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, l_comment STRING")
SORTED = "SELECT * FROM lineitem ORDER BY l_comment, l_orderkey"

# What all rows say that a task computes, in one row of numbers.
TASKS = {
    "sort": None,
    "group": "SELECT COUNT(*), SUM(c), MAX(c) FROM (SELECT COUNT(*) AS c FROM lineitem GROUP BY l_orderkey, l_partkey) AS g",
    "join": "SELECT COUNT(*) FROM lineitem a JOIN lineitem b ON a.l_orderkey = b.l_orderkey",
    "q09": "tpch", "q18": "tpch", "q21": "tpch",
    "rank": "SELECT COUNT(*), MAX(n), SUM(MOD(n * l_orderkey, 1000003)) FROM (SELECT l_orderkey, "
            "ROW_NUMBER() OVER (PARTITION BY l_suppkey ORDER BY l_shipdate, l_orderkey) AS n FROM lineitem) AS w",
    "sum": "SELECT COUNT(*), MAX(s), SUM(s) FROM (SELECT SUM(l_quantity) OVER (PARTITION BY l_orderkey ORDER BY l_linenumber) AS s "
           "FROM lineitem) AS w",
    "whole": "SELECT COUNT(*), MAX(n), MAX(s), SUM(MOD(n * l_orderkey, 1000003)) FROM (SELECT l_orderkey, "
             "ROW_NUMBER() OVER (ORDER BY l_shipdate, l_orderkey, l_linenumber) AS n, "
             "SUM(l_quantity) OVER (ORDER BY l_shipdate, l_orderkey, l_linenumber) AS s FROM lineitem) AS w",
}


def text(task, scale):
    return suites.TPCH.text(task, scale) if TASKS[task] == "tpch" else TASKS[task]


def weir_command(a, task, memory, folder, target):
    statements = [f"CREATE VIEW {t} AS SELECT * FROM '{suites.path(a.data, t)}'" for t in TABLES]
    if task == "sort":
        statements += [f"CREATE TABLE sorted ({COLUMNS}) WITH ('connector' = 'filesystem', 'path' = '{target}', 'format' = 'parquet')",
                       f"INSERT INTO sorted {SORTED}"]
    else:
        statements.append(text(task, a.scale))
    script = folder + ".sql"
    with open(script, "w", encoding="utf-8") as f:
        f.writelines(s + ";\n" for s in statements)
    return [a.weir, "sql", "-f", script, "--quiet", "--memory", memory, "-p", str(a.threads), "--format", "csv",
            "-D", "weir.spill.dir=" + folder]


def duckdb_command(a, task, memory, folder, target):
    sql = f"COPY ({SORTED}) TO '{target}/sorted.parquet' (FORMAT parquet)" if task == "sort" else text(task, a.scale)
    return [sys.executable, __file__, "--statement", sql, "--data", a.data, "--tmp", folder, "--memory", memory,
            "--threads", str(a.threads)]


COMMANDS = {"weir": weir_command, "duckdb": duckdb_command}


def ask_duckdb(a):
    """The process that is measured."""
    import duck
    db = duck.connect(a.data, a.threads, memory_limit=a.memory, temp_directory=a.tmp)
    if a.statement.startswith("COPY"):
        db.execute(a.statement)
        return
    found = db.execute(a.statement)
    duck.write_csv("/dev/stdout", [d[0] for d in found.description], found.fetchall())


def folder_files(folder):
    """Paths and bytes on disk of all files below a folder, which may vanish meanwhile."""
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                yield os.path.join(root, name), os.stat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                pass


def run_once(engine, a, task, memory):
    """One process from start to end: what it answered, and what it used."""
    work = os.path.join(a.tmp, "weir-bench-spill")  # emptied before and after, so never the caller's own
    folder, target = os.path.join(work, "spill"), os.path.join(work, "out")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(folder)
    os.makedirs(target)
    most, done = [0], threading.Event()

    def watch():
        while not done.wait(0.05):
            most[0] = max(most[0], sum(size for _, size in folder_files(folder)))

    watcher = threading.Thread(target=watch)
    try:
        with tempfile.TemporaryFile("w+") as log:
            start = time.time()
            p = subprocess.Popen(COMMANDS[engine](a, task, memory, folder, target), stdout=subprocess.PIPE, stderr=log, text=True)
            watcher.start()
            printed = p.stdout.read()
            _, status, usage = os.wait4(p.pid, 0)
            seconds = time.time() - start
            done.set()
            watcher.join()
            p.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            errors = log.read().strip().splitlines()
        out = {"memory": memory, "seconds": round(seconds, 2), "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
               "peak_rss_bytes": usage.ru_maxrss * 1024, "spilled_bytes": most[0],
               "files_left": [os.path.relpath(f, folder) for f, _ in folder_files(folder)]}
        if p.returncode:
            return {**out, "error": errors[0][:200] if errors else f"exit {p.returncode}"}
        out["answer"] = answer(read_sorted(a, target) if task == "sort" else printed)
        return out
    finally:
        done.set()
        shutil.rmtree(work, ignore_errors=True)


def answer(printed):
    """Rows of CSV; numbers in one notation, floating ones to nine digits."""
    def cell(s):
        if not re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", s):
            return s
        d = decimal.Decimal(s)
        return f"{d:f}" if d == d.to_integral_value() and "e" not in s.lower() and "." not in s else f"{float(d):.9g}"
    return [[cell(s) for s in row] for row in csv.reader(io.StringIO(printed))][1:]


def read_sorted(a, target):
    """A process of its own: what a process has held counts for those it starts (getrusage), so this one stays small."""
    return subprocess.run([sys.executable, __file__, "--sorted", target, "--data", a.data, "--tmp", a.tmp, "--threads", str(a.threads)],
                          stdout=subprocess.PIPE, text=True, check=True).stdout


def digest(a, target):
    """What stands in a sorted table: rows, breaks of the order, sums, a hash of all rows."""
    import duck
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
    files = sorted(f for f, _ in folder_files(target) if not os.path.basename(f).startswith((".", "_")))
    rows, breaks, last = 0, 0, None
    for name in files:
        with pq.ParquetFile(name) as file:
            for b in file.iter_batches(batch_size=1 << 18, columns=["l_comment", "l_orderkey"]):
                text_, key = b.column("l_comment").cast("large_string"), b.column("l_orderkey")
                n = len(key)
                if last is not None and (text_[0].as_py(), key[0].as_py()) < last:
                    breaks += 1
                before, after = text_.slice(0, n - 1), text_.slice(1)
                wrong = pc.or_(pc.greater(before, after), pc.and_(pc.equal(before, after), pc.greater(key.slice(0, n - 1), key.slice(1))))
                breaks += pc.sum(wrong.cast("int64")).as_py() or 0
                rows, last = rows + n, (text_[n - 1].as_py(), key[n - 1].as_py())
    found = duck.connect(a.data, a.threads).execute(
        "SELECT COUNT(*), SUM(l_quantity), SUM(l_tax), BIT_XOR(HASH(l_orderkey, l_linenumber, l_shipdate, l_shipinstruct, l_comment)) "
        "FROM read_parquet(?)", [files]).fetchone()
    duck.write_csv("/dev/stdout", ("rows", "breaks", "quantity", "tax", "hash"), [(rows, breaks, *found)])


def bytes_of(text_):
    number, unit = re.fullmatch(r"([\d.]+)\s*([kKMGT]?)i?B", text_).groups()
    return float(number) * 1024 ** " KMGT".index(unit.upper() or " ")


def cells(task, r, a):
    limited = bytes_of(a.memory)
    out = [task]
    for e in a.engines:
        out += ["error" if "error" in r[e] else f"{r[e]['seconds']:.1f}"]
    w = r[a.engines[0]]
    for e in a.engines[1:]:
        out += ["-" if "error" in w or "error" in r[e] else f"{w['seconds'] / r[e]['seconds']:.2f}",
                "-" if "error" in w or "error" in r[e] else f"{w['cpu_seconds'] / r[e]['cpu_seconds']:.2f}"]
    free = r.get("unlimited")
    out += ["-" if not free or "error" in free else f"{free['seconds']:.1f}"]
    out += ["-" if not free or "error" in free or "error" in w else f"{w[k] / free[k]:.2f}" for k in ("seconds", "cpu_seconds")]
    for e in a.engines:
        out += [str(r[e]["peak_rss_bytes"] >> 20), f"{r[e]['peak_rss_bytes'] / limited:.2f}", str(r[e]["spilled_bytes"] >> 20)]
    return out + [str(len(w["files_left"])), verdict(r, a)]


def verdict(r, a):
    answers = [r[e]["answer"] for e in (*a.engines, "unlimited") if e in r and "answer" in r[e]]
    return "differ" if any(x != answers[0] for x in answers[1:]) else "same" if len(answers) > 1 else "-"


def headings(a):
    out = ["task"] + [f"{e} s" for e in a.engines]
    for e in a.engines[1:]:
        out += [f"/{e}", "cpu"]
    out += ["free s", "/free", "cpu"]
    for e in a.engines:
        out += [f"{e} MB", "promise", "disk MB"]
    return out + ["left", "answers"]


def show(row):
    print(f"{row[0]:<6}", *[f"{c:>9}" for c in row[1:]], flush=True)


def write_report(a, table):
    import report
    os.makedirs(os.path.dirname(a.out) or ".", exist_ok=True)
    first = a.engines[0]
    ratios = {e: {t: r[first]["seconds"] / r[e]["seconds"] for t, r in table.items() if "error" not in r[e] and "error" not in r[first]}
              for e in a.engines[1:]}
    note = (f"lineitem and TPC-H queries of SF{a.scale:g}; `free` is weir with {a.unlimited}, `promise` is the greatest resident "
            f"memory as a share of {a.memory}, `left` are spill files left behind")
    report.write(a.out, f"Memory {a.memory}, TPC-H SF{a.scale:g}, {a.threads} threads", note, headings(a),
                 [cells(t, r, a) for t, r in table.items()], ratios, table)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", default="bin/weir")
    p.add_argument("--data", required=True)
    p.add_argument("--tmp", required=True, help="where spill files and the sorted table go, and are removed")
    p.add_argument("--memory", default="512MiB")
    p.add_argument("--unlimited", default="8GiB", help="weir's other memory; empty: no such run")
    p.add_argument("--scale", type=float, default=1)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--only", default=",".join(TASKS))
    p.add_argument("--engines", default="weir,duckdb")
    p.add_argument("--out", metavar="STEM")
    p.add_argument("--statement", help=argparse.SUPPRESS)
    p.add_argument("--sorted", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.sorted:
        return digest(a, a.sorted)
    if a.statement:
        return ask_duckdb(a)
    a.engines, table, failed = a.engines.split(","), {}, False
    if a.out and len(a.engines) < 2:
        p.error("--out compares two engines")
    print(f"memory {a.memory}, {a.threads} threads")
    show(headings(a))
    for task in a.only.split(","):
        r = {}
        if a.unlimited:
            r["unlimited"] = run_once("weir", a, task, a.unlimited)
        for e in a.engines:
            r[e] = run_once(e, a, task, a.memory)
        table[task] = r
        show(cells(task, r, a))
        for who, found in r.items():
            if "error" in found:
                print(f"       {who}: {found['error']}", flush=True)
            if found["files_left"] and who != "duckdb":
                print(f"       {who} left {found['files_left'][:3]}", flush=True)
        failed = failed or "error" in r[a.engines[0]] or verdict(r, a) == "differ" or bool(r[a.engines[0]]["files_left"])
        if a.out:
            write_report(a, table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
