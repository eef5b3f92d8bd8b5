#!/usr/bin/env python3
"""Reads with `weir sql` what pyarrow, DuckDB and Polars write, and lets them read what it writes.

  parquet_check.py --weir bin/weir [--only TEXT] [--keep DIR]
  parquet_check.py --samples testdata

Reading: a matrix of Parquet files, encodings x codecs x versions of pages x NULLs, each with columns of every type and nested
ones, and Arrow files and streams. Writing: tables of every type with the options of the format. Every value must be equal.
Exit status 1 when a file differs, or is refused and should not be.
"""
import argparse
import datetime
import decimal
import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import uuid

import duckdb
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

ROWS, GROUP, PAGE = 300, 130, 512
CODECS = ["NONE", "SNAPPY", "GZIP", "BROTLI", "LZ4", "ZSTD"]


def flat_columns(rng, nulls):
    """Name -> array of every type that a file can hold and weir can read."""
    def some(make):
        return [None if rng.random() < nulls else make() for _ in range(ROWS)]

    def ints(bits, signed=True):
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        return lambda: rng.choice([low, high, 0, rng.randint(low, high), rng.randint(0, 9)])

    def digits(precision, scale):
        def make():
            n = rng.choice([rng.randint(-9, 9), rng.randint(-(10**precision - 1), 10**precision - 1)])
            return decimal.Decimal(n).scaleb(-scale, decimal.Context(prec=60))
        return make

    def text():
        return rng.choice(["", "a", "ab" * rng.randint(0, 30), "Größe-%d" % rng.randint(0, 5), "prefix/%06d" % rng.randint(0, 10**6)])

    epoch = datetime.datetime(1970, 1, 1)
    instant = ints(48)
    columns = {
        "bool": pa.array(some(lambda: rng.random() < 0.5), pa.bool_()),
        "i8": pa.array(some(ints(8)), pa.int8()), "i16": pa.array(some(ints(16)), pa.int16()),
        "i32": pa.array(some(ints(32)), pa.int32()), "i64": pa.array(some(ints(64)), pa.int64()),
        "u8": pa.array(some(ints(8, False)), pa.uint8()), "u16": pa.array(some(ints(16, False)), pa.uint16()),
        "u32": pa.array(some(ints(32, False)), pa.uint32()), "u64": pa.array(some(ints(64, False)), pa.uint64()),
        "f16": pa.array(some(lambda: rng.choice([0.0, -1.5, 65504.0, 6e-8, math.inf])), pa.float16()),
        "f32": pa.array(some(lambda: rng.choice([0.0, -0.0, 1.5, math.nan, math.inf, rng.random()])), pa.float32()),
        "f64": pa.array(some(lambda: rng.choice([0.0, -0.0, 1.5, math.nan, -math.inf, rng.random()])), pa.float64()),
        "text": pa.array(some(text), pa.string()), "large": pa.array(some(text), pa.large_string()),
        "bytes": pa.array(some(lambda: text().encode() + b"\x00\xff"), pa.binary()),
        "fixed": pa.array(some(lambda: rng.randbytes(5)), pa.binary(5)),
        "date": pa.array(some(lambda: rng.randint(-100000, 100000)), pa.date32()),
        "time3": pa.array(some(lambda: rng.randint(0, 86399999)), pa.time32("ms")),
        "time6": pa.array(some(lambda: rng.randint(0, 86399999) * 1000), pa.time64("us")),
        "time9": pa.array(some(lambda: rng.randint(0, 86399999) * 1000000), pa.time64("ns")),
        "at3": pa.array(some(lambda: instant() // 1000), pa.timestamp("ms")),
        "at6": pa.array(some(instant), pa.timestamp("us")), "at9": pa.array(some(instant), pa.timestamp("ns")),
        "ltz3": pa.array(some(lambda: instant() // 1000), pa.timestamp("ms", "UTC")),
        "ltz6": pa.array(some(instant), pa.timestamp("us", "UTC")), "ltz9": pa.array(some(instant), pa.timestamp("ns", "UTC")),
        "none": pa.nulls(ROWS, pa.int32()), "single": pa.array(["one"] * ROWS, pa.string()),
        "rising": pa.array(range(ROWS), pa.int64()),
    }
    for p, s in [(5, 2), (9, 0), (18, 4), (19, 3), (38, 10)]:
        columns["d%d" % p] = pa.array(some(digits(p, s)), pa.decimal128(p, s))
    return columns


def nested_columns(rng, nulls):
    def maybe(make):
        return None if rng.random() < nulls else make()

    def some(make):
        return [maybe(make) for _ in range(ROWS)]

    def integers():
        return [maybe(lambda: rng.randint(0, 5)) for _ in range(rng.choice([0, 1, 2, 7]))]

    def words():
        return {"k%d" % k: maybe(lambda: "v" * rng.randint(0, 20)) for k in range(rng.choice([0, 1, 3]))}

    def record():
        return {"x": maybe(lambda: rng.randint(-5, 5)), "y": maybe(lambda: "w%d" % rng.randint(0, 9)), "z": maybe(integers)}

    row = pa.struct([("x", pa.int64()), ("y", pa.string()), ("z", pa.list_(pa.int32()))])
    return {
        "list": pa.array(some(integers), pa.list_(pa.int32())),
        "map": pa.array(some(lambda: list(words().items())), pa.map_(pa.string(), pa.string())),
        "row": pa.array(some(record), row),
        "lists": pa.array(some(lambda: [maybe(integers) for _ in range(rng.randint(0, 3))]), pa.list_(pa.list_(pa.int32()))),
        "rows": pa.array(some(lambda: [maybe(record) for _ in range(rng.randint(0, 3))]), pa.list_(row)),
        "deep": pa.array(some(lambda: [("a", [maybe(record)]), ("b", None)]), pa.map_(pa.string(), pa.list_(row))),
        "deci": pa.array(some(lambda: [maybe(lambda: decimal.Decimal("1.50"))]), pa.list_(pa.decimal128(20, 2))),
    }


def canonical(value):
    """A value as both sides have it: instants as numbers, floats told apart by sign and NaN."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, uuid.UUID):
        return value.bytes
    if isinstance(value, dict):
        return tuple((k, canonical(v)) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(canonical(v) for v in value)
    return value


def column_values(a):
    """The values of a column, its times in nanoseconds."""
    t = a.type
    if isinstance(a, pa.ChunkedArray):
        a = a.combine_chunks() if a.num_chunks != 1 else a.chunk(0)
        if isinstance(a, pa.ChunkedArray):
            a = a.chunk(0) if a.num_chunks else pa.array([], t)
    if isinstance(a, pa.ExtensionArray):
        a = a.storage
        t = a.type
    if pa.types.is_run_end_encoded(t):
        return column_values(pc.run_end_decode(a))
    if pa.types.is_dictionary(t):
        return column_values(a.dictionary_decode())
    scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
    if pa.types.is_timestamp(t) or pa.types.is_duration(t):
        return [None if v is None else v * scale[t.unit] for v in a.cast(pa.int64()).to_pylist()]
    if pa.types.is_time(t):
        return [None if v is None else v * scale[t.unit] for v in a.cast(pa.int32() if t.bit_width == 32 else pa.int64()).to_pylist()]
    if pa.types.is_date64(t):
        a = a.cast(pa.date32())
    if pa.types.is_float16(t):
        a = a.cast(pa.float32())
    if pa.types.is_decimal(t) and t.bit_width < 128:
        a = a.cast(pa.decimal128(t.precision, t.scale))
    return [canonical(v) for v in a.to_pylist()]


class Check:
    def __init__(self, weir, folder, only):
        self.weir, self.folder, self.only = weir, folder, only
        self.reads, self.failures, self.count = [], [], 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def wanted(self, name):
        return not self.only or self.only in name

    def fail(self, name, why):
        self.failures.append(name)
        print("FAIL %s: %s" % (name, why))

    def sql(self, text):
        p = subprocess.run([self.weir, "sql", "--quiet", "--format", "arrow", "-f", "-"], input=text.encode(), capture_output=True)
        return p.returncode, p.stdout, p.stderr.decode()

    def must(self, name, text):
        code, out, err = self.sql(text)
        if code != 0:
            self.fail(name, err.strip()[:600])
        return code == 0, out

    def read(self, name, table):
        """Notes that weir must read this table from a file."""
        self.reads.append((name, table))

    def compare(self, name, got, want):
        self.count += 1
        if got.column_names != want.column_names:
            return self.fail(name, "columns %s, not %s" % (got.column_names, want.column_names))
        for c in want.column_names:
            a, b = column_values(got.column(c)), column_values(want.column(c))
            if a != b:
                at = next((i for i in range(min(len(a), len(b))) if a[i] != b[i]), min(len(a), len(b)))
                return self.fail(name, "column %s, row %d: got %r of %d rows, want %r of %d" % (
                    c, at, a[at:at + 1], len(a), b[at:at + 1], len(b)))

    def run_reads(self):
        """One process reads all files; where it fails each is read alone, to name the guilty."""
        def statement(name):
            return "SELECT * FROM '%s';\n" % self.path(name)
        setup = "SET 'execution.runtime-mode' = 'batch';\nSET 'parallelism.default' = '1';\n"
        code, out, _ = self.sql(setup + "".join(statement(n) for n, _ in self.reads))
        if code == 0:
            stream = pa.BufferReader(out)
            for name, want in self.reads:
                self.compare(name, ipc.open_stream(stream).read_all(), want)
        else:
            for name, want in self.reads:
                ok, out = self.must(name, setup + statement(name))
                if ok:
                    self.compare(name, ipc.open_stream(pa.BufferReader(out)).read_all(), want)
        self.reads = []


def encodings(kind, columns):
    """How pyarrow is told to encode: the arguments for one row of the matrix."""
    by_type = {}
    for name, a in columns.items():
        t = a.type
        is_int = pa.types.is_integer(t) or pa.types.is_date(t) or pa.types.is_time(t) or pa.types.is_timestamp(t)
        is_bytes = pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_binary(t)
        is_fixed = pa.types.is_fixed_size_binary(t) or pa.types.is_decimal(t) or pa.types.is_float16(t)
        if pa.types.is_boolean(t):
            by_type[name] = "RLE" if kind in ("delta", "split") else "PLAIN"
        elif kind == "delta" and is_int:
            by_type[name] = "DELTA_BINARY_PACKED"
        elif kind == "delta" and (is_bytes or is_fixed):
            by_type[name] = "DELTA_BYTE_ARRAY"
        elif kind == "length" and is_bytes:
            by_type[name] = "DELTA_LENGTH_BYTE_ARRAY"
        elif kind == "split" and (is_int or is_fixed or pa.types.is_floating(t)):
            by_type[name] = "BYTE_STREAM_SPLIT"
    if kind == "dictionary":
        return {"use_dictionary": True}
    if kind == "fallback":
        return {"use_dictionary": True, "dictionary_pagesize_limit": 300}
    return {"use_dictionary": False, "column_encoding": by_type}


def write_matrix(c, rng):
    kinds = ["dictionary", "fallback", "plain", "delta", "length", "split"]
    tables = {}
    for nulls in (0, 0.3):
        tables[nulls] = (flat_columns(rng, nulls), nested_columns(rng, nulls))
    for version, kind, codec, nulls in itertools.product(["1.0", "2.0"], kinds, CODECS, [0, 0.3]):
        # Every encoding with every codec once; all versions and NULLs with two codecs.
        if codec not in ("SNAPPY", "ZSTD") and (version == "1.0") != (nulls == 0):
            continue
        name = "%s-v%s-%s-%s.parquet" % (kind, version[0], codec.lower(), "nulls" if nulls else "full")
        if not c.wanted(name):
            continue
        flat, nested = tables[nulls]
        if version == "1.0" and kind == "split":
            flat = {k: v for k, v in flat.items() if k != "bool"}
        table = pa.table({**flat, **nested})
        pq.write_table(table, c.path(name), row_group_size=GROUP, data_page_size=PAGE, write_batch_size=64, compression=codec,
                       data_page_version=version, version="2.6", write_page_index=kind != "plain",
                       write_page_checksum=kind in ("dictionary", "delta"), **encodings(kind, flat))
        c.read(name, table)


def write_others(c, rng):
    flat, nested = flat_columns(rng, 0.3), nested_columns(rng, 0.3)
    table = pa.table({**flat, **nested})

    def put(name, table, want=None, **options):
        if c.wanted(name):
            pq.write_table(table, c.path(name), row_group_size=GROUP, data_page_size=PAGE, write_batch_size=64, **options)
            c.read(name, want or table)

    times = [n for n in flat if n.startswith("at")]
    put("int96.parquet", table.select(times), use_deprecated_int96_timestamps=True)
    put("decimal-integers.parquet", table.select([n for n in flat if n[0] == "d" and n[1:].isdigit()]), store_decimal_as_integer=True)
    put("old-lists.parquet", table.select(list(nested)), use_compliant_nested_type=False)
    put("format-1.0.parquet", table.select([n for n in flat if n not in ("u32", "at9", "ltz9", "time9", "f16")]), version="1.0")
    put("no-statistics.parquet", table, write_statistics=False)
    put("metadata.parquet", table.select(["i32", "text"]).replace_schema_metadata({"who": "pyarrow", "empty": ""}))
    put("no-rows.parquet", table.slice(0, 0))
    put("sorted.parquet", table.select(["rising", "text"]), sorting_columns=[pq.SortingColumn(0)])
    put("large-pages.parquet", table, data_page_version="2.0")
    put("required.parquet", pa.table({n: flat_columns(rng, 0)[n] for n in ["i32", "text", "bool", "f64"]}).cast(
        pa.schema([pa.field("i32", pa.int32(), False), pa.field("text", pa.string(), False), pa.field("bool", pa.bool_(), False), pa.field("f64", pa.float64(), False)])))
    put("dictionary-type.parquet", pa.table({"d": pa.array(["a", "b", None] * 100).dictionary_encode()}))
    put("uuid.parquet", pa.table({"id": pa.array([uuid.UUID(int=i).bytes for i in range(50)], pa.uuid())}))
    if c.wanted("zero-groups.parquet"):
        pq.ParquetWriter(c.path("zero-groups.parquet"), table.schema).close()
        c.read("zero-groups.parquet", table.slice(0, 0))


def write_duckdb(c):
    for codec, version in itertools.product(["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"], ["V1", "V2"]):
        name = "duckdb-%s-%s.parquet" % (codec, version.lower())
        if not c.wanted(name):
            continue
        duckdb.sql("""COPY (SELECT i, i %% 7 AS m, i::DOUBLE / 3 AS d, (i %% 5 = 0) AS b, 'name ' || (i %% 100) AS s, NULLIF(i %% 3, 0) AS n,
            DATE '2020-01-01' + (i %% 1000)::INT AS day, TIMESTAMP '2020-01-01 00:00:00' + to_microseconds(i * 1001) AS at,
            (i / 7)::DECIMAL(12, 3) AS dec, (i / 7)::DECIMAL(30, 3) AS dec2, i::UINTEGER AS u, [i, NULL, i + 1] AS l, {'a': i, 'b': 's' || i} AS r,
            MAP {'k' || i: i} AS m2, i::FLOAT AS f, i::HUGEINT::VARCHAR::BLOB AS bin, (i %% 100)::TINYINT AS t, TIME '01:02:03.004' AS tm
            FROM range(3000) t(i)) TO '%s' (FORMAT parquet, CODEC '%s', PARQUET_VERSION %s, ROW_GROUP_SIZE 2048)""" % (c.path(name), codec, version))
        c.read(name, duckdb.sql("SELECT * FROM '%s'" % c.path(name)).to_arrow_table())


def write_arrow(c, rng):
    """Arrow files and streams of pyarrow and Polars: every type, LZ4 and ZSTD, dictionaries, runs and views."""
    for nulls, codec, container in itertools.product([0, 0.3], [None, "lz4", "zstd"], ["file", "stream"]):
        name = "arrow-%s-%s-%s.%s" % (nulls, codec or "plain", container, "arrow" if container == "file" else "arrows")
        if not c.wanted(name):
            continue
        table = pa.table({**flat_columns(rng, nulls), **nested_columns(rng, nulls), **arrow_columns(rng, nulls)})
        make = ipc.new_file if container == "file" else ipc.new_stream
        with make(c.path(name), table.schema, options=ipc.IpcWriteOptions(compression=codec)) as w:
            w.write_table(table, max_chunksize=GROUP)
        c.read(name, table)
    if c.wanted("arrow-empty.arrow"):
        table = pa.table(flat_columns(rng, 0)).slice(0, 0)
        ipc.new_file(c.path("arrow-empty.arrow"), table.schema).close()
        c.read("arrow-empty.arrow", table)
    if c.wanted("arrow-deltas.arrows"):
        with ipc.new_stream(c.path("arrow-deltas.arrows"), pa.schema([("d", pa.dictionary(pa.int8(), pa.string()))]),
                            options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as w:
            batches = [pa.record_batch([pa.DictionaryArray.from_arrays(pa.array([0, n - 1, None], pa.int8()), pa.array(list("abcdef")[:n]))], ["d"])
                       for n in (2, 4, 6)]
            for b in batches:
                w.write_batch(b)
        c.read("arrow-deltas.arrows", pa.Table.from_batches([pa.record_batch([b.column(0).dictionary_decode()], ["d"]) for b in batches]))
    for codec in ("uncompressed", "lz4", "zstd"):
        name = "feather-%s.feather" % codec
        if c.wanted(name):
            table = pa.table(flat_columns(rng, 0.3)).drop_columns(["f16"])
            feather.write_feather(table, c.path(name), compression=codec, chunksize=GROUP)
            c.read(name, table)
        name = "polars-%s.arrow" % codec
        if c.wanted(name):
            frame = polars.from_arrow(pa.table({**flat_columns(rng, 0.3), **{k: v for k, v in nested_columns(rng, 0.3).items() if k in ("list", "row", "lists", "rows")}})
                                      .drop_columns(["f16", "d38", "time3"]))
            frame.write_ipc(c.path(name), compression=codec, compat_level=polars.CompatLevel.newest())
            c.read(name, frame.to_arrow())


def arrow_columns(rng, nulls):
    """Columns of the types that only Arrow has."""
    def some(make):
        return [None if rng.random() < nulls else make() for _ in range(ROWS)]

    words = pa.array(some(lambda: rng.choice(["red", "green", "", "a colour with a long name"])), pa.string())
    numbers = pa.array([n for n in some(lambda: rng.randint(0, 3))], pa.int32())
    return {
        "dict": words.dictionary_encode(), "dict8": words.dictionary_encode().cast(pa.dictionary(pa.uint8(), pa.large_string())),
        "dicts": pa.ListArray.from_arrays(pa.array(range(ROWS + 1), pa.int32()), words.dictionary_encode()),
        "ends": pc.run_end_encode(numbers.take(pa.array([i // 7 for i in range(ROWS)]))),
        "view": words.cast(pa.string_view()), "bview": words.cast(pa.binary()).cast(pa.binary_view()),
        "lbin": words.cast(pa.large_binary()), "date64": pa.array(some(lambda: rng.randint(-9000, 9000)), pa.date32()).cast(pa.date64()),
        "ats": pa.array(some(lambda: rng.randint(-10**9, 10**10)), pa.timestamp("s")), "secs": pa.array(some(lambda: rng.randint(0, 86399)), pa.time32("s")),
        "llist": pa.array(some(lambda: [1, None, 3]), pa.large_list(pa.int64())), "three": pa.array(some(lambda: [1, None, 3]), pa.list_(pa.int16(), 3)),
        "wide": pa.array(some(lambda: decimal.Decimal(rng.randint(-10**30, 10**30))), pa.decimal256(35, 0)), "nulls": pa.nulls(ROWS),
    }


# What tables are written with: name -> options of the format.
WRITES = {
    "plain": {"parquet.enable.dictionary": "false"},
    "small-pages": {"parquet.page.size": "1 kb", "parquet.page.row.count.limit": "50", "parquet.row-group-rows": "110"},
    "few-codes": {"parquet.dictionary.page.size": "400 b", "parquet.enable.dictionary#text": "false", "parquet.page.write-checksum.enabled": "false"},
    "bloom": {"parquet.bloom.filter.enabled": "true", "parquet.bloom.filter.enabled#f64": "false", "parquet.bloom.filter.expected.ndv#i64": "5000"},
    "rows-2": {"parquet.writer.version": "PARQUET_2_0", "parquet.page.row.count.limit": "70", "parquet.enable.dictionary": "false"},
}
WRITES.update({"codec-%s-%d" % (codec.lower(), v): {"parquet.compression": codec, "parquet.writer.version": "v%d" % v, "parquet.page.size": "2 kb"}
               for codec in ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "LZ4", "LZ4_RAW", "ZSTD"] for v in (1, 2)})


def write_by_weir(c, rng):
    """Tables of every type, written by weir and read by pyarrow and DuckDB."""
    names, script = [], "SET 'execution.runtime-mode' = 'batch';\nSET 'parallelism.default' = '1';\n"
    sources = {}
    for nulls in (0, 0.3):
        sources[nulls] = pa.table({**flat_columns(rng, nulls), **nested_columns(rng, nulls)})
        pq.write_table(sources[nulls], c.path("source-%s.parquet" % nulls))
    for name, nulls in itertools.product(WRITES, sources):
        full = "out-%s-%s" % (name, "nulls" if nulls else "full")
        if not c.wanted(full):
            continue
        names.append((full, sources[nulls], WRITES[name]))
        options = {"connector": "filesystem", "path": c.path(full), "format": "parquet", **WRITES[name]}
        script += "CREATE TABLE `%s` WITH (%s) AS SELECT * FROM '%s';\n" % (
            full, ", ".join("'%s' = '%s'" % kv for kv in options.items()), c.path("source-%s.parquet" % nulls))
    if not names or not c.must("writing", script)[0]:
        return
    for full, want, options in names:
        files = [os.path.join(c.path(full), f) for f in os.listdir(c.path(full)) if not f.startswith(".")]
        c.compare(full + " by pyarrow", pq.read_table(files[0], page_checksum_verification=True), want)
        if options.get("parquet.compression") != "LZ4":  # DuckDB leaves the codec out
            c.compare(full + " by DuckDB", duckdb.sql("SELECT * FROM '%s'" % files[0]).to_arrow_table(), want)
        check_statistics(c, full, files[0], want)
        if "bloom" in full:
            check_bloom(c, full, files[0], want)


def write_arrow_by_weir(c, rng):
    """The same as Arrow files and streams, for pyarrow and Polars."""
    script, names = "SET 'execution.runtime-mode' = 'batch';\nSET 'parallelism.default' = '1';\n", []
    table = pa.table({**flat_columns(rng, 0.3), **nested_columns(rng, 0.3)})
    pq.write_table(table, c.path("source-arrow.parquet"))
    for container, codec in itertools.product(["FILE", "STREAM"], ["NONE", "LZ4", "ZSTD"]):
        name = "out-arrow-%s-%s" % (container.lower(), codec.lower())
        if not c.wanted(name):
            continue
        names.append((name, container))
        script += ("CREATE TABLE `%s` WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'arrow', 'arrow.container' = '%s', "
                   "'arrow.compression' = '%s', 'arrow.record-rows' = '100') AS SELECT * FROM '%s';\n") % (
            name, c.path(name), container, codec, c.path("source-arrow.parquet"))
    if not names or not c.must("writing", script)[0]:
        return
    for name, container in names:
        file = os.path.join(c.path(name), next(f for f in os.listdir(c.path(name)) if not f.startswith(".")))
        got = (ipc.open_file if container == "FILE" else ipc.open_stream)(pa.OSFile(file)).read_all()
        got.validate(full=True)
        c.compare(name, got, table)
        simple = table.drop_columns(["map", "deep", "f16", "time3"] + [n for n in table.column_names if n[0] == "d" and n[1:].isdigit()])
        read = polars.read_ipc if container == "FILE" else polars.read_ipc_stream
        c.compare(name + " by Polars", read(file, columns=simple.column_names).to_arrow(), simple)
        c.read(file, got)


def leaf_values(a):
    """The values of a column's leaves that are there, in the order of the leaves."""
    t = a.type
    if isinstance(a, pa.ChunkedArray):
        a = a.combine_chunks()
    if pa.types.is_map(t):
        return leaf_values(a.keys) + leaf_values(a.items)
    if pa.types.is_list(t):
        return leaf_values(a.flatten())
    if pa.types.is_struct(t):
        return [x for f in a.flatten() for x in leaf_values(f)]
    return [[v for v in column_values(a) if v is not None]]


def check_statistics(c, name, file, want):
    """Each row group's least and greatest values and NULLs are those of its rows."""
    c.count += 1
    table, meta = pq.read_table(file), pq.ParquetFile(file).metadata
    at = 0
    for g in range(meta.num_row_groups):
        rows = meta.row_group(g).num_rows
        leaves = [v for column in table.columns for v in leaf_values(column.slice(at, rows))]
        at += rows
        for i, values in enumerate(leaves):
            chunk = meta.row_group(g).column(i)
            st = chunk.statistics
            if st is None or st.null_count != chunk.num_values - len(values):
                return c.fail(name, "row group %d, %s: NULLs: %s, there are %d" % (g, chunk.path_in_schema, st, chunk.num_values - len(values)))
            numbers = [v for v in values if v != "nan"]
            if chunk.physical_type in ("INT64", "INT32") and numbers and not chunk.path_in_schema.startswith(("at", "ltz", "time", "date")):
                if (int(st.min_raw), int(st.max_raw)) != tuple(int(f(numbers) * 10**(scale_of(table, chunk))) for f in (min, max)):
                    return c.fail(name, "row group %d, %s: %s to %s of %r" % (g, chunk.path_in_schema, st.min_raw, st.max_raw, (min(numbers), max(numbers))))
            if not st.has_min_max and numbers and max(len(str(v)) for v in numbers) < 50:
                return c.fail(name, "row group %d, %s has no min and max" % (g, chunk.path_in_schema))


def scale_of(table, chunk):
    t = table.schema.field(chunk.path_in_schema.split(".")[0]).type
    return t.scale if pa.types.is_decimal(t) else 0


def check_bloom(c, name, file, want):
    """DuckDB finds every value in the filters, and hardly any that is not there."""
    c.count += 1
    for column, absent in [("text", "'no such text'"), ("i64", "123456789"), ("d18", "99.1234::DECIMAL(18,4)"), ("date", "DATE '2500-01-01'")]:
        values = [r[0] for r in duckdb.sql("SELECT DISTINCT %s FROM '%s' WHERE %s IS NOT NULL LIMIT 20" % (column, file, column)).fetchall()]
        probe = "SELECT bool_or(NOT bloom_filter_excludes) FROM parquet_bloom_probe('%s', '%s', %%s)" % (file, column)
        for v in values:
            text = "'%s'" % v
            kind = {"date": "::DATE", "d18": "::DECIMAL(18,4)", "i64": "::BIGINT"}.get(column, "")
            if not duckdb.sql(probe % (text + kind)).fetchall()[0][0]:
                return c.fail(name, "%s: the filter says that %s is not there" % (column, text))
        if duckdb.sql(probe % absent).fetchall()[0][0]:
            return c.fail(name, "%s: the filter does not say that %s is not there" % (column, absent))


def refused(c, rng):
    """What SQL has no type for, and files that are broken, must be refused by name."""
    def expect(name, *words):
        code, _, err = c.sql("SELECT * FROM '%s';" % c.path(name))
        c.count += 1
        missing = [w for w in words if w not in err]
        if code == 0 or missing:
            c.fail(name, "exit %d, the error should name %s: %s" % (code, missing, err.strip()[:400]))

    if c.wanted("interval.parquet"):
        duckdb.sql("COPY (SELECT INTERVAL 1 MONTH AS length) TO '%s' (FORMAT parquet)" % c.path("interval.parquet"))
        expect("interval.parquet", "length", "INTERVAL")
    if c.wanted("cut.parquet"):
        pq.write_table(pa.table({"a": list(range(10000))}), c.path("whole"), use_dictionary=False, write_page_checksum=True)
        whole = open(c.path("whole"), "rb").read()
        with open(c.path("cut.parquet"), "wb") as f:
            f.write(whole[:len(whole) // 2])
        expect("cut.parquet", "cut.parquet", "PAR1")
        with open(c.path("flipped.parquet"), "wb") as f:
            f.write(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
        expect("flipped.parquet", "flipped.parquet", "column a", "page 0", "checksum")


def answer(a):
    """A column as the tests of io/file print it: decimals and times as the numbers they are stored as."""
    t, values = a.type, a.to_pylist() if not pa.types.is_temporal(a.type) else None
    if values is None:
        values = a.cast(pa.int32() if t.bit_width == 32 else pa.int64()).to_pylist()
        if pa.types.is_time(t):
            per = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}[t.unit]
            values = [None if v is None else v * per // 10**6 for v in values]

    def text(v):
        if v is None:
            return "NULL"
        if isinstance(v, bool):
            return str(v).lower()
        if isinstance(v, float):
            return "NaN" if math.isnan(v) else "%+f" % v if math.isinf(v) else v.hex()
        if isinstance(v, bytes):
            return v.hex()
        if isinstance(v, decimal.Decimal):
            return str(int(v.scaleb(t.scale, decimal.Context(prec=60))))
        if pa.types.is_map(t):
            return json.dumps(dict(v), separators=(",", ":"), ensure_ascii=False)
        return json.dumps(v, separators=(",", ":"), ensure_ascii=False) if isinstance(v, (list, dict)) else str(v)
    return [text(v).replace("+inf", "+Inf").replace("-inf", "-Inf") for v in values]


def write_samples(folder):
    """The files and answers under testdata/parquet and testdata/arrow."""
    global ROWS
    ROWS, rng = 60, random.Random(11)
    flat, nested = flat_columns(rng, 0.2), {k: v for k, v in nested_columns(rng, 0.2).items() if k in ("list", "map", "row", "lists", "rows")}
    table = pa.table({**flat, **nested})
    os.makedirs(os.path.join(folder, "parquet"), exist_ok=True)
    os.makedirs(os.path.join(folder, "arrow"), exist_ok=True)
    rows = zip(*[answer(c.combine_chunks()) for c in table.columns])
    with open(os.path.join(folder, "parquet", "answers.txt"), "w") as f:
        f.write("\t".join(table.column_names) + "\n" + "".join("\t".join(r) + "\n" for r in rows))
    for kind, version, codec in [("dictionary", "1.0", "SNAPPY"), ("plain", "2.0", "BROTLI"), ("delta", "2.0", "ZSTD"),
                                 ("split", "2.0", "LZ4"), ("fallback", "1.0", "GZIP"), ("length", "1.0", "NONE")]:
        name = "%s-v%s-%s.parquet" % (kind, version[0], codec.lower())
        pq.write_table(table, os.path.join(folder, "parquet", name), row_group_size=45, data_page_size=200, write_batch_size=16, compression=codec,
                       data_page_version=version, version="2.6", write_page_index=kind != "plain", write_page_checksum=kind == "delta", **encodings(kind, flat))
    for name, codec, container in [("plain.arrow", None, ipc.new_file), ("lz4.arrows", "lz4", ipc.new_stream), ("zstd.arrow", "zstd", ipc.new_file)]:
        with container(os.path.join(folder, "arrow", name), table.schema, options=ipc.IpcWriteOptions(compression=codec)) as w:
            w.write_table(table, max_chunksize=45)
    more = pa.table(arrow_columns(rng, 0.2))
    with ipc.new_file(os.path.join(folder, "arrow", "types.arrow"), more.schema) as w:
        w.write_table(more)
    decoded = [pc.run_end_decode(c.combine_chunks()) if pa.types.is_run_end_encoded(c.type) else c.combine_chunks() for c in more.columns]
    decoded = [c.cast(pa.date32()) if pa.types.is_date64(c.type) else c for c in decoded]
    decoded = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in decoded]
    decoded = [c.cast(pa.timestamp("ms")) if c.type == pa.timestamp("s") else c for c in decoded]
    with open(os.path.join(folder, "arrow", "types.txt"), "w") as f:
        f.write("\t".join(more.column_names) + "\n" + "".join("\t".join(r) + "\n" for r in zip(*map(answer, decoded))))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--weir")
    p.add_argument("--samples", help="only write the files and answers of the tests into this folder, testdata")
    p.add_argument("--only", help="only what has this in its name")
    p.add_argument("--keep", help="leave the files in this folder")
    a = p.parse_args()
    if a.samples:
        write_samples(a.samples)
        return
    with tempfile.TemporaryDirectory() as folder:
        if a.keep:
            folder = a.keep
            os.makedirs(folder, exist_ok=True)
        c, rng = Check(os.path.abspath(a.weir), folder, a.only), random.Random(7)
        write_matrix(c, rng)
        write_others(c, rng)
        write_duckdb(c)
        write_arrow(c, rng)
        c.run_reads()
        refused(c, rng)
        write_by_weir(c, rng)
        write_arrow_by_weir(c, rng)
        c.run_reads()
    print("%d checks, %d failed" % (c.count, len(c.failures)))
    sys.exit(1 if c.failures else 0)


if __name__ == "__main__":
    main()
