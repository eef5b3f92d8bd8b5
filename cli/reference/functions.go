package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/function"
)

// sections are the kinds of functions, in the order of the page.
var sections = []struct {
	kind  function.Kind
	title string
	text  string
}{
	{function.Scalar, "Scalar functions and operators", "One value a row."},
	{function.Aggregate, "Aggregate functions", "With GROUP BY, and with OVER."},
	{function.Ranking, "Ranking and offset functions", "With OVER only."},
	{function.Table, "Table functions", "In FROM."},
}

func functions(b *bytes.Buffer) {
	b.WriteString("# Functions\n\nFlink SQL's, under its names; `weir functions NAME` shows one.\n")
	for _, s := range sections {
		byCategory := map[string][]*function.Function{}
		for _, f := range function.All() {
			if f.Kind == s.kind {
				byCategory[f.Doc.Category] = append(byCategory[f.Doc.Category], f)
			}
		}
		if len(byCategory) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n## %s\n\n%s\n", s.title, s.text)
		for _, c := range sortedKeys(byCategory) {
			if len(byCategory) > 1 {
				fmt.Fprintf(b, "\n### %s\n", cmp.Or(c, "other"))
			}
			b.WriteString("\n| function | what it gives | examples |\n|---|---|---|\n")
			for _, f := range byCategory[c] {
				row(b, code(cmp.Or(f.Doc.Syntax, f.Name)), describe(f), examples(f.Doc.Examples))
			}
		}
	}
}

func describe(f *function.Function) string {
	text := f.Doc.Text
	if len(f.Aliases) > 0 {
		text += " Also: " + strings.Join(f.Aliases, ", ") + "."
	}
	return text
}

func examples(list []string) string {
	var out []string
	for _, e := range list {
		out = append(out, code(e))
	}
	return strings.Join(out, "<br>")
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
