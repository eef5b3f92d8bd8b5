package weir_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the exported names that there are into testdata/api.txt")

// public are the packages that programs import; everything else may change at any time.
var public = []string{".", "core/function", "core/function/table", "core/option", "core/stream", "core/types", "core/vector", "io/connector"}

// TestExportedNames holds the names of the public packages to a file, so that a
// change of what others build on is seen in review.
func TestExportedNames(t *testing.T) {
	const golden = "testdata/api.txt"
	var lines []string
	for _, dir := range public {
		names, err := exported(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			lines = append(lines, path.Join("weir", dir)+"."+n)
		}
	}
	got := strings.Join(lines, "\n") + "\n"
	if *rewrite {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	before := strings.Split(string(want), "\n")
	for _, l := range lines {
		if !slices.Contains(before, l) {
			t.Errorf("%s is new", l)
		}
	}
	for _, l := range before {
		if l != "" && !slices.Contains(lines, l) {
			t.Errorf("%s is gone", l)
		}
	}
	if t.Failed() {
		t.Log("where that is meant: go test . -run TestExportedNames -rewrite")
	}
}

// exported lists the exported names of a package, with methods and fields.
func exported(dir string) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			names = append(names, declared(d)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			name = receiver(d.Recv.List[0].Type) + "." + name
		}
		if ast.IsExported(d.Name.Name) && ast.IsExported(name) {
			names = append(names, name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					if id.IsExported() {
						names = append(names, id.Name)
					}
				}
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					names = append(names, s.Name.Name)
					names = append(names, members(s)...)
				}
			}
		}
	}
	return names
}

// members are the fields of a struct and the methods of an interface.
func members(s *ast.TypeSpec) (names []string) {
	var list *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return nil
	}
	for _, f := range list.List {
		for _, id := range f.Names {
			if id.IsExported() {
				names = append(names, s.Name.Name+"."+id.Name)
			}
		}
	}
	return names
}

func receiver(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return fmt.Sprintf("%T", x)
}
