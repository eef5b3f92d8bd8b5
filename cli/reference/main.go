package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/weir-engine/weir/cli/rest"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: reference DOCS TESTDATA")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func write(docs, testdata string) error {
	pages := map[string]func(*bytes.Buffer) error{
		"reference/functions.md":  told(functions),
		"reference/connectors.md": told(connectors),
		"reference/options.md":    told(options),
		"compatibility.md": func(b *bytes.Buffer) error {
			return compatibility(b, filepath.Join(testdata, "compat"))
		},
	}
	if err := os.WriteFile(filepath.Join(docs, "reference/openapi.json"), rest.Document("of the release"), 0o644); err != nil {
		return err
	}
	for name, page := range pages {
		var b bytes.Buffer
		b.WriteString("<!-- Made by `go generate ./cli/reference`. Change what it is made from. -->\n\n")
		if err := page(&b); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(docs, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// told is a page that is made from declarations alone.
func told(page func(*bytes.Buffer)) func(*bytes.Buffer) error {
	return func(b *bytes.Buffer) error {
		page(b)
		return nil
	}
}

// row writes one row of a table.
func row(b *bytes.Buffer, cells ...string) {
	for _, c := range cells {
		b.WriteString("| ")
		b.WriteString(strings.NewReplacer("|", `\|`, "\n", " ").Replace(c))
		b.WriteByte(' ')
	}
	b.WriteString("|\n")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}
