package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reference DIRECTORY")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	for name, page := range map[string]func(*bytes.Buffer){
		"functions.md":  functions,
		"connectors.md": connectors,
		"options.md":    options,
	} {
		var b bytes.Buffer
		b.WriteString("<!-- Made by `go generate ./cli/reference` from the declarations. Change those. -->\n\n")
		page(&b)
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
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
