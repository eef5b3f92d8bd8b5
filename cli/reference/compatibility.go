package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/exec/sqltest"
)

// featureFiles are the parts of the page, each a file of testdata/compat.
var featureFiles = []struct{ file, title string }{
	{"statements.slt", "Statements"},
	{"queries.slt", "Queries"},
	{"functions.slt", "Scalar functions and operators"},
	{"aggregates.slt", "Aggregate functions"},
}

// verdict is how one feature fares in one mode.
type verdict struct {
	word string // works, differs, absent, or empty: Flink does not have it in this mode
	why  string
}

// fared is a feature with its verdicts.
type fared struct {
	sqltest.Feature
	batch, streaming verdict
}

func (f *fared) works() bool { return f.batch.word == "works" && f.streaming.word == "works" }

const compatibilityText = `# Compatibility

What of Flink 2.3 works here. Each line is a small program in testdata/compat whose answer is real Flink's; this page is
made by running them. *works*: the same answer. *differs*: an answer, but not the same. *absent*: refused with an error that
says so. An empty cell: Flink has it in the other mode only.

Functions are compared with Flink over many more inputs (testdata/sql/function). They differ, on purpose, where Flink's answer
is an accident: characters beyond U+FFFF are never parted in two; times before 1970 with a fraction are not moved up to the
next second; years above 9999 and before 1582 are those of one calendar; UPPER never cuts a letter off; JSON_VALUE with
RETURNING answers a value of another type as ON ERROR says instead of failing; VARIANTs that print alike are equal; an unknown
zone of CONVERT_TZ is an error, not UTC. Refused with an error: filters and functions but length() in JSON paths, \X in
regular expressions, %h and %t in PRINTF, and VARIANT and BITMAP as columns of tables.
`

func compatibility(b *bytes.Buffer, dir string) error {
	b.WriteString(compatibilityText)
	var parts bytes.Buffer
	b.WriteString("\n| | works | differs | absent |\n|---|---|---|---|\n")
	for _, f := range featureFiles {
		features, err := sqltest.LoadFeatures(filepath.Join(dir, f.file))
		if err != nil {
			return err
		}
		all := make([]fared, len(features))
		for i, feature := range features {
			all[i] = fared{feature, fare(feature, false), fare(feature, true)}
		}
		count := counts(all)
		row(b, f.title, fmt.Sprint(count["works"]), fmt.Sprint(count["differs"]), fmt.Sprint(count["absent"]))
		fmt.Fprintf(&parts, "\n## %s\n", f.title)
		for _, section := range sectionsOf(all) {
			writeSection(&parts, section)
		}
	}
	if err := connectorKeys(&parts, dir); err != nil {
		return err
	}
	if err := optionKeys(&parts, dir); err != nil {
		return err
	}
	_, err := b.Write(parts.Bytes())
	return err
}

// fare runs a feature in one mode.
func fare(f sqltest.Feature, streaming bool) verdict {
	config := sqltest.Config{Name: "batch", Parallelism: 1, BatchRows: 8192, Any: true}
	if streaming {
		config.Name, config.Streaming, config.Backend = "streaming", true, "hashmap"
	}
	stats, err := sqltest.Run(context.Background(), f.Program, config)
	switch {
	case err == nil && stats.Runs == 0:
		return verdict{}
	case err == nil:
		return verdict{word: "works"}
	}
	if e := sqlerr.As(err); e != nil {
		return verdict{"absent", e.Message}
	}
	return verdict{"differs", difference(err)}
}

// difference is an error of the runner without the place of the file.
func difference(err error) string {
	_, text, _ := strings.Cut(err.Error(), "] ")
	return strings.Join(strings.Fields(text), " ")
}

// counts counts features by the worse of their verdicts.
func counts(all []fared) map[string]int {
	n := map[string]int{}
	for _, f := range all {
		switch {
		case f.batch.word == "absent" || f.streaming.word == "absent":
			n["absent"]++
		case f.batch.word == "differs" || f.streaming.word == "differs":
			n["differs"]++
		default:
			n["works"]++
		}
	}
	return n
}

func sectionsOf(all []fared) (out [][]fared) {
	for i, f := range all {
		if i == 0 || all[i-1].Section != f.Section {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], f)
	}
	return out
}

// writeSection names what works and tells of the rest.
func writeSection(b *bytes.Buffer, section []fared) {
	if title := section[0].Section; title != "" {
		fmt.Fprintf(b, "\n### %s\n", title)
	}
	var works []string
	var rest []fared
	for _, f := range section {
		if f.works() {
			works = append(works, code(f.Title))
		} else {
			rest = append(rest, f)
		}
	}
	if len(works) > 0 {
		fmt.Fprintf(b, "\nWork in both modes: %s.\n", strings.Join(works, ", "))
	}
	if len(rest) == 0 {
		return
	}
	b.WriteString("\n| | batch | streaming | |\n|---|---|---|---|\n")
	for _, f := range rest {
		why := f.batch.why
		if why == "" {
			why = f.streaming.why
		}
		row(b, code(f.Title), f.batch.word, f.streaming.word, why)
	}
}
