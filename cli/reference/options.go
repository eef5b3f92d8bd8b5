package main

import (
	"bytes"
	"strings"

	"github.com/weir-engine/weir/cli/rest"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/exec/engine"
)

func options(b *bytes.Buffer) {
	b.WriteString("# Options\n\nOf a session: `SET 'key' = 'value';`, or `-D key=value` on the command line. Keys are Flink's; those of\n`weir.` are ours.\n")
	table(b, engine.Options())
	b.WriteString("\n## Of the processes of a cluster\n\nOf `weir jobmanager` and `weir taskmanager`: `-D key=value`. A job manager takes those of sessions too: they are\nwhat its sessions begin with.\n")
	table(b, engine.ClusterOptions())
	b.WriteString("\n## Of REST\n\nOf `weir cluster` and `weir jobmanager`: `-D key=value`. `docs/reference/openapi.json` describes what it answers.\n")
	table(b, rest.Options())
}

func table(b *bytes.Buffer, defs []*option.Definition) {
	if len(defs) == 0 {
		return
	}
	b.WriteString("\n| key | type | default | meaning |\n|---|---|---|---|\n")
	for _, d := range defs {
		row(b, key(d), kind(d), preset(d), d.Text)
	}
}

func key(d *option.Definition) string {
	out := code(d.Key)
	if d.Prefix {
		out = code(d.Key + "*")
	}
	for _, a := range d.Aliases {
		out += "<br>" + code(a)
	}
	return out
}

func kind(d *option.Definition) string {
	if len(d.Choices) == 0 {
		return d.Type
	}
	var out []string
	for _, c := range d.Choices {
		out = append(out, code(c))
	}
	return strings.Join(out, ", ")
}

func preset(d *option.Definition) string {
	if d.Required {
		return "*required*"
	}
	return code(d.Default)
}
