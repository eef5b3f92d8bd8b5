# Makes the nested-*.parquet and nested.jsonl, which says what lies in them: make_nested.py FOLDER
import datetime, decimal, json, sys
import pyarrow as pa, pyarrow.parquet as pq
out = sys.argv[1]
def word(i): return None if i % 7 == 3 else "w%d" % (i % 5) + ("-long enough to lie out of line" if i % 3 == 0 else "")
rows = []
for i in range(200):
    rows.append(dict(id=i,
        a=None if i % 11 == 5 else [None if (i + j) % 6 == 0 else i * 10 + j for j in range(i % 4)],
        s=None if i % 13 == 1 else [word(i + j) for j in range(i % 3)],
        m=None if i % 17 == 2 else [("k%d" % j, None if (i + j) % 5 == 0 else (i + j) * 1.5) for j in range(i % 3)],
        r=None if i % 9 == 4 else {"p": None if i % 5 == 0 else i, "q": word(i), "l": None if i % 8 == 0 else [i, i + 1][: i % 3]},
        rr=None if i % 10 == 7 else [None if (i + j) % 7 == 0 else {"x": i + j, "t": [word(i + j)] * (j % 3)} for j in range(i % 4)],
        ll=None if i % 6 == 1 else [None if (i + j) % 9 == 0 else [None if k == 1 else i + j + k for k in range(j)] for j in range(i % 4)],
        b=[True, False, None][: i % 4],
        d=[decimal.Decimal(i).scaleb(-2), None][: i % 3],
        mr=[(i, {"e": datetime.date(2020, 1, 1) + datetime.timedelta(i)})] if i % 2 else []))
schema = pa.schema([("id", pa.int64()), ("a", pa.list_(pa.int32())), ("s", pa.list_(pa.string())), ("m", pa.map_(pa.string(), pa.float64())),
    ("r", pa.struct([("p", pa.int64()), ("q", pa.string()), ("l", pa.list_(pa.int64()))])),
    ("rr", pa.list_(pa.struct([("x", pa.int32()), ("t", pa.list_(pa.string()))]))), ("ll", pa.list_(pa.list_(pa.int64()))),
    ("b", pa.list_(pa.bool_())), ("d", pa.list_(pa.decimal128(12, 2))), ("mr", pa.map_(pa.int64(), pa.struct([("e", pa.date32())])))])
t = pa.Table.from_pylist(rows, schema)
for name, kw in [("v1", dict(data_page_version="1.0")), ("v2", dict(data_page_version="2.0", compression="zstd")),
                 ("plain", dict(use_dictionary=False, data_page_size=300, compression="none")), ("groups", dict(data_page_size=200, row_group_size=37))]:
    pq.write_table(t, f"{out}/nested-{name}.parquet", **kw)
with open(f"{out}/nested.jsonl", "w") as f:
    for row in rows:
        for k in ("m", "mr"):
            row[k] = None if row[k] is None else {str(x): y for x, y in row[k]}
        f.write(json.dumps(row, separators=(",", ":"), default=str) + "\n")
