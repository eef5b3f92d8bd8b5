package parser

import (
	"slices"
	"strings"

	"github.com/weir-engine/weir/core/sql/ast"
)

// statementParsers are the first words of statements. They are filled in init,
// since EXPLAIN parses statements too.
var statementParsers map[string]func(p *parser) ast.Statement

var statementWords []string

func init() {
	query := func(p *parser) ast.Statement { return p.parseQuery() }
	statementParsers = map[string]func(p *parser) ast.Statement{
		"SELECT": query, "WITH": query, "VALUES": query, "TABLE": query,
		"CREATE":   (*parser).parseCreate,
		"REPLACE":  (*parser).parseCreate,
		"DROP":     (*parser).parseDrop,
		"ALTER":    (*parser).parseAlter,
		"INSERT":   func(p *parser) ast.Statement { return p.parseInsert() },
		"EXECUTE":  (*parser).parseExecute,
		"BEGIN":    (*parser).parseBeginSet,
		"SET":      (*parser).parseSet,
		"RESET":    (*parser).parseReset,
		"EXPLAIN":  (*parser).parseExplain,
		"DESCRIBE": (*parser).parseDescribe,
		"DESC":     (*parser).parseDescribe,
		"SHOW":     (*parser).parseShow,
		"USE":      (*parser).parseUse,
		"STOP":     (*parser).parseStopJob,
		"ANALYZE":  (*parser).parseAnalyze,
	}
	for w := range statementParsers {
		statementWords = append(statementWords, w)
	}
	slices.Sort(statementWords)
}

// statementsRefused are statements of Flink's grammar that this engine does not run.
var statementsRefused = map[string]string{
	"DELETE": "DELETE", "UPDATE": "UPDATE", "TRUNCATE": "TRUNCATE TABLE", "MERGE": "MERGE", "UPSERT": "UPSERT",
	"CALL": "CALL", "LOAD": "LOAD MODULE", "UNLOAD": "UNLOAD MODULE", "COMPILE": "COMPILE PLAN",
	"ADD": "ADD JAR", "REMOVE": "REMOVE JAR",
}

func (p *parser) parseStatement() ast.Statement {
	p.enter()
	defer p.leave()
	t := p.tok()
	if p.isSymbol("(") {
		return p.parseQuery()
	}
	if t.kind == tokenWord {
		if parse := statementParsers[t.upper]; parse != nil {
			return parse(p)
		}
		if construct := statementsRefused[t.upper]; construct != "" {
			p.unsupported(t, construct)
		}
	}
	e := p.errAt(t, "expected a statement, found %s", t.describe())
	if t.kind == tokenIllegal {
		p.fail(e)
	}
	if near := nearestWord(t.upper, statementWords); near != "" {
		p.fail(e.WithHint("did you mean %s?", near))
	}
	p.fail(e.WithHint("statements begin with %s", strings.Join(statementWords, ", ")))
	return nil
}

func (p *parser) parseInsert() *ast.Insert {
	ins := &ast.Insert{At: p.at()}
	p.expect("INSERT")
	ins.Overwrite = p.expectOne("INTO", "OVERWRITE") == "OVERWRITE"
	ins.Table = p.name("a table")
	ins.Hints = p.parseHints()
	if p.is("PARTITION") {
		ins.Partition = p.partitionValues()
	}
	if p.isSymbol("(") && p.beginsColumns(p.peek(1)) {
		ins.Columns = p.identList("a column")
	}
	ins.Query = p.parseQuery()
	if p.accept("ON") {
		p.expect("CONFLICT", "DO")
		switch p.expectOne("NOTHING", "ERROR", "DEDUPLICATE") {
		case "NOTHING":
			ins.OnConflict = ast.ConflictNothing
		case "ERROR":
			ins.OnConflict = ast.ConflictError
		default:
			ins.OnConflict = ast.ConflictDeduplicate
		}
	}
	return ins
}

// beginsColumns reports whether a parenthesis before t opens a list of columns
// rather than a query. A reserved word counts, so that it is told to be quoted.
func (p *parser) beginsColumns(t *token) bool {
	if t.kind != tokenWord {
		return t.kind == tokenQuoted
	}
	switch t.upper {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return false
	}
	return true
}

// partitionValues parses PARTITION (k = v, k, …).
func (p *parser) partitionValues() []*ast.PartitionValue {
	p.expect("PARTITION")
	return parenList(p, func() *ast.PartitionValue {
		v := &ast.PartitionValue{At: p.at(), Column: p.ident("a partition column")}
		if p.acceptSymbol("=") {
			v.Value = p.partitionLiteral()
		}
		return v
	})
}

func (p *parser) partitionLiteral() ast.Expr {
	t := p.tok()
	x := p.parseExpr(precUnary)
	if u, ok := x.(*ast.Unary); ok && u.Op != ast.Not {
		if _, ok := u.X.(*ast.NumberLit); ok {
			return x
		}
	}
	switch x.(type) {
	case *ast.NumberLit, *ast.StringLit, *ast.BinaryLit, *ast.BoolLit, *ast.NullLit, *ast.DatetimeLit:
		return x
	}
	p.fail(p.errAt(t, "the value of a partition column is a literal, found %s", t.describe()))
	return nil
}

// parseExecute parses EXECUTE STATEMENT SET BEGIN … END, and EXECUTE before an
// INSERT or a query, where the word adds nothing.
func (p *parser) parseExecute() ast.Statement {
	at := p.at()
	p.expect("EXECUTE")
	switch {
	case p.is("PLAN"):
		p.unsupported(p.tok(), "EXECUTE PLAN")
	case p.accept("STATEMENT"):
		p.expect("SET")
		return p.statementSet(at)
	case p.is("INSERT"):
		return p.parseInsert()
	case p.startsQuery(), p.isSymbol("("):
		return p.parseQuery()
	}
	p.failExpected("STATEMENT SET, INSERT or a query", "STATEMENT", "INSERT", "SELECT")
	return nil
}

