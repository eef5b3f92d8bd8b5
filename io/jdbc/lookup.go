package jdbc

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/stream"
	"github.com/weir-engine/weir/core/types"
	"github.com/weir-engine/weir/io/connector"
)

// parseCache reads how long answers are kept.
func parseCache(t *catalog.Table) (c catalog.LookupCache, err error) {
	v := t.Options
	mode, err := v.Enum(optCache)
	if err != nil || mode == "NONE" {
		return c, err
	}
	if c.Rows, err = v.Int(optCacheRows); err != nil {
		return c, err
	}
	write, err := v.Duration(optCacheWrite)
	if err != nil {
		return c, err
	}
	access, err := v.Duration(optCacheAccess)
	if err != nil {
		return c, err
	}
	c.AfterWrite, c.AfterAccess = write.Milliseconds(), access.Milliseconds()
	if c.Rows <= 0 && c.AfterWrite <= 0 && c.AfterAccess <= 0 {
		return c, sqlerr.Newf(sqlerr.InvalidOption, "'%s' = 'PARTIAL' needs one of '%s', '%s' and '%s'", optCache.Key, optCacheRows.Key, optCacheWrite.Key, optCacheAccess.Key)
	}
	if c.Rows <= 0 {
		c.Rows = 1 << 62
	}
	c.Missing, err = v.Bool(optCacheMissing)
	return c, err
}

// lookup asks the database for the rows of keys.
type lookup struct {
	config  *config
	keys    []int // of the table's columns
	columns []int
	types   []types.Type // of columns
	asked   []types.Type // of keys
	retries int
}

// NewLookup makes a lookup.
func (Factory) NewLookup(t *catalog.Table, spec connector.LookupSpec) (connector.Lookup, error) {
	c, err := parse(t)
	if err != nil {
		return nil, err
	}
	l := &lookup{config: c}
	produced := t.Produced()
	for _, k := range spec.Keys {
		l.keys = append(l.keys, produced[k])
		l.asked = append(l.asked, t.Columns[produced[k]].Type)
	}
	for _, o := range spec.Columns {
		l.columns = append(l.columns, produced[o])
		l.types = append(l.types, t.Columns[produced[o]].Type)
	}
	n, err := t.Options.Int(optLookupRetries)
	l.retries = int(n)
	return l, err
}

// Open connects.
func (l *lookup) Open(ctx context.Context) (connector.LookupReader, error) {
	r := &lookupReader{lookup: l}
	return r, r.open(ctx)
}

// lookupReader asks over a connection of its own.
type lookupReader struct {
	*lookup
	conn    *pgconn.PgConn // nil: to be connected again
	sql     string
	oids    []uint32
	changes changes // makes arrays of the keys
}

func (r *lookupReader) open(ctx context.Context) error {
	conn, err := r.config.connect(ctx)
	if err != nil {
		return err
	}
	r.conn = conn
	if r.sql != "" {
		return nil
	}
	keys, err := r.config.columns(ctx, conn, r.keys)
	if err != nil {
		r.disconnect()
		return err
	}
	cols, err := r.config.columns(ctx, conn, r.columns)
	if err != nil {
		r.disconnect()
		return err
	}
	r.sql = lookupQuery(r.config.name, keys, cols, r.types)
	for range keys {
		r.oids = append(r.oids, textArray)
	}
	return nil
}

// lookupQuery finds the rows of all keys at once; the first column is the key's number, from 1.
func lookupQuery(table string, keys, cols []column, ts []types.Type) string {
	list := []string{"u.n"}
	for i := range cols {
		c := cols[i]
		c.name = "t." + c.name
		list = append(list, c.selected(ts[i]))
	}
	var same []string
	names := strings.TrimSuffix(unnest(len(keys)), ")")
	for i := range keys {
		same = append(same, fmt.Sprintf("t.%s = u.c%d::%s", keys[i].name, i, keys[i].typ))
	}
	from := strings.Replace(names, " AS u(", " WITH ORDINALITY AS u(", 1) + ", n)"
	return "SELECT " + strings.Join(list, ", ") + " FROM " + from + " JOIN " + table + " AS t ON " + strings.Join(same, " AND ") + " ORDER BY u.n"
}

// Lookup asks again where the reason for a failure may pass.
func (r *lookupReader) Lookup(ctx context.Context, keys *stream.Batch) (*stream.Batch, []uint32, error) {
	r.changes.take(keys, r.asked, nil)
	for try := 0; ; try++ {
		rows, of, err := r.once(ctx)
		if err == nil {
			return rows, of, nil
		}
		if try >= r.retries || !passing(err) || ctx.Err() != nil {
			return nil, nil, r.config.failed(err, "look up %d keys", keys.Rows)
		}
		r.disconnect()
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(time.Duration(try) * time.Second):
		}
	}
}

func (r *lookupReader) once(ctx context.Context) (*stream.Batch, []uint32, error) {
	if r.conn == nil {
		if err := r.open(ctx); err != nil {
			return nil, nil, err
		}
	}
	b, of := stream.NewBuilder(r.types), []uint32(nil)
	result := r.conn.ExecParams(ctx, r.sql, r.changes.rows, r.oids, nil, nil)
	var bad error
	for result.NextRow() && bad == nil {
		values := result.Values()
		n, err := strconv.ParseUint(string(values[0]), 10, 32)
		if bad = err; bad == nil {
			bad = r.row(b, values[1:])
		}
		of = append(of, uint32(n)-1)
	}
	if _, err := result.Close(); err != nil {
		return nil, nil, err
	}
	return b.Finish(), of, bad
}

func (r *lookupReader) row(b *stream.Builder, values [][]byte) error {
	for i, text := range values {
		if err := decode(b.Column(i), r.types[i], text); err != nil {
			return sqlerr.Wrap(sqlerr.InvalidText, err, "jdbc: a column of table %s", r.config.name)
		}
	}
	b.Advance(1, stream.Insert)
	return nil
}

func (r *lookupReader) disconnect() {
	if r.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = r.conn.Close(ctx) // it is given up
	r.conn = nil
}

// Close ends the connection.
func (r *lookupReader) Close() error {
	r.disconnect()
	return nil
}
