// Package plantest binds SQL over made-up tables, for tests of planning: what a
// source or sink can do is said in the options of its table.
//
//	'bounded' = 'false'                    the source has no end
//	'changelog' = 'upsert' or 'retract'    what it emits
//	'updates' = 'true', 'before' = 'true'  the sink takes updates, and wants -U
//
// The tables of TPC-H have the statistics of scale factor 1; those of TPC-DS are
// made by DefineTPCDS, with what its files say at that scale.
package plantest
