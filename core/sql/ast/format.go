package ast

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Format writes n as SQL on one line. Parsed again, the text gives an equal tree,
// positions aside. Keywords come in upper case, names in back-ticks where they
// need them.
func Format(n Node) string {
	if isNil(n) {
		return ""
	}
	var w writer
	w.node(n)
	return w.String()
}

// Quoted is Format with every name in back-ticks, as Flink shows expressions.
func Quoted(n Node) string {
	w := writer{quoteAll: true}
	w.node(n)
	return w.String()
}

// writer writes nodes. Each method writes its node without space around it.
type writer struct {
	strings.Builder
	quoteAll bool
}

func (w *writer) put(s ...string) {
	for _, s := range s {
		w.WriteString(s)
	}
}

// when writes s if ok.
func (w *writer) when(ok bool, s string) {
	if ok {
		w.WriteString(s)
	}
}

func (w *writer) node(n Node) {
	switch n := n.(type) {
	case Expr:
		w.expr(n, precLowest)
	case QueryExpr:
		w.query(n)
	case TableExpr:
		w.table(n)
	case Statement:
		w.statement(n)
	default:
		w.part(n)
	}
}

// part writes the nodes that are parts of others.
func (w *writer) part(n Node) {
	switch n := n.(type) {
	case *Ident:
		w.ident(n)
	case *Name:
		w.name(n.Parts)
	case *DataType:
		w.dataType(n)
	case *Window:
		w.window(n)
	case *OrderItem:
		w.orderItem(n)
	case *SelectItem:
		w.selectItem(n)
	case *GroupItem:
		w.groupItem(n)
	case *Hint:
		w.hint(n)
	case *Alias:
		w.alias(n)
	case *ColumnDef:
		w.columnDef(n)
	case *Watermark:
		w.watermark(n)
	case *PrimaryKey:
		w.primaryKey(n)
	case *Option:
		w.option(n)
	default:
		w.put(fmt.Sprintf("<%T>", n))
	}
}

// list writes items with commas between them.
func list[T any](w *writer, items []T, write func(T)) {
	for i, item := range items {
		w.when(i > 0, ", ")
		write(item)
	}
}

// parens writes items in parentheses.
func parens[T any](w *writer, items []T, write func(T)) {
	w.put("(")
	list(w, items, write)
	w.put(")")
}

func (w *writer) ident(id *Ident) {
	if w.quoteAll {
		w.put("`", strings.ReplaceAll(id.Text, "`", "``"), "`")
		return
	}
	w.put(QuoteIdent(id.Text))
}

func (w *writer) name(parts []*Ident) {
	for i, id := range parts {
		w.when(i > 0, ".")
		w.ident(id)
	}
}

func (w *writer) str(s *StringLit) {
	if s.Charset != "" {
		w.put("_", s.Charset)
	}
	w.put(QuoteString(s.Value))
}

func (w *writer) optionalStr(keyword string, s *StringLit) {
	if s != nil {
		w.put(" ", keyword, " ")
		w.str(s)
	}
}

// QuoteIdent writes a name as SQL, in back-ticks if it needs them.
func QuoteIdent(name string) string {
	upper := strings.ToUpper(name)
	if isPlainName(name) && !reserved[upper] && !contextual[upper] {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// isPlainName reports whether the lexer takes the whole of name as one identifier.
func isPlainName(name string) bool {
	for i, r := range name {
		switch {
		case r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		case r >= '0' && r <= '9' && i > 0:
		case r >= utf8.RuneSelf && r != utf8.RuneError && unicode.IsLetter(r):
		default:
			return false
		}
	}
	return name != ""
}

// QuoteString writes a string as SQL.
func QuoteString(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func (w *writer) dataType(t *DataType) {
	w.put(t.Name)
	switch {
	case t.Interval != nil:
		w.put(" ")
		w.qualifier(*t.Interval)
	case len(t.Args) > 0:
		w.put("<")
		list(w, t.Args, w.dataType)
		w.put(">")
	case t.Name == "ROW":
		w.put("<")
		list(w, t.Fields, func(f *Field) {
			w.ident(f.Name)
			w.put(" ")
			w.dataType(f.Type)
			if f.Comment != nil {
				w.put(" ")
				w.str(f.Comment)
			}
		})
		w.put(">")
	case len(t.Params) > 0:
		parens(w, t.Params, func(n int) { w.put(strconv.Itoa(n)) })
	}
	w.when(t.NotNull, " NOT NULL")
}

func (w *writer) qualifier(q IntervalQualifier) {
	w.put(string(q.Start))
	fraction := func() {
		if q.Fraction != Unspecified {
			w.put(strconv.Itoa(q.Fraction))
		}
	}
	if q.Leading != Unspecified {
		w.put("(", strconv.Itoa(q.Leading))
		if q.End == "" && q.Fraction != Unspecified {
			w.put(", ")
			fraction()
		}
		w.put(")")
	}
	if q.End == "" {
		return
	}
	w.put(" TO ", string(q.End))
	if q.Fraction != Unspecified {
		w.put("(")
		fraction()
		w.put(")")
	}
}
