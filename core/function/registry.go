package function

import (
	"fmt"
	"sort"
	"strings"
)

var byName = map[string]*Function{}

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
	f, ok := byName[strings.ToUpper(name)]
	return f, ok
}

// All lists the functions by canonical name, but for those that only rewrites use:
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