// statementSet parses BEGIN …; END.
func (p *parser) statementSet(at ast.At) ast.Statement {
	p.expect("BEGIN")
	return p.setInserts(at)
}

// parseBeginSet parses BEGIN STATEMENT SET; …; END.
func (p *parser) parseBeginSet() ast.Statement {
	at := p.at()
	p.expect("BEGIN", "STATEMENT", "SET")
	p.expectSymbol(";")
	return p.setInserts(at)
}

func (p *parser) setInserts(at ast.At) ast.Statement {
	set := &ast.StatementSet{At: at}
	for p.is("INSERT") {
		set.Inserts = append(set.Inserts, p.parseInsert())
		if !p.acceptSymbol(";") {
			p.failExpected(`";"`, clauseWords...)
		}
	}
	if len(set.Inserts) == 0 {
		p.failExpected("INSERT in the statement set", "INSERT")
	}
	if !p.accept("END") {
		p.failExpected("INSERT or END", "INSERT", "END")
	}
	return set
}

// parseSet parses SET, SET 'key' = 'value' and SET key = value.
func (p *parser) parseSet() ast.Statement {
	s := &ast.Set{At: p.at()}
	p.expect("SET")
	if p.tok().kind == tokenEOF {
		return s
	}
	s.Key = p.optionKey("=")
	p.expectSymbol("=")
	last := p.toks[max(0, len(p.toks)-2)]
	switch t := p.tok(); {
	case t.kind == tokenString && p.peek(1).kind == tokenEOF:
		s.Value = p.stringLit("a value")
	case t.kind == tokenEOF:
		p.failExpectedHint("a value", "write SET 'key' = 'value'")
	default:
		// Unquoted, the value is the text itself; what the lexer would pass over may be part of it.
		raw := p.piece.slice(t.pos, p.toks[len(p.toks)-1].pos)
		if t.kind == tokenString || last.end.Line != t.pos.Line || strings.Contains(raw, "--") || strings.Contains(raw, "//") ||
			strings.Contains(raw, "/*") || strings.ContainsAny(raw, "'`") {
			p.failExpectedHint("one value", "quote it: SET 'key' = 'value'")
		}
		s.Value = &ast.StringLit{At: ast.At(t.pos), Value: strings.TrimSpace(raw)}
		p.i = len(p.toks) - 1
	}
	return s
}

func (p *parser) parseReset() ast.Statement {
	r := &ast.Reset{At: p.at()}
	p.expect("RESET")
	if p.tok().kind != tokenEOF {
		r.Key = p.optionKey("")
	}
	return r
}

// optionKey parses a key in quotes, or bare up to a symbol: table.exec.state-ttl.
func (p *parser) optionKey(until string) *ast.StringLit {
	t := p.tok()
	if t.kind == tokenString {
		return p.stringLit("a key")
	}
	if t.kind != tokenWord {
		p.failExpectedHint("a key", "keys are written in quotes: 'parallelism.default'")
	}
	end := t.end
	for p.tok().kind == tokenWord || p.tok().kind == tokenInteger || p.isSymbol(".") || p.isSymbol("-") {
		if p.tok().pos.Offset > end.Offset { // a gap ends the key
			break
		}
		end = p.next().end
	}
	if until != "" && !p.isSymbol(until) {
		p.failExpectedHint(`"`+until+`"`, "write SET 'key' = 'value'")
	}
	return &ast.StringLit{At: ast.At(t.pos), Value: p.piece.slice(t.pos, end)}
}

// explainDetails are the words that may stand behind EXPLAIN.
var explainDetails = []ast.ExplainDetail{
	ast.EstimatedCost, ast.ChangelogMode, ast.PlanAdvice, ast.JSONExecutionPlan, ast.AnalyzePlan,
}

func (p *parser) parseExplain() ast.Statement {
	e := &ast.Explain{At: p.at()}
	p.expect("EXPLAIN")
	if !p.accept("PLAN", "FOR") {
		e.Details = p.parseExplainDetails()
	}
	at := p.at()
	p.accept("EXECUTE")
	switch {
	case p.accept("STATEMENT", "SET"):
		e.Statement = p.statementSet(at)
	case p.is("INSERT"):
		e.Statement = p.parseInsert()
	case p.startsQuery(), p.isSymbol("("):
		e.Statement = p.parseQuery()
	default:
		choices := []string{"SELECT", "INSERT", "STATEMENT", "WITH", "VALUES"}
		if len(e.Details) == 0 {
			for _, d := range explainDetails {
				choices = append(choices, string(d))
			}
		}
		p.failExpected("a query, INSERT or STATEMENT SET", choices...)
	}
	return e
}

func (p *parser) parseExplainDetails() []ast.ExplainDetail {
	var details []ast.ExplainDetail
	for {
		found := false
		for _, d := range explainDetails {
			if p.accept(string(d)) {
				details = append(details, d)
				found = true
				break
			}
		}
		if !found && len(details) == 0 {
			return nil
		}
		if !found {
			p.failExpected("a detail of EXPLAIN", "ESTIMATED_COST", "CHANGELOG_MODE", "PLAN_ADVICE", "JSON_EXECUTION_PLAN", "ANALYZE")
		}
		if !p.acceptSymbol(",") {
			return details
		}
	}
}
