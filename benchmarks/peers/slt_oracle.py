#!/usr/bin/env python3
"""Do other engines give the answers that our SQL programs expect? Prints every block that differs.

  slt_oracle.py [--gateway PORT] [--write] PROGRAM.slt ...

Tables of the `values` connector become DuckDB tables, and for a program with the comment `# oracle: flink` files that
Flink reads (CSV, or debezium-json where rows carry changes). DuckDB gets a changelog folded to its table; Flink runs
queries bounded where it can (the comment `# oracle: flink streaming` says that it cannot), and changelog blocks at
parallelism 1 without mini-batch. A block behind the comment
`# by hand: why` is not asked. --write fills blocks whose rows are empty, or differ, with the oracle's answer.
"""
import argparse
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/flink")
sys.path.insert(0, HERE)
VALUES = re.compile(r"^CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(\w+)\s*\((.*)\)\s*WITH\s*\((.*'connector'\s*=\s*'values'.*)\)$", re.S | re.I)


class Block:
    """Lines first..last of the file; rows stand in row_from..row_to."""

    def __init__(self, head, by_hand, mode):
        self.head, self.by_hand, self.mode, self.sql, self.rows = head.split(), by_hand, mode, [], []
        self.row_from = self.row_to = self.head_at = None

    @property
    def kind(self):
        return self.head[0]


def load(path):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    blocks, i, comment, mode = [], 0, "", ""
    while i < len(lines):
        line = lines[i].strip()
        if line.startswith("# =="):  # of testdata/compat: a feature of its own
            mode = ""
        if not line or line.startswith("#"):
            comment = (comment + "\n" + line) if line else ""
            i += 1
            continue
        if line.split()[0] in ("late", "mode"):
            mode = line.removeprefix("mode").strip()
            comment, i = "", i + 1
            continue
        b = Block(line, "by hand" in comment, mode)
        b.head_at, comment, i = i, "", i + 1
        while i < len(lines) and lines[i].strip() not in ("", "----"):
            b.sql.append(lines[i])
            i += 1
        if i < len(lines) and lines[i].strip() == "----":
            i += 1
            b.row_from = i
            while i < len(lines) and lines[i].strip():
                b.rows.append(lines[i])
                i += 1
            b.row_to = i
        b.sql = "\n".join(b.sql).strip().rstrip(";")
        blocks.append(b)
    return lines, blocks


def option(text, key, default=""):
    m = re.search(rf"'{key}'\s*=\s*'((?:[^']|'')*)'", text)
    return m.group(1).replace("''", "'") if m else default


def fields(line):
    out = [f.strip() for f in re.findall(r'((?:"[^"]*"|[^,"])*)(?:,|$)', line)]
    if out and not line.rstrip().endswith(",") and out[-1] == "":
        out.pop()
    return [None if f == "NULL" else f.strip('"') for f in out]


def rows_of(options):
    """The rows of a table: (kind, fields)."""
    changes = option(options, "changelog-mode", "I") != "I"
    for line in re.split(r"[;\n]", option(options, "rows")):
        if line.strip():
            f = fields(line)
            yield (f[0], f[1:]) if changes else ("+I", f)


def columns(text):
    """Top-level items of a column list."""
    depth, item, out = 0, "", []
    for c in text:
        depth += (c in "(<") - (c in ")>")
        if c == "," and depth == 0:
            out.append(item.strip())
            item = ""
        else:
            item += c
    return out + [item.strip()]


