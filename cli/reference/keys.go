package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
	"github.com/weir-engine/weir/io/format"
)

// listed reads a file of lines; comments and empty lines are left out.
func listed(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out, nil
}

// knows reports whether one of the declarations takes a key.
func knows(defs []*option.Definition, key string) bool {
	return slices.ContainsFunc(defs, func(d *option.Definition) bool {
		return d.Key == key || slices.Contains(d.Aliases, key) || d.Prefix && strings.HasPrefix(key, d.Key) ||
			strings.ReplaceAll(d.Key, "<column>", "#") == key
	})
}

// writeKeys tells which of Flink's keys are known.
func writeKeys(b *bytes.Buffer, title string, keys []string, defs []*option.Definition) {
	var known, unknown []string
	for _, k := range keys {
		if knows(defs, k) {
			known = append(known, code(k))
		} else {
			unknown = append(unknown, code(k))
		}
	}
	fmt.Fprintf(b, "\n### %s\n", title)
	if len(keys) == 0 {
		b.WriteString("\nThere, without options of its own.\n")
	}
	if len(known) > 0 {
		fmt.Fprintf(b, "\nKnown (%d): %s.\n", len(known), strings.Join(known, ", "))
	}
	if len(unknown) > 0 {
		fmt.Fprintf(b, "\nNot known (%d): %s.\n", len(unknown), strings.Join(unknown, ", "))
	}
}

// optionKeys is the part of the page on options of sessions and processes.
func optionKeys(b *bytes.Buffer, dir string) error {
	keys, err := listed(filepath.Join(dir, "options.txt"))
	if err != nil {
		return err
	}
	b.WriteString("\n## Options\n\nA key that is not known is refused with the nearest ones; it is never ignored.\n")
	known := slices.Concat(engine.Options(), engine.ClusterOptions(), rest.Options())
	groups := map[string][]string{}
	for _, k := range keys {
		group, _, _ := strings.Cut(k, ".")
		groups[group] = append(groups[group], k)
	}
	for _, g := range sortedKeys(groups) {
		writeKeys(b, code(g+".*"), groups[g], known)
	}
	return nil
}

// connectorKeys is the part of the page on connectors and formats.
func connectorKeys(b *bytes.Buffer, dir string) error {
	lines, err := listed(filepath.Join(dir, "connectors.txt"))
	if err != nil {
		return err
	}
	b.WriteString("\n## Connectors and formats\n")
	for _, line := range lines {
		name, keys, _ := strings.Cut(line, ":")
		defs := declared(name)
		if defs == nil {
			fmt.Fprintf(b, "\n### %s\n\nAbsent.\n", code(name))
			continue
		}
		writeKeys(b, code(name), strings.Fields(keys), defs)
	}
	return nil
}

// declared is the options of a connector, or of a format of the connector that
// has most, without the format's name in front; nil: there is none.
func declared(name string) []*option.Definition {
	var out []*option.Definition
	for _, f := range engine.Builtin() {
		plain := f.Options(sample(f.Name(), ""))
		if f.Name() == name {
			return append([]*option.Definition{}, plain...)
		}
		if slices.Contains(formats(plain), name) {
			out = append(out, formatOptions(f.Options(sample(f.Name(), name)), name)...)
		}
	}
	if slices.Contains(format.Names, name) { // of single records
		out = append(out, formatOptions(format.Options("value.", true), name)...)
	}
	return out
}

// formatOptions are those of one format, without its name in front.
func formatOptions(all []*option.Definition, name string) []*option.Definition {
	out := []*option.Definition{{Key: "format"}}
	for _, d := range all {
		if key, ok := strings.CutPrefix(d.Key, name+"."); ok {
			own := *d
			own.Key = key
			out = append(out, &own)
		}
	}
	return out
}
