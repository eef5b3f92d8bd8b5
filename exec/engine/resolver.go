package engine

import (
	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/option"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// resolver answers core's questions about tables from the connectors.
type resolver struct {
	connectors *connector.Registry
	session    option.Values // of the session that asks
}

var _ catalog.Resolver = (*resolver)(nil)

// Source asks the connector what it knows of a table it reads.
func (r *resolver) Source(t *catalog.Table) (*catalog.SourceInfo, error) {
	f, err := r.connectors.Find(t)
	if err != nil {
		return nil, err
	}
	s, ok := f.(connector.SourceFactory)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "table %s cannot be read: connector '%s' only writes", t.Name, f.Name())
	}
	info, err := s.Info(withStorage(f, t, r.session))
	if err != nil || t.Statistics == nil || !info.Bounded {
		return info, err
	}
	counted := *info
	t.Statistics.Apply(t, &counted)
	return &counted, nil
}

// Sink asks the connector what it takes.
func (r *resolver) Sink(t *catalog.Table) (*catalog.SinkInfo, error) {
	f, err := r.connectors.Find(t)
	if err != nil {
		return nil, err
	}
	s, ok := f.(connector.SinkFactory)
	if !ok {
		return nil, sqlerr.Newf(sqlerr.FeatureNotSupported, "table %s cannot be written: connector '%s' only reads", t.Name, f.Name())
	}
	return s.SinkInfo(withStorage(f, t, r.session))
}

// Infer fills in the columns of a table that is named by its files.
func (r *resolver) Infer(t *catalog.Table) error {
	f, err := r.connectors.Find(t)
	if err != nil {
		return err
	}
	s, ok := f.(connector.InferringFactory)
	if !ok {
		return sqlerr.Newf(sqlerr.InvalidDefinition, "connector '%s' cannot tell a table's columns; CREATE TABLE must list them", f.Name())
	}
	known := withStorage(f, t, r.session)
	if known == t {
		return s.Infer(t)
	}
	err = s.Infer(known)
	t.Columns = known.Columns
	for k, v := range known.Options { // by which the files are then read
		if _, given := r.session[k]; !given {
			t.Options[k] = v
		}
	}
	return err
}

// Check validates option keys and required options.
func (r *resolver) Check(t *catalog.Table) error {
	f, err := r.connectors.Find(t)
	if err != nil {
		return err
	}
	defs := f.Options(t)
	given := t.Options.Clone()
	delete(given, "connector")
	return given.Check("connector '"+f.Name()+"'", defs)
}

// MetadataColumns asks the connector what it offers beside the payload.
func (r *resolver) MetadataColumns(t *catalog.Table) (map[string]types.Type, error) {
	f, err := r.connectors.Find(t)
	if err != nil {
		return nil, err
	}
	if m, ok := f.(connector.MetadataFactory); ok {
		return m.MetadataColumns(t)
	}
	return nil, nil
}