class Flink:
    def __init__(self, port, work):
        self.port, self.work, self.sessions, self.setup, self.tables = port, work, {}, [], 0

    def create(self, sql):
        m = VALUES.match(sql)
        if not m:
            self.setup.append(sql)
            return
        name, cols, options = m.groups()
        rows, self.tables = list(rows_of(options)), self.tables + 1
        physical = [c.split()[0].strip("`") for c in columns(cols)
                    if not re.match(r"(WATERMARK|PRIMARY|CONSTRAINT)\b|`?\w+`? AS\b", c, re.I)]
        path = f"{self.work}/{self.tables}-{name}"
        os.makedirs(path)
        changes = option(options, "changelog-mode", "I") != "I"
        with open(path + "/rows", "w", encoding="utf-8") as f:
            f.write(debezium(physical, rows) if changes else csv(rows))
        fmt = ("'format' = 'debezium-json'" if changes else
               "'format' = 'csv', 'csv.null-literal' = 'NULL', 'csv.quote-character' = '\"'")
        self.setup.append(f"CREATE TABLE {name} ({cols}) WITH ('connector' = 'filesystem', 'path' = 'file://{path}', {fmt})")
        if changes:
            self.changes = True

    changes = False

    def session(self, mode):
        from cluster import Session
        if mode not in self.sessions:
            self.sessions[mode] = Session(self.port, {"execution.runtime-mode": mode, "parallelism.default": "1",
                                                      "table.dml-sync": "true", "table.local-time-zone": "UTC",
                                                      "pipeline.auto-watermark-interval": "0"}), 0
        s, done = self.sessions[mode]
        for sql in self.setup[done:]:
            s.execute(sql, "PLAIN_TEXT", 60)
        self.sessions[mode] = s, len(self.setup)
        return s

    def ask(self, block):
        changelog = block.kind == "changelog"
        mode = "streaming" if changelog or self.changes or block.mode == "streaming" else "batch"
        r = self.session(mode).execute(block.sql, "PLAIN_TEXT", 60)
        kinds = {"INSERT": "+I", "UPDATE_BEFORE": "-U", "UPDATE_AFTER": "+U", "DELETE": "-D"}
        types = [letter(c["logicalType"]["type"]) for c in r.columns]
        binary = ["BINARY" in c["logicalType"]["type"] for c in r.columns]
        rows = [[text("\\x" + v[2:-1] if b and v else v, t) for v, t, b in zip(row, types, binary)] for row in r.rows]
        kinds = [kinds.get(k, k) for k in r.kinds]
        if changelog:
            return types, [[k, *row] for k, row in zip(kinds, rows)]
        return types, fold(zip(kinds, rows))

    def close(self):
        for s, _ in self.sessions.values():
            s.close()


def csv(rows):
    return "".join(",".join("NULL" if v is None else f'"{v}"' if re.search(r'[,"\s]', v) or v == "" else v
                            for v in row) + "\n" for _, row in rows)


def debezium(names, rows):
    import json
    out, before = "", None
    for kind, row in rows:
        image = dict(zip(names, row))
        if kind == "-U":
            before = image
            continue
        op = {"+I": "c", "+U": "u", "-D": "d"}[kind]
        out += json.dumps({"before": before if kind == "+U" else image if kind == "-D" else None,
                           "after": None if kind == "-D" else image, "op": op}) + "\n"
    return out


def fold(changes):
    out = []
    for kind, row in changes:
        if kind in ("+I", "+U"):
            out.append(row)
        else:
            out.reverse()
            out.remove(row)
            out.reverse()
    return out


def letter(name):
    if "INT" in name and "INTERVAL" not in name:
        return "I"
    return "R" if re.match("DEC|DOUBLE|FLOAT|NUM|REAL|HUGE", name) else "B" if name.startswith("BOOL") else "T"


def text(v, kind):
    if v is None:
        return "NULL"
    v = str(v).lower() if kind == "B" else str(v)
    return v if v != "" else "(empty)"


class Duck:
    def __init__(self):
        import duckdb
        self.db = duckdb.connect()
        self.db.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")

    def create(self, sql):
        m = VALUES.match(sql)
        if not m:
            self.db.execute(dialect(sql))
            return
        name, cols, options = m.groups()
        cols = [c for c in columns(cols) if not re.match(r"(WATERMARK|PRIMARY|CONSTRAINT)\b", c, re.I)]
        types = [dialect(c.split(None, 1)[1]) for c in cols]
        names = [c.split()[0].strip("`") for c in cols]
        self.db.execute(f"CREATE TABLE {name} ({', '.join(f'{n} {t}' for n, t in zip(names, types))})")
        key = re.search(r"PRIMARY KEY\s*\(([^)]*)\)", m.group(2), re.I)
        if option(options, "changelog-mode") == "I,UA,D":
            at = [names.index(k.strip(" `")) for k in key.group(1).split(",")]
            table = {}
            for kind, row in rows_of(options):
                k = tuple(row[i] for i in at)
                table.pop(k, None)
                if kind in ("+I", "+U"):
                    table[k] = row
            rows = list(table.values())
        else:
            rows = fold(rows_of(options))
        for row in rows:
            self.db.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)

    def ask(self, block):
        r = self.db.execute(dialect(block.sql))
        types = [letter(str(d[1]).upper()) for d in r.description]
        return types, [[text(v, t) for v, t in zip(row, types)] for row in r.fetchall()]

    def close(self):
        self.db.close()


