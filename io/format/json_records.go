package format

import (
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/format/json"
)

// jsonRecords are objects; fields that are not wanted are passed over by name.
type jsonRecords struct{ settings json.Settings }

func readJSON(v option.Values) (Records, error) {
	s, err := json.Read(v)
	return jsonRecords{s}, err
}

func (f jsonRecords) Decoder(schema *types.Schema, wanted []int) (Decoder, error) {
	some := &types.Schema{}
	for _, w := range wanted {
		some.Fields = append(some.Fields, schema.Fields[w])
	}
	return json.NewDecoder(some, f.settings, nil), nil
}

func (f jsonRecords) Encoder(schema *types.Schema) (Encoder, error) {
	return json.NewEncoder(schema, f.settings, nil), nil
}
