#!/usr/bin/env python3
"""DuckDB in little memory: what sorting, grouping and joining lineitem costs when it does not fit.

  spill.py --data DIR --tmp DIR [--memory 1GB] [--threads 2] [--only sort,group,join]

Each task is a process of its own. One JSON object a line: seconds, cpu_seconds, peak_rss_bytes, spilled_bytes (the most the
temporary folder held), result.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time

import duck

TASKS = {
    "sort": "COPY (SELECT * FROM lineitem ORDER BY l_comment, l_orderkey) TO '{tmp}-sorted.parquet' (FORMAT parquet)",
    "group": "SELECT COUNT(*), SUM(c), MAX(c) FROM (SELECT COUNT(*) AS c FROM lineitem GROUP BY l_orderkey, l_partkey)",
    "join": "SELECT COUNT(*) FROM lineitem a JOIN lineitem b ON a.l_orderkey = b.l_orderkey",
}


def folder_bytes(folder):
    try:
        return sum(e.stat().st_blocks * 512 for e in os.scandir(folder))
    except FileNotFoundError:  # a file was removed while we looked
        return 0


def run(a):
    db = duck.connect(a.data, a.threads, memory_limit=a.memory, temp_directory=a.tmp)
    peak, done = [0], threading.Event()

    def watch():
        while not done.wait(0.05):
            peak[0] = max(peak[0], folder_bytes(a.tmp))

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    try:
        result = [str(v) for v in db.execute(TASKS[a.task].format(tmp=a.tmp)).fetchone()]
    finally:
        done.set()
        watcher.join()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"task": a.task, "memory": a.memory, "seconds": round(time.perf_counter() - start, 2),
                      "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2), "peak_rss_bytes": usage.ru_maxrss * 1024,
                      "spilled_bytes": peak[0], "result": result}))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--tmp", required=True)
    p.add_argument("--memory", default="1GB")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--only", default="sort,group,join")
    p.add_argument("--task", help=argparse.SUPPRESS)
    a = p.parse_args()
    if a.task:
        run(a)
        return
    folder = os.path.join(a.tmp, "weir-peer-spill")  # emptied before and after, so never the caller's own
    for task in a.only.split(","):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        subprocess.run([sys.executable, __file__, "--task", task, "--data", a.data, "--tmp", os.path.join(folder, "db"),
                        "--memory", a.memory, "--threads", str(a.threads)], check=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
