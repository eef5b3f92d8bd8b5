#!/usr/bin/env python3
"""Runs the 22 TPC-H queries on Flink in batch mode over Parquet files, and can write its answers.

  run-tpch.py --flink FLINK_HOME --data DIR --scale SF [--only 1,6-9] [--runs 2] [--answers DIR]

Flink makes one split of each local file: give it several files a table (DIR/lineitem/*.parquet, as tpchgen-cli --parts writes
them) to keep both slots busy. One JSON object a line and query: seconds (the job's own duration; the last of --runs passes over
the queries on one warm cluster), wall (statement submitted to last row fetched), CPU seconds of each process, rows. --answers
writes qNN.csv with values as Flink prints them and qNN.types with Flink's types.
"""
import argparse
import json
import os
import sys
import tempfile
import time

from answers import type_name
from cluster import Cluster, SqlError

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "native"))
from suites import TPCH  # noqa: E402

MONEY = "DECIMAL(15, 2)"
COLUMNS = {
    "region": {"r_regionkey": "BIGINT", "r_name": "STRING", "r_comment": "STRING"},
    "nation": {"n_nationkey": "BIGINT", "n_name": "STRING", "n_regionkey": "BIGINT", "n_comment": "STRING"},
    "supplier": {"s_suppkey": "BIGINT", "s_name": "STRING", "s_address": "STRING", "s_nationkey": "BIGINT",
                 "s_phone": "STRING", "s_acctbal": MONEY, "s_comment": "STRING"},
    "customer": {"c_custkey": "BIGINT", "c_name": "STRING", "c_address": "STRING", "c_nationkey": "BIGINT",
                 "c_phone": "STRING", "c_acctbal": MONEY, "c_mktsegment": "STRING", "c_comment": "STRING"},
    "part": {"p_partkey": "BIGINT", "p_name": "STRING", "p_mfgr": "STRING", "p_brand": "STRING", "p_type": "STRING",
             "p_size": "INT", "p_container": "STRING", "p_retailprice": MONEY, "p_comment": "STRING"},
    "partsupp": {"ps_partkey": "BIGINT", "ps_suppkey": "BIGINT", "ps_availqty": "INT", "ps_supplycost": MONEY,
                 "ps_comment": "STRING"},
    "orders": {"o_orderkey": "BIGINT", "o_custkey": "BIGINT", "o_orderstatus": "STRING", "o_totalprice": MONEY,
               "o_orderdate": "DATE", "o_orderpriority": "STRING", "o_clerk": "STRING", "o_shippriority": "INT",
               "o_comment": "STRING"},
    "lineitem": {"l_orderkey": "BIGINT", "l_partkey": "BIGINT", "l_suppkey": "BIGINT", "l_linenumber": "INT",
                 "l_quantity": MONEY, "l_extendedprice": MONEY, "l_discount": MONEY, "l_tax": MONEY,
                 "l_returnflag": "STRING", "l_linestatus": "STRING", "l_shipdate": "DATE", "l_commitdate": "DATE",
                 "l_receiptdate": "DATE", "l_shipinstruct": "STRING", "l_shipmode": "STRING", "l_comment": "STRING"},
}


def create_table(table, data):
    columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in COLUMNS[table].items())
    path = os.path.abspath(os.path.join(data, table))
    path = path if os.path.isdir(path) else path + ".parquet"
    return (f"CREATE TABLE {table} ({columns}) "
            f"WITH ('connector' = 'filesystem', 'format' = 'parquet', 'path' = 'file://{path}')")


def analyze(table):
    """Footers have row counts, minima and maxima only; without distinct counts the join order is poor."""
    columns = ", ".join(name for name in COLUMNS[table] if not name.endswith("_comment"))
    return f"ANALYZE TABLE {table} COMPUTE STATISTICS FOR COLUMNS {columns}"


def measure(c, session, sql):
    try:
        with c.meter() as used:
            start = time.time()
            result = session.execute(sql, "PLAIN_TEXT")
            wall = time.time() - start
            job = c.wait_job(result.job)
        return result, {"seconds": job["duration"] / 1000, "wall": round(wall, 3), **used, "rows": len(result.rows)}
    except SqlError as e:
        return None, {"error": e.short()}


def field(value):
    if value is None:
        return ""
    return '"' + value.replace('"', '""') + '"' if value == "" or any(c in value for c in ',"\r\n') else value


def write_answer(folder, name, result):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}.csv", "w", encoding="utf-8", newline="") as f:
        f.write(",".join(c["name"] for c in result.columns) + "\n")
        f.writelines(",".join(map(field, row)) + "\n" for row in result.rows)
    with open(f"{folder}/{name}.types", "w", encoding="utf-8") as f:
        f.writelines(f"{c['name']}\t{type_name(c['logicalType'])}\n" for c in result.columns)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--flink", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--scale", type=float, default=1)
    p.add_argument("--only", default="1-22")
    p.add_argument("--runs", type=int, default=2)
    p.add_argument("--answers")
    p.add_argument("--taskmanager-memory", default="8g")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    a = p.parse_args()
    conf = {"execution.runtime-mode": "batch", "parallelism.default": "2",
            "table.optimizer.join-reorder-enabled": "true",  # off by default; then comma joins become cross joins
            **dict(s.split("=", 1) for s in a.set)}
    failed = 0
    with tempfile.TemporaryDirectory() as work, Cluster(a.flink, work, {
            "taskmanager.memory.process.size": a.taskmanager_memory, "taskmanager.numberOfTaskSlots": 2,
            "parallelism.default": 2}) as c:
        session = c.start().session(**conf)
        for table in TPCH.tables:
            session.execute(create_table(table, a.data))
            session.execute(analyze(table))
        for run in range(a.runs):
            for name in TPCH.selection(a.only):
                result, report = measure(c, session, TPCH.text(name, a.scale))
                if run < a.runs - 1:
                    continue
                print(json.dumps({"query": name, **report}), flush=True)
                failed += result is None
                if a.answers and result:
                    write_answer(a.answers, name, result)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
