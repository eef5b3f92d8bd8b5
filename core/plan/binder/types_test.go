package binder

import (
	"os"
	"strings"
	"testing"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
)

const typesTable = `CREATE TABLE t (i INT, inn INT NOT NULL, b BIGINT, si SMALLINT, ti TINYINT, f FLOAT, d DOUBLE,
	dec1 DECIMAL(10, 2), dec2 DECIMAL(20, 5) NOT NULL, s STRING, vc VARCHAR(5), ch CHAR(3), bo BOOLEAN, dt DATE, tm TIME,
	ts TIMESTAMP(3), ts6 TIMESTAMP(6), lz TIMESTAMP_LTZ(3), r ROW<x INT, y STRING NOT NULL>, arr ARRAY<INT>,
	m MAP<STRING, BIGINT>, bin BYTES) WITH ('connector' = 'datagen')`

// TestTypesOfExpressions compares the types of expressions with those recorded
// from the reference engine, nullability included.
func TestTypesOfExpressions(t *testing.T) {
	s := &session{cat: catalog.New()}
	if out := s.run(typesTable); out != "ok\n" {
		t.Fatal(out)
	}
	recorded, err := os.ReadFile("reference/types.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(recorded)), "\n")[1:] {
		text, want, _ := strings.Cut(line, "\t")
		stmt, err := parser.ParseStatement("SELECT " + text + " FROM t")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		n, _, err := s.binder().Query(stmt.(*ast.Query))
		if !isDeclared(text, err) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := n.Columns()[0].Type.String()
		if kind, _, nested := strings.Cut(got, "<"); nested {
			// The record names only the kind of a nested type.
			got = kind + got[strings.LastIndex(got, ">")+1:]
		}
		if got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestUndefinedFunctionNamesTheNearest(t *testing.T) {
	s := &session{cat: catalog.New()}
	out := s.run("SELECT 1,\n  countt(1)")
	if !strings.HasPrefix(out, "error[42883] 2:3 function COUNTT does not exist\nhint: nearest: COUNT") {
		t.Error(out)
	}
}
