"""Writes the Parquet files of this folder with pyarrow and DuckDB, and what they hold as text.

all.txt, empty.txt and duckdb.txt: a line a row, values separated by tabs, written as scan_test.go's text does.
"""
import datetime as dt
import decimal
import pathlib

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
N = 700


def opt(i, v, every=7):
    return None if i % every == 3 else v


def dec(s):
    return decimal.Decimal(s)


epoch = dt.datetime(1970, 1, 1)
columns = {
    "bool": (pa.bool_(), lambda i: opt(i, i % 3 == 0)),
    "i8": (pa.int8(), lambda i: opt(i, i % 256 - 128)),
    "i16": (pa.int16(), lambda i: opt(i, i * 37 - 9000)),
    "i32": (pa.int32(), lambda i: opt(i, (i * 7919 - 3000000) // (1 + i % 5))),
    "i64": (pa.int64(), lambda i: opt(i, (i - 300) * 10**15)),
    "u8": (pa.uint8(), lambda i: opt(i, i % 256)),
    "u16": (pa.uint16(), lambda i: opt(i, 65535 - i)),
    "u32": (pa.uint32(), lambda i: opt(i, 4294967295 - i)),
    "u64": (pa.uint64(), lambda i: opt(i, 2**64 - 1 - i)),
    "f32": (pa.float32(), lambda i: opt(i, i * 0.5 - 7)),
    "f64": (pa.float64(), lambda i: opt(i, i / 3)),
    "dec9": (pa.decimal128(9, 2), lambda i: opt(i, dec(i * 17 - 5000) / 100)),
    "dec18": (pa.decimal128(18, 4), lambda i: opt(i, dec((i - 100) * 10**12) / 10000)),
    "dec38": (pa.decimal128(38, 6), lambda i: opt(i, dec((i - 100) * 10**28) / 10**6)),
    "s": (pa.string(), lambda i: opt(i, ["", "x", "exactly12byt", "a string beyond the view " * (i % 4)][i % 4] + str(i % 50))),
    "uniq": (pa.string(), lambda i: f"value number {i} of a column without repeats"),
    "b": (pa.binary(), lambda i: opt(i, bytes([i % 256, 0, 255]))),
    "fixed": (pa.binary(5), lambda i: opt(i, bytes([65 + i % 26] * 5))),
    "d": (pa.date32(), lambda i: opt(i, dt.date(1969, 12, 1) + dt.timedelta(i))),
    "t3": (pa.time32("ms"), lambda i: opt(i, dt.time(i % 24, i % 60, i % 60, 123000))),
    "t6": (pa.time64("us"), lambda i: opt(i, dt.time(i % 24, i % 60, i % 60, 456000))),
    "ts3": (pa.timestamp("ms"), lambda i: opt(i, epoch + dt.timedelta(milliseconds=(i - 50) * 86_399_999))),
    "ts6": (pa.timestamp("us"), lambda i: opt(i, epoch + dt.timedelta(microseconds=(i - 50) * 86_399_999_999))),
    "ts9": (pa.timestamp("ns"), lambda i: opt(i, epoch + dt.timedelta(microseconds=(i - 50) * 86_399_999_999))),
    "ltz": (pa.timestamp("us", tz="UTC"), lambda i: opt(i, (epoch + dt.timedelta(seconds=i * 3601)).replace(tzinfo=dt.timezone.utc))),
    "req": (pa.int32(), lambda i: i // 3),
    "nulls": (pa.int64(), lambda i: None),
}


def text(v, typ):
    if v is None:
        return "NULL"
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, bytes):
        return v.hex()
    if pa.types.is_float32(typ) or pa.types.is_float64(typ):
        return v.hex() if v != int(v) else str(int(v))
    if isinstance(v, dec("0").__class__):
        return str(int(v.scaleb(typ.scale)))
    if isinstance(v, dt.datetime):
        d = v.replace(tzinfo=None) - epoch
        us = (d.days * 86400 + d.seconds) * 10**6 + d.microseconds
        return str(us * {"ms": 1, "us": 1000, "ns": 10**6}[typ.unit] // 1000)
    if isinstance(v, dt.date):
        return str((v - dt.date(1970, 1, 1)).days)
    if isinstance(v, dt.time):
        return str(((v.hour * 60 + v.minute) * 60 + v.second) * 1000 + v.microsecond // 1000)
    return str(v)


def table(n=N):
    fields = [pa.field(k, t, nullable=k not in ("req", "uniq")) for k, (t, _) in columns.items()]
    arrays = [pa.array([f(i) for i in range(n)], type=t) for t, f in columns.values()]
    return pa.table(arrays, schema=pa.schema(fields))


def rows(n=N):
    return "".join("\t".join(text(f(i), t) for t, f in columns.values()) + "\n" for i in range(n))


def write(name, n=N, **kw):
    kw = {"row_group_size": 300, "data_page_size": 600, "store_schema": False, "write_page_index": True, **kw}
    pq.write_table(table(n), here / f"{name}.parquet", **kw)
    (here / ("all.txt" if n else "empty.txt")).write_text("\t".join(columns) + "\n" + rows(n))


write("v1-snappy", compression="snappy")
write("v2-zstd", compression="zstd", data_page_version="2.0", write_page_checksum=True)
write("v1-gzip-plain", compression="gzip", use_dictionary=False)
write("v2-lz4-plain", compression="lz4", data_page_version="2.0", use_dictionary=False)
write("v1-none-fallback", compression="none", dictionary_pagesize_limit=300, write_page_checksum=True)
write("int96", compression="snappy", use_deprecated_int96_timestamps=True)
write("short-decimals", compression="snappy", store_decimal_as_integer=True)
write("empty", n=0)
encodings = {k: "DELTA_BINARY_PACKED" for k in ("i8", "i16", "i32", "i64", "u8", "u32", "d", "t3", "ts6", "req")}
encodings |= {"s": "DELTA_BYTE_ARRAY", "uniq": "DELTA_BYTE_ARRAY", "b": "DELTA_LENGTH_BYTE_ARRAY", "f32": "BYTE_STREAM_SPLIT",
              "f64": "BYTE_STREAM_SPLIT", "bool": "RLE", "fixed": "DELTA_BYTE_ARRAY", "ts3": "BYTE_STREAM_SPLIT"}
write("delta-split", use_dictionary=False, column_encoding=encodings, data_page_version="2.0", compression="zstd")

pq.write_table(pa.table({"a": [[1, 2], [3]], "s": [{"x": 1}, {"x": 2}], "z": ["p", "q"]}), here / "nested.parquet")

duckdb.sql("create table t as select i::int as i, case when i % 5 = 0 then null else 'name ' || (i % 13) end as s, "
           "(i * 1.25)::decimal(12,2) as d, date '1999-12-31' + i::int as day, i / 4.0 as f, timestamp '2000-01-01' + interval (i) hour as ts "
           "from range(3000) r(i)")
duckdb.sql(f"copy t to '{here}/duckdb.parquet' (format parquet, row_group_size 2048, parquet_version v2)")
out = duckdb.sql("select i, coalesce(s, 'NULL'), (d * 100)::bigint, day - date '1970-01-01', epoch_us(ts) from t order by i").fetchall()
(here / "duckdb.txt").write_text("i\ts\td\tday\tts\n" + "".join("\t".join(map(str, r)) + "\n" for r in out))