def dialect(sql):
    for a, b in ((r"\bSTRING\b", "VARCHAR"), (r"\bBYTES\b", "BLOB"), (r"\bTEMPORARY\b", ""), (r"\s*(WATERMARK FOR.*)$", ""),
                 (r"\bTIMESTAMP\(\d\)", "TIMESTAMP"), (r"\bNOT ENFORCED\b", ""), (r"`", '"'),
                 (r"\bSUM\(", "sum("), (r"(\w+)\s*/\s*(\w+)", r"\1 // \2"), (r"\bLISTAGG\(", "string_agg(")):
        sql = re.sub(a, b, sql)
    return sql


def number(s):
    try:
        return float(s) if "NULL" != s else None
    except ValueError:
        return None


def same(a, b):
    x, y = a.split(), b.split()
    if len(x) != len(y):
        return False
    for p, q in zip(x, y):
        m, n = number(p), number(q)
        if p != q and not (m is not None and n is not None and abs(m - n) <= 1e-9 * max(1, abs(m), abs(n))):
            return False
    return True


def check(path, args, work):
    lines, blocks = load(path)
    streaming = "# oracle: flink streaming" in lines
    flink = streaming or "# oracle: flink" in lines
    oracle = Flink(args.gateway, work) if flink else Duck()
    if streaming:
        oracle.changes = True
    bad, edits = 0, []
    for b in blocks:
        where = f"{path}:{b.head_at + 1}"
        if b.kind == "statement":
            if re.match(r"(INSERT|SET|RESET|EXECUTE|USE|SHOW|DESCRIBE)\b", b.sql, re.I) and not (flink and "INSERT" in b.sql):
                continue
            try:
                sql = b.sql.replace("${tmp}", work)
                if re.match(r"(CREATE|DROP|ALTER)\b", sql, re.I) and b.head[1] == "ok":
                    oracle.create(sql)
                elif b.head[1] == "error" and flink and not b.by_hand:
                    ask_error(oracle, sql, where, "streaming" if streaming else "batch")
                elif flink and b.head[1] == "ok":
                    oracle.session("batch").execute(sql, "PLAIN_TEXT", 60)
            except Exception as e:
                print(f"{where}: {short(e)}")
                bad += 1
            continue
        if b.by_hand or b.kind == "changelog" and not flink:
            continue
        try:
            b.sql = b.sql.replace("${tmp}", work)
            types, rows = oracle.ask(b)
        except Exception as e:
            print(f"{where}: {short(e)}\n  {b.sql}")
            bad += 1
            continue
        want, got = list(b.rows), ["\t".join(r) for r in rows]
        if "rowsort" in b.head:
            want, got = sorted(want), sorted(got)
        if "rowsort" in b.head:
            differs = not (len(want) == len(got) and all(any(same(w, g) for g in got) for w in want))
        else:
            differs = not (len(want) == len(got) and all(map(same, want, got)))
        if differs or "?" in b.head:
            if args.write and (differs or "?" in b.head):
                edits.append((b, types, got))
            if want or not args.write:
                bad += 1
                print(f"{where}: differs\n  {b.sql}\n  expected: {want}\n  oracle:   {got}")
    for b, types, got in reversed(edits):
        lines[b.row_from:b.row_to] = got
        lines[b.head_at] = " ".join([b.kind, "".join(types), *[w for w in b.head[1:] if w == "rowsort"]])
    if edits:
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
    oracle.close()
    return bad


def ask_error(oracle, sql, where, mode):
    """A statement that we refuse: does Flink accept it?"""
    try:
        oracle.session(mode).execute(sql, "PLAIN_TEXT", 60)
    except Exception:
        return
    print(f"{where}: Flink accepts it\n  {sql}")


def short(e):
    s = e.short() if hasattr(e, "short") else str(e)
    return s.strip().replace("\n", " ")[:300]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--gateway", type=int, default=18083)
    p.add_argument("--write", action="store_true")
    p.add_argument("programs", nargs="+")
    a = p.parse_args()
    bad = 0
    for path in a.programs:
        with tempfile.TemporaryDirectory() as work:
            bad += check(path, a, work)
    print(f"{bad} differ")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
