package shell

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
)

// Kind is what an entry that is no statement asks for.
type Kind uint8

// The kinds of commands.
const (
	None Kind = iota // a statement
	Quit
	Help
	Clear
	Run     // the statements of Text
	Include // the file Text
	Format  // results in the format Text
	Timing  // says how long statements took, or stops to
	Unknown // a \ that means nothing: Text
)

// Command is an entry that is no statement.
type Command struct {
	Kind Kind
	Text string
}

// Commands tells of the entries that begin with a \.
const Commands = `  \d            tables and views             \d NAME      columns of one
  \dv           views                        \df [LIKE]   functions
  \l            databases                    \c NAME      use a database
  \s            options that are set         \j           jobs
  \i FILE       run a file                   \f FORMAT    table, csv or json
  \timing       say how long it took, or not \? \q        help, quit`

// CommandOf reads an entry: a word such as QUIT, with or without a semicolon, or
// a \ and its argument. Anything else is None.
func CommandOf(text string) Command {
	text = strings.TrimRight(strings.TrimSpace(text), "; \t\n")
	if rest, ok := strings.CutPrefix(text, `\`); ok {
		name, arg, _ := strings.Cut(rest, " ")
		return backslash(name, strings.TrimSpace(arg))
	}
	switch strings.ToUpper(text) {
	case "QUIT", "EXIT":
		return Command{Kind: Quit}
	case "HELP":
		return Command{Kind: Help}
	case "CLEAR":
		return Command{Kind: Clear}
	}
	return Command{}
}

func backslash(name, arg string) Command {
	switch name {
	case "q":
		return Command{Kind: Quit}
	case "?":
		return Command{Kind: Help}
	case "timing":
		return Command{Kind: Timing}
	case "dv":
		return run("SHOW VIEWS")
	case "l":
		return run("SHOW DATABASES")
	case "s":
		return run("SET")
	case "j":
		return run("SHOW JOBS")
	case "d":
		if arg == "" {
			return run("SHOW TABLES")
		}
		return run("DESCRIBE " + quoted(arg))
	case "df":
		if arg == "" {
			return run("SHOW FUNCTIONS")
		}
		return run("SHOW FUNCTIONS ILIKE '%" + strings.ReplaceAll(arg, "'", "''") + "%'")
	}
	if arg != "" {
		switch name {
		case "c":
			return run("USE " + quoted(arg))
		case "i":
			return Command{Include, arg}
		case "f":
			return Command{Format, arg}
		}
	}
	return Command{Unknown, `\` + name}
}

func run(statement string) Command { return Command{Run, statement + ";"} }

// quoted puts each part of a name in back-ticks.
func quoted(name string) string {
	parts := strings.Split(strings.ReplaceAll(name, "`", ""), ".")
	for i, p := range parts {
		parts[i] = catalog.Quote(p)
	}
	return strings.Join(parts, ".")
}
