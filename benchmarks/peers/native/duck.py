"""DuckDB over a folder of Parquet files, and its values in the notation of `weir sql --format csv`."""
import csv
import datetime
import decimal
import io
import math

import duckdb

import suites


def connect(data, threads=2, tables=suites.TPCH.tables, **settings):
    c = duckdb.connect(config={"threads": threads, **settings})
    for table in tables:
        c.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{suites.path(data, table)}')")
    return c


def text(value):
    """One value as a CSV field, before quoting. None stays None: NULL is a field without quotes."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return repr(value)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, (bytes, bytearray)):
        return "\\x" + value.hex()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return str(value)


def field(value):
    s = text(value)
    if s is None:
        return ""
    if s == "" or any(c in s for c in ',"\r\n'):
        return '"' + s.replace('"', '""') + '"'
    return s


def write_csv(path, columns, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        for row in (columns, *rows):
            f.write(",".join(map(field, row)) + "\n")


def read_csv(content):
    """Header and rows of CSV text as lists of strings. Quoted and unquoted empty fields both become ''."""
    lines = [line or [""] for line in csv.reader(io.StringIO(content))]  # the NULL of a single column is an empty line
    return (lines[0], lines[1:]) if lines else ([], [])
