package sqltest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Program is a parsed .slt file.
type Program struct {
	Path   string
	Blocks []Block
	Late   bool   // compared between unbounded runs only
	Large  bool   // does not fit into a small memory: runs in the configurations for large programs
	Mode   string // batch or streaming: the only mode it runs in; empty: both
}

// BlockKind is what a block asks for.
type BlockKind uint8

// The kinds of blocks.
const (
	StatementOK BlockKind = iota
	StatementError
	Query
	Changelog
)

// Block is one statement with what is expected of it.
type Block struct {
	Kind    BlockKind
	Line    int
	SQL     string
	Pattern *regexp.Regexp // StatementError
	Types   string         // Query, Changelog: a letter a column
	RowSort bool
	Rows    []string // as written
}

// Load parses a file.
func Load(path string) (*Program, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &Program{Path: path}
	r := &lines{all: strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")}
	for r.skip() {
		if err := p.block(r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, r.at, err)
		}
	}
	return p, nil
}

// lines walks over a file; at is the number of the line last taken, from 1.
type lines struct {
	all []string
	at  int
}

// skip passes empty lines and comments, and reports whether anything is left.
func (l *lines) skip() bool {
	for l.at < len(l.all) {
		s := strings.TrimSpace(l.all[l.at])
		if s != "" && !strings.HasPrefix(s, "#") {
			return true
		}
		l.at++
	}
	return false
}

func (l *lines) take() string { l.at++; return l.all[l.at-1] }

// until takes the lines before an empty one, or before stop.
func (l *lines) until(stop string) (out []string, stopped bool) {
	for l.at < len(l.all) {
		s := l.take()
		if stop != "" && strings.TrimSpace(s) == stop {
			return out, true
		}
		if strings.TrimSpace(s) == "" {
			return out, false
		}
		out = append(out, s)
	}
	return out, false
}

func (p *Program) block(r *lines) error {
	head := strings.Fields(r.take())
	b := Block{Line: r.at}
	switch head[0] {
	case "late":
		p.Late = true
		return nil
	case "large":
		p.Large = true
		return nil
	case "mode":
		if len(head) != 2 || head[1] != "batch" && head[1] != "streaming" {
			return fmt.Errorf("mode is batch or streaming")
		}
		p.Mode = head[1]
		return nil
	case "statement":
		return p.statement(&b, head, r)
	case "query", "changelog":
		return p.query(&b, head, r)
	}
	return fmt.Errorf("unknown directive %q: there are statement, query, changelog, late, large and mode", head[0])
}

func (p *Program) statement(b *Block, head []string, r *lines) error {
	if len(head) < 2 || head[1] != "ok" && head[1] != "error" {
		return fmt.Errorf("statement is followed by ok or error")
	}
	if head[1] == "error" {
		b.Kind = StatementError
		pattern := strings.TrimSpace(strings.Join(head[2:], " "))
		var err error
		if b.Pattern, err = regexp.Compile(pattern); err != nil {
			return err
		}
	}
	sql, _ := r.until("")
	return p.add(b, sql)
}

func (p *Program) query(b *Block, head []string, r *lines) error {
	b.Kind = Query
	if head[0] == "changelog" {
		b.Kind = Changelog
	}
	for i, word := range head[1:] {
		switch {
		case word == "rowsort":
			b.RowSort = true
		case i == 0:
			b.Types = word
		}
	}
	sql, found := r.until("----")
	if !found {
		return fmt.Errorf("a %s needs ---- and its rows", head[0])
	}
	b.Rows, _ = r.until("")
	return p.add(b, sql)
}

func (p *Program) add(b *Block, sql []string) error {
	b.SQL = strings.TrimSuffix(strings.TrimSpace(strings.Join(sql, "\n")), ";")
	if b.SQL == "" {
		return fmt.Errorf("a statement is missing")
	}
	p.Blocks = append(p.Blocks, *b)
	return nil
}
