#!/usr/bin/env python3
"""Writes DuckDB's answers to the 22 TPC-H queries as CSV.

  oracle.py --data DIR --answers DIR [--scale SF] [--only 1,6-9]

Each qNN.csv has a header line and stands in the notation of `weir sql --format csv`; qNN.types says DuckDB's type of
every column, because a DECIMAL may carry another scale than the engine's own rules give it and an average is a DOUBLE.
With --scale, the fraction in Q11 is set for that scale factor; without it the query runs as it is written.
"""
import argparse
import os

import duck
from suites import TPCH


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--answers", required=True)
    p.add_argument("--scale", type=float)
    p.add_argument("--only", default="1-22")
    a = p.parse_args()
    os.makedirs(a.answers, exist_ok=True)
    db = duck.connect(a.data)
    for name in TPCH.selection(a.only):
        result = db.execute(TPCH.text(name, a.scale, "duckdb"))
        columns = [(d[0], str(d[1])) for d in result.description]
        rows = result.fetchall()
        duck.write_csv(f"{a.answers}/{name}.csv", [c for c, _ in columns], rows)
        with open(f"{a.answers}/{name}.types", "w", encoding="utf-8") as f:
            f.writelines(f"{c}\t{t}\n" for c, t in columns)
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
