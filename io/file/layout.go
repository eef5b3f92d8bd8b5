package file

import (
	"strings"

	"github.com/weir-engine/weir/core/catalog"
	"github.com/weir-engine/weir/core/sqlerr"
	"github.com/weir-engine/weir/core/types"
)

// layout says where the columns of a table come from: the files hold some, the
// folders they lie in and the files' names and sizes tell the others.
type layout struct {
	names []string // of the columns that files hold
	types []types.Type
	data  []int             // their ordinals among the columns that were asked for
	parts []partitionColumn // in the order of PARTITIONED BY
	facts []factColumn
}

// partitionColumn is a column whose value is a folder's name: key=value.
type partitionColumn struct {
	name  string
	typ   types.Type
	place int // ordinal among the columns that were asked for
}

// factColumn is what is known of a file itself.
type factColumn struct {
	key   string
	typ   types.Type
	place int
}

// layoutOf sorts the columns of a table, by ordinals of Table.Columns.
func layoutOf(t *catalog.Table, ordinals []int) (*layout, error) {
	l := &layout{parts: make([]partitionColumn, len(t.PartitionBy))}
	for place, o := range ordinals {
		c := &t.Columns[o]
		at := partitionOrdinal(t, o)
		switch {
		case c.Kind == catalog.Metadata:
			if err := checkFact(c); err != nil {
				return nil, err
			}
			l.facts = append(l.facts, factColumn{key: c.MetadataKey, typ: c.Type, place: place})
		case at >= 0:
			if err := checkPartition(c); err != nil {
				return nil, err
			}
			l.parts[at] = partitionColumn{name: c.Name, typ: c.Type, place: place}
		default:
			l.names = append(l.names, c.Name)
			l.types = append(l.types, c.Type)
			l.data = append(l.data, place)
		}
	}
	if len(l.names) == 0 && len(l.parts) > 0 {
		return nil, sqlerr.Newf(sqlerr.InvalidDefinition, "table %s is partitioned by all its columns: its files would hold none", t.Name)
	}
	return l, nil
}

func partitionOrdinal(t *catalog.Table, column int) int {
	for i, p := range t.PartitionBy {
		if p == column {
			return i
		}
	}
	return -1
}

// checkPartition refuses types whose values have no name of a folder in Flink either.
func checkPartition(c *catalog.Column) error {
	switch t := c.Type; {
	case t.IsString(), t.IsNumeric(), t.Kind == types.Boolean, t.Kind == types.Date, t.Kind == types.Timestamp:
		return nil
	}
	return sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'filesystem' cannot partition by column '%s' of type %s", c.Name, c.Type.WithNull(true)).
		WithHint("it takes strings, numbers, BOOLEAN, DATE and TIMESTAMP")
}

// The metadata columns.
const (
	factPath  = "file.path"
	factName  = "file.name"
	factSize  = "file.size"
	factMtime = "file.modification-time"
)

// MetadataColumns are what is known of a file beside its rows.
func (*Factory) MetadataColumns(*catalog.Table) (map[string]types.Type, error) {
	return map[string]types.Type{
		factPath: types.StringType.WithNull(false), factName: types.StringType.WithNull(false),
		factSize: types.BigIntType.WithNull(false), factMtime: types.TimestampLTZType(3).WithNull(false),
	}, nil
}

func checkFact(c *catalog.Column) error {
	var fits bool
	want := "STRING"
	switch c.MetadataKey {
	case factPath, factName:
		fits = c.Type.Kind == types.Varchar
	case factSize:
		fits, want = c.Type.Kind == types.BigInt, "BIGINT"
	case factMtime:
		fits, want = c.Type.Kind == types.TimestampLTZ, "TIMESTAMP_LTZ(3)"
	default:
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "connector 'filesystem' has no metadata column '%s'", c.MetadataKey).
			WithHint("it has %s", strings.Join([]string{factPath, factName, factSize, factMtime}, ", "))
	}
	if !fits {
		return sqlerr.Newf(sqlerr.FeatureNotSupported, "metadata column '%s' cannot be read as %s", c.MetadataKey, c.Type.WithNull(true)).WithHint("it is %s", want)
	}
	return nil
}
