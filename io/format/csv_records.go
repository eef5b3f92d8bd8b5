package format

import (
	"bytes"

	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/csv"
)

// csvRecords are lines without their end.
type csvRecords struct{ settings csv.Settings }

func readCSV(v option.Values) (Records, error) {
	s, err := csv.Read(v)
	return csvRecords{s}, err
}

func (f csvRecords) Decoder(schema *types.Schema, wanted []int) (Decoder, error) {
	places := make([]int, schema.Len())
	for i := range places {
		places[i] = -1
	}
	for to, w := range wanted {
		places[w] = to
	}
	d, err := csv.NewDecoder(schema, places, f.settings, nil)
	return csvDecoder{d, f.settings.IgnoreParseErrors}, err
}

func (f csvRecords) Encoder(schema *types.Schema) (Encoder, error) {
	e, err := csv.NewEncoder(schema, f.settings, nil)
	return csvEncoder{e}, err
}

type csvDecoder struct {
	*csv.Decoder
	lenient bool
}

// Decode wants one line: what stands behind it would be lost.
func (d csvDecoder) Decode(record []byte, b *stream.Builder) error {
	n, err := d.Next(record, true, b)
	if err != nil {
		return err
	}
	if rest := bytes.TrimSpace(record[n:]); len(rest) > 0 && !d.lenient {
		return sqlerr.Newf(sqlerr.InvalidText, "CSV record: a message holds one line, this one more: %.100s", rest)
	}
	return nil
}

type csvEncoder struct{ *csv.Encoder }

func (e csvEncoder) Append(dst []byte, b *stream.Batch, r int) ([]byte, error) {
	dst, err := e.Encoder.Append(dst, b, r)
	if err != nil {
		return dst, err
	}
	return dst[:len(dst)-1], nil
}
