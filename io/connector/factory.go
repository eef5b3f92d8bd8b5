package connector

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/expr"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// ErrNeedSplits is returned by Reader.Next when all its splits are finished.
var ErrNeedSplits = errors.New("connector: reader has no splits")

// ScanSpec is what a query wants of a table.
type ScanSpec struct {
	Columns []int        // ordinals of Table.Produced, in output order
	Filters []*expr.Expr // hints; columns are ordinals of Columns
	Limit   int64        // rows that suffice; -1: all
	Fields  [][]int      // hints: by column, of a ROW the fields that are read, the others may be anything of their type; nil: all
	// StreamingMode: the job runs in streaming mode, though the source may be bounded.
	StreamingMode bool
}

// Factory makes a connector's sources and sinks. Optional parts are further interfaces.
type Factory interface {
	// Name is the value of 'connector'.
	Name() string
	Doc() Doc
	// Options declares all keys besides 'connector', those of formats included.
	Options(t *catalog.Table) []*option.Definition
}

// Doc is a connector's page.
type Doc struct {
	Text     string
	Reads    bool
	Writes   bool
	Examples []string
}

// SourceFactory is a Factory that reads.
type SourceFactory interface {
	Factory
	Info(t *catalog.Table) (*catalog.SourceInfo, error)
	NewSource(t *catalog.Table, spec ScanSpec) (Source, error)
}

// SinkFactory is a Factory that writes.
type SinkFactory interface {
	Factory
	SinkInfo(t *catalog.Table) (*catalog.SinkInfo, error)
	// NewSink writes rows with the columns of Table.Persisted.
	NewSink(t *catalog.Table, spec SinkSpec) (Sink, error)
}

// SinkSpec is what a job wants of a sink.
type SinkSpec struct {
	Overwrite bool
	Upsert    []int             // key columns of the rows; nil: insert-only or retract
	Partition map[string]string // of INSERT … PARTITION (k = v), as texts
	// StreamingMode: the job runs in streaming mode, though its input may be bounded.
	StreamingMode bool
}

// InferringFactory is a Factory that can tell a table's columns from its data.
type InferringFactory interface {
	Infer(t *catalog.Table) error
}

// MetadataFactory is a Factory that offers metadata columns.
type MetadataFactory interface {
	MetadataColumns(t *catalog.Table) (map[string]types.Type, error)
}

// PartitionedFactory is a Factory whose tables may be partitioned.
type PartitionedFactory interface {
	// Partitions lists those there are: p1=a/p2=b.
	Partitions(t *catalog.Table) ([]string, error)
}

// Registry finds factories by name. It is filled before use and read-only then.
type Registry struct{ byName map[string]Factory }

// NewRegistry makes a registry of factories.
func NewRegistry(fs ...Factory) *Registry {
	r := &Registry{byName: map[string]Factory{}}
	for _, f := range fs {
		if r.byName[f.Name()] != nil {
			panic(fmt.Sprintf("connector %s is registered twice", f.Name()))
		}
		r.byName[f.Name()] = f
	}
	return r
}

// Find is the factory of a table.
func (r *Registry) Find(t *catalog.Table) (Factory, error) {
	name := t.Connector()
	if name == "" {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "table %s has no 'connector' option", t.Name).WithHint("one of %s", strings.Join(r.Names(), ", "))
	}
	f := r.byName[name]
	if f == nil {
		return nil, sqlerr.Newf(sqlerr.InvalidOption, "unknown connector '%s'", name).WithHint("one of %s", strings.Join(r.Names(), ", "))
	}
	return f, nil
}

// Names lists the connectors.
func (r *Registry) Names() []string {
	var out []string
	for n := range r.byName {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Source makes the source of a table.
func (r *Registry) Source(t *catalog.Table, spec ScanSpec) (Source, error) {
	f, err := r.Find(t)
	if err != nil {
		return nil, err
	}
	s, ok := f.(SourceFactory)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "connector '%s' cannot be read", f.Name())
	}
	return s.NewSource(t, spec)
}

// Sink makes the sink of a table.
func (r *Registry) Sink(t *catalog.Table, spec SinkSpec) (Sink, error) {
	f, err := r.Find(t)
	if err != nil {
		return nil, err
	}
	s, ok := f.(SinkFactory)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "connector '%s' cannot be written", f.Name())
	}
	return s.NewSink(t, spec)
}

// Lookup makes the lookup of a table.
func (r *Registry) Lookup(t *catalog.Table, spec LookupSpec) (Lookup, error) {
	f, err := r.Find(t)
	if err != nil {
		return nil, err
	}
	l, ok := f.(LookupFactory)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "tables of connector '%s' cannot be looked up by key", f.Name())
	}
	return l.NewLookup(t, spec)
}
