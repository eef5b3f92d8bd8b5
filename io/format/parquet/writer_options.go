package parquet

import (
	"strings"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
)

// The keys are those of parquet-java, which Flink hands on; #column behind a key
// says it of one column, by its path with dots.
var (
	optCompression = &option.Definition{
		Key: "parquet.compression", Type: "enum", Default: "SNAPPY",
		Choices: []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "LZ4", "LZ4_RAW", "ZSTD"}, Text: "codec of the pages of files that are written",
	}
	optZstdLevel   = &option.Definition{Key: "parquet.compression.codec.zstd.level", Type: "int", Default: "3", Text: "1, the fastest, to 22"}
	optGzipLevel   = &option.Definition{Key: "parquet.compression.codec.gzip.level", Type: "int", Default: "6", Text: "1, the fastest, to 9"}
	optBrotliLevel = &option.Definition{Key: "parquet.compression.codec.brotli.level", Type: "int", Default: "4", Text: "0, the fastest, to 11"}
	optVersion     = &option.Definition{
		Key: "parquet.writer.version", Type: "enum", Default: "PARQUET_1_0", Choices: []string{"PARQUET_1_0", "PARQUET_2_0", "v1", "v2"},
		Text: "PARQUET_2_0 writes pages of the second version, and values without a dictionary as differences",
	}
	optRowGroup    = &option.Definition{Key: "parquet.row-group-rows", Aliases: []string{"parquet.block.row.count.limit"}, Type: "int", Default: "122880", Text: "rows of a row group in files that are written"}
	optGroupBytes  = &option.Definition{Key: "parquet.block.size", Type: "memory", Default: "256 mb", Text: "a row group of this size in memory ends, however many rows it has"}
	optPageBytes   = &option.Definition{Key: "parquet.page.size", Type: "memory", Default: "1 mb", Text: "a page of this size ends"}
	optPageRows    = &option.Definition{Key: "parquet.page.row.count.limit", Type: "int", Default: "20000", Text: "most rows of a page"}
	optDictBytes   = &option.Definition{Key: "parquet.dictionary.page.size", Type: "memory", Default: "1 mb", Text: "a column whose distinct values in a row group take more than this has no dictionary there"}
	optDictionary  = &option.Definition{Key: "parquet.enable.dictionary", Type: "boolean", Default: "true", Text: "values that repeat are written once; #column: in this column"}
	optChecksum    = &option.Definition{Key: "parquet.page.write-checksum.enabled", Type: "boolean", Default: "true", Text: "pages have a CRC32"}
	optBloom       = &option.Definition{Key: "parquet.bloom.filter.enabled", Type: "boolean", Default: "false", Text: "row groups have Bloom filters; #column: of this column"}
	optBloomValues = &option.Definition{Key: "parquet.bloom.filter.expected.ndv", Type: "int", Text: "distinct values that a Bloom filter is made for; without it as many as the row group may have; #column"}
	optBloomError  = &option.Definition{Key: "parquet.bloom.filter.fpp", Type: "double", Default: "0.01", Text: "share of absent values that a Bloom filter lets pass; #column"}
	optBloomBytes  = &option.Definition{Key: "parquet.bloom.filter.max.bytes", Type: "memory", Default: "1 mb", Text: "the largest Bloom filter"}
)

// perColumn are the options that can be said of one column.
var perColumn = []*option.Definition{optDictionary, optBloom, optBloomValues, optBloomError}

// Options declares the keys of files that are written.
func Options() []*option.Definition {
	out := []*option.Definition{
		optCompression, optZstdLevel, optGzipLevel, optBrotliLevel, optVersion, optRowGroup, optGroupBytes, optPageBytes, optPageRows,
		optDictionary, optDictBytes, optChecksum, optBloom, optBloomValues, optBloomError, optBloomBytes,
	}
	for _, d := range perColumn {
		of := *d
		of.Key, of.Prefix, of.Default, of.Text = d.Key+"#", true, "", "the same of one column, by its name: "+d.Key+"#col"
		out = append(out, &of)
	}
	return out
}

// WriterOptions are what a user may choose; the zero value writes Snappy pages of the first version.
type WriterOptions struct {
	Codec           string // a choice of parquet.compression; empty: SNAPPY
	Level           int    // of the codec; 0: its own
	V2              bool   // pages of the second version
	GroupRows       int    // 0: 122880
	GroupBytes      int64  // 0: 256 MiB
	PageBytes       int    // 0: 1 MiB
	PageRows        int    // 0: 20000
	DictionaryBytes int    // 0: 1 MiB
	BloomBytes      int    // most of a Bloom filter; 0: 1 MiB
	NoChecksums     bool
	Columns         map[string]ColumnOptions // by path; others have Default
	Default         ColumnOptions
}

// ColumnOptions are what a user may choose for a column.
type ColumnOptions struct {
	NoDictionary bool
	Bloom        bool
	BloomValues  int64   // distinct values that are expected; 0: as many as there may be
	BloomError   float64 // 0: 0.01
}

