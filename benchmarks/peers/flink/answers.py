#!/usr/bin/env python3
"""What does Flink answer? Runs the statements of files and prints rows with their row kinds, or the error.

  answers.py --flink FLINK_HOME [--mode streaming|batch] [--parallelism 1] [--set KEY=VALUE ...] [--text] FILE.sql ...
  answers.py --flink FLINK_HOME --serve --gateway PORT      keeps a cluster up until it is interrupted
  answers.py --gateway PORT [...] FILE.sql ...              asks the one that is up: no start of JVMs

Per statement: `### statement`, one JSON array a row whose first element is the row kind (+I -U +U -D), then
`=> N rows: name TYPE, ...` or `=> error: ...`. Statements end in `;` at the end of a line; `-` reads stdin. With --text,
values are as Flink prints them (DECIMAL with its scale, TIMESTAMP with its digits) instead of JSON values.
"""
import argparse
import contextlib
import decimal
import json
import sys
import tempfile
import time

from cluster import Cluster, Session, SqlError, statements

KINDS = {"INSERT": "+I", "UPDATE_BEFORE": "-U", "UPDATE_AFTER": "+U", "DELETE": "-D"}


def as_json(value):
    """JSON text in which a decimal keeps every digit; json.dumps would round it to a double."""
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_json(k)}: {as_json(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def type_name(t):
    args = [str(t[k]) for k in ("precision", "scale", "length") if k in t]
    return t["type"] + (f"({', '.join(args)})" if args else "") + ("" if t.get("nullable", True) else " NOT NULL")


def ask(port, text, conf, row_format, limit):
    session = Session(port, conf)
    for sql in statements(text):
        print("###", " ".join(sql.split()))
        try:
            result = session.execute(sql, row_format, limit)
        except SqlError as e:
            print("=> error:", e.short())
            continue
        for kind, row in zip(result.kinds, result.rows):
            print(as_json([KINDS.get(kind, kind), *row]))
        print(f"=> {len(result.rows)} rows:", ", ".join(f"{c['name']} {type_name(c['logicalType'])}" for c in result.columns))
    session.close()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("files", nargs="*")
    p.add_argument("--flink", help="what install.sh made; without it --gateway names a cluster that is up")
    p.add_argument("--gateway", type=int, metavar="PORT")
    p.add_argument("--serve", action="store_true")
    p.add_argument("--mode", choices=("streaming", "batch"), default="streaming")
    p.add_argument("--parallelism", default="1")
    p.add_argument("--limit", type=int, default=60, help="seconds a statement may take")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    p.add_argument("--text", action="store_true")
    a = p.parse_args()
    if not (a.flink or a.gateway) or (a.serve and not a.flink) or not (a.serve or a.files):
        p.error("give --flink or --gateway, and files or --serve")
    conf = {"execution.runtime-mode": a.mode, "parallelism.default": a.parallelism, "table.dml-sync": "true",
            **dict(x.split("=", 1) for x in a.set)}
    with contextlib.ExitStack() as stack:
        port = a.gateway
        if a.flink:
            work = stack.enter_context(tempfile.TemporaryDirectory())
            cluster = stack.enter_context(Cluster(a.flink, work, {
                "taskmanager.memory.process.size": "2g", "taskmanager.numberOfTaskSlots": 8}, a.gateway))
            port = cluster.start().gateway_port
        if a.serve:
            print(f"gateway on 127.0.0.1:{port}", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                while all(p.poll() is None for p in cluster.procs.values()):
                    time.sleep(1)
            return
        for path in a.files:
            with open(0 if path == "-" else path, encoding="utf-8") as f:
                ask(port, f.read(), conf, "PLAIN_TEXT" if a.text else "JSON", a.limit)


if __name__ == "__main__":
    sys.exit(main())
