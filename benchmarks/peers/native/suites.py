"""The bundled suites of queries as the peer scripts see them: their tables and texts, how they scale."""
import os
import re

BENCHMARKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# TPC-H's Q11 asks for the parts above a share of the whole that shrinks with the data (specification 2.4.11.3).
Q11_FRACTION = re.compile(r"\b0\.0*1\d*\b")


class Suite:
    """Queries over Parquet tables. Texts are Flink SQL; qNN.ENGINE.sql stands in for one that an engine must be asked otherwise."""

    def __init__(self, name, title, tables):
        self.name, self.title, self.tables = name, title, tables
        self.folder = os.path.join(BENCHMARKS, name, "queries")

    def names(self):
        return sorted(f[:-len(".sql")] for f in os.listdir(self.folder) if re.fullmatch(r"q\d+\.sql", f))

    def selection(self, text=None):
        """Query names of a list such as 1,3,6-9; of no list all."""
        if not text:
            return self.names()
        numbers = set()
        for part in text.split(","):
            first, _, last = part.partition("-")
            numbers |= set(range(int(first), int(last or first) + 1))
        return [q for q in self.names() if int(q[1:]) in numbers]

    def text(self, name, scale=None, engine=None, use=None):
        """One query without its semicolon, as weir or another engine is asked it, for a use of its own where there is such a text."""
        paths = [os.path.join(self.folder, f"{name}.{x}.sql") for x in (use, engine) if x] + [os.path.join(self.folder, name + ".sql")]
        path = next(p for p in paths if os.path.exists(p))
        with open(path, encoding="utf-8") as f:
            text = f.read().strip().rstrip(";")
        if engine in ("duckdb", "polars"):
            text = text.replace("`", '"')
        if self.name == "tpch" and name == "q11" and scale:
            text, n = Q11_FRACTION.subn(f"{0.0001 / scale:.10f}", text)
            if n != 1:
                raise ValueError(f"{path}: expected the fraction once, found it {n} times")
        return text


SUITES = {s.name: s for s in (
    Suite("tpch", "TPC-H", ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")),
    Suite("tpcds", "TPC-DS", (
        "call_center", "catalog_page", "catalog_returns", "catalog_sales", "customer", "customer_address", "customer_demographics",
        "date_dim", "household_demographics", "income_band", "inventory", "item", "promotion", "reason", "ship_mode", "store",
        "store_returns", "store_sales", "time_dim", "warehouse", "web_page", "web_returns", "web_sales", "web_site")),
    Suite("hits", "Web hits", ("hits",)),
)}
TPCH = SUITES["tpch"]


def path(data, table):
    """The one file of a table, or all parts in its folder."""
    folder = os.path.join(data, table)
    return os.path.join(folder, "*.parquet") if os.path.isdir(folder) else folder + ".parquet"
