package aggregate

import (
	"github.com/weir-engine/weir/core/function"
	"github.com/weir-engine/weir/core/types"
)

const category = "aggregate"

func declare(f function.Function) {
	f.Kind = function.Aggregate
	f.Doc.Category = category
	function.Register(&f)
}

func init() {
	declareSums()
	declareExtremes()
	declareVariances()
	declareCollections()
	declareJSON()
	declareBitmaps()
	declarePercentile()
}

func declareSums() {
	declare(function.Function{
		Name: "COUNT", Bind: bindCount,
		Doc: function.Doc{
			Syntax:   "COUNT(*) | COUNT([DISTINCT] value)",
			Text:     "The number of rows, or of rows whose value is not NULL. Never NULL.",
			Examples: []string{"COUNT(*)", "COUNT(DISTINCT user_id)", "COUNT(*) FILTER (WHERE price > 10)"},
		},
	})
	declare(function.Function{
		Name: "SUM", Bind: one("SUM", "one numeric argument", isNumeric, SumType),
		Doc: function.Doc{
			Syntax:   "SUM([DISTINCT] numeric)",
			Text:     "The sum of the values that are not NULL; NULL when there are none. Integers keep their type and wrap on overflow; DECIMAL(p, s) gives DECIMAL(38, s), NULL on overflow.",
			Examples: []string{"SUM(price)"},
		},
	})
	declare(function.Function{
		Name: "$SUM0", Bind: bindSum0,
		Doc: function.Doc{
			Syntax: "SUM0(numeric)",
			Text:   "The sum of the values that are not NULL; 0 when there are none.",
		},
	})
	declare(function.Function{
		Name: "AVG", Bind: one("AVG", "one numeric argument", isNumeric, AvgType),
		Doc: function.Doc{
			Syntax:   "AVG([DISTINCT] numeric)",
			Text:     "The mean of the values that are not NULL, in the type of the argument: integers truncate, DECIMAL(p, s) gives DECIMAL(38, max(6, s)).",
			Examples: []string{"AVG(price)", "AVG(CAST(quantity AS DOUBLE))"},
		},
	})
}

func declareExtremes() {
	for _, f := range []struct{ name, text string }{
		{"MIN", "The least value that is not NULL; NULL when there is none."},
		{"MAX", "The greatest value that is not NULL; NULL when there is none."},
	} {
		declare(function.Function{
			Name: f.name, NeedsEntries: true, Bind: one(f.name, "one argument that can be compared", isOrdered, same),
			Doc: function.Doc{Syntax: f.name + "(value)", Text: f.text, Examples: []string{f.name + "(price)"}},
		})
	}
	for _, f := range []struct{ name, text string }{
		{"FIRST_VALUE", "The first value that is not NULL, in the order of the input."},
		{"LAST_VALUE", "The last value that is not NULL, in the order of the input."},
	} {
		declare(function.Function{
			Name: f.name, NeedsEntries: true, Bind: one(f.name, "one argument", isKept, same),
			Doc: function.Doc{Syntax: f.name + "(value)", Text: f.text, Examples: []string{f.name + "(status)"}},
		})
	}
	declare(function.Function{
		Name: "ANY_VALUE", NeedsEntries: true, Bind: one("ANY_VALUE", "one argument", isKept, same),
		Doc: function.Doc{Syntax: "ANY_VALUE(value)", Text: "Some value of the group that is not NULL.", Examples: []string{"ANY_VALUE(name)"}},
	})
	declare(function.Function{
		Name: "SINGLE_VALUE", Bind: one("SINGLE_VALUE", "one argument", isKept, same),
		Doc: function.Doc{Syntax: "SINGLE_VALUE(value)", Text: "The value of the only row of the group; an error where there are more.", Examples: []string{"SINGLE_VALUE(price)"}},
	})
}

func declareVariances() {
	for _, f := range []struct {
		name    string
		aliases []string
		text    string
	}{
		{"STDDEV_POP", nil, "The population standard deviation."},
		{"STDDEV_SAMP", []string{"STDDEV"}, "The sample standard deviation; NULL for fewer than two values."},
		{"VAR_POP", nil, "The population variance."},
		{"VAR_SAMP", []string{"VARIANCE"}, "The sample variance; NULL for fewer than two values."},
	} {
		declare(function.Function{
			Name: f.name, Aliases: f.aliases, Bind: one(f.name, "one numeric argument", isNumeric, AvgType),
			Doc: function.Doc{
				Syntax:   f.name + "(numeric)",
				Text:     f.text + " Like AVG it has the type of its argument: cast integers to DOUBLE for a fraction.",
				Examples: []string{f.name + "(CAST(quantity AS DOUBLE))"},
			},
		})
	}
}

func declareCollections() {
	declare(function.Function{
		Name: "LISTAGG", NeedsEntries: true, Bind: bindListAgg,
		Doc: function.Doc{
			Syntax:   "LISTAGG(string [, separator])",
			Text:     "The strings that are not NULL, in the order of the input, with the separator (',' unless given) between them.",
			Examples: []string{"LISTAGG(name, '; ')"},
		},
	})
	declare(function.Function{
		Name: "APPROX_COUNT_DISTINCT", NeedsEntries: true, Bind: bindApproxDistinct,
		Doc: function.Doc{
			Syntax:   "APPROX_COUNT_DISTINCT(value)",
			Text:     "About the number of distinct values that are not NULL, by HyperLogLog; the standard error is 1.6 %.",
			Examples: []string{"APPROX_COUNT_DISTINCT(user_id)"},
		},
	})
	declare(function.Function{
		Name: "ARRAY_AGG", NeedsEntries: true,
		Bind: one("ARRAY_AGG", "one argument", isKept, types.ArrayType),
		Doc: function.Doc{
			Syntax:   "ARRAY_AGG(value)",
			Text:     "The values, NULLs included, in the order of the input, as an ARRAY; NULL for no rows.",
			Examples: []string{"ARRAY_AGG(price)"},
		},
	})
	declare(function.Function{
		Name: "COLLECT", NeedsEntries: true, Bind: bindCollect,
		Doc: function.Doc{
			Syntax:   "COLLECT([DISTINCT] value)",
			Text:     "The values that are not NULL, as a MULTISET; empty for no rows.",
			Examples: []string{"COLLECT(name)"},
		},
	})
}
