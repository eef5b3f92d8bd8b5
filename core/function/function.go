package function

import "github.com/weir-engine/weir/core/types"

// Kind is how a function is called.
type Kind uint8

// The kinds of functions.
const (
	Scalar    Kind = iota
	Aggregate      // usable with GROUP BY, and with OVER
	Ranking        // OVER only: ROW_NUMBER, RANK, LAG …
	Table          // in FROM
)

// Arg is what the binder knows of an argument.
type Arg struct {
	Type    types.Type
	Literal *types.Value // nil unless a constant
}

// Signature is a function bound to its arguments.
type Signature struct {
	Args   []types.Type // what each argument is cast to, one for each argument given
	Result types.Type
}

// Doc is a function's page.
type Doc struct {
	Syntax   string // ROUND(numeric, integer)
	Text     string // one to three sentences
	Category string // arithmetic, string, temporal …
	Examples []string
}

// Function is one declaration: name, signature, code and documentation. The
// code hangs in the registries of the packages below (scalar, aggregate), keyed
// by Name, so that this package stays free of kernels.
type Function struct {
	Name    string   // canonical, capitals
	Aliases []string // other names that bind to it
	Kind    Kind
	Doc     Doc
	// Bind checks the arguments and decides coercions and result type. Its errors
	// are *sqlerr.Error without a place; the binder adds it.
	Bind func(args []Arg) (Signature, error)
	// Volatile functions are evaluated per row and never folded (RAND, UUID);
	// Stable ones have one value a query or job (CURRENT_TIMESTAMP in batch).
	Volatile, Stable bool
	// NeedsEntries: an aggregate that can only retract with a multiset of its values.
	NeedsEntries bool
}
