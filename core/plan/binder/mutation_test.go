package binder

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/plan/logical"
	"github.com/weir-engine/weir/core/sql/ast"
	"github.com/weir-engine/weir/core/sql/parser"
	"github.com/weir-engine/weir/core/sqlerr"
)

// TestMutations binds statements with words exchanged, dropped and repeated:
// whatever the text, the answer is a closed plan or a user's error with a place.
func TestMutations(t *testing.T) {
	const seed, rounds = 20, 80
	rng := rand.New(rand.NewPCG(seed, seed))
	plans, refused := 0, 0
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &session{cat: catalog.New()}
		var words []string
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.streaming = d.HasArg("streaming")
			text := d.Input
			if d.Cmd == "tpch" {
				var q string
				d.ScanArgs(t, "q", &q)
				b, err := os.ReadFile(filepath.Join("../../../benchmarks/tpch/queries", "q"+q+".sql"))
				if err != nil {
					t.Fatal(err)
				}
				text = string(b)
			}
			own := split(text)
			words = append(words, own...)
			for range rounds {
				p, r := s.mutant(t, mutate(rng, own, words))
				plans, refused = plans+p, refused+r
			}
			if strings.Contains(text, "CREATE ") {
				s.run(text)
			}
			return d.Expected
		})
	})

	if plans < 300 || refused < 300 {
		t.Errorf("%d plans and %d errors: the mutants show too little", plans, refused)
	}
}

// split cuts a text into words, with punctuation as words of its own.
func split(text string) []string {
	for _, p := range []string{"(", ")", ","} {
		text = strings.ReplaceAll(text, p, " "+p+" ")
	}
	return strings.Fields(text)
}

func mutate(rng *rand.Rand, own, all []string) string {
	out := append([]string(nil), own...)
	for range 1 + rng.IntN(2) {
		i := rng.IntN(len(out))
		switch rng.IntN(4) {
		case 0:
			out[i] = all[rng.IntN(len(all))]
		case 1:
			j := rng.IntN(len(out))
			out[i], out[j] = out[j], out[i]
		case 2:
			if len(out) > 1 {
				out = append(out[:i], out[i+1:]...)
			}
		case 3:
			out = append(out[:i], append([]string{out[rng.IntN(len(out))]}, out[i:]...)...)
		}
	}
	return strings.Join(out, " ")
}

func (s *session) mutant(t *testing.T, text string) (plans, refused int) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v\n%s", r, text)
		}
	}()
	stmts, err := parser.ParseScript(text)
	if err != nil {
		return 0, 0
	}
	for _, stmt := range stmts {
		n, err := s.bind(stmt)
		if err != nil {
			refused++
			if e := sqlerr.As(err); e == nil || !e.Pos.IsValid() {
				t.Errorf("%v has no place\n%s", err, text)
			}
			continue
		}
		if n == nil {
			continue
		}
		plans++
		for _, problem := range problems(n, nil) {
			t.Errorf("%s\n%s\n%s", problem, text, logical.Format(n))
		}
	}
	return plans, refused
}

// bind binds without entering anything into the catalog.
func (s *session) bind(stmt ast.Statement) (logical.Node, error) {
	switch stmt := stmt.(type) {
	case *ast.Query:
		n, _, err := s.binder().Query(stmt)
		return n, err
	case *ast.Insert:
		n, err := s.binder().Insert(stmt)
		if err != nil {
			return nil, err
		}
		return n, nil
	case *ast.CreateTable:
		_, err := s.binder().CreateTable(stmt)
		return nil, err
	case *ast.CreateView:
		_, err := s.binder().CreateView(stmt)
		return nil, err
	}
	return nil, nil
}
