// Package rule holds the rewrites of logical plans, one a file, and the order
// in which Optimize applies them:
//
//	decorrelate   Apply → Join; unnest where predicates cannot be pulled up
//	session       SESSION windows of inputs that end become window functions
//	fold          constant expressions, once
//	pushdown      predicates to where their columns are made; outer joins that
//	              cannot show their padding become inner
//	unmark        mark joins that only filter become semi and anti joins
//	distinct      COUNT(DISTINCT) alone becomes two groupings
//	semijoin      selective semi joins below the joins they reduce
//	joinorder     inner joins by estimated cost
//	prune         columns that nobody reads
//	hint          scans hear of the filters and limits above them
//
// ShareSources then makes one of the scans of a stream, over all statements of a
// program; core/plan/implement does the same with whole subplans.
//
// Every rewrite keeps the columns (ids, names, order) of the node it replaces.
// Read optimize.go first.
package rule