// ReadOptions reads the options of a table that is written.
func ReadOptions(v option.Values) (o WriterOptions, err error) {
	if o.Codec, err = v.Enum(optCompression); err != nil {
		return o, err
	}
	version, err := v.Enum(optVersion)
	if err != nil {
		return o, err
	}
	o.V2 = version == "PARQUET_2_0" || version == "v2"
	if o.Level, err = readLevel(v, o.Codec); err != nil {
		return o, err
	}
	for d, to := range map[*option.Definition]*int{optRowGroup: &o.GroupRows, optPageRows: &o.PageRows} {
		n, err := atLeastOne(v, d)
		if err != nil {
			return o, err
		}
		*to = int(n)
	}
	for d, to := range map[*option.Definition]*int{optPageBytes: &o.PageBytes, optDictBytes: &o.DictionaryBytes, optBloomBytes: &o.BloomBytes} {
		n, err := sizeWithin(v, d, maxPageBytes)
		if err != nil {
			return o, err
		}
		*to = int(n)
	}
	if o.GroupBytes, err = sizeWithin(v, optGroupBytes, 1<<40); err != nil {
		return o, err
	}
	checksums, err := v.Bool(optChecksum)
	if err != nil {
		return o, err
	}
	o.NoChecksums = !checksums
	if o.Default, err = readColumn(v, "", ColumnOptions{}); err != nil {
		return o, err
	}
	return o, o.readColumns(v)
}

// readColumns reads what is said of single columns.
func (o *WriterOptions) readColumns(v option.Values) (err error) {
	o.Columns = map[string]ColumnOptions{}
	for key := range v {
		for _, d := range perColumn {
			name, ok := strings.CutPrefix(key, d.Key+"#")
			if _, known := o.Columns[name]; !ok || known {
				continue
			}
			if o.Columns[name], err = readColumn(v, "#"+name, o.Default); err != nil {
				return err
			}
		}
	}
	return nil
}

// readColumn reads the options of a column, which are otherwise those of all.
func readColumn(v option.Values, suffix string, c ColumnOptions) (ColumnOptions, error) {
	of := func(d *option.Definition) (*option.Definition, bool) {
		own := *d
		own.Key += suffix
		return &own, suffix == "" || v.Has(&own)
	}
	if d, ok := of(optDictionary); ok {
		on, err := v.Bool(d)
		if err != nil {
			return c, err
		}
		c.NoDictionary = !on
	}
	var err error
	if d, ok := of(optBloom); ok {
		if c.Bloom, err = v.Bool(d); err != nil {
			return c, err
		}
	}
	if d, ok := of(optBloomValues); ok && v.Has(d) {
		if c.BloomValues, err = atLeastOne(v, d); err != nil {
			return c, err
		}
	}
	if d, ok := of(optBloomError); ok {
		if c.BloomError, err = v.Double(d); err != nil {
			return c, err
		}
		if !(c.BloomError > 0 && c.BloomError < 1) {
			return c, sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).WithHint("it takes a number between 0 and 1")
		}
	}
	return c, nil
}

func readLevel(v option.Values, codec string) (int, error) {
	d, least, most := optZstdLevel, int64(1), int64(22)
	switch codec {
	case "ZSTD":
	case "GZIP":
		d, most = optGzipLevel, 9
	case "BROTLI":
		d, least, most = optBrotliLevel, 0, 11
	default:
		return 0, nil
	}
	n, err := v.Int(d)
	if err == nil && (n < least || n > most) {
		err = sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).WithHint("it takes %d to %d", least, most)
	}
	return int(n), err
}

func atLeastOne(v option.Values, d *option.Definition) (int64, error) {
	n, err := v.Int(d)
	if err == nil && (n < 1 || n > 1<<31) {
		err = sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).WithHint("it takes a positive number")
	}
	return n, err
}

func sizeWithin(v option.Values, d *option.Definition, most int64) (int64, error) {
	n, err := v.Bytes(d)
	if err == nil && (n < 32 || n > most) {
		err = sqlerr.Newf(sqlerr.InvalidOption, "option '%s' cannot be '%s'", d.Key, v.Text(d)).WithHint("it takes 32 bytes to %d", most)
	}
	return n, err
}

// withDefaults fills in what was not said.
func (o WriterOptions) withDefaults() WriterOptions {
	for _, x := range []struct {
		of *int
		is int
	}{{&o.GroupRows, 122_880}, {&o.PageBytes, 1 << 20}, {&o.PageRows, 20_000}, {&o.DictionaryBytes, 1 << 20}, {&o.BloomBytes, 1 << 20}} {
		if *x.of <= 0 {
			*x.of = x.is
		}
	}
	if o.GroupBytes <= 0 {
		o.GroupBytes = 256 << 20
	}
	return o
}

// column is what was chosen for a leaf: by its path, or by the column it lies in.
func (o *WriterOptions) column(path []string) ColumnOptions {
	for n := len(path); n > 0; n-- {
		if c, ok := o.Columns[strings.Join(path[:n], ".")]; ok {
			return c
		}
	}
	return o.Default
}

// checkColumns refuses options of columns that are not there.
func (o *WriterOptions) checkColumns(leaves []*stored) error {
	for name := range o.Columns {
		known := false
		for _, s := range leaves {
			path := strings.Join(s.path, ".")
			known = known || path == name || strings.HasPrefix(path, name+".")
		}
		if !known {
			return sqlerr.Newf(sqlerr.InvalidOption, "an option of Parquet is said of the column '%s', which is not written", name)
		}
	}
	return nil
}
