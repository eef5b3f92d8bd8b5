"""Holds the answers of `weir sql` against DuckDB's, of a suite of queries over the same files.

Text must be equal, numbers equal as numbers: exactly where DuckDB's type is exact, within 1e-9 of the value where it is
DOUBLE, or to half a unit of the last digit printed where DuckDB has a DOUBLE and the engine a DECIMAL that it must round. Where
DuckDB has a HUGEINT, a sum of integers, it may have wrapped round in the engine's type; where it has a DOUBLE, an average of
integers is one in the engine, cut off. qNN.answer.sql is what DuckDB is asked where Flink's rules change more than that.
Rows must stand in the order that ORDER BY fixes; rows with equal sort keys may change places, and where LIMIT cuts through such
rows any of them will do. NULL is the least value, as in Flink.
"""
import argparse
import collections
import decimal
import os
import subprocess
import time

import duck
import ordering
import suites

decimal.getcontext().prec = 60
RELATIVE = decimal.Decimal("1e-9")
LARGE = 1_000_000  # rows of an answer without its LIMIT from which on it stays in DuckDB


class Difference(Exception):
    pass


def number(s):
    try:
        return decimal.Decimal(s)
    except (decimal.InvalidOperation, TypeError):
        return None


def wrapped(value, bits):
    """An integer as a type of so many bits holds it."""
    return (value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def equal(ours, theirs, type):
    """Compares two CSV fields; type: DuckDB's."""
    if type.startswith("TIMESTAMP"):  # Python shows no fraction of a whole second
        ours, theirs = (s.rstrip("0").rstrip(".") if "." in s else s for s in (ours, theirs))
    if ours == theirs:
        return True
    a, b = number(ours), number(theirs)
    if a is None or b is None or not (a.is_finite() and b.is_finite()):
        return False
    if type == "HUGEINT":
        return a == b or any(a == wrapped(int(b), bits) for bits in (8, 16, 32, 64))
    if type not in ("DOUBLE", "FLOAT"):
        return a == b
    tolerance = abs(b) * RELATIVE
    if "e" not in ours.lower() and "." in ours:  # a DECIMAL shows its scale; a DOUBLE has 15 digits and more anyway
        tolerance += decimal.Decimal((0, (5,), a.as_tuple().exponent - 1))
    return abs(a - b) <= tolerance or ours.lstrip("-").isdigit() and a == int(b)


def row_equal(ours, theirs, types):
    """theirs may have sort keys behind the columns that are compared."""
    return len(ours) == len(types) and all(map(equal, ours, theirs, types))


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


def match_run(ours, candidates, types, at):
    """Every row of ours is one of the candidates, each of which serves once."""
    left = collections.deque(candidates)
    for i, row in enumerate(ours):
        for _ in range(len(left)):
            if row_equal(row, left[0], types):
                left.popleft()
                break
            left.rotate(-1)
        else:
            expected = candidates[min(i, len(candidates) - 1)] if candidates else "no row"
            raise Difference(f"row {at + i + 1}: got {row}, expected {expected}")


def compare(ours, theirs, whole, keys, types):
    """theirs: DuckDB's answer; whole: with all other rows that could stand at its ends, where LIMIT and OFFSET cut."""
    if len(ours) != len(theirs):
        raise Difference(f"got {len(ours)} rows, expected {len(theirs)}")
    at = 0
    expected = runs(theirs, keys)
    for i, run in enumerate(expected):
        candidates = run
        if i in (0, len(expected) - 1) and len(whole) > len(theirs):
            cut = [run[0][k] for k in keys]
            candidates = [r for r in whole if [r[k] for k in keys] == cut]
        match_run(ours[at:at + len(run)], candidates, types, at)
        at += len(run)


def large_answer(db, sql, keys, cut, ours):
    """DuckDB's answer in the slice cut, and with it those of the rows at its ends that ours names in the first column."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {sql}")  # which keeps the order
    names = [f'"{d[0]}"' for d in db.execute("SELECT * FROM answer LIMIT 0").description]
    _, rows = duckdb_answer(db, f"SELECT * FROM answer LIMIT {cut.stop - cut.start} OFFSET {cut.start}")
    named = ", ".join("'" + row[0].replace("'", "''") + "'" for row in ours) or "NULL"
    whole = list(rows)
    for at in {cut.start, cut.start + len(rows) - 1} if rows else ():
        same = " AND ".join(f"{names[k]} IS NOT DISTINCT FROM (SELECT {names[k]} FROM answer LIMIT 1 OFFSET {at})" for k in keys)
        whole += duckdb_answer(db, f"SELECT * FROM answer WHERE {same} AND CAST({names[0]} AS VARCHAR) IN ({named})")[1]
    return rows, whole


def weir(a, suite, sql):
    """The engine's answer: header and rows."""
    tables = "".join(f"CREATE TEMPORARY VIEW {t} AS SELECT * FROM '{suites.path(a.data, t)}';\n" for t in suite.tables)
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


def check(a, suite, db, name):
    whole, order, cut = ordering.parts(suite.text(name, a.scale, "duckdb", "answer"))
    names = [c for c, _ in duckdb_answer(db, f"{whole} LIMIT 0")[0]]
    keys = [ordering.column(k, names) for k in order]
    # Keys that are no output column become one, behind the others.
    whole = ordering.with_columns(whole, [k for k, c in zip(order, keys) if c is None])
    columns, _ = duckdb_answer(db, f"{whole} LIMIT 0")
    added = iter(range(len(names), len(columns)))
    keys = [next(added) if c is None else c for c in keys]
    header, ours = weir(a, suite, suite.text(name, a.scale))
    if len(header) != len(names) or any(h.lower() != n for h, n in zip(header, names) if not h.startswith("EXPR$")):
        raise Difference(f"got columns {header}, expected {names}")
    if cut.stop and db.execute(f"SELECT COUNT(*) FROM ({whole})").fetchone()[0] >= LARGE:
        theirs, rows = large_answer(db, whole, keys, cut, ours)
    else:
        _, rows = duckdb_answer(db, whole)
        theirs = rows[cut]
    compare(ours, theirs, rows, keys, [t for _, t in columns[:len(names)]])
    return len(ours)


def main(suite, doc):
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weir", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--scale", type=float, default=1)
    p.add_argument("--only")
    p.add_argument("--mode", choices=("batch", "streaming"), default="batch")
    p.add_argument("--timeout", type=float, default=300)
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    p.add_argument("--target", help="REST address of a running cluster, which must find the files at the same paths")
    a = p.parse_args()
    if a.target:
        a.data = os.path.abspath(a.data)
    db = duck.connect(a.data, tables=suite.tables, default_null_order="nulls_first_on_asc_last_on_desc")
    names, wrong = suite.selection(a.only), []
    for name in names:
        start = time.time()
        try:
            rows = check(a, suite, db, name)
            print(f"ok   {name}: {rows} rows, {time.time() - start:.2f} s", flush=True)
        except (Difference, subprocess.TimeoutExpired) as e:
            wrong.append(name)
            print(f"FAIL {name}: {e}", flush=True)
    scale = "" if suite.name == "hits" else f" SF{a.scale:g}"
    print(f"{suite.title}{scale}, {a.mode}: {len(names) - len(wrong)} right, {len(wrong)} wrong{': ' if wrong else ''}{' '.join(wrong)}")
    return 1 if wrong else 0
