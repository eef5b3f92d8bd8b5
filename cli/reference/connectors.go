package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/io/connector"
)

func connectors(b *bytes.Buffer) {
	b.WriteString("# Connectors\n\nWhat stands after `WITH ('connector' = …`. Keys are Flink's.\n")
	all := engine.Builtin()
	slices.SortFunc(all, func(x, y connector.Factory) int { return bytes.Compare([]byte(x.Name()), []byte(y.Name())) })
	for _, f := range all {
		doc := f.Doc()
		fmt.Fprintf(b, "\n## %s\n\n%s %s\n", f.Name(), doc.Text, directions(doc))
		for _, e := range doc.Examples {
			fmt.Fprintf(b, "\n```sql\n%s;\n```\n", e)
		}
		metadata(b, f)
		plain := f.Options(sample(f.Name(), ""))
		table(b, plain)
		for _, format := range formats(plain) {
			var own []*option.Definition
			for _, d := range f.Options(sample(f.Name(), format)) {
				if !declares(plain, d.Key) {
					own = append(own, d)
				}
			}
			if len(own) > 0 {
				fmt.Fprintf(b, "\nWith `'format' = '%s'`:\n", format)
				table(b, own)
			}
		}
	}
}

// metadata lists what a connector offers beside the payload.
func metadata(b *bytes.Buffer, f connector.Factory) {
	m, ok := f.(connector.MetadataFactory)
	if !ok {
		return
	}
	offered, err := m.MetadataColumns(sample(f.Name(), ""))
	if err != nil || len(offered) == 0 {
		return
	}
	b.WriteString("\n| metadata key | type |\n|---|---|\n")
	for _, k := range slices.Sorted(maps.Keys(offered)) {
		row(b, code(k), code(offered[k].String()))
	}
}

func directions(d connector.Doc) string {
	switch {
	case d.Reads && d.Writes:
		return "Reads and writes."
	case d.Writes:
		return "Writes."
	}
	return "Reads."
}

// sample is a table to ask a connector for its options: they may depend on the format and on columns.
func sample(name, format string) *catalog.Table {
	t := &catalog.Table{Options: option.Values{"connector": name}}
	if format != "" {
		t.Options["format"] = format
	}
	t.Columns = []catalog.Column{{Name: "<column>", Kind: catalog.Physical, Type: types.StringType}}
	return t
}

func formats(defs []*option.Definition) []string {
	for _, d := range defs {
		if d.Key == "format" {
			return d.Choices
		}
	}
	return nil
}

func declares(defs []*option.Definition, key string) bool {
	return slices.ContainsFunc(defs, func(d *option.Definition) bool { return d.Key == key })
}
