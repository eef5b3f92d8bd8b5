#!/usr/bin/env python3
"""Runs the 22 TPC-H queries with `weir sql` and with DuckDB on the same files, and compares the answers.

  tpch_check.py --weir bin/weir --data DIR --scale SF [--only 1,6-9] [--mode batch|streaming]
                [--timeout 300] [--set KEY=VALUE ...] [--target URL]

Text must be equal, numbers equal as numbers: exactly where DuckDB's type is exact, within 1e-9 of the value where it is
DOUBLE, or to half a unit of the last digit printed where DuckDB has a DOUBLE and the engine a DECIMAL that it must round.
Rows must stand in the order that ORDER BY fixes; rows with equal sort keys may change places, and where LIMIT cuts through such
rows any of them will do. Exit status 1 when a query fails or differs.
"""
import argparse
import collections
import decimal
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "native"))
import duck  # noqa: E402
import suites  # noqa: E402
from suites import TPCH  # noqa: E402

decimal.getcontext().prec = 60
RELATIVE = decimal.Decimal("1e-9")


class Difference(Exception):
    pass


def number(s):
    try:
        return decimal.Decimal(s)
    except (decimal.InvalidOperation, TypeError):
        return None


def equal(ours, theirs, approximate):
    """Compares two CSV fields; approximate: the second is a DOUBLE."""
    if ours == theirs:
        return True
    a, b = number(ours), number(theirs)
    if a is None or b is None or not (a.is_finite() and b.is_finite()):
        return False
    if not approximate:
        return a == b
    tolerance = abs(b) * RELATIVE
    if "e" not in ours.lower() and "." in ours:  # a DECIMAL shows its scale; a DOUBLE has 15 digits and more anyway
        tolerance += decimal.Decimal((0, (5,), a.as_tuple().exponent - 1))
    return abs(a - b) <= tolerance


def row_equal(ours, theirs, approximate):
    return len(ours) == len(theirs) and all(map(equal, ours, theirs, approximate))


def runs(rows, keys):
    """Splits rows into runs of neighbours with equal sort keys; without keys all rows are one run."""
    out = []
    for row in rows:
        key = [row[k] for k in keys]
        if out and out[-1][0] == key:
            out[-1][1].append(row)
        else:
            out.append((key, [row]))
    return [r for _, r in out]


def match_run(ours, candidates, approximate, at):
    """Every row of ours is one of the candidates, each of which serves once."""
    left = collections.deque(candidates)
    for i, row in enumerate(ours):
        for _ in range(len(left)):
            if row_equal(row, left[0], approximate):
                left.popleft()
                break
            left.rotate(-1)
        else:
            expected = candidates[min(i, len(candidates) - 1)] if candidates else "no row"
            raise Difference(f"row {at + i + 1}: got {row}, expected {expected}")


def compare(ours, theirs, whole, keys, approximate):
    """theirs: DuckDB's answer; whole: the same without LIMIT, which has all rows that could stand at the cut."""
    if len(ours) != len(theirs):
        raise Difference(f"got {len(ours)} rows, expected {len(theirs)}")
    at = 0
    expected = runs(theirs, keys)
    for i, run in enumerate(expected):
        candidates = run
        if i == len(expected) - 1 and len(whole) > len(theirs):
            last = [run[0][k] for k in keys]
            candidates = [r for r in whole if [r[k] for k in keys] == last]
        match_run(ours[at:at + len(run)], candidates, approximate, at)
        at += len(run)


def weir(a, sql):
    """The engine's answer: header and rows."""
    tables = "".join(f"CREATE TEMPORARY VIEW {t} AS SELECT * FROM '{suites.path(a.data, t)}';\n" for t in TPCH.tables)
    command = [a.weir, "sql", "--quiet", "--mode", a.mode, "--format", "csv"]
    if a.mode == "streaming":
        command.append("--materialize")
    if a.target:
        command += ["--target", a.target]
    for option in a.set:
        command += ["-D", option]
    p = subprocess.run(command, input=tables + sql + ";\n", capture_output=True, text=True, timeout=a.timeout, check=False)
    if p.returncode:
        raise Difference(f"weir sql ended with {p.returncode}: {p.stderr.strip()[:600]}")
    return duck.read_csv(p.stdout)


def duckdb_answer(db, sql):
    result = db.execute(sql)
    columns = [(d[0].lower(), str(d[1])) for d in result.description]
    rows = [[duck.text(v) or "" for v in row] for row in result.fetchall()]
    return columns, rows


def check(a, db, name):
    sql = TPCH.text(name, a.scale, "duckdb")
    columns, theirs = duckdb_answer(db, sql)
    header, ours = weir(a, sql)
    names = [c for c, _ in columns]
    if [h.lower() for h in header] != names:
        raise Difference(f"got columns {header}, expected {names}")
    keys = [names.index(k) for k in suites.order_keys(sql)]
    head, found, _ = sql.rpartition("limit ") if sql.splitlines()[-1].startswith("limit ") else (sql, "", "")
    whole = duckdb_answer(db, head)[1] if found else theirs
    compare(ours, theirs, whole, keys, [t in ("DOUBLE", "FLOAT") for _, t in columns])
    return len(ours)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--scale", type=float, required=True)
    p.add_argument("--only", default="1-22")
    p.add_argument("--mode", choices=("batch", "streaming"), default="batch")
    p.add_argument("--timeout", type=float, default=300)
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    p.add_argument("--target", help="REST address of a running cluster, which must find the files at the same paths")
    a = p.parse_args()
    if a.target:
        a.data = os.path.abspath(a.data)
    db, wrong = duck.connect(a.data), []
    for name in TPCH.selection(a.only):
        start = time.time()
        try:
            rows = check(a, db, name)
            print(f"ok   {name}: {rows} rows, {time.time() - start:.2f} s", flush=True)
        except (Difference, subprocess.TimeoutExpired) as e:
            wrong.append(name)
            print(f"FAIL {name}: {e}", flush=True)
    right = len(TPCH.selection(a.only)) - len(wrong)
    print(f"TPC-H SF{a.scale:g}, {a.mode}: {right} right, {len(wrong)} wrong{': ' if wrong else ''}{' '.join(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
