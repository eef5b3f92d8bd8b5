#!/usr/bin/env python3
"""Writes the 24 tables of TPC-DS as Parquet files, by the generator in DuckDB's extension tpcds.

  tpcds_data.py --out DIR [--scale 1]

It needs an environment of its own, requirements-tpcds.txt: an extension belongs to one version of DuckDB.
"""
import argparse
import glob
import os

import duckdb
import duckdb_extension_tpcds


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--scale", type=float, default=1)
    a = p.parse_args()
    extension, = glob.glob(os.path.join(os.path.dirname(duckdb_extension_tpcds.__file__), "**", "*.duckdb_extension"), recursive=True)
    os.makedirs(a.out, exist_ok=True)
    db = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    db.execute(f"LOAD '{extension}'")
    db.execute(f"CALL dsdgen(sf = {a.scale:g})")
    for (table,) in db.execute("SELECT table_name FROM information_schema.tables").fetchall():
        db.execute(f"COPY {table} TO '{os.path.join(a.out, table)}.parquet' (FORMAT parquet)")


if __name__ == "__main__":
    main()
