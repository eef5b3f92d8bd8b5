package types

// TimeAttr says whether a column is a time attribute of a stream.
type TimeAttr uint8

// The time attributes.
const (
	NoTime   TimeAttr = iota
	Rowtime           // event time: the column a watermark speaks of
	Proctime          // processing time
)

// Field is a named column.
type Field struct {
	Name string   `json:"name"`
	Type Type     `json:"type"`
	Time TimeAttr `json:"time,omitempty"`
}

// Schema is an ordered list of columns. It is immutable once shared.
type Schema struct {
	Fields []Field `json:"fields"`
}

// NewSchema makes a schema of its fields.
func NewSchema(fields ...Field) *Schema { return &Schema{Fields: fields} }

// Len is the number of columns.
func (s *Schema) Len() int { return len(s.Fields) }

// Types lists the column types in order.
func (s *Schema) Types() []Type {
	out := make([]Type, len(s.Fields))
	for i := range s.Fields {
		out[i] = s.Fields[i].Type
	}
	return out
}

// Names lists the column names in order.
func (s *Schema) Names() []string {
	out := make([]string, len(s.Fields))
	for i := range s.Fields {
		out[i] = s.Fields[i].Name
	}
	return out
}

// Index finds a column by its exact name; -1 where there is none.
func (s *Schema) Index(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}
