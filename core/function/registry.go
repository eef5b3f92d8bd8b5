package function

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/weir-engine/weir/core/sqlerr"
)

var (
	byName  = map[string]*Function{} // built in; whole when main begins
	defined sync.Map                 // of programs: canonical name → *Function
)

// Register adds a declaration; it is called from init functions and panics on a
// name that is taken.
func Register(f *Function) {
	for _, n := range append([]string{f.Name}, f.Aliases...) {
		if byName[n] != nil {
			panic(fmt.Sprintf("function %s is declared twice", n))
		}
		byName[n] = f
	}
}

// Lookup finds a function by name, in any case.
func Lookup(name string) (*Function, bool) {
	name = strings.ToUpper(name)
	if f, ok := byName[name]; ok {
		return f, true
	}
	f, ok := defined.Load(name)
	if !ok {
		return nil, false
	}
	return f.(*Function), true
}

// Define adds a function of a program, or replaces one; what is built in stays.
func Define(f *Function) error {
	if byName[f.Name] != nil {
		return sqlerr.Newf(sqlerr.DuplicateObject, "function %s is built in", f.Name)
	}
	defined.Store(f.Name, f)
	return nil
}

// All lists the built-in functions by canonical name, but for those that only rewrites use:
// their names begin with a dollar.
func All() []*Function {
	var out []*Function
	for n, f := range byName {
		if n == f.Name && n[0] != '$' {
			out = append(out, f)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func sorted(names []string) []string {
	sort.Strings(names)
	return names
}
