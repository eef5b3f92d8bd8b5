"""The TPC-H tables and queries as the peer scripts see them: where they lie, how they scale, what order they promise."""
import os
import re

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
QUERIES = tuple(f"q{i:02d}" for i in range(1, 23))
# Q11 asks for the parts above a share of the whole that shrinks with the data (specification 2.4.11.3).
Q11_FRACTION = re.compile(r"\b0\.0*1\d*\b")


def query(directory, name, scale=None):
    """The text of one query without its semicolon; with a scale, Q11's fraction is set to 0.0001 / scale."""
    with open(os.path.join(directory, name + ".sql"), encoding="utf-8") as f:
        text = f.read().strip().rstrip(";")
    if name == "q11" and scale:
        text, n = Q11_FRACTION.subn(f"{0.0001 / scale:.10f}", text)
        if n != 1:
            raise ValueError(f"{directory}/q11.sql: expected the fraction once, found it {n} times")
    return text


def selection(text):
    """Query names of a list such as 1,3,6-9."""
    numbers = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return [q for q in QUERIES if int(q[1:]) in numbers]


def path(data, table):
    """The one file of a table, or all parts in its folder."""
    folder = os.path.join(data, table)
    return os.path.join(folder, "*.parquet") if os.path.isdir(folder) else folder + ".parquet"


def order_keys(sql):
    """The output columns the outermost ORDER BY names; empty where the order of rows is free."""
    m = re.search(r"\border by\b(?!.*\border by\b)([^()]*?)(?:\blimit\s+\d+)?\s*$", sql, re.I | re.S)
    return [re.split(r"\s+", key.strip())[0].lower() for key in m.group(1).split(",")] if m else []
